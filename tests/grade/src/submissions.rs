//! Grading many submissions: each is laid over a pristine copy of the course, built, and checked.
//!
//! - [`student`] takes in what was handed in, [`strays`] names what is not used of it.
//! - [`bench`] builds its labs, [`checks`] runs the checks on them, [`grading`] makes a grade of it.
//! - [`keeper`] is a process that runs each of these programs within [`limits`], and leaves nothing
//!   behind; [`kept`] is the grader's end of it.
//! - [`batch`] does this for all, several at a time.

mod batch;
mod bench;
mod checks;
mod digest;
mod disk;
mod ending;
mod family;
mod grading;
mod home;
mod interrupt;
mod keeper;
mod kept;
mod limits;
mod messages;
mod names;
mod notes;
mod output;
mod place;
mod results;
mod seal;
mod strays;
mod student;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result};
use clap::Args;

pub use self::keeper::{Arguments as Keeper, keep};
use self::limits::Limits;
use self::output::Output;
use self::results::Results;

/// Grades submissions, each a folder with one student's copy of the course.
///
/// Only the files in labs/labNN/src are used; they are laid over a copy of this course, as it is
/// here. Each submission becomes one line of JSON, written as soon as it is graded.
///
/// Limits are complete on Linux, where whatever a program starts is found and ended. Elsewhere time,
/// output and the scratch folder are limited, and a program that leaves its process group is not
/// found. This is no sandbox: programs run as you, and can read what you can.
#[derive(Args)]
pub struct Arguments {
    /// The submissions.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// How many are graded at a time [default: half of the processors].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Where to write the JSON Lines: a new file [default: standard output, unless that is a
    /// terminal, which is shown a table].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Goes on with the file: grades only what it does not have yet from these checks.
    #[arg(long, requires = "out")]
    resume: bool,
    /// What the labs are worth [default: tests/grade/points.toml].
    #[arg(long, value_name = "FILE")]
    points: Option<PathBuf>,
    #[command(flatten)]
    limits: Limits,
}

impl Arguments {
    fn jobs(&self) -> usize {
        let half = || thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        self.jobs.map_or_else(half, NonZeroUsize::get).min(self.folders.len())
    }
}

/// Grades them all.
pub fn grade(arguments: &Arguments) -> Result<()> {
    interrupt::listen()?;
    family::adopt_orphans();
    let course = grading::Course {
        points: crate::points::Points::read(arguments.points.as_deref())?,
        limits: arguments.limits.clone(),
        digest: digest::of_checks().context("cannot make a digest of the checks")?,
    };
    let mut submissions = batch::named(&arguments.folders)?;
    let results = match &arguments.out {
        Some(file) if arguments.resume => Some(Results::resume(file)?),
        Some(file) => Some(Results::create(file)?),
        None => None,
    };
    let all = submissions.len();
    submissions
        .retain(|(name, _)| !results.as_ref().is_some_and(|it| it.has(name, &course.digest)));
    if submissions.is_empty() {
        eprintln!("all {all} are graded already");
        return Ok(());
    }
    let output = Output::new(results, submissions.len());
    let graded = batch::grade(&course, &submissions, arguments.jobs(), &output);
    output.finish(interrupt::is_asked());
    if interrupt::is_asked() {
        // As a shell reports what Ctrl-C has ended.
        std::process::exit(130);
    }
    graded
}
