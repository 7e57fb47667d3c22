//! Running a program under a keeper, from the grader's side.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use shared_child::SharedChild;

use super::ending::Ending;
use super::family;
use super::interrupt;
use super::limits::Limits;

/// How long a keeper may take for ending what it kept.
const GRACE: Duration = Duration::from_secs(15);
/// How long output may be on its way once everybody who could print has ended.
const LATE: Duration = Duration::from_secs(2);
/// How often the grader looks whether it has been interrupted.
const LOOK: Duration = Duration::from_millis(100);
/// How much of standard error is kept, in bytes.
const ERRORS: u64 = 64 << 10;

/// The keepers at work. Held while one is started, so that none is taken for a stranger.
static KEEPERS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// What to run, and where.
pub struct Program {
    pub path: PathBuf,
    pub arguments: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(OsString, OsString)>,
    pub folder: PathBuf,
    /// Where it may write. Watched for its size.
    pub scratch: PathBuf,
    pub time: Duration,
}

/// How it went.
pub struct Outcome<T> {
    pub ending: Ending,
    /// What the reader made of standard output. None if it was not done in time.
    pub output: Option<T>,
    /// The beginning of standard error.
    pub errors: String,
}

/// Runs a program within limits. `read` takes in what it prints, on a thread of its own.
///
/// Fails when the grader is interrupted, or cannot start the keeper.
pub fn run<T: Send + 'static>(
    program: Program,
    limits: &Limits,
    read: impl FnOnce(ChildStdout) -> T + Send + 'static,
) -> Result<Outcome<T>> {
    interrupt::check()?;
    let deadline = Instant::now() + program.time + GRACE;
    let mut command = keeper(program, limits)?;
    let keeper = start(&mut command).context("cannot start the keeper")?;
    let output = keeper.take_stdout().map(|stream| on_a_thread(move || read(stream)));
    let errors = keeper.take_stderr().map(|stream| on_a_thread(move || beginning(stream, ERRORS)));

    let ending = wait(&keeper, deadline);
    let late = Instant::now() + LATE;
    let left = || late.saturating_duration_since(Instant::now());
    let output = output.and_then(|output| output.recv_timeout(left()).ok());
    let errors = errors.and_then(|errors| errors.recv_timeout(left()).ok()).unwrap_or_default();
    interrupt::check()?;
    if ending == Ending::DiskOfTheMachine {
        bail!("{}", ending.reason());
    }
    Ok(Outcome { ending, output, errors: String::from_utf8_lossy(&errors).into_owned() })
}

/// Reads the beginning of a stream, and lets go of the rest, so that nobody is held up.
pub fn beginning(mut stream: impl Read, limit: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    let _ = stream.by_ref().take(limit).read_to_end(&mut kept);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
    kept
}

fn keeper(program: Program, limits: &Limits) -> Result<Command> {
    let mut command = Command::new(this_program()?);
    command.args(["keeper", "--milliseconds", &program.time.as_millis().to_string()]);
    command.args(["--memory", &limits.memory.to_string(), "--file", &limits.file.to_string()]);
    command.args(["--disk", &limits.disk.to_string()]);
    command.args(["--processes", &limits.processes.to_string(), "--scratch"]).arg(program.scratch);
    command.arg("--").arg(program.path).args(program.arguments);
    command.env_clear().envs(program.environment).current_dir(program.folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Ctrl-C is for the grader. The keeper learns of it by the end of its input.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}

/// The grader's own program. On Linux it is this one also when another was built in its place.
fn this_program() -> Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    env::current_exe().context("cannot find the grader's program")
}

fn start(command: &mut Command) -> std::io::Result<SharedChild> {
    let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
    let keeper = SharedChild::spawn(command)?;
    keepers.insert(keeper.id());
    Ok(keeper)
}

/// Waits until the keeper has ended. One that was killed has left behind what it kept.
fn wait(keeper: &SharedChild, deadline: Instant) -> Ending {
    let mut input = keeper.take_stdin();
    let code = loop {
        match keeper.wait_timeout(LOOK) {
            Ok(Some(status)) => break status.code(),
            Ok(None) if Instant::now() > deadline => {
                let _ = keeper.kill();
            }
            // Closing its input asks it to come to an end.
            Ok(None) if interrupt::is_asked() => drop(input.take()),
            Ok(None) => {}
            Err(_) => break None,
        }
    };
    let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
    keepers.remove(&keeper.id());
    let ending = Ending::from_code(code);
    if ending == Ending::Lost {
        let others: Vec<u32> = keepers.iter().copied().collect();
        family::end_strangers(&others);
    }
    ending
}

fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (done, receiver) = channel();
    thread::spawn(move || done.send(work()));
    receiver
}
