//! One role of the program under test, running: what is expected of it.

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::{ChildStdin, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(not(unix))]
use cli::supervised::INTERRUPT;
use cli::supervised::{END_OF_INPUT, VARIABLE};
use socket2::Socket;

use crate::log::{self, Expected};
use crate::program::{Pipes, Program};
use crate::record::{Actor, Failure, Observed, Resource, Symptom, Verb};
use crate::recorder::Recorder;
use crate::system;

/// How long a program is watched for what it should not do.
const WATCHED: Duration = Duration::from_millis(200);
/// How often it is watched again before it is called busy.
const WATCHES: usize = 5;
/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(10);
/// Above so many lines in that time, it floods.
const FLOOD: usize = 30;
/// Who uses the processor for more than a fifth of a time is busy. To start takes far less.
const BUSY: u128 = 5;
/// Who is ready to run for more than three quarters of a time never sleeps, whatever it was given.
const SLEEPLESS: (u128, u128) = (4, 3);
/// Whoever sleeps for less than so many milliseconds at a time asks, and does not wait.
const SHORTEST_NAP: u128 = 10;
/// How long to look for the line that was expected after another one.
const ONE_MORE: Duration = Duration::from_millis(200);
/// How long somebody thinks who has nothing to say yet, and how long at most.
const THOUGHT: Duration = Duration::from_secs(1);
const MOST_THOUGHT: Duration = Duration::from_millis(10_500);
/// How long something is waited for that need not come.
const A_WHILE: Duration = Duration::from_millis(500);
/// How much longer than a timeout.
const LITTLE_MORE: Duration = Duration::from_millis(500);
/// The status of a Rust program that panicked.
const PANICKED: i32 = 101;
/// How many KiB of memory, and of stack, a program may have more than before.
const MORE_MEMORY: u64 = 512;
const MORE_STACK: u64 = 64;
/// The same for its address space: a thread takes some of it, and nothing near a GiB.
const MORE_PEAK: u64 = 1 << 20;

/// What a program has done in a time.
struct Activity {
    /// Milliseconds of the processor that it has used.
    used: u64,
    /// Milliseconds in which it was ready to run, and others had the processor.
    starved: u64,
    /// How often it has waited for something, and been woken up.
    woke: u64,
    /// Of so many milliseconds.
    time: u128,
}

impl Activity {
    /// Of what it has done in all, what it has done since `before`.
    fn since(&self, before: &Self, time: Duration) -> Self {
        Self {
            used: self.used.saturating_sub(before.used),
            starved: self.starved.saturating_sub(before.starved),
            woke: self.woke.saturating_sub(before.woke),
            time: time.as_millis(),
        }
    }

    /// Whoever has to wait for a processor each time it wakes up is not busy: who never sleeps is.
    fn is_busy(&self) -> bool {
        u128::from(self.used) * BUSY > self.time
            || u128::from(self.ready()) * SLEEPLESS.0 > self.time * SLEEPLESS.1
    }

    /// Milliseconds in which it ran, or would have if the machine had a processor for it.
    fn ready(&self) -> u64 {
        self.used + self.starved
    }
}

/// A running role. Dropping it ends it, with all that it has started.
pub struct Process {
    pub(crate) program: Program,
    pub(crate) recorder: Recorder,
    input: Option<ChildStdin>,
    /// How many lines of the output were expected so far.
    read: usize,
    /// The line that was expected last.
    last: String,
    /// How many lines it had printed when [`Process::mark_output`] was called.
    marked: usize,
}

impl Process {
    #[track_caller]
    pub(crate) fn start(
        actor: Actor,
        mut command: Command,
        pipes: Pipes,
        recorder: &Recorder,
    ) -> Self {
        if pipes == Pipes::All {
            command.env(VARIABLE, "piped");
        }
        let started = Program::start(actor, command, pipes);
        let (program, input) = recorder.machine(started, "start the program");
        recorder.introduce(program.clone());
        let recorder = recorder.clone();
        Self { program, recorder, input, read: 0, last: String::new(), marked: 0 }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.program.child.id()
    }

