//! The stage of a cast: who has entered, and when the play goes on.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::Lab;
use crate::cast::{Cue, Part};
use crate::relay::{self, Event};
use crate::screen::Screen;
use crate::supervised::{END_OF_INPUT, VARIABLE};

/// How long a server may take until it listens.
const READY: Duration = Duration::from_secs(5);
/// How long a part that waits for nobody's typing may stay silent before the play goes on.
const SILENCE: Duration = Duration::from_secs(2);
/// A scene is over when nothing was said for `QUIET`, at the latest after `EPILOGUE`.
const QUIET: Duration = Duration::from_millis(200);
const EPILOGUE: Duration = Duration::from_secs(1);
/// A prompt is shown when nothing was said for so long, so that it stands below what others say.
const PAUSE: Duration = Duration::from_millis(50);
/// A part that has entered.
struct Actor {
    name: &'static str,
    process: Child,
    /// Held open, since a part ends when its input closes (`supervised.rs`).
    input: Option<ChildStdin>,
    silent: bool,
    left: bool,
}

/// Where the parts play.
pub(crate) struct Stage {
    actors: Vec<Actor>,
    /// Where the roles meet: with port 0 until somebody listens.
    addr: String,
    sender: SyncSender<Event>,
    events: Receiver<Event>,
    screen: Screen,
}

impl Stage {
    pub(crate) fn new(lab: &Lab) -> Self {
        // A bounded channel: a part that floods is slowed down to what the terminal shows.
        let (sender, events) = sync_channel(64);
        let host = lab.addr.rsplit_once(':').map_or(lab.addr, |(host, _)| host);
        let addr = format!("{host}:0");
        Self { actors: Vec::new(), addr, sender, events, screen: Screen::new(lab) }
    }

    /// Tells what the play is about.
    pub(crate) fn narrate(&mut self, line: &str) {
        self.screen.narrate(line);
    }

    /// Starts one part and stays with it until the next may enter.
    pub(crate) fn enter(&mut self, part: &Part) -> Result<()> {
        let index = self.actors.len();
        let mut input = self.start(part).with_context(|| format!("cannot start {}", part.name))?;
        match part.cue {
            Cue::Serve => {
                self.actors[index].input = Some(input);
                let listening = |line: &str| line.strip_prefix("listening on ").map(str::to_owned);
                match self.follow(index, READY, listening) {
                    Some(addr) => self.meet_at(&addr),
                    // Another listens already, and the play is about what becomes of this one.
                    None if !self.addr.ends_with(":0") => self.part_with(index),
                    None => bail!("{} did not say `listening on ADDRESS`", part.name),
                }
            }
            Cue::Says(line) => {
                // A part that has ended already does not listen: its end is told below.
                let _ = writeln!(input, "{line}").and_then(|()| input.write_all(&[END_OF_INPUT]));
                self.actors[index].input = Some(input);
                self.follow(index, SILENCE, |_| None::<()>);
                self.part_with(index);
                // What it did to the others shows before the next one enters.
                self.let_finish();
            }
            Cue::You => {
                let sender = self.sender.clone();
                thread::spawn(move || relay::input(input, &sender));
                self.follow_you(index);
                self.part_with(index);
            }
        }
        Ok(())
    }

    /// Those that follow come to the port that was found, on the host that the lab names.
    fn meet_at(&mut self, addr: &str) {
        match (self.addr.rsplit_once(':'), addr.rsplit_once(':')) {
            (Some((host, _)), Some((_, port))) => self.addr = format!("{host}:{port}"),
            _ => addr.clone_into(&mut self.addr),
        }
    }

    fn start(&mut self, part: &Part) -> io::Result<ChildStdin> {
        let (output, writer) = io::pipe()?;
        let typed = matches!(part.cue, Cue::You) && io::stdin().is_terminal();
        let mut process = Command::new(env::current_exe()?)
            .args([part.role, &self.addr])
            .env(VARIABLE, if typed { "typed" } else { "piped" })
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()?;
        let input = process.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (index, sender) = (self.actors.len(), self.sender.clone());
        thread::spawn(move || relay::output(index, typed, output, &sender));
        let name = part.name;
        self.actors.push(Actor { name, process, input: None, silent: false, left: false });
        Ok(input)
    }

