//! Reports: every format, made from the JSON Lines.
//!
//! - [`lines`] reads the JSON Lines of any number of runs, and merges them.
//! - [`table()`] is for a terminal, [`gradebook`] a CSV, [`junit`] for what shows test results.
//! - [`feedback`] is for students, [`gradescope`] for that service; [`each`] writes one file a
//!   submission.

mod each;
mod feedback;
mod gradebook;
mod gradescope;
mod junit;
mod lines;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::model::{State, Submission};
#[cfg(test)]
pub use samples::LINES;
pub use table::table;

/// Makes a report from JSON Lines that `submissions` wrote, on however many machines.
///
/// Several files are taken for one. A submission that was graded twice counts as it was the last
/// time. The last line of a run that was killed may be cut short: it is left out, with a warning.
#[derive(Args)]
pub struct Arguments {
    /// The files, each in JSON Lines: one submission a line, as tests/grade/schema.json says.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What to make of them.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    format: Format,
    /// Where to write it, instead of to the terminal. For feedback or Gradescope's results of
    /// several submissions this is a folder.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One line a submission, in 80 columns.
    Table,
    /// What was read, merged and in order.
    Jsonl,
    /// XML for what shows test results: one test suite for each lab of each submission.
    Junit,
    /// For a gradebook: one row a submission, one column a lab.
    Csv,
    /// What a student is given back: points, notes and stories, one text file a submission.
    Feedback,
    /// Gradescope's results.json, one file a submission.
    Gradescope,
}

/// Reads the files, warns of what is odd about them, and writes the report.
pub fn make(arguments: &Arguments) -> Result<()> {
    let merged = lines::read(&arguments.files)?;
    for warning in &merged.warnings {
        eprintln!("warning: {warning}");
    }
    let (submissions, out) = (&merged.submissions, arguments.out.as_deref());
    match arguments.format {
        Format::Table => write(out, &table(submissions)),
        Format::Jsonl => write(out, &lines::text(submissions)?),
        Format::Junit => write(out, &junit::report(submissions)?),
        Format::Csv => write(out, &gradebook::csv(submissions)?),
        Format::Feedback => feedback::write(submissions, out),
        Format::Gradescope => gradescope::write(submissions, out),
    }
}

/// Writes a report to a file, or to the terminal.
fn write(out: Option<&Path>, report: &str) -> Result<()> {
    let Some(file) = out else {
        return match io::stdout().write_all(report.as_bytes()) {
            // Somebody has seen enough: `… | head`.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        };
    };
    fs::write(file, report).with_context(|| format!("cannot write {}", file.display()))
}

/// The courses and checks with which the submissions were graded. More than one makes them hard to
/// compare.
fn graded_with(submissions: &[Submission]) -> BTreeSet<(&str, &str)> {
    submissions.iter().map(|graded| (graded.course.as_str(), graded.checks.as_str())).collect()
}

/// The names of all labs in the reports, in order.
fn labs(submissions: &[Submission]) -> BTreeSet<&str> {
    submissions.iter().flat_map(|graded| &graded.labs).map(|lab| lab.lab.as_str()).collect()
}

/// How far a lab is, in words.
fn in_words(state: State) -> &'static str {
    match state {
        State::Missing => "nothing to grade: there is no folder labs",
        State::NotStarted => "not started: its files are as handed out, or missing",
        State::DoesNotCompile => "does not compile",
        State::Failed => "some checks do not pass",
        State::Done => "done",
        State::Stopped => "stopped at a limit",
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
