//! Runs the processes of a demo: who is started, what is waited for, how each ends.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::mem;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::pipes::{self, Event};
use super::terminal::Terminal;
use crate::lab::{Input, Lab, Part};
use crate::supervised::{END_OF_INPUT, INTERRUPT, PART, STOPPED, VARIABLE};

/// How long a server may take until it listens.
const READY: Duration = Duration::from_secs(5);
/// How long a process that waits for nobody's typing is waited for: longer than any that has a patience
/// of its own, or that would not show.
const PATIENCE: Duration = Duration::from_secs(3);
/// Processes have finished when none has printed anything for `QUIET`, at the latest after `DRAIN`.
const QUIET: Duration = Duration::from_millis(200);
const DRAIN: Duration = Duration::from_secs(1);
/// A prompt is shown when nothing was printed for so long, so that it stands below other lines.
const PAUSE: Duration = Duration::from_millis(50);

/// A process that was started.
struct Process {
    name: &'static str,
    /// Whether it is to run until the demo is over.
    stays: bool,
    child: Child,
    /// Held open, since a process ends when its input closes (`supervised.rs`).
    input: Option<ChildStdin>,
    /// What a line begins with after which it is interrupted.
    interrupted_after: Option<&'static str>,
    /// Whether it has closed its output.
    closed: bool,
    end: End,
}

/// What is known of a process's end.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// It has not ended, or nobody has looked.
    Unknown,
    /// It was ended by this program.
    Killed,
    Told,
}

pub(crate) struct Runner {
    processes: Vec<Process>,
    /// Where the roles meet: with port 0 until somebody listens.
    addr: String,
    sender: SyncSender<Event>,
    events: Receiver<Event>,
    terminal: Terminal,
}

/// What an event means to somebody who waits.
enum Wait<T> {
    /// As before.
    On,
    /// From now on no longer than this.
    For(Duration),
    /// The wait is over.
    Over(T),
}

impl Runner {
    pub(crate) fn new(lab: &Lab) -> Self {
        // A bounded channel: a process that floods is slowed down to what the terminal shows.
        let (sender, events) = sync_channel(64);
        let host = lab.addr.rsplit_once(':').map_or(lab.addr, |(host, _)| host);
        let addr = format!("{host}:0");
        Self { processes: Vec::new(), addr, sender, events, terminal: Terminal::new(lab) }
    }

    /// Says something about the demo itself.
    pub(crate) fn tell(&mut self, line: &str) {
        self.terminal.tell(line);
    }

    /// Starts one part and stays with it until the next may be started.
    ///
    /// Fails if it cannot be started, or should listen and does not say so within 5 seconds.
    pub(crate) fn run(&mut self, part: &Part) -> Result<()> {
        let index = self.processes.len();
        if part.on_a_new_port {
            self.meet_at(":0");
        }
        let mut input = self.start(part).with_context(|| format!("cannot start {}", part.name))?;
        match part.input {
            Input::Serves => {
                self.processes[index].input = Some(input);
                match self.wait_until_it_listens(index) {
                    Some(addr) => self.meet_at(&addr),
                    // Another listens already, and the demo is about what becomes of this one.
                    None if !self.addr.ends_with(":0") => self.stop(index),
                    None => bail!("{} did not say `listening on ADDRESS`", part.name),
                }
            }
            Input::Stays => {
                self.processes[index].input = Some(input);
                self.wait_until_it_speaks(index);
            }
            Input::Lines(lines) => {
                // A process that has ended already reads nothing: its end is told below.
                for line in lines {
                    let _ = writeln!(input, "{line}");
                }
                let _ = input.write_all(&[END_OF_INPUT]);
                self.processes[index].input = Some(input);
                self.wait_until_it_ends(index);
                self.stop(index);
                // What it did to the others shows before the next one starts.
                self.wait_until_all_are_quiet();
            }
            Input::Typed => {
                let sender = self.sender.clone();
                thread::spawn(move || pipes::input(input, &sender));
                self.wait_for_the_person(index);
                self.stop(index);
            }
        }
        Ok(())
    }

    fn start(&mut self, part: &Part) -> io::Result<ChildStdin> {
        let (output, writer) = io::pipe()?;
        let typed = matches!(part.input, Input::Typed) && io::stdin().is_terminal();
        let mut child = Command::new(env::current_exe()?)
            .args([part.role, &self.addr])
            .env(VARIABLE, if typed { "typed" } else { "piped" })
            .env(PART, part.name)
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()?;
        let input = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (index, sender) = (self.processes.len(), self.sender.clone());
        thread::spawn(move || pipes::output(index, output, &sender));
        let (name, stays) = (part.name, matches!(part.input, Input::Serves | Input::Stays));
        self.processes.push(Process {
            name,
            stays,
            child,
            input: None,
            interrupted_after: part.interrupted_after,
            closed: false,
            end: End::Unknown,
        });
        Ok(input)
    }

    /// Those that follow come to the port that was found, on the host that the lab names.
    fn meet_at(&mut self, addr: &str) {
        match (self.addr.rsplit_once(':'), addr.rsplit_once(':')) {
            (Some((host, _)), Some((_, port))) => self.addr = format!("{host}:{port}"),
            _ => addr.clone_into(&mut self.addr),
        }
    }

