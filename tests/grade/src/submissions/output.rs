//! Results as they come: to a file or standard output, and a word of each for whoever watches. On a
//! terminal all of them are a table in the end.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::results::Results;
use crate::model::{State, Submission};
use crate::report;

/// How many names are told in the end. The rest is counted.
const TOLD: usize = 10;

/// Where results go.
pub struct Output {
    /// Nothing where standard output is read.
    results: Option<Mutex<Results>>,
    /// On a terminal only.
    bar: Option<ProgressBar>,
    /// What standard output is shown as a table, if it is a terminal.
    is_table: bool,
    total: usize,
    /// What this run has graded, without its stories.
    graded: Mutex<Vec<Submission>>,
}

impl Output {
    /// Writes JSON Lines to a file, or to standard output if nobody is reading there.
    pub fn new(results: Option<Results>, total: usize) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
            let bar = ProgressBar::new(total as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.tick();
            bar
        });
        let is_table = io::stdout().is_terminal();
        Self { results: results.map(Mutex::new), bar, is_table, total, graded: Mutex::default() }
    }

    /// Says what is being done.
    pub fn say(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => eprintln!("{what}"),
        }
    }

    /// Says something of one submission.
    pub fn say_of(&self, name: &str, what: &str) {
        let told = format!("{name}: {what}");
        match &self.bar {
            Some(bar) => bar.println(told),
            None => eprintln!("{told}"),
        }
    }

    /// Writes a result. It is on its way to the disk when this returns.
    pub fn write(&self, graded: Submission) -> Result<()> {
        let line = serde_json::to_string(&graded)? + "\n";
        let written = match &self.results {
            Some(results) => results.lock().unwrap_or_else(PoisonError::into_inner).add(&line),
            None if self.is_table => Ok(()),
            // Locked for the whole line, which is one write.
            None => io::stdout().lock().write_all(line.as_bytes()),
        };
        written.context("cannot write the results")?;
        let word = word(&graded);
        match &self.bar {
            Some(bar) => {
                bar.set_message("");
                bar.println(word);
                bar.inc(1);
            }
            None => eprintln!("{word}"),
        }
        self.graded.lock().unwrap_or_else(PoisonError::into_inner).push(without_stories(graded));
        Ok(())
    }

    /// Takes the bar away, shows the table, and says what an instructor should not overlook.
    pub fn finish(&self, is_interrupted: bool) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let graded = self.graded.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_table {
            // Who has closed the terminal does not want it.
            let _ = io::stdout().write_all(report::table(&graded).as_bytes());
        }
        let missing: Vec<&str> =
            graded.iter().filter(|graded| is_missing(graded)).map(name).collect();
        if !missing.is_empty() {
            let more = missing.len().saturating_sub(TOLD);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let told = missing[..missing.len().min(TOLD)].join(", ");
            eprintln!("nothing to grade, since there is no folder labs: {told}{more}");
        }
        if is_interrupted {
            let resume =
                if self.results.is_some() { ": --resume goes on with the others" } else { "" };
            eprintln!("interrupted: {} of {} are graded{resume}", graded.len(), self.total);
        }
    }
}

fn name(graded: &Submission) -> &str {
    &graded.submission
}

fn word(graded: &Submission) -> String {
    let Submission { submission, points, max_points, .. } = graded;
    if is_missing(graded) {
        return format!("{submission}: nothing to grade, since there is no folder labs");
    }
    format!("{submission}: {points} of {max_points} points")
}

fn is_missing(graded: &Submission) -> bool {
    graded.labs.iter().all(|lab| lab.state == State::Missing)
}

/// What a table needs. The stories of a large class are much to remember.
fn without_stories(mut graded: Submission) -> Submission {
    for lab in &mut graded.labs {
        lab.words.clear();
        lab.results.clear();
    }
    graded
}
