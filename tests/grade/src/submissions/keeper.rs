//! The keeper: a process between the grader and one program, that leaves nothing of it behind.
//!
//! It sets limits on itself, which the program inherits, and then watches. When the program has
//! ended, or reached a limit, or when the grader has gone, it ends whatever descends from it.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{self, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use super::disk;
use super::ending::Ending;
use super::family;
use super::limits::MIB;

/// How often memory, processes and the disk are looked at.
const WATCH: Duration = Duration::from_millis(200);

/// Runs a program within limits, and ends it with all that descends from it. For `submissions`.
#[derive(Args)]
pub struct Arguments {
    #[arg(long)]
    pub milliseconds: u64,
    #[arg(long)]
    pub memory: u64,
    #[arg(long)]
    pub file: u64,
    #[arg(long)]
    pub disk: u64,
    #[arg(long)]
    pub processes: usize,
    /// The folder whose size is watched.
    #[arg(long)]
    pub scratch: PathBuf,
    /// The program, and its arguments.
    #[arg(last = true, required = true)]
    pub command: Vec<OsString>,
}

enum Event {
    Ended(Ending),
    GraderGone,
}

/// Keeps the program until its end, and tells how it ended by the exit code.
pub fn keep(arguments: &Arguments) -> Result<()> {
    family::adopt_orphans();
    limit(arguments);
    let mut command = Command::new(&arguments.command[0]);
    command.args(&arguments.command[1..]).stdin(Stdio::null());
    // A group of its own, so that its children can be ended with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);

    let (events, happened) = channel();
    let grader = events.clone();
    thread::spawn(move || {
        // The grader holds the other end, and never writes: this returns when it has gone.
        let _ = io::stdin().read(&mut [0]);
        let _ = grader.send(Event::GraderGone);
    });
    let Ok(mut child) = command.spawn() else { process::exit(Ending::NotStarted as i32) };
    let id = child.id();
    let waiter = thread::spawn(move || family::wait(&mut child, |ending| send(&events, ending)));

    let deadline = Instant::now() + Duration::from_millis(arguments.milliseconds);
    let ending = loop {
        match happened.recv_timeout(WATCH.min(deadline.saturating_duration_since(Instant::now()))) {
            Ok(Event::Ended(ending)) => break ending,
            Ok(Event::GraderGone) | Err(RecvTimeoutError::Disconnected) => break Ending::Lost,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if Instant::now() >= deadline {
            break Ending::Time;
        }
        if let Some(ending) = reached(arguments) {
            break ending;
        }
    };
    family::end(id, &waiter);
    process::exit(ending as i32)
}

fn send(events: &Sender<Event>, ending: Ending) {
    // Nobody listens any more once the verdict is clear.
    let _ = events.send(Event::Ended(ending));
}

/// The limit that was reached, if one was.
fn reached(arguments: &Arguments) -> Option<Ending> {
    let family = family::size();
    if family.processes > arguments.processes {
        return Some(Ending::Processes);
    }
    if family.memory > arguments.memory * MIB {
        return Some(Ending::Memory);
    }
    let limit = arguments.disk * MIB;
    if disk::is_over(&arguments.scratch, limit) {
        return Some(Ending::Disk);
    }
    disk::is_full(&arguments.scratch, limit).then_some(Ending::DiskOfTheMachine)
}

/// Limits this process, and so all that it starts.
#[cfg(unix)]
fn limit(arguments: &Arguments) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |resource, bytes| {
        // A limit that is lower already stays.
        let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
        let _ = setrlimit(resource, limit);
    };
    // What it allocates, and not what it maps: the compiler maps much that it never touches.
    set(Resource::Data, arguments.memory * MIB);
    set(Resource::Fsize, arguments.file * MIB);
    set(Resource::Core, 0);
}

#[cfg(not(unix))]
fn limit(_arguments: &Arguments) {}
