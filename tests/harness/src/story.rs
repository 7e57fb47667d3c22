//! What happened in one check, step by step, and how it is told when an expectation does not hold.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::capture::Capture;
use crate::datagram::OTHER_SOCKET;
use crate::text::{LOWER, NEWLINE, WHOLE_BUFFER};
use crate::{cargo, ending};

/// How long all steps of one check may take together. A right program needs a few milliseconds;
/// the rest is for busy machines.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// How long a failed check waits for a program that may be ending just then.
const ABOUT_TO_END: Duration = Duration::from_millis(100);
/// What is likely when nothing comes, and the check knows no better.
const WAITS: &str = "somebody waits for what nobody sends: who is in `read`?";
/// How many lines nobody prints who waits for anything.
pub(crate) const MANY: usize = 1_000;
/// The status of a Rust program that panicked.
pub(crate) const PANICKED: i32 = 101;

/// The story of one check. Clones tell the same story.
#[derive(Clone)]
pub(crate) struct Story(Arc<Mutex<Plot>>);

struct Plot {
    title: String,
    steps: Vec<String>,
    /// What is likely wrong: the first that fits is told.
    hints: Vec<Hint>,
    programs: Vec<Program>,
    /// What the compiler warns about in the lab.
    warnings: Vec<String>,
    deadline: Instant,
}

struct Hint {
    /// What the failure must look like; `None` fits any.
    sign: Option<Sign>,
    cause: &'static str,
    read: String,
}

/// What a failure looks like from outside. The same check can fail in several ways, and each has
/// causes of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Nothing comes, and nobody has ended anything.
    Silence,
    /// No datagram comes, which nobody waits for.
    Unanswered,
    /// The connection is over, or cannot be made, and the program goes on.
    HungUp,
    /// The program has ended.
    Ended,
    /// The program has ended with status 0: it takes its work for done. Else it is `Ended`.
    Finished,
    /// The program should have ended, and goes on.
    Running,
    /// The program has ended with an error, as it should, and the error does not name all it must.
    Unnamed,
    /// The program listens on another address than the one it was given.
    Elsewhere,
    /// Something else is there than what was expected.
    Difference,
}

/// A program that plays in the story.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) child: Arc<SharedChild>,
    pub(crate) output: Capture,
    pub(crate) errors: Capture,
    pub(crate) ended_as_expected: Arc<AtomicBool>,
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

    /// Whether it has ended where it should not have: an end that was expected is no sign.
    pub(crate) fn has_ended_early(&self) -> bool {
        !self.ended_as_expected.load(Ordering::Relaxed) && self.has_ended()
    }

    /// Notes that it has ended, as it should.
    pub(crate) fn end_as_expected(&self) {
        self.ended_as_expected.store(true, Ordering::Relaxed);
    }

    /// How many lines it has printed, on both outputs.
    pub(crate) fn lines_printed(&self) -> usize {
        self.output.count() + self.errors.count()
    }

    /// Its status, if it has ended by itself, or is just about to.
    fn status(&self) -> Option<i32> {
        self.child.wait_timeout(ABOUT_TO_END).ok()??.code()
    }

    /// Whether it has ended by itself, well or not, where it should not have.
    fn has_left(&self) -> bool {
        !self.ended_as_expected.load(Ordering::Relaxed) && self.status().is_some()
    }

    /// Whether it has ended by itself as if all was done, where it should not have.
    fn has_finished(&self) -> bool {
        self.has_left() && self.status() == Some(0)
    }

    fn panic(&self) -> Option<String> {
        let panicked = self.status() == Some(PANICKED);
        panicked
            .then(|| format!("{} has panicked: an error was unwrapped, not handed on", self.name))
    }

    /// What is wrong with it whatever the check is about, if that can be seen.
    fn complaint(&self, sign: Sign) -> Option<String> {
        let name = &self.name;
        if self.lines_printed() > MANY {
            return Some(format!("{name} goes round a loop without waiting for anything"));
        }
        let failed = sign == Sign::Ended && self.status().is_some_and(|status| status != 0);
        failed.then(|| format!("an error ended {name}: it says which on standard error"))
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
    /// What it looks like.
    pub(crate) sign: Sign,
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
            hints: Vec::new(),
            programs: Vec::new(),
            warnings: cargo::warnings(package),
            deadline: Instant::now() + DEADLINE,
        })))
    }

    fn plot(&self) -> MutexGuard<'_, Plot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn step(&self, step: impl Into<String>) {
        self.plot().steps.push(step.into());
    }

    pub(crate) fn hint(&self, sign: Option<Sign>, cause: &'static str, read: String) {
        self.plot().hints.push(Hint { sign, cause, read });
    }

    /// The name for a program, told apart from those that are called the same.
    pub(crate) fn name_for(&self, name: &str) -> String {
        let before = self.plot().programs.iter().filter(|one| one.name.starts_with(name)).count();
        if before == 0 { name.to_owned() } else { format!("{name} {}", before + 1) }
    }

    /// Makes a program part of the story: how it ended and what it printed.
    pub(crate) fn introduce(&self, program: Program) {
        self.plot().programs.push(program);
    }

    /// Whether a program has ended by itself.
    pub(crate) fn has_lost_a_program(&self) -> bool {
        self.plot().programs.iter().any(Program::has_left)
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
        // Not while the lock is held: the programs are ended while this unwinds.
        let told = self.tell(failure);
        ending::with_story(&told);
    }

    fn tell(&self, failure: &Failure) -> String {
        let plot = self.plot();
        let mut told = format!("{}\n\nwhat happened:\n{}", plot.title, numbered(&plot.steps));
        told += &indented("  expected ", &failure.expected);
        told += &indented("  but      ", &failure.came);
        if !failure.means.is_empty() {
            told += &indented("           ", failure.means);
        }
        for program in &plot.programs {
            told += &format!("\n{}", program.account());
        }
        told += &warned(&plot.warnings);
        let (cause, read) = plot.diagnose(failure);
        told + &format!("\nlikely: {cause}\nread:   {read}\n")
    }
}