    /// Waits until it says where it listens, in whatever line. `told` is the address it was given.
    #[track_caller]
    pub(crate) fn address(&mut self, told: &str) -> String {
        let listening = |lines: &[String]| {
            lines.iter().find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
        };
        let Some(addr) = self.program.output.wait(|| self.recorder.time_left(), listening) else {
            self.fail(Symptom::NeverListens, Verb::Listened(String::new()), Observed::Nothing);
        };
        let is_told = |bound: SocketAddr| {
            let mut asked = told.to_socket_addrs().into_iter().flatten();
            let has_port = |port| bound.port() != 0 && (bound.port() == port || port == 0);
            asked.any(|asked| bound.ip() == asked.ip() && has_port(asked.port()))
        };
        let fits = addr.parse().is_ok_and(is_told);
        if !fits {
            let expected = Verb::Listened(told.to_owned());
            self.fail(Symptom::WrongAddress, expected, Observed::Address(addr));
        }
        addr
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.step(Verb::Typed(line.to_owned()));
        self.write(format!("{line}\n").as_bytes());
    }

    /// Ends its input, as Ctrl-D does on a terminal.
    pub fn end_input(&mut self) {
        self.step(Verb::EndedInput);
        self.write(&[END_OF_INPUT]);
    }

    /// A program that has ended takes no input; what it should have done is expected elsewhere.
    fn write(&mut self, bytes: &[u8]) {
        if let Some(input) = &mut self.input {
            let _ = input.write_all(bytes).and_then(|()| input.flush());
        }
    }

    /// Expects that the next line it prints is `line`.
    #[track_caller]
    pub fn expect_line(&mut self, line: &str) {
        let output = &self.program.output;
        let read = self.read;
        let next = output.wait(|| self.recorder.time_left(), |lines| lines.get(read).cloned());
        let expected = Verb::Printed(line.to_owned());
        match next {
            Some(next) if next == line => self.step(expected),
            Some(next) => {
                let until = Instant::now() + ONE_MORE;
                let left = || until.saturating_duration_since(Instant::now());
                let follows = |lines: &[String]| {
                    lines.iter().skip(read + 1).any(|other| other == line).then_some(())
                };
                let follows = output.wait(left, follows).is_some();
                let wraps = !line.is_empty() && next.contains(line) && !next.starts_with(line);
                let symptom = match (follows, next == self.last) {
                    (_, true) if !next.is_empty() => Symptom::Twice,
                    (true, _) => Symptom::WrongLine,
                    _ if wraps => Symptom::WrongLine,
                    _ => Symptom::WrongContent,
                };
                self.fail(symptom, expected, Observed::Line(next));
            }
            None => self.fail(Symptom::NoReply, expected, Observed::Nothing),
        }
        self.read += 1;
        line.clone_into(&mut self.last);
    }

    /// Expects that these are the events of a peer in its log, all of them, and in this order.
    #[track_caller]
    pub fn expect_log(&self, peer: &str, events: &[Expected]) {
        let expected: Vec<String> = events.iter().map(|event| event.of(peer)).collect();
        let decided = |lines: &[String]| {
            let logged = log::events_of(peer, lines);
            let over = logged.len() >= expected.len() || !expected.starts_with(&logged);
            (over || !log::malformed(lines).is_empty()).then_some(logged)
        };
        let output = &self.program.output;
        let logged = output
            .wait(|| self.recorder.time_left(), decided)
            .unwrap_or_else(|| log::events_of(peer, &output.lines()));
        let verb = Verb::Logged { peer: peer.to_owned(), events: expected.clone() };
        self.keeps_the_form();
        if logged != expected {
            let missing = expected.starts_with(&logged);
            let symptom = if missing { Symptom::MissingEvent } else { Symptom::WrongEvent };
            self.fail(symptom, verb, Observed::Log(logged));
        }
        self.step(verb);
    }

    /// Expects that each line of its log so far that begins with a word of the log is that event.
    #[track_caller]
    pub fn keeps_the_form(&self) {
        let malformed = log::malformed(&self.program.output.lines());
        if !malformed.is_empty() {
            self.fail(Symptom::MalformedEvent, Verb::KeptForm, Observed::Log(malformed));
        }
    }

