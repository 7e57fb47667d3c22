//! One role of the program under test, running.

use std::io::Write;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cli::supervised::{END_OF_INPUT, VARIABLE};
use shared_child::SharedChild;

use crate::capture::Capture;
use crate::story::{Failure, MANY, PANICKED, Program, Sign, Story};
use crate::text::{quote, thousands};

/// How long a program is watched for a flood, and how many lines in that time are one.
const WATCHED: Duration = Duration::from_millis(200);
const FLOOD: usize = 30;

/// A running role. Dropping it ends it, with its children.
pub struct Process {
    pub(crate) program: Program,
    pub(crate) story: Story,
    input: Option<ChildStdin>,
    /// How many lines of the output were expected so far.
    read: usize,
}

impl Process {
    pub(crate) fn start(name: &str, mut command: Command, story: &Story) -> Self {
        command.env(VARIABLE, "piped").env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that its children can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);

        let child = SharedChild::spawn(&mut command).expect("the program was built, so it starts");
        let input = child.take_stdin();
        let program = Program {
            name: name.to_owned(),
            output: Capture::of(child.take_stdout().expect("it is a pipe")),
            errors: Capture::of(child.take_stderr().expect("it is a pipe")),
            child: Arc::new(child),
            ended_as_expected: Arc::default(),
        };
        story.introduce(program.clone());
        Self { program, story: story.clone(), input, read: 0 }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.program.child.id()
    }

    /// Waits until it says where it listens. That must be its first line.
    #[track_caller]
    pub(crate) fn address(&mut self) -> String {
        let first = self.program.output.wait(self.story.deadline(), |lines| lines.first().cloned());
        let addr = first.as_deref().and_then(|line| line.strip_prefix("listening on "));
        let Some(addr) = addr else {
            self.fail(
                "`listening on ADDRESS:PORT` as its first line",
                "",
                "Nobody can reach it before it listens, or know where before it says so.",
            );
        };
        self.read = 1;
        addr.to_owned()
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.story.step(format!("typed {} into {}", quote(line.as_bytes()), self.program.name));
        self.write(format!("{line}\n").as_bytes());
    }

    /// Ends its input, as Ctrl-D does on a terminal.
    pub fn end_input(&mut self) {
        self.story.step(format!("ended the input of {}", self.program.name));
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
        let next =
            self.program.output.wait(self.story.deadline(), |lines| lines.get(self.read).cloned());
        let expected = format!("{} to print {}", self.program.name, quote(line.as_bytes()));
        match next {
            Some(next) if next == line => {
                self.story.step(format!(
                    "{} printed {}",
                    self.program.name,
                    quote(line.as_bytes())
                ));
            }
            Some(next) => {
                let difference = crate::text::difference(line.as_bytes(), next.as_bytes());
                let came = format!("it printed {}\n{difference}; ", quote(next.as_bytes()));
                self.fail_as(Sign::Difference, &expected, &came, "");
            }
            None if self.program.has_ended() => self.fail(&expected, "", ""),
            None => {
                let means = "It waits, or has printed without flushing.";
                self.fail_with(Sign::Silence, &expected, "", means);
            }
        }
        self.read += 1;
    }

    /// Expects an event in its log: a line that holds `word` and the peer's address.
    #[track_caller]
    pub fn expect_log(&self, word: &str, peer: &str) {
        let holds = |line: &String| line.contains(word) && line.contains(peer);
        let found = |lines: &[String]| lines.iter().any(holds).then_some(());
        if self.program.output.wait(self.story.deadline(), found).is_none() {
            let expected =
                format!("a line with `{word}` and {peer} in the log of {}", self.program.name);
            let has_word = self.program.output.lines().iter().any(|line| line.contains(word));
            let with = if has_word { " with this address" } else { "" };
            let came = format!("no line has `{word}`{with}; ");
            self.fail(
                &expected,
                &came,
                "Each event is logged as its word, then the peer's address.",
            );
        }
        self.story.step(format!("{} logged `{word}` for {peer}", self.program.name));
    }

    /// Expects that no line of its log so far begins with this.
    #[track_caller]
    pub fn expect_no_log(&self, event: &str) {
        let lines = self.program.output.lines();
        if let Some(line) = lines.iter().find(|line| line.starts_with(event)) {
            let expected = format!("no `{event}` in the log of {}", self.program.name);
            self.fail(&expected, &format!("it logged `{line}`; "), "");
        }
    }

    /// Expects a line on standard error that holds each of `words`.
    #[track_caller]
    pub fn expect_complaint(&self, words: &[&str]) {
        let holds = |line: &String| words.iter().all(|word| line.contains(word));
        let found = |lines: &[String]| lines.iter().any(holds).then_some(());
        if self.program.errors.wait(self.story.deadline(), found).is_none() {
            let about = if words.is_empty() { "anything" } else { &words.join(" and ") };
            let expected = format!("{} to say {about} on standard error", self.program.name);
            self.fail(&expected, "", "");
        }
    }

    /// Expects that it prints no more than a line now and then. Watches it for a moment: that can
    /// only make a wrong program fail.
    #[track_caller]
    pub fn expect_no_flood(&self) {
        let watched = self.story.deadline().min(Instant::now() + WATCHED);
        let before = self.program.lines_printed();
        self.program.output.wait(watched, |lines| (lines.len() > before + FLOOD).then_some(()));
        let printed = self.program.lines_printed() - before;
        if printed > FLOOD {
            self.story.fail(&Failure {
                sign: Sign::Difference,
                expected: format!("{} to pause before it tries again", self.program.name),
                came: format!("it printed {} lines in {WATCHED:?}", thousands(printed)),
                means: "",
            });
        }
        self.story.step(format!("{} printed {printed} lines in {WATCHED:?}", self.program.name));
    }

    /// How many descriptors it has open.
    #[cfg(target_os = "linux")]
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).map_or(0, Iterator::count)
    }

    /// Expects that it has as many descriptors open as once before.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn expect_descriptors(&self, before: usize) {
        let now = self.descriptors();
        if now != before {
            let came = format!("it has {now} open, and had {before} before; ");
            let expected = format!("{} to have closed every connection", self.program.name);
            self.fail(&expected, &came, "Descriptors that are not closed run out in the end.");
        }
        self.story.step(format!("{} has {now} descriptors open, as before", self.program.name));
    }

    /// Expects that it uses no processor while nobody talks to it. Watches it for a moment: that
    /// can only make a wrong program fail.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn expect_idle(&self) {
        let before = self.ticks();
        let watched = Instant::now() + WATCHED;
        self.program.output.wait(watched, |_| None::<()>);
        let used = self.ticks() - before;
        if used > 1 {
            let came = format!("it used {used} ticks of the processor in {WATCHED:?}; ");
            let expected = format!("{} to be idle when nobody talks to it", self.program.name);
            self.fail(&expected, &came, "It asks again and again for what it could wait for.");
        }
        self.story.step(format!("{} was idle", self.program.name));
    }

    /// The processor time that it has used, in clock ticks: fields 14 and 15 of
    /// `proc_pid_stat(5)`.
    #[cfg(target_os = "linux")]
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
    }

    /// The limit of its descriptors that leaves it none for a further socket. To be taken while it
    /// serves nobody.
    #[cfg(target_os = "linux")]
    pub fn descriptor_limit(&self) -> DescriptorLimit {
        let open: Vec<u64> = std::fs::read_dir(format!("/proc/{}/fd", self.id()))
            .expect("the program runs, and is ours")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect();
        let lowest_free = (0..=open.len() as u64).find(|number| !open.contains(number));
        let id = i32::try_from(self.id()).ok().and_then(rustix::process::Pid::from_raw);
        DescriptorLimit { id, lowest_free, story: self.story.clone() }
    }

    /// Expects that it says something more after the event `word` of `peer`, on either output.
    #[track_caller]
    pub fn expect_more_after(&self, word: &str, peer: &str) {
        let holds = |line: &String| line.contains(word) && line.contains(peer);
        let more = |lines: &[String]| {
            let event = lines.iter().position(holds)?;
            (event + 1 < lines.len()).then_some(())
        };
        let deadline = self.story.deadline();
        let said = self.program.output.wait(deadline, more).is_some();
        if self.program.output.is_closed() {
            self.program.errors.wait_closed(deadline);
        }
        if !said && self.program.errors.is_empty() {
            let expected = format!("{} to say what went wrong then", self.program.name);
            self.fail(&expected, "it printed no further line; ", "");
        }
        let more = if self.program.output.is_closed() {
            "printed an error and ended"
        } else {
            "said something more"
        };
        self.story.step(format!("{} {more}", self.program.name));
    }

    /// Expects that it ends by itself with status 0.
    #[track_caller]
    pub fn expect_success(&self) {
        let expected = format!("{} to end by itself with status 0", self.program.name);
        match self.ended() {
            Some(status) if status.success() => {
                self.program.end_as_expected();
                self.story.step(format!("{} ended with status 0", self.program.name));
            }
            _ => self.fail_with(Sign::Running, &expected, "", ""),
        }
    }

    /// Expects that it ends by itself, with any status but that of a panic.
    #[track_caller]
    pub fn expect_end(&self) {
        match self.ended() {
            Some(status) if status.code() != Some(PANICKED) => {
                self.program.end_as_expected();
                self.story.step(format!("{} ended", self.program.name));
            }
            _ => {
                let expected = format!("{} to end by itself", self.program.name);
                self.fail_with(Sign::Running, &expected, "", "");
            }
        }
    }

    /// Expects that it ends with status 1, and that the last line on standard error is the only one
    /// that begins with `error: `, and holds each of `naming`.
    #[track_caller]
    pub fn expect_error(&self, naming: &[&str]) {
        let expected = format!(
            "{} to end with status 1 and one line `error: …` naming {}",
            self.program.name,
            quoted(naming, " and ")
        );
        let status = self.ended();
        let lines = self.program.errors.lines();
        let errors: Vec<_> = lines.iter().filter(|line| line.starts_with("error: ")).collect();
        let last = lines.last().map_or("", String::as_str);
        // Each word counts once: a number is not named by an address that has its digits.
        let mut rest = last.to_owned();
        let mut missing = naming.to_vec();
        missing.retain(|word| {
            let found = rest.contains(word);
            rest = rest.replacen(word, "", 1);
            !found
        });
        let right_end = status.and_then(|status| status.code()) == Some(1) && errors == [last];
        if !right_end || !missing.is_empty() {
            // The right end, and the wrong words for it: that is not a program that has ended.
            let means = "An error names what was tried, and with which address.";
            let (sign, came, means) = match status {
                None => (Sign::Running, String::new(), ""),
                Some(_) if right_end => {
                    let lacks = quoted(&missing, " or ");
                    (Sign::Unnamed, format!("that line does not contain {lacks}; "), means)
                }
                Some(_) => (Sign::Difference, String::new(), means),
            };
            self.fail_as(sign, &expected, &came, means);
        }
        self.program.end_as_expected();
        self.story.step(format!("{} ended with status 1: {}", self.program.name, last));
    }

    /// Expects that it has not ended.
    #[track_caller]
    pub fn expect_running(&self) {
        // Its output closes before it has ended for the system.
        if self.program.output.is_closed() || !matches!(self.program.child.try_wait(), Ok(None)) {
            self.fail(&format!("{} to go on", self.program.name), "", "");
        }
    }

    /// Kills it, as `kill -9` and the task manager do.
    pub fn kill(&mut self) {
        self.story.step(format!("killed {}", self.program.name));
        end(&self.program.child);
    }

    /// Stops it, so that it does nothing until it is resumed.
    #[cfg(unix)]
    pub fn suspend(&self) {
        self.story.step(format!("stopped {} for a while", self.program.name));
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets it go on.
    #[cfg(unix)]
    pub fn resume(&self) {
        self.story.step(format!("let {} go on", self.program.name));
        self.signal(rustix::process::Signal::CONT);
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.id()).ok().and_then(rustix::process::Pid::from_raw);
        // A program that has ended takes no signal; the next expectation finds that out.
        let _ = id.map(|id| rustix::process::kill_process(id, signal));
    }

    /// Waits until it has ended and all it printed is read; `None` if the deadline comes first.
    fn ended(&self) -> Option<ExitStatus> {
        let deadline = self.story.deadline();
        let status = self.program.child.wait_deadline(deadline).ok().flatten();
        if status.is_some() {
            self.program.output.wait_closed(deadline);
            self.program.errors.wait_closed(deadline);
        }
        status
    }

    /// Ends the check. What the program is doing is added to `came`.
    #[track_caller]
    pub(crate) fn fail(&self, expected: &str, came: &str, means: &'static str) -> ! {
        self.fail_with(Sign::Difference, expected, came, means);
    }

    /// Ends the check, with a failure that looks like `sign` unless the program has ended.
    #[track_caller]
    fn fail_with(&self, sign: Sign, expected: &str, came: &str, means: &'static str) -> ! {
        let sign = if self.program.has_ended_early() { Sign::Ended } else { sign };
        self.fail_as(sign, expected, came, means);
    }

    #[track_caller]
    pub(crate) fn fail_as(&self, sign: Sign, expected: &str, came: &str, means: &'static str) -> ! {
        let mut came = format!("{came}{} {}", self.program.name, self.program.condition());
        if self.program.lines_printed() > MANY {
            let lines = thousands(self.program.lines_printed());
            came += &format!(", and has printed {lines} lines");
        }
        self.story.fail(&Failure { sign, expected: expected.to_owned(), came, means });
    }
}

/// Words as a story shows them. On some systems a word is not asked for: it is empty.
fn quoted(words: &[&str], between: &str) -> String {
    let words = words.iter().filter(|word| !word.is_empty());
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(between)
}

/// A program's limit of open descriptors.
#[cfg(target_os = "linux")]
pub struct DescriptorLimit {
    id: Option<rustix::process::Pid>,
    lowest_free: Option<u64>,
    story: Story,
}

#[cfg(target_os = "linux")]
impl DescriptorLimit {
    /// Leaves the program no descriptor for a further socket. Those it has stay open.
    pub fn lower(&self) {
        self.story.step("limited your server to the descriptors it has");
        self.set(self.lowest_free);
    }

    /// Gives the program descriptors again.
    pub fn lift(&self) {
        self.story.step("lifted the limit");
        self.set(Some(1024));
    }

    fn set(&self, current: Option<u64>) {
        use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
        let maximum = getrlimit(Resource::Nofile).maximum;
        // A program that has ended has no limit; the next expectation finds that out.
        let _ = prlimit(self.id, Resource::Nofile, Rlimit { current, maximum });
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&self.program.child);
    }
}

/// Ends a program and the children it may have. Waits until it is gone, so that its addresses are free.
fn end(child: &SharedChild) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