impl Plot {
    /// What is likely wrong, and where to read. What is certain comes first, then what the check
    /// knows of just this kind of failure, then what the programs show, and last what the check is
    /// about.
    fn diagnose(&self, failure: &Failure) -> (String, &str) {
        let ended = self.programs.iter().any(Program::has_left);
        let sign = match failure.sign {
            Sign::HungUp | Sign::Silence | Sign::Unanswered if ended => Sign::Ended,
            sign => sign,
        };
        let finished = sign == Sign::Ended && self.programs.iter().any(Program::has_finished);
        // What was said last of this kind of failure is closest to it.
        let last = |sign| self.hints.iter().rfind(|hint| hint.sign == Some(sign));
        let special = finished.then(|| last(Sign::Finished)).flatten().or_else(|| last(sign));
        let general = self.hints.iter().find(|hint| hint.sign.is_none());
        let read = special.or(general).or(self.hints.first()).map_or("", |hint| hint.read.as_str());

        let certain = [WHOLE_BUFFER, NEWLINE, LOWER, OTHER_SOCKET].into_iter();
        let certain = certain.filter(|cause| failure.came.contains(cause)).map(str::to_owned);
        let panicked = self.programs.iter().filter_map(Program::panic);
        let special = special.into_iter().map(|hint| hint.cause.to_owned());
        let seen = self.programs.iter().filter_map(|program| program.complaint(sign));
        let waits = (sign == Sign::Silence).then(|| WAITS.to_owned()).into_iter();
        let general = general.into_iter().map(|hint| hint.cause.to_owned());
        let mut causes =
            certain.chain(panicked).chain(special).chain(seen).chain(waits).chain(general);
        let cause = causes.next().unwrap_or_else(|| "compare the two above".to_owned());
        (cause, read)
    }
}

/// How many of the compiler's warnings are told.
const WARNINGS: usize = 3;

/// The compiler's warnings, as a paragraph of a story.
fn warned(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let told: Vec<&str> = warnings.iter().take(WARNINGS).map(String::as_str).collect();
    let more = if warnings.len() > WARNINGS { "\n  …" } else { "" };
    format!("\nthe compiler warns:\n  {}{more}\n", told.join("\n  "))
}

/// How many steps of a long story are told, from the beginning and from the end.
const TOLD: usize = 12;

/// The steps with their numbers; of a long story, the middle is left out.
fn numbered(steps: &[String]) -> String {
    let middle = TOLD..steps.len().saturating_sub(TOLD).max(TOLD);
    let mut told = String::new();
    for (index, step) in steps.iter().enumerate() {
        if index == middle.start && !middle.is_empty() {
            told += &format!("  …  {} steps like these\n", middle.len());
        }
        if !middle.contains(&index) {
            told += &indented(&format!("{:3}. ", index + 1), step);
        }
    }
    told
}

/// A text under a label, its further lines below its first.
fn indented(label: &str, text: &str) -> String {
    let margin = format!("\n{}", " ".repeat(label.chars().count()));
    format!("{label}{}\n", text.replace('\n', &margin))
}