    /// Expects that the latest event of a peer, whose address others may have had before, is this.
    #[track_caller]
    pub fn expect_latest(&self, peer: &str, event: &Expected) {
        let expected = event.of(peer);
        let output = &self.program.output;
        let is_there = |lines: &[String]| {
            (log::latest_of(peer, lines).as_ref() == Some(&expected)).then_some(())
        };
        let verb = Verb::LoggedLast(expected.clone());
        if output.wait(|| self.recorder.time_left(), is_there).is_none() {
            self.keeps_the_form();
            let logged = log::events_of(peer, &output.lines());
            self.fail(Symptom::MissingEvent, verb, Observed::Log(logged));
        }
        self.step(verb);
    }

    /// Waits until a conversation has ended in its log, and gives back how many messages it had.
    #[track_caller]
    pub fn messages_until_end(&self, peer: &str) -> usize {
        let output = &self.program.output;
        let over = |lines: &[String]| {
            let events = log::events_of(peer, lines);
            (!log::ends_in(&events).is_empty()).then_some(events)
        };
        let Some(events) = output.wait(|| self.recorder.time_left(), over) else {
            let verb = Verb::LoggedEnd(peer.to_owned());
            self.keeps_the_form();
            let logged = log::events_of(peer, &output.lines());
            self.fail(Symptom::MissingEvent, verb, Observed::Log(logged));
        };
        events.iter().filter(|event| event.starts_with("message")).count()
    }

    /// Expects that the log of a peer begins with `connected` and comes to this end, once.
    #[track_caller]
    pub fn expect_last_event(&self, peer: &str, end: &Expected) {
        let expected = end.of(peer);
        let output = &self.program.output;
        let over = |lines: &[String]| log::events_of(peer, lines).contains(&expected).then_some(());
        let came = output.wait(|| self.recorder.time_left(), over).is_some();
        self.keeps_the_form();
        let logged = log::events_of(peer, &output.lines());
        let begins = logged.first() == Some(&Expected::Connected.of(peer));
        let verb = Verb::LoggedLast(expected.clone());
        if !came
            || !begins
            || log::ends_in(&logged) != [&expected]
            || logged.last() != Some(&expected)
        {
            let missing = !came && log::ends_in(&logged).is_empty();
            let symptom = if missing { Symptom::MissingEvent } else { Symptom::WrongEvent };
            self.fail(symptom, verb, Observed::Log(logged));
        }
        self.step(verb);
    }

    /// Expects that a peer has this event in the log.
    #[track_caller]
    pub fn expect_event(&self, peer: &str, event: &Expected) {
        let expected = event.of(peer);
        let output = &self.program.output;
        let is_there =
            |lines: &[String]| log::events_of(peer, lines).contains(&expected).then_some(());
        if output.wait(|| self.recorder.time_left(), is_there).is_none() {
            self.keeps_the_form();
            let observed = Observed::Log(log::events_of(peer, &output.lines()));
            self.fail(Symptom::MissingEvent, Verb::LoggedLast(expected), observed);
        }
    }

    /// Expects that a peer who has left has nothing in the log, or all of it: `connected` first, and an
    /// ending word last. Others may have come from the same port since.
    #[track_caller]
    pub fn expect_nothing_or_all(&self, peer: &str) {
        let connected = Expected::Connected.of(peer);
        let is_whole = |logged: &[String]| {
            let ends = log::ends_in(logged);
            let begun = logged.iter().filter(|event| **event == connected).count();
            logged.first().is_none_or(|first| *first == connected)
                && ends.last().copied() == logged.last()
                && ends.len() == begun
        };
        let output = &self.program.output;
        let is_there = |lines: &[String]| is_whole(&log::events_of(peer, lines)).then_some(());
        if output.wait(|| self.recorder.time_left(), is_there).is_none() {
            self.keeps_the_form();
            let observed = Observed::Log(log::events_of(peer, &output.lines()));
            self.fail(Symptom::WrongEvent, Verb::LoggedEnd(peer.to_owned()), observed);
        }
    }

