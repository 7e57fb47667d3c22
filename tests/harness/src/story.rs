//! What happened in one check, step by step, and how it is told when an expectation does not hold.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::capture::Capture;

/// How long all steps of one check may take together. A right program needs a few milliseconds;
/// the rest is for busy machines.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// How long a failed check waits for a program that may be ending just then.
const ABOUT_TO_END: Duration = Duration::from_millis(100);
/// The status of a Rust program that panicked.
pub(crate) const PANICKED: i32 = 101;

/// The story of one check. Clones tell the same story.
#[derive(Clone)]
pub(crate) struct Story(Arc<Mutex<Plot>>);

struct Plot {
    title: String,
    steps: Vec<String>,
    hint: Option<Hint>,
    programs: Vec<Program>,
    deadline: Instant,
}

struct Hint {
    cause: &'static str,
    read: String,
}

/// A program that plays in the story.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) child: Arc<SharedChild>,
    pub(crate) output: Capture,
    pub(crate) errors: Capture,
}

impl Program {
    /// What it is doing, or how it ended.
    pub(crate) fn condition(&self) -> String {
        // One that is about to end is given the time to.
        match self.child.wait_timeout(ABOUT_TO_END) {
            Ok(Some(status)) => match status.code() {
                Some(PANICKED) => "has panicked".to_owned(),
                Some(code) => format!("has ended with status {code}"),
                None => format!("was ended by {status}"),
            },
            _ => "is still running".to_owned(),
        }
    }

    /// Whether it has ended, or is just about to.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.child.wait_timeout(ABOUT_TO_END), Ok(Some(_)))
    }

    /// How many lines it has printed, on both outputs.
    pub(crate) fn lines_printed(&self) -> usize {
        self.output.count() + self.errors.count()
    }

    /// What it is doing, and what it printed.
    fn account(&self) -> String {
        let mut account = format!("{} {}", self.name, self.condition());
        let closed = Instant::now() + ABOUT_TO_END;
        self.output.wait_closed(closed);
        self.errors.wait_closed(closed);
        account += &format!(". It printed:\n{}", self.output);
        if !self.errors.is_empty() {
            account += &format!("and on standard error:\n{}", self.errors);
        }
        account
    }
}

/// An expectation that did not hold.
pub(crate) struct Failure {
    /// What should have happened.
    pub(crate) expected: String,
    /// What did.
    pub(crate) came: String,
    /// What that says about the program, if anything.
    pub(crate) means: &'static str,
}

impl Story {
    /// Begins the story of the current test. The clock starts.
    pub(crate) fn begin(package: &str) -> Self {
        let test = thread::current().name().unwrap_or("check").to_owned();
        let check = test.split_once("::").map_or(test.as_str(), |(_, check)| check);
        Self(Arc::new(Mutex::new(Plot {
            title: format!("{package}: {}", check.replace("::", ", ").replace('_', " ")),
            steps: Vec::new(),
            hint: None,
            programs: Vec::new(),
            deadline: Instant::now() + DEADLINE,
        })))
    }

    fn plot(&self) -> MutexGuard<'_, Plot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn step(&self, step: impl Into<String>) {
        self.plot().steps.push(step.into());
    }

    pub(crate) fn hint(&self, cause: &'static str, read: String) {
        self.plot().hint = Some(Hint { cause, read });
    }

    /// Makes a program part of the story: how it ended and what it printed.
    pub(crate) fn introduce(&self, program: Program) {
        self.plot().programs.push(program);
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.plot().deadline
    }

    /// What is left until the deadline, never zero: a socket takes no time-out of zero.
    pub(crate) fn time_left(&self) -> Duration {
        let left = self.deadline().saturating_duration_since(Instant::now());
        left.max(Duration::from_millis(1))
    }

    /// Ends the check with its story.
    #[track_caller]
    pub(crate) fn fail(&self, failure: &Failure) -> ! {
        // Not while the lock is held: the programs are ended while this panic unwinds.
        let told = self.tell(failure);
        panic!("{told}");
    }

    fn tell(&self, failure: &Failure) -> String {
        let plot = self.plot();
        let mut told = format!("{}\n\nwhat happened:\n", plot.title);
        for (number, step) in plot.steps.iter().enumerate() {
            told += &indented(&format!("{:3}. ", number + 1), step);
        }
        told += &indented("  expected ", &failure.expected);
        told += &indented("  but      ", &failure.came);
        if !failure.means.is_empty() {
            told += &indented("           ", failure.means);
        }
        for program in &plot.programs {
            told += &format!("\n{}", program.account());
        }
        if let Some(Hint { cause, read }) = &plot.hint {
            told += &format!("\nlikely: {cause}\nread:   {read}\n");
        }
        told
    }
}

/// A text under a label, its further lines below its first.
fn indented(label: &str, text: &str) -> String {
    let margin = format!("\n{}", " ".repeat(label.chars().count()));
    format!("{label}{}\n", text.replace('\n', &margin))
}