    /// Shows what happens until `found` finds what it looks for in this part's lines. `None` when
    /// the part ended before, or `patience` did.
    fn follow<T>(
        &mut self,
        index: usize,
        patience: Duration,
        found: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + patience;
        // The clock is looked at each time: where another part floods, there is always an event.
        while !self.actors[index].silent && Instant::now() < deadline {
            let event = self.events.recv_timeout(until(deadline)).ok()?;
            let result = match &event {
                Event::Line(speaker, line) if *speaker == index => found(line),
                _ => None,
            };
            self.show(event);
            if result.is_some() {
                return result;
            }
        }
        None
    }

    /// Shows what happens until the person's part ends. Once their input has ended, a part that
    /// says nothing for `SILENCE` is not waited for either.
    fn follow_you(&mut self, index: usize) {
        let mut deadline: Option<Instant> = None;
        while !self.actors[index].silent
            && deadline.is_none_or(|deadline| Instant::now() < deadline)
        {
            let Some(event) = self.next_event(deadline) else { return };
            let heard = matches!(event, Event::Line(speaker, _) if speaker == index);
            match event {
                Event::EndOfInput(input) => {
                    self.screen.close_prompt();
                    self.actors[index].input = Some(input);
                    deadline = Some(Instant::now() + SILENCE);
                }
                // Nobody is there to answer it any more.
                Event::Prompt(_) if deadline.is_some() => {}
                event => self.show(event),
            }
            if heard {
                deadline = deadline.map(|_| Instant::now() + SILENCE);
            }
        }
    }

    /// Waits for the next event, and shows the prompt meanwhile.
    fn next_event(&mut self, deadline: Option<Instant>) -> Option<Event> {
        if self.screen.owes_prompt() {
            if let Ok(event) = self.events.recv_timeout(PAUSE) {
                return Some(event);
            }
            self.screen.show_prompt();
        }
        match deadline {
            None => self.events.recv().ok(),
            Some(deadline) => self.events.recv_timeout(until(deadline)).ok(),
        }
    }

    /// Ends the parts when they have finished what they have to say.
    pub(crate) fn wind_down(&mut self) {
        self.let_finish();
        for index in 0..self.actors.len() {
            self.part_with(index);
        }
    }

    /// Shows what happens until all have ended, or nobody says anything for a while.
    fn let_finish(&mut self) {
        let end = Instant::now() + EPILOGUE;
        while Instant::now() < end
            && !self.actors.iter().all(|actor| actor.silent)
            && let Ok(event) = self.events.recv_timeout(QUIET.min(until(end)))
        {
            self.show(event);
        }
    }

    /// Says how a part ended; ends it if it has not.
    fn part_with(&mut self, index: usize) {
        let actor = &mut self.actors[index];
        if actor.left {
            return;
        }
        actor.left = true;
        let name = actor.name;
        let running = !actor.silent && matches!(actor.process.try_wait(), Ok(None));
        if running {
            let _ = actor.process.kill();
        }
        let status = actor.process.wait();
        if running {
            self.narrate(&format!("{name} is still running; ended it"));
        } else if let Ok(status) = status {
            match status.code() {
                Some(0) => self.narrate(&format!("{name} has ended")),
                Some(code) => self.narrate(&format!("{name} has ended with status {code}")),
                None => self.narrate(&format!("{name} was ended by {status}")),
            }
        }
    }

    fn show(&mut self, event: Event) {
        match event {
            Event::Line(index, line) => self.screen.print(self.actors[index].name, &line),
            Event::Prompt(index) => self.screen.prompt(self.actors[index].name),
            Event::Silent(index) => self.actors[index].silent = true,
            Event::Typed => self.screen.answered(),
            Event::EndOfInput(_) => {}
        }
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