    /// Expects that of each peer in its log so far the first event is `connected`. Its `own` address is none.
    #[track_caller]
    pub fn begins_with_connected(&self, own: &str) {
        let peers = log::peers(&self.program.output.lines());
        for peer in peers.into_iter().filter(|peer| peer != own) {
            let logged = log::events_of(&peer, &self.program.output.lines());
            if logged.first() != Some(&Expected::Connected.of(&peer)) {
                self.fail(Symptom::WrongEvent, Verb::LoggedEnd(peer), Observed::Log(logged));
            }
        }
    }

    /// How many lines of its log so far begin with this.
    pub fn logged(&self, event: &str) -> usize {
        self.program.output.lines().iter().filter(|line| line.starts_with(event)).count()
    }

    /// Expects that no line of its log so far begins with this.
    #[track_caller]
    pub fn expect_no_log(&self, event: &str) {
        let lines = self.program.output.lines();
        if let Some(line) = lines.into_iter().find(|line| line.starts_with(event)) {
            let expected = Verb::NotLogged(event.to_owned());
            self.fail(Symptom::WrongEvent, expected, Observed::Line(line));
        }
    }

    /// From here on [`Process::expect_told`] looks for further lines.
    pub fn mark_output(&mut self) {
        self.marked = self.told();
    }

    /// Expects that it says on either output, after the mark, that something went wrong, and goes on.
    #[track_caller]
    pub fn expect_told(&self) {
        self.expect_told_times(1);
    }

    /// Expects that it says so many times, or more, that something went wrong.
    #[track_caller]
    pub fn expect_told_times(&self, times: usize) {
        while self.told() < self.marked + times
            && !self.recorder.is_over()
            && !self.program.output.is_closed()
        {
            // Two streams, of which either may speak first.
            thread::sleep(LOOK);
        }
        if self.program.output.is_closed() {
            self.fail(self.how_it_ended(), Verb::Told, Observed::Nothing);
        }
        if self.told() < self.marked + times {
            self.fail(Symptom::Untold, Verb::Told, Observed::Nothing);
        }
        self.step(Verb::Told);
    }

    /// How many lines it has printed, on either output, that may say what went wrong.
    fn told(&self) -> usize {
        let output = &self.program.output;
        let told = output.lines().iter().filter(|line| log::tells(line)).count();
        told + self.program.errors.count()
    }

    /// Expects a line on standard error that holds each of `words`.
    #[track_caller]
    pub fn expect_complaint(&self, words: &[&str]) {
        let holds =
            |line: &String| !line.trim().is_empty() && words.iter().all(|word| line.contains(word));
        let found = |lines: &[String]| lines.iter().any(holds).then_some(());
        let expected = Verb::Complained(words.iter().map(|&word| word.to_owned()).collect());
        if self.program.errors.wait(|| self.recorder.time_left(), found).is_none() {
            self.fail(Symptom::Untold, expected, Observed::Nothing);
        }
    }

    /// Whether a line on standard error has these words.
    pub fn complained_of(&self, words: &str) -> bool {
        self.program.errors.lines().iter().any(|line| line.contains(words))
    }

    /// How many lines that are not blank it has printed on standard error so far.
    pub fn complaints(&self) -> usize {
        self.program.errors.lines().iter().filter(|line| !line.trim().is_empty()).count()
    }

    /// Expects so many lines on standard error, or more.
    #[track_caller]
    pub fn expect_complaints(&self, count: usize) {
        let enough = |lines: &[String]| {
            (lines.iter().filter(|line| !line.trim().is_empty()).count() >= count).then_some(())
        };
        if self.program.errors.wait(|| self.recorder.time_left(), enough).is_none() {
            self.fail(Symptom::Untold, Verb::Complained(Vec::new()), Observed::Nothing);
        }
    }

    /// Expects that it pauses before it tries again what has failed: by the lines it prints, and by
    /// its processor time. Watches it for a moment: that can only make a wrong program fail.
    #[track_caller]
    pub fn expect_pause(&self) {
        let before = self.program.lines_printed();
        let activity = self.watch(|| self.program.lines_printed() > before + FLOOD);
        let printed = self.program.lines_printed() - before;
        if printed > FLOOD {
            let observed = Observed::Lines(printed, WATCHED.as_millis());
            self.fail(Symptom::Busy, Verb::Paused, observed);
        }
        if activity.is_busy() {
            let observed = Observed::Busy(activity.ready(), activity.time);
            self.fail(Symptom::Busy, Verb::Paused, observed);
        }
        self.step(Verb::Paused);
    }

