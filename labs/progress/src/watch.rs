//! Checking the lab that is saved, again and again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use course::Lab;

use crate::{checks, labs, report};

/// How often the files are looked at. Their times are asked, and nobody is told of changes, so it
/// also works in containers and on shared folders.
const LOOK: Duration = Duration::from_millis(100);

/// Clears the terminal, and puts the cursor at its beginning.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// The files of the labs, and when each was saved.
type Times = BTreeMap<PathBuf, SystemTime>;

/// Checks `only`, or the lab that was saved last, each time that something is saved. It never
/// returns: Ctrl-C ends it, with all that it has started.
pub fn run(only: Option<&'static Lab>) -> Result<()> {
    let mut seen = times();
    let mut lab = only.unwrap_or_else(|| latest(&seen));
    loop {
        check(lab, &seen)?;
        let before = seen.clone();
        while times() == before {
            thread::sleep(LOOK);
        }
        seen = when_all_is_saved();
        lab = only.or_else(|| changed(&before, &seen)).unwrap_or(lab);
    }
}

/// Runs the checks once, unless something is saved meanwhile.
fn check(lab: &'static Lab, seen: &Times) -> Result<()> {
    if io::stdout().is_terminal() {
        print!("{CLEAR}");
    }
    println!("checking {} ...", lab.name);
    io::stdout().flush()?;
    let outcome = match checks::build() {
        Ok(program) => checks::run(&program, Some(lab), || times() == *seen)?,
        Err(error) => {
            println!("{error:#}");
            None
        }
    };
    if let Some(outcome) = outcome {
        let told = report::render(lab, &outcome);
        anstream::stdout().write_all(told.as_bytes())?;
        println!("\nwatching labs/*/src; Ctrl-C ends this");
    }
    Ok(())
}

/// The times, once an editor has saved all it wants to.
fn when_all_is_saved() -> Times {
    let mut last = times();
    loop {
        thread::sleep(LOOK);
        let now = times();
        if now == last {
            return now;
        }
        last = now;
    }
}

fn times() -> Times {
    let course = harness::workspace();
    let sources =
        labs().into_iter().flat_map(|lab| fs::read_dir(lab.sources(&course)).into_iter().flatten());
    let time = |file: fs::DirEntry| Some((file.path(), file.metadata().ok()?.modified().ok()?));
    sources.flatten().filter_map(time).collect()
}

/// The lab whose file was saved last.
fn latest(times: &Times) -> &'static Lab {
    let course = harness::workspace();
    let newest = |lab: &&'static Lab| {
        let sources = lab.sources(&course);
        times.iter().filter(|(file, _)| file.starts_with(&sources)).map(|(_, time)| *time).max()
    };
    let begun = labs().into_iter().filter(|lab| !lab.is_untouched(&course)).max_by_key(newest);
    begun.or_else(|| labs().first().copied()).unwrap_or(&course::LABS[0])
}

/// The lab of a file that is not as it was.
fn changed(before: &Times, now: &Times) -> Option<&'static Lab> {
    let course = harness::workspace();
    let is_new = |(file, time): &(&PathBuf, &SystemTime)| before.get(*file) != Some(time);
    let (file, _) = now.iter().find(is_new)?;
    labs().into_iter().find(|lab| file.starts_with(lab.sources(&course)))
}
