//! Records what happens in one check, and ends it when an expectation does not hold.

use std::env;
use std::io::Write;
use std::panic::{Location, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::diagnosis::{Cause, Hint, MANY, diagnose};
use crate::program::Program;
use crate::record::{Actor, Failure, Observed, Record, Step, Symptom, Verb};
use crate::{cargo, records, system, wording};

/// The environment variable that, set to `all`, has every failed check tell its own story.
pub const STORIES: &str = "SOCKET_LABS_STORIES";

/// How long a check waits in all, or since the last of many exchanges. A right program needs a few
/// milliseconds.
/// Time in which the machine had no processor for the program does not count.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// Right programs use less of the processor in a check, in milliseconds.
const MODEST: u64 = 500;

/// How long many exchanges may take together.
const LONGEST: Duration = Duration::from_secs(15);

/// How long a check may take on the busiest machine.
const LATEST: Duration = Duration::from_secs(60);

/// How long a failed check waits for a program that seems to end, and how often it looks.
const SOON: Duration = Duration::from_millis(100);
const LOOK: Duration = Duration::from_millis(2);

/// The recorder of one check. Clones write into the same record.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Mutex<Notes>>);

struct Notes {
    package: String,
    check: String,
    chapter: &'static str,
    seed: u64,
    steps: Vec<Step>,
    hints: Vec<Hint>,
    programs: Vec<Program>,
    begin: Instant,
    /// From when on the deadline counts.
    since: Instant,
    /// Time that the programs have spent waiting for a processor, as known so far.
    starved: Duration,
}

impl Recorder {
    /// Begins the record of the current test. The clock starts.
    pub(crate) fn begin(package: &str, check: String, chapter: &'static str, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Notes {
            package: package.to_owned(),
            check,
            chapter,
            seed,
            steps: Vec::new(),
            hints: Vec::new(),
            programs: Vec::new(),
            begin: Instant::now(),
            since: Instant::now(),
            starved: Duration::ZERO,
        })))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what somebody did.
    pub(crate) fn step(&self, actor: &Actor, verb: Verb) {
        let mut notes = self.notes();
        let at = notes.begin.elapsed().as_millis();
        notes.steps.push(Step { at, actor: actor.clone(), verb });
    }

    pub(crate) fn hint(&self, hints: &[Hint]) {
        self.notes().hints.extend_from_slice(hints);
    }

    /// The actor for a program's next process in this role.
    pub(crate) fn actor(&self, role: &str, host: Option<u8>) -> Actor {
        let is_one = |program: &&Program| matches!(&program.actor, Actor::Program { role: known, .. } if known == role);
        let number = self.notes().programs.iter().filter(is_one).count() + 1;
        Actor::Program { role: role.to_owned(), number, host }
    }

    /// Makes a program part of the record: how it ended and what it printed.
    pub(crate) fn introduce(&self, program: Program) {
        self.notes().programs.push(program);
    }

    /// What is left of the time for all steps; zero when it is over.
    pub(crate) fn time_left(&self) -> Duration {
        let mut notes = self.notes();
        let elapsed = notes.since.elapsed();
        if elapsed > DEADLINE + notes.starved && elapsed < LATEST {
            // The time seems to be over: was it the program's? Whoever floods, or has used the
            // processor for long, starves by its own doing.
            let modest = |one: &&Program| {
                let used = system::processor_time(one.child.id()).unwrap_or(0);
                one.lines_printed() <= MANY && used < MODEST
            };
            let waits = notes.programs.iter().filter(modest);
            notes.starved = waits.map(|one| system::starved(one.child.id())).sum();
        }
        let left = (DEADLINE + notes.starved).saturating_sub(elapsed);
        let most = (LONGEST + notes.starved).min(LATEST);
        left.min(most.saturating_sub(notes.begin.elapsed()))
    }

    /// Lets the deadline count from now on, since the program has just done what it should. A check
    /// that asks a thousand times has its time for each of them, and not for all.
    pub(crate) fn has_progressed(&self) {
        self.notes().since = Instant::now();
    }

    /// The same for a socket, which takes no timeout of zero.
    pub(crate) fn timeout(&self) -> Duration {
        self.time_left().max(Duration::from_millis(1))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.time_left().is_zero()
    }

    /// What a call of the check itself returned, or the end of the check: a machine that has no free
    /// port, or no descriptor, is no fault of the program.
    #[track_caller]
    pub(crate) fn machine<T>(&self, result: std::io::Result<T>, doing: &str) -> T {
        match result {
            Ok(value) => value,
            Err(error) => self.fail(Failure {
                symptom: Symptom::Machine,
                actor: Actor::Check,
                expected: Verb::Did(doing.to_owned()),
                observed: Observed::Error(error.to_string()),
            }),
        }
    }

    /// Ends the check, if something does not hold that it has found out by itself.
    #[track_caller]
    pub(crate) fn expect(&self, holds: bool, expected: &str, came: &str) {
        if !holds {
            self.fail(Failure {
                symptom: Symptom::Other,
                actor: Actor::Check,
                expected: Verb::Did(expected.to_owned()),
                observed: Observed::Words(came.to_owned()),
            });
        }
    }

    /// Ends the check, and tells its story.
    #[track_caller]
    pub(crate) fn fail(&self, failure: Failure) -> ! {
        if failure.symptom == Symptom::Disconnected {
            self.wait_for_an_end();
        }
        // Not while the lock is held: the programs are ended while this unwinds.
        let record = self.record(failure);
        let place = Location::caller();
        // Which of the folders around it are part of the path depends on who includes the file.
        let file = place.file().replace('\\', "/");
        let (_, file) = file.rsplit_once("checks/").unwrap_or(("", &file));
        let check = format!("check:  tests/checks/{file}:{}", place.line());
        let story = wording::story(&record);
        // One mistake fails many checks, and is told once. libtest names the others in its list.
        let first = told_by(&record);
        records::write(&record, &story, &first);
        let all = env::var_os(STORIES).is_some_and(|asked| asked == "all");
        if all || first == record.check {
            end_of_check(&format!("{story}{check}"))
        }
        end_of_check("")
    }

    /// Whoever hangs up may be about to end, which says more.
    fn wait_for_an_end(&self) {
        let programs = self.notes().programs.clone();
        let until = Instant::now() + SOON;
        let has_ended = |program: &Program| !matches!(program.child.try_wait(), Ok(None));
        while Instant::now() < until && !programs.iter().any(has_ended) {
            thread::sleep(LOOK);
        }
    }

    fn record(&self, mut failure: Failure) -> Record {
        let notes = self.notes();
        let programs: Vec<_> = notes.programs.iter().map(Program::state).collect();
        if is_missing(failure.symptom) && notes.has_progressed_of_late() {
            failure.symptom = Symptom::Slow;
        }
        let (cause, section) = diagnose(&notes.steps, &mut failure, &programs, &notes.hints);
        Record {
            package: notes.package.clone(),
            check: notes.check.clone(),
            seed: notes.seed,
            steps: notes.steps.clone(),
            failure,
            programs,
            warnings: cargo::warnings(&notes.package),
            starved: notes.starved.as_millis(),
            cause,
            read: match section.unwrap_or("your-turn") {
                elsewhere if elsewhere.contains('#') => elsewhere.to_owned(),
                section => format!("{}#{section}", notes.chapter),
            },
        }
    }
}