    /// How long it pauses before it tries again what has failed, in milliseconds. `None` where it has not
    /// done so within half a second, pauses in another way than by a sleep, or the system does not tell.
    pub fn pause(&self) -> Option<u64> {
        let until = Instant::now() + A_WHILE;
        let mut pause = None;
        while pause.is_none() && Instant::now() < until {
            pause = system::sleeps_for(self.id());
            thread::sleep(Duration::from_millis(1));
        }
        pause
    }

    /// Expects that it pauses for less than twice as long as it once did. It can only make a wrong
    /// program fail.
    #[track_caller]
    pub fn expect_no_longer_pause(&self, before: Option<u64>) {
        if let (Some(before), Some(now)) = (before, self.pause())
            && now >= 2 * before.max(1)
        {
            self.fail(Symptom::PausesLonger, Verb::Paused, Observed::Pause(before, now));
        }
        self.step(Verb::Paused);
    }

    /// Expects that it has printed these lines on standard output, and nothing else.
    #[track_caller]
    pub fn expect_only(&self, lines: &[String]) {
        let printed = self.program.output.lines();
        if let Some(further) = printed.iter().find(|line| !lines.contains(line)) {
            let expected = Verb::Did("nothing else on standard output".to_owned());
            self.fail(Symptom::WrongLine, expected, Observed::Line(further.clone()));
        }
        let came = format!("{} lines", printed.len());
        self.recorder.expect(printed == lines, "each line once, and in order", &came);
    }

    /// Expects that nothing wakes it up while there is nothing to do. Only Linux tells. It can only make a
    /// wrong program fail.
    #[track_caller]
    pub fn expect_asleep(&self) {
        let mut woke = u64::MAX;
        // One that starts, or ends something, is watched again.
        for _ in 0..3 {
            let before = system::waits(self.id());
            thread::sleep(THOUGHT);
            woke = woke.min(system::waits(self.id()).saturating_sub(before));
        }
        if woke > 1 {
            self.fail(Symptom::Busy, Verb::Idled, Observed::Woke(woke, THOUGHT.as_millis()));
        }
        self.step(Verb::Idled);
    }

    /// Expects that it waits while there is nothing to do. Watches it for a moment: that can only make
    /// a wrong program fail. Only Linux tells.
    #[track_caller]
    pub fn expect_idle(&self) {
        self.was_idle(&self.watch(|| false));
        self.step(Verb::Idled);
    }

    /// Fails if it was busy, or has woken up again and again.
    #[track_caller]
    fn was_idle(&self, activity: &Activity) {
        if activity.is_busy() {
            let observed = Observed::Busy(activity.ready(), activity.time);
            self.fail(Symptom::Busy, Verb::Idled, observed);
        }
        if u128::from(activity.woke) * SHORTEST_NAP > activity.time {
            let observed = Observed::Woke(activity.woke, activity.time);
            self.fail(Symptom::Busy, Verb::Idled, observed);
        }
    }

    /// What it does while it is watched. One that has something to finish, or that starts on a busy
    /// machine, is watched again: whoever loops is busy each time.
    fn watch(&self, is_enough: impl Fn() -> bool) -> Activity {
        let (before, begin) = (self.activity(), Instant::now());
        for _ in 0..WATCHES {
            let activity = self.watch_once(&is_enough);
            // Who is ready to run and is given no processor looks like one that waits.
            if is_enough() || !activity.is_busy() && !system::is_ready(self.id()) {
                return activity;
            }
        }
        // It has never come to rest, so all of that time counts.
        self.activity().since(&before, begin.elapsed())
    }

    fn watch_once(&self, is_enough: &impl Fn() -> bool) -> Activity {
        let before = self.activity();
        let until = Instant::now() + WATCHED;
        while Instant::now() < until && !is_enough() {
            thread::sleep(LOOK);
        }
        self.activity().since(&before, WATCHED)
    }

