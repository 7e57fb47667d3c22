//! Results as they come: to a file or standard output, and a word of each for whoever watches. On a
//! terminal all of them are a table in the end.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::model::Submission;
use crate::report;

/// Where results go.
pub struct Output {
    lines: Mutex<Option<Box<dyn Write + Send>>>,
    /// On a terminal only.
    bar: Option<ProgressBar>,
    /// For the table; nothing where standard output is no terminal.
    table: Option<Mutex<Vec<Submission>>>,
}

impl Output {
    /// Writes JSON Lines to a new file, or to standard output if nobody is reading there.
    pub fn new(file: Option<&Path>, total: usize) -> Result<Self> {
        let lines: Option<Box<dyn Write + Send>> = match file {
            Some(file) => {
                // Results that are there already are worth more than this run's.
                let new = File::options().write(true).create_new(true).open(file);
                Some(Box::new(new.with_context(|| format!("cannot make {}", file.display()))?))
            }
            None if io::stdout().is_terminal() => None,
            None => Some(Box::new(io::stdout())),
        };
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
            let bar = ProgressBar::new(total as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.tick();
            bar
        });
        let table = io::stdout().is_terminal().then(Mutex::default);
        Ok(Self { lines: Mutex::new(lines), bar, table })
    }

    /// Says what is being done.
    pub fn say(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => eprintln!("{what}"),
        }
    }

    /// Writes a result. It is on its way to the disk when this returns.
    pub fn write(&self, graded: &Submission) -> Result<()> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = &mut *lines {
            let line = serde_json::to_string(graded)? + "\n";
            // One write, so that a killed grader leaves no half of a line.
            lines
                .write_all(line.as_bytes())
                .and_then(|()| lines.flush())
                .context("cannot write the results")?;
        }
        if let Some(table) = &self.table {
            table.lock().unwrap_or_else(PoisonError::into_inner).push(graded.clone());
        }
        let Submission { submission, points, max_points, .. } = graded;
        let word = format!("{submission}: {points} of {max_points} points");
        match &self.bar {
            Some(bar) => {
                bar.set_message("");
                bar.println(word);
                bar.inc(1);
            }
            None => eprintln!("{word}"),
        }
        Ok(())
    }

    /// Takes the bar away, and shows the table.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some(table) = &self.table {
            let graded = table.lock().unwrap_or_else(PoisonError::into_inner);
            // Who has closed the terminal does not want it.
            let _ = io::stdout().write_all(report::table(&graded).as_bytes());
        }
    }
}