impl Notes {
    /// Whether the check has progressed for longer than one wait may take, and still does.
    fn has_progressed_of_late(&self) -> bool {
        self.since.duration_since(self.begin) > DEADLINE && self.since.elapsed() < DEADLINE
    }
}

/// Whether somebody waits for what has not come yet.
fn is_missing(symptom: Symptom) -> bool {
    [Symptom::NoReply, Symptom::MissingEvent].contains(&symptom)
}

/// The check that has told the story of this mistake first, which may be this one.
fn told_by(record: &Record) -> String {
    static TOLD: Mutex<Vec<(String, Cause, String)>> = Mutex::new(Vec::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let is_it = |(package, cause, _): &&(String, Cause, String)| {
        *package == record.package && cause.is_shared(&record.cause)
    };
    if let Some((_, _, first)) = told.iter().find(is_it) {
        return first.clone();
    }
    told.push((record.package.clone(), record.cause.clone(), record.check.clone()));
    record.check.clone()
}

/// Ends a check that has no program. The first one says why; the others have nothing to add.
pub(crate) fn end_without_program(package: &str, why: &str) -> ! {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    records::write_why(package, &current_check(), why);
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let first = !told.iter().any(|before| before == why);
    told.push(why.to_owned());
    drop(told);
    end_of_check(if first { why } else { "" })
}

/// Ends the test as by a panic, but saying only what it has to tell, and not where in this crate
/// the panic was.
fn end_of_check(told: &str) -> ! {
    // Of a test that has failed, libtest shows what it printed, if anything.
    if !told.is_empty() {
        eprintln!("{}", cli::fitted(told));
        let _ = std::io::stderr().flush();
    }
    resume_unwind(Box::new("the check failed"))
}

/// The name of the current test without its first module, which is the package.
pub(crate) fn current_check() -> String {
    let test = thread::current().name().unwrap_or("check").to_owned();
    test.split_once("::").map_or(test.clone(), |(_, check)| check.to_owned())
}