    /// What it has done since it was started.
    fn activity(&self) -> Activity {
        let starved = u64::try_from(system::starved(self.id()).as_millis()).unwrap_or(0);
        let used = system::processor_time(self.id()).unwrap_or(0);
        Activity { used, starved, woke: system::waits(self.id()), time: 0 }
    }

    /// Keeps it waiting for somebody who says nothing, and expects that it uses no processor time to
    /// speak of. People think for a second; where the program has set a longer timeout for its reads,
    /// somebody thinks longer than that. It can only make a wrong program fail.
    #[track_caller]
    pub(crate) fn is_kept_waiting(&self, who: &Actor) {
        let begin = Instant::now();
        let before = self.activity();
        thread::sleep(THOUGHT);
        let patience = self.read_timeout().unwrap_or_default();
        if patience < MOST_THOUGHT {
            thread::sleep((patience + LITTLE_MORE).saturating_sub(begin.elapsed()));
        }
        let activity = self.activity().since(&before, begin.elapsed());
        self.recorder.step(who, Verb::Thought(activity.time));
        self.recorder.has_progressed();
        self.was_idle(&activity);
    }

    /// Expects that it has not ended, and is not just about to.
    #[track_caller]
    pub fn goes_on(&self) {
        if self.program.has_ended() {
            self.fail(self.how_it_ended(), Verb::Ran, Observed::Nothing);
        }
        self.step(Verb::Ran);
    }

    /// Keeps it waiting for the person at its keyboard. One that has ended before had no reason in that.
    #[track_caller]
    pub fn waits_for_its_user(&self) {
        self.goes_on();
        self.is_kept_waiting(&Actor::Check);
    }

    /// How long it waits at most for what comes on any of its sockets, as it has asked the system;
    /// `None` where it has not, or the system does not tell.
    pub fn read_timeout(&self) -> Option<Duration> {
        system::longest_timeout(self.id(), Socket::read_timeout)
    }

    /// The same for who takes what it sends.
    pub fn write_timeout(&self) -> Option<Duration> {
        system::longest_timeout(self.id(), Socket::write_timeout)
    }

    /// How much it has of all that it can give back.
    pub fn possessions(&self) -> Vec<(Resource, u64)> {
        Resource::ALL.iter().map(|&resource| (resource, self.amount(resource))).collect()
    }

    /// How much of a resource it has; 0 where the system does not tell.
    pub fn amount(&self, resource: Resource) -> u64 {
        system::amount(self.id(), resource).unwrap_or(0)
    }

    /// Expects that it has no more of a resource than once before, at the latest when the time of
    /// the check is over: what runs beside may still be closing.
    #[track_caller]
    pub fn expect_no_more(&self, resource: Resource, before: u64) {
        let more = match resource {
            Resource::Memory => MORE_MEMORY,
            Resource::Stack => MORE_STACK,
            Resource::Peak => MORE_PEAK,
            Resource::Descriptors | Resource::Threads => 0,
        };
        let allowed = before + more;
        while self.amount(resource) > allowed && !self.recorder.is_over() {
            thread::sleep(LOOK);
        }
        let now = self.amount(resource);
        if now > allowed {
            let observed = Observed::Growth(resource, before, now);
            self.fail(Symptom::Grew, Verb::Kept(resource, before), observed);
        }
        self.step(Verb::Kept(resource, before));
    }

    /// The same for all that it had before.
    #[track_caller]
    pub fn expect_no_more_than(&self, before: &[(Resource, u64)]) {
        for &(resource, before) in before {
            self.expect_no_more(resource, before);
        }
    }

    /// Whether any of its UDP sockets may send to everybody: `SO_BROADCAST`. `None` where the system
    /// does not tell.
    #[cfg(target_os = "linux")]
    pub fn may_broadcast(&self) -> Option<bool> {
        Some(
            system::sockets_of(self.id())?.iter().any(|socket| socket.broadcast().unwrap_or(false)),
        )
    }

