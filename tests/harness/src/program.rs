//! A program under test, running: what it prints, how it ends, and that nothing of it is left.

use std::io;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::capture::Capture;
use crate::record::{Actor, Condition, ProgramState};
use crate::{descendants, interrupts, system};

/// How long a failed check waits for a program that may be ending just then.
const ABOUT_TO_END: Duration = Duration::from_millis(100);

/// Marks a program and all that it starts, by the environment that they inherit.
pub(crate) const MARK: &str = "SOCKET_LABS_RUN";

/// A running program. Clones are the same program.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) actor: Actor,
    pub(crate) child: Arc<SharedChild>,
    pub(crate) output: Capture,
    pub(crate) errors: Capture,
    pub(crate) mark: String,
    ended_as_expected: Arc<AtomicBool>,
}

impl Program {
    /// Starts a command whose input and output are pipes of this process, unless it has others.
    pub(crate) fn start(
        actor: Actor,
        mut command: Command,
        pipes: Pipes,
    ) -> io::Result<(Self, Option<ChildStdin>)> {
        interrupts::are_heard();
        let mark = descendants::mark();
        command.env(MARK, &mark).env("RUST_BACKTRACE", "0");
        // A group of its own, so that its children can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let pipe = Stdio::piped;
        match pipes {
            Pipes::All => command.stdin(pipe()).stdout(pipe()).stderr(pipe()),
            Pipes::Closed => command.stdin(Stdio::null()).stdout(pipe()).stderr(pipe()),
            #[cfg(unix)]
            Pipes::Others => &mut command,
        };
        let read = if pipes == Pipes::Closed { Capture::of_beginning } else { Capture::of };
        let child = SharedChild::spawn(&mut command)?;
        let input = child.take_stdin();
        let program = Self {
            actor,
            output: child.take_stdout().map_or_else(Capture::of_nothing, read),
            errors: child.take_stderr().map_or_else(Capture::of_nothing, Capture::of),
            child: Arc::new(child),
            mark,
            ended_as_expected: Arc::default(),
        };
        Ok((program, input))
    }

    /// Whether it has ended, or is just about to.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.child.wait_timeout(ABOUT_TO_END), Ok(Some(_)))
    }

    /// Notes that it has ended, as it should.
    pub(crate) fn end_as_expected(&self) {
        self.ended_as_expected.store(true, Ordering::Relaxed);
    }

    /// How many lines it has printed, on both outputs.
    pub(crate) fn lines_printed(&self) -> usize {
        self.output.count() + self.errors.count()
    }

    /// What it is doing now, or how it ended, and what it printed.
    pub(crate) fn state(&self) -> ProgramState {
        let condition = match self.child.wait_timeout(ABOUT_TO_END) {
            Ok(Some(status)) => match status.code() {
                Some(code) => Condition::Exited(code),
                None => Condition::Signalled(status.to_string().replace("signal: ", "")),
            },
            _ => Condition::Running,
        };
        if condition != Condition::Running {
            let until = Instant::now() + ABOUT_TO_END;
            let left = || until.saturating_duration_since(Instant::now());
            self.output.wait_closed(left);
            self.errors.wait_closed(left);
        }
        let errors = self.errors.lines();
        ProgramState {
            actor: self.actor.clone(),
            waits_in: system::waits_in(self.child.id()).filter(|_| condition == Condition::Running),
            condition,
            ended_as_expected: self.ended_as_expected.load(Ordering::Relaxed),
            panic: panic_in(&errors),
            lines: self.lines_printed(),
            output: self.output.lines(),
            errors,
        }
    }

    /// The words of its first panic, if it has panicked where nobody intended it.
    pub(crate) fn panic(&self) -> Option<String> {
        panic_in(&self.errors.lines())
    }

    /// Ends it, with all that it has started. Waits until it is gone, so that its addresses are free.
    pub(crate) fn end(&self) {
        descendants::end(&self.child, &self.mark);
    }
}

/// What a program's input and output are.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Pipes {
    /// Pipes of the check.
    All,
    /// No input, and an output that nobody reads once the program listens.
    Closed,
    /// What the command says already: no pipes.
    #[cfg(unix)]
    Others,
}

/// The words of the panic that is made on purpose: `service.rs` of lab 11, which is given.
const ON_PURPOSE: &str = "a bug in the service";

/// The words of a panic that nobody intended, in what a program printed on standard error.
fn panic_in(errors: &[String]) -> Option<String> {
    let is_panic = |lines: &&[String]| lines[0].contains("panicked at ") && lines[1] != ON_PURPOSE;
    errors.windows(2).find(is_panic).map(|lines| lines[1].clone())
}
