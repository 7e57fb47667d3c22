//! All submissions, several at a time.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};

use super::bench::Bench;
use super::checks::Checks;
use super::disk;
use super::grading::Course;
use super::home::Home;
use super::interrupt;
use super::limits::{Limits, MIB};
use super::names;
use super::output::Output;
use super::student;
use crate::model::Submission;

/// The folders by their full paths, each once, with their names.
pub fn named(given: &[PathBuf]) -> Result<Vec<(String, PathBuf)>> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in given {
        let shown = folder.display();
        if folder.is_file() {
            bail!("{shown} is a file: unpack it into a folder of its own");
        }
        if !folder.is_dir() {
            bail!("{shown} is no folder");
        }
        if student::is_class(folder) {
            bail!("{shown} holds several submissions: name each of them, as {shown}/* does");
        }
        let folder = std::path::absolute(folder)?;
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Ok(names::of(&folders).into_iter().zip(folders).collect())
}

/// What the workers share.
struct Batch<'a> {
    course: &'a Course,
    home: &'a Home,
    checks: Mutex<Arc<Checks>>,
    /// The names and folders of the submissions.
    submissions: &'a [(String, PathBuf)],
    next: AtomicUsize,
    /// For naming folders.
    made: AtomicUsize,
    output: &'a Output,
}

/// Grades every submission, and writes each as soon as it is known.
pub fn grade(
    course: &Course,
    submissions: &[(String, PathBuf)],
    jobs: usize,
    output: &Output,
) -> Result<()> {
    let home = Home::new()?;
    has_room(&home, &course.limits)?;
    output.say("building the checks, once for all submissions");
    let checks = Checks::compile(&home.path().join("checks"))?;
    let batch = Batch {
        course,
        home: &home,
        checks: Mutex::new(Arc::new(checks)),
        submissions,
        next: AtomicUsize::new(0),
        made: AtomicUsize::new(0),
        output,
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(|| batch.work())).collect();
        let ends = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| bail!("grading has failed: {}", said(panic.as_ref())))
        });
        ends.collect()
    })
}

fn has_room(home: &Home, limits: &Limits) -> Result<()> {
    match disk::free(home.path()) {
        Some(free) if free < 2 * limits.disk * MIB => bail!(
            "{} has {} MiB left: --disk {} needs twice as much. TMPDIR names another folder",
            std::env::temp_dir().display(),
            free / MIB,
            limits.disk
        ),
        _ => Ok(()),
    }
}

impl Batch<'_> {
    /// Grades one submission after another, until none is left.
    fn work(&self) -> Result<()> {
        let mut bench = self.bench()?;
        while let Some((name, folder)) =
            self.submissions.get(self.next.fetch_add(1, Ordering::Relaxed))
        {
            let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let mut graded = self.grade(name, folder, &bench, &checks);
            // What was interrupted is not finished.
            interrupt::check()?;
            if let Some(file) = bench.broken() {
                self.note_change(&mut graded, &file);
                let _ = bench.remove();
                bench = self.bench()?;
            }
            if let Some(file) = checks.broken() {
                self.note_change(&mut graded, &file);
                self.renew(&checks)?;
            }
            self.output.write(graded)?;
        }
        Ok(())
    }

    fn grade(&self, name: &str, folder: &Path, bench: &Bench, checks: &Checks) -> Submission {
        let scratch = self.new_folder("scratch");
        let work = || self.course.grade(name, folder, bench, checks, &scratch);
        let why = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(submission)) => return submission,
            Ok(Err(error)) => format!("{error:#}"),
            Err(panic) => said(panic.as_ref()),
        };
        self.course.give_up(name, &why, checks)
    }

    /// Several submissions were graded meanwhile, so this one need not be who did it.
    fn note_change(&self, graded: &mut Submission, file: &Path) {
        let file = file.strip_prefix(self.home.path()).unwrap_or(file).display();
        let note = format!("while it was graded, a program has changed the grader's own {file}");
        graded.notes.insert(0, note);
    }

    fn bench(&self) -> Result<Bench> {
        Bench::new(self.new_folder("bench")).context("cannot make a bench")
    }

    /// Compiles the checks anew, unless another worker has done so already.
    fn renew(&self, broken: &Arc<Checks>) -> Result<()> {
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&checks, broken) {
            *checks = Arc::new(Checks::compile(&self.new_folder("checks"))?);
        }
        Ok(())
    }

    fn new_folder(&self, kind: &str) -> PathBuf {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.home.path().join(format!("{kind}-{number}"))
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    text.unwrap_or_else(|| "a panic without words".to_owned())
}