    fn wait_until_it_listens(&mut self, index: usize) -> Option<String> {
        let told = |line: &str| line.strip_prefix("listening on ").map(str::to_owned);
        let listens = self.wait(Some(READY), |event| match event {
            Event::Line(of, line) if *of == index => {
                told(line).map_or(Wait::On, |addr| Wait::Over(Some(addr)))
            }
            Event::Closed(of) if *of == index => Wait::Over(None),
            _ => Wait::On,
        });
        listens.flatten()
    }

    fn wait_until_it_speaks(&mut self, index: usize) {
        self.wait(Some(READY), |event| match event {
            Event::Line(of, _) | Event::Closed(of) if *of == index => Wait::Over(()),
            _ => Wait::On,
        });
    }

    fn wait_until_it_ends(&mut self, index: usize) {
        self.wait(Some(PATIENCE), |event| match event {
            Event::Closed(of) if *of == index => Wait::Over(()),
            _ => Wait::On,
        });
    }

    /// Waits for the process that the person types to. When their input has ended, and it has
    /// printed nothing for `PATIENCE`, it is not waited for any longer.
    fn wait_for_the_person(&mut self, index: usize) {
        let mut typing = true;
        self.wait(None, |event| match event {
            Event::Closed(of) if *of == index => Wait::Over(()),
            Event::EndOfInput => {
                typing = false;
                Wait::For(PATIENCE)
            }
            Event::Line(of, _) if *of == index && !typing => Wait::For(PATIENCE),
            _ => Wait::On,
        });
    }

    /// Shows what happens until all have ended, or none has printed anything for a while.
    fn wait_until_all_are_quiet(&mut self) {
        let end = Instant::now() + DRAIN;
        while Instant::now() < end
            && self.processes.iter().any(|process| !process.closed)
            && let Some(event) = self.next_event(Some(end.min(Instant::now() + QUIET)))
        {
            self.show(event);
        }
    }

    /// Shows what happens, until `mind` says that the wait is over: then its answer. `None` when
    /// it took longer than `patience`.
    fn wait<T>(
        &mut self,
        patience: Option<Duration>,
        mut mind: impl FnMut(&Event) -> Wait<T>,
    ) -> Option<T> {
        let mut deadline = patience.map(|patience| Instant::now() + patience);
        // The clock is looked at each time: where a process floods, there is always an event.
        while deadline.is_none_or(|deadline| Instant::now() < deadline) {
            let event = self.next_event(deadline)?;
            let minded = mind(&event);
            self.show(event);
            match minded {
                Wait::On => {}
                Wait::For(patience) => deadline = Some(Instant::now() + patience),
                Wait::Over(answer) => return Some(answer),
            }
        }
        None
    }

    /// The next event until `deadline`. Meanwhile, the prompt is shown.
    fn next_event(&mut self, deadline: Option<Instant>) -> Option<Event> {
        if self.terminal.owes_prompt() {
            if let Ok(event) = self.events.recv_timeout(PAUSE) {
                return Some(event);
            }
            self.terminal.show_prompt();
        }
        match deadline {
            None => self.events.recv().ok(),
            Some(deadline) => self.events.recv_timeout(until(deadline)).ok(),
        }
    }

    fn show(&mut self, event: Event) {
        match event {
            Event::Line(index, line) => {
                self.terminal.print(self.processes[index].name, &line);
                if self.processes[index].is_interrupted_after(&line) {
                    self.tell(&format!("Ctrl-C for the {}", self.processes[index].name));
                }
            }
            Event::Prompt(index) => self.terminal.prompt(self.processes[index].name),
            Event::Closed(index) => self.processes[index].closed = true,
            Event::Typed => self.terminal.answered(),
            Event::EndOfInput => self.terminal.end_prompts(),
        }
    }

    /// Stops the processes when they have printed what they have to say: all of them at once, since one
    /// that is gone takes along whoever waits for it.
    pub(crate) fn stop_all(&mut self) {
        self.wait_until_all_are_quiet();
        self.processes.iter_mut().for_each(Process::kill);
        for index in 0..self.processes.len() {
            self.stop(index);
        }
    }

    /// Says how a process ended; ends it if it has not.
    fn stop(&mut self, index: usize) {
        let process = &mut self.processes[index];
        process.kill();
        let (name, killed) = (process.name, process.end == End::Killed);
        if mem::replace(&mut process.end, End::Told) == End::Told {
            return;
        }
        let end = match process.child.wait() {
            _ if killed && process.stays => STOPPED.to_owned(),
            _ if killed => "is still running; ended it".to_owned(),
            Err(error) => format!("cannot be waited for: {error}"),
            Ok(status) => match status.code() {
                Some(0) => "has ended".to_owned(),
                Some(code) => format!("has ended with status {code}"),
                None => format!("was ended by {status}"),
            },
        };
        self.tell(&format!("{name} {end}"));
    }
}

impl Process {
    /// Interrupts it, once, if this is the line to do it after.
    fn is_interrupted_after(&mut self, line: &str) -> bool {
        let now = self.interrupted_after.take_if(|word| line.starts_with(*word)).is_some();
        if let Some(input) = self.input.as_mut().filter(|_| now) {
            // One that has ended already takes none.
            let _ = input.write_all(&[INTERRUPT]);
        }
        now
    }

    /// Ends it, if it has not ended by itself.
    fn kill(&mut self) {
        let runs = !self.closed && matches!(self.child.try_wait(), Ok(None));
        if self.end == End::Unknown && runs {
            self.end = End::Killed;
            let _ = self.child.kill();
        }
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
