//! What happened in one check, step by step, and how it is told when an expectation does not hold.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::capture::Capture;

/// How long all steps of one check may take together. A right program needs a few milliseconds;
/// the rest is for busy machines.
pub const DEADLINE: Duration = Duration::from_secs(5);

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

struct Program {
    name: String,
    output: Capture,
    errors: Capture,
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

    /// Makes a program's output part of the story.
    pub(crate) fn introduce(&self, name: &str, output: &Capture, errors: &Capture) {
        let (name, output, errors) = (name.to_owned(), output.clone(), errors.clone());
        self.plot().programs.push(Program { name, output, errors });
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
            let _ = write!(told, "\nwhat {} printed:\n{}", program.name, program.output);
            if !program.errors.is_empty() {
                let _ = write!(told, "and on standard error:\n{}", program.errors);
            }
        }
        if let Some(Hint { cause, read }) = &plot.hint {
            let _ = write!(told, "\nlikely: {cause}\nread:   {read}\n");
        }
        told
    }
}

/// A text under a label, its further lines below its first.
fn indented(label: &str, text: &str) -> String {
    let margin = format!("\n{}", " ".repeat(label.chars().count()));
    format!("{label}{}\n", text.replace('\n', &margin))
}
