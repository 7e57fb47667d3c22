//! Grading one submission.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use course::Lab as Row;

use super::bench::{Bench, Made};
use super::checks::Checks;
use super::disk;
use super::ending::Ending;
use super::limits::Limits;
use super::notes::Notes;
use super::strays;
use super::student::{self, Handed};
use crate::labs;
use crate::model::{Check, Lab, Outcome, State, Submission};
use crate::points::Points;

/// What is the same for all submissions.
pub struct Course {
    pub points: Points,
    pub limits: Limits,
    /// The digest of the checks.
    pub digest: String,
}

/// What one lab came to, before its points are counted.
struct Judged {
    state: State,
    words: String,
    results: Vec<Check>,
}

impl Course {
    /// Grades the submission in `folder` on a bench. Its programs may write into `scratch`, which
    /// is made here, and removed.
    pub fn grade(
        &self,
        name: &str,
        folder: &Path,
        bench: &Bench,
        checks: &Checks,
        scratch: &Path,
    ) -> Result<Submission> {
        let began = Instant::now();
        let mut notes = Notes::default();
        let Some(folder) = student::copy_in(folder) else {
            notes.add("it has no folder labs: this is not a copy of the course");
            return Ok(self.missing(name, notes));
        };
        let handed = Handed::read(&folder, &mut notes);
        strays::note(&folder, &mut notes);
        bench.lay(&handed, &mut notes)?;

        let _scratch = Scratch::new(scratch)?;
        let labs = self.run(&handed, bench, checks, scratch, began + self.limits.total_time())?;
        Ok(self.submission(name, labs, notes, began.elapsed()))
    }

    /// A submission in which there is nothing to grade.
    fn missing(&self, name: &str, notes: Notes) -> Submission {
        let missing =
            || Judged { state: State::Missing, words: String::new(), results: Vec::new() };
        let labs = labs::here().into_iter().map(|lab| (lab, missing())).collect();
        self.submission(name, labs, notes, Duration::ZERO)
    }

    fn run(
        &self,
        handed: &Handed,
        bench: &Bench,
        checks: &Checks,
        scratch: &Path,
        deadline: Instant,
    ) -> Result<Vec<(&'static Row, Judged)>> {
        let touched: Vec<&str> = handed.labs.keys().copied().collect();
        let mut made = bench.build(&touched, scratch, deadline, &self.limits)?;
        let mut labs = Vec::new();
        for lab in labs::here() {
            let result = match made.remove(lab.name) {
                None => {
                    Judged { state: State::NotStarted, words: String::new(), results: Vec::new() }
                }
                Some(Made::Refused(words)) => Judged {
                    state: State::DoesNotCompile,
                    words,
                    results: checks.not_run(lab.name),
                },
                Some(Made::Stopped(ending)) => Judged {
                    state: State::Stopped,
                    words: format!("the build was stopped: {}", ending.reason()),
                    results: checks.not_run(lab.name),
                },
                Some(Made::Program(program)) => {
                    self.check(lab.name, &program, checks, scratch, deadline)?
                }
            };
            labs.push((lab, result));
        }
        Ok(labs)
    }

    fn check(
        &self,
        lab: &str,
        program: &Path,
        checks: &Checks,
        scratch: &Path,
        deadline: Instant,
    ) -> Result<Judged> {
        let left = deadline.saturating_duration_since(Instant::now());
        let time = self.limits.lab_time().min(left);
        let (ending, results) = if time.is_zero() {
            (Ending::Time, checks.not_run(lab))
        } else {
            checks.run(lab, program, scratch, time, &self.limits)?
        };
        let has = |outcome| results.iter().any(|check| check.outcome == outcome);
        let state = if !ending.is_own() || has(Outcome::NotRun) {
            State::Stopped
        } else if has(Outcome::Failed) {
            State::Failed
        } else {
            State::Done
        };
        let words = match state {
            State::Stopped => format!("its checks were stopped: {}", ending.reason()),
            _ => String::new(),
        };
        Ok(Judged { state, words, results })
    }

    fn submission(
        &self,
        name: &str,
        labs: Vec<(&'static Row, Judged)>,
        notes: Notes,
        time: Duration,
    ) -> Submission {
        let labs: Vec<Lab> = labs.into_iter().map(|(lab, result)| self.lab(lab, result)).collect();
        let total = |points: fn(&Lab) -> f64| rounded(labs.iter().map(points).sum());
        Submission {
            submission: name.to_owned(),
            course: env!("CARGO_PKG_VERSION").to_owned(),
            checks: self.digest.clone(),
            points: total(|lab| lab.points),
            max_points: total(|lab| lab.max_points),
            notes: notes.into_vec(),
            labs,
            seconds: rounded(time.as_secs_f64()),
        }
    }

    fn lab(&self, lab: &Row, result: Judged) -> Lab {
        let Judged { state, words, results } = result;
        let count = |outcome| results.iter().filter(|check| check.outcome == outcome).count();
        let points = match state {
            State::Missing | State::NotStarted | State::DoesNotCompile => 0.0,
            _ => self.points.marks(lab.name, &results),
        };
        Lab {
            lab: lab.name.to_owned(),
            state,
            points,
            max_points: self.points.worth(lab.name),
            passed: count(Outcome::Passed),
            handed_out: self.points.handed_out(lab.name, &results),
            total: results.len() - count(Outcome::Ignored),
            words,
            results,
        }
    }
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// A folder in which the programs of one submission may write. Dropping it removes it.
struct Scratch<'a>(&'a Path);

impl<'a> Scratch<'a> {
    fn new(folder: &'a Path) -> Result<Self> {
        fs::create_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        if let Err(error) = disk::remove(self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}