    /// Expects that it ends by itself with status 0.
    #[track_caller]
    pub fn expect_success(&self) {
        match self.ended() {
            Some(status) if status.success() => {
                self.program.end_as_expected();
                self.step(Verb::Succeeded);
            }
            Some(_) => self.fail(Symptom::Exited, Verb::Succeeded, Observed::Nothing),
            None => self.fail(Symptom::StillRunning, Verb::Succeeded, Observed::Nothing),
        }
    }

    /// Expects that it ends by itself, with any status but that of a panic.
    #[track_caller]
    pub fn expect_end(&self) {
        match self.ended() {
            Some(status) if status.code().is_some_and(|code| code != PANICKED) => {
                self.program.end_as_expected();
                self.step(Verb::Ended);
            }
            Some(_) => self.fail(Symptom::Exited, Verb::Ended, Observed::Nothing),
            None => self.fail(Symptom::StillRunning, Verb::Ended, Observed::Nothing),
        }
    }

    /// Expects that it ends with status 1, and that the last line on standard error is the only one
    /// that begins with `error: `, and holds each of `naming`.
    #[track_caller]
    pub fn expect_error(&self, naming: &[&str]) {
        let naming: Vec<String> =
            naming.iter().filter(|word| !word.is_empty()).map(|&word| word.to_owned()).collect();
        let status = self.ended();
        let lines = self.program.errors.lines();
        let errors: Vec<_> = lines.iter().filter(|line| line.starts_with("error: ")).collect();
        let last = lines.last().cloned().unwrap_or_default();
        let missing = missing_words(&last, &naming);
        let expected = Verb::Failed { naming, line: last.clone() };
        let right_end = status.and_then(|status| status.code()) == Some(1) && errors == [&last];
        match status {
            None => self.fail(Symptom::StillRunning, expected, Observed::Nothing),
            Some(status) if status.success() => {
                self.fail(Symptom::ExitedOk, expected, Observed::Nothing)
            }
            Some(_) if !right_end => self.fail(Symptom::Other, expected, Observed::Nothing),
            Some(_) if !missing.is_empty() => {
                self.fail(Symptom::VagueError, expected, Observed::Lacks(missing))
            }
            Some(_) => {}
        }
        self.program.end_as_expected();
        self.step(expected);
    }

    /// Expects that it refuses its command line: status 2, and the usage on standard error.
    #[track_caller]
    pub fn expect_refusal(&self, usage: &str) {
        let status = self.ended();
        let said = self.program.errors.lines().join("\n");
        if status.and_then(|status| status.code()) != Some(2) || !said.contains(usage) {
            self.fail(Symptom::Other, Verb::Refused, Observed::Nothing);
        }
        self.program.end_as_expected();
        self.step(Verb::Refused);
    }

    /// What it has printed on standard output, once it has ended with status 0.
    #[track_caller]
    pub fn printed(&self) -> String {
        self.expect_success();
        self.program.output.lines().join("\n")
    }

    /// Expects that it has not ended.
    #[track_caller]
    pub fn expect_running(&self) {
        // Its output closes before it has ended for the system.
        let closed = self.program.output.is_closed() && self.input.is_some();
        match self.program.child.try_wait() {
            Ok(None) if !closed => self.step(Verb::Ran),
            _ => self.fail(self.how_it_ended(), Verb::Ran, Observed::Nothing),
        }
    }

    fn how_it_ended(&self) -> Symptom {
        match self.ended() {
            Some(status) if status.success() => Symptom::ExitedOk,
            _ => Symptom::Exited,
        }
    }

    /// Expects that none of its threads has panicked, but for the bug that a given service has.
    #[track_caller]
    pub fn expect_no_panic(&self) {
        if self.program.panic().is_some() {
            self.fail(Symptom::Other, Verb::Ran, Observed::Nothing);
        }
    }

    /// Kills it, as `kill -9` and the task manager do.
    pub fn kill(&mut self) {
        self.step(Verb::Killed);
        self.program.end_as_expected();
        self.program.end();
    }

    /// Leaves it alone for as long as a person thinks. It can only make a wrong program fail.
    pub fn is_left_alone(&self) {
        self.left_alone(THOUGHT);
    }

