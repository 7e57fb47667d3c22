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

/// After so many submissions in a row that could not be graded, it is not for them.
const IN_A_ROW: usize = 3;

/// What the workers share.
struct Batch<'a> {
    course: &'a Course,
    home: &'a Home,
    checks: Mutex<Arc<Checks>>,
    /// The names and folders of the submissions.
    submissions: &'a [(String, PathBuf)],
    next: AtomicUsize,
    /// How many could not be graded, and how many of them one after the other.
    given_up: AtomicUsize,
    in_a_row: AtomicUsize,
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
        given_up: AtomicUsize::new(0),
        in_a_row: AtomicUsize::new(0),
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
        ends.collect::<Result<()>>()
    })?;
    match batch.given_up.into_inner() {
        0 => Ok(()),
        some => {
            bail!("{some} of {} could not be graded: --resume takes them up", submissions.len())
        }
    }
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
            let graded = self.grade(name, folder, &bench, &checks);
            // What was interrupted is not finished.
            interrupt::check()?;
            let mut graded = match graded {
                Ok(graded) => graded,
                Err(why) => {
                    self.gives_up(name, &why)?;
                    continue;
                }
            };
            self.in_a_row.store(0, Ordering::Relaxed);
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

    /// Grades one submission. Fails with what this machine lacked: that is nobody's mark.
    fn grade(
        &self,
        name: &str,
        folder: &Path,
        bench: &Bench,
        checks: &Checks,
    ) -> Result<Submission, String> {
        let scratch = self.new_folder("scratch");
        let work = || self.course.grade(name, folder, bench, checks, &scratch);
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(graded) => graded.map_err(|error| format!("{error:#}")),
            Err(panic) => Err(said(panic.as_ref())),
        }
    }

    /// Says that a submission could not be graded. It gets no line, so `--resume` takes it up. Fails when
    /// it goes on like that.
    fn gives_up(&self, name: &str, why: &str) -> Result<()> {
        self.output.say_of(name, &format!("could not be graded: {why}"));
        self.given_up.fetch_add(1, Ordering::Relaxed);
        if self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= IN_A_ROW {
            // The others take none any more.
            self.next.store(self.submissions.len(), Ordering::Relaxed);
            bail!("{IN_A_ROW} submissions in a row could not be graded: {why}");
        }
        Ok(())
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