    /// The same for a moment.
    pub fn is_left_alone_for_a_moment(&self) {
        self.left_alone(WATCHED);
    }

    fn left_alone(&self, time: Duration) {
        thread::sleep(time);
        self.recorder.step(&Actor::Check, Verb::Thought(time.as_millis()));
    }

    /// Leaves it alone until the write of a reply that nobody takes can only wait, where signals can do
    /// that: each ends a write that has taken some, and the next one begins.
    pub fn is_stuck_in_a_write(&self) {
        #[cfg(unix)]
        for _ in 0..3 {
            self.is_left_alone_for_a_moment();
            self.suspend();
            self.resume();
        }
        self.is_left_alone_for_a_moment();
    }

    /// Waits until it waits for a message, where Linux tells, and no longer than half a second: it
    /// may wait in ways that nobody here has thought of.
    pub fn waits_for_a_message(&self) {
        self.waits_in("recv");
    }

    /// The same for a client.
    pub fn waits_for_a_client(&self) {
        self.waits_in("accept");
    }

    /// The same for somebody who takes what it sends.
    pub fn waits_for_a_reader(&self) {
        self.waits_in("send");
    }

    fn waits_in(&self, call: &str) {
        let until = Instant::now() + A_WHILE;
        while !system::is_waiting_in(self.id(), call) && Instant::now() < until {
            thread::sleep(LOOK);
        }
    }

    /// Interrupts it, as Ctrl-C does: with SIGINT, and elsewhere as a demo does it.
    pub fn interrupt(&mut self) {
        self.step(Verb::Interrupted);
        #[cfg(unix)]
        self.signal(rustix::process::Signal::INT);
        // One that has ended takes nothing; the next expectation finds that out.
        #[cfg(not(unix))]
        let _ = self.input.as_mut().map(|input| input.write_all(&[INTERRUPT]));
    }

    /// Sends SIGSTOP, and waits until it has stopped: it does nothing until it is resumed.
    #[cfg(unix)]
    pub fn suspend(&self) {
        self.step(Verb::Suspended);
        self.signal(rustix::process::Signal::STOP);
        // Otherwise a SIGCONT that comes too soon takes the SIGSTOP back.
        while !system::is_stopped(self.id()) && !self.recorder.is_over() {
            thread::sleep(LOOK);
        }
    }

    /// Sends SIGCONT.
    #[cfg(unix)]
    pub fn resume(&self) {
        self.step(Verb::Resumed);
        self.signal(rustix::process::Signal::CONT);
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        // A program that has ended takes no signal; the next expectation finds that out.
        let _ =
            crate::descendants::pid(self.id()).map(|id| rustix::process::kill_process(id, signal));
    }

    /// Waits until it has ended and all it printed is read; `None` if no time is left.
    fn ended(&self) -> Option<ExitStatus> {
        let child = &self.program.child;
        let mut status = None;
        while status.is_none() && !self.recorder.is_over() {
            status = child.wait_timeout(self.recorder.timeout()).ok().flatten();
        }
        if status.is_some() {
            self.program.output.wait_closed(|| self.recorder.time_left());
            self.program.errors.wait_closed(|| self.recorder.time_left());
        }
        status
    }

    /// Notes what the program did, or what was done to it.
    pub(crate) fn step(&self, verb: Verb) {
        self.recorder.step(&self.program.actor, verb);
    }

    /// Ends the check.
    #[track_caller]
    pub(crate) fn fail(&self, symptom: Symptom, expected: Verb, observed: Observed) -> ! {
        let actor = self.program.actor.clone();
        self.recorder.fail(Failure { symptom, actor, expected, observed });
    }
}

/// The words that a line does not name. Each word counts once: a number is not named by an address
/// that has its digits.
fn missing_words(line: &str, naming: &[String]) -> Vec<String> {
    let mut rest = line.to_owned();
    let mut missing = naming.to_vec();
    missing.retain(|word| {
        let found = rest.contains(word);
        rest = rest.replacen(word, "", 1);
        !found
    });
    missing
}

impl Drop for Process {
    fn drop(&mut self) {
        self.program.end_as_expected();
        self.program.end();
    }
}
