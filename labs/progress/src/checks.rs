//! Running the checks of one lab, or of all that somebody has begun.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use course::Lab;
use harness::{Verdict, cargo, records};
use serde_json::Value;
use tempfile::TempDir;

/// How often it is asked whether the run is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// What a failed check wrote down.
pub struct Failure {
    /// Its name, without the lab's.
    pub check: String,
    pub story: String,
    /// The check that was the first to tell of the same mistake.
    pub told_by: String,
    /// How many steps it needed to find out.
    pub steps: usize,
}

/// What the checks of some labs said.
pub struct Outcome {
    printed: Vec<u8>,
    failures: BTreeMap<String, Vec<Failure>>,
}

impl Outcome {
    /// What the checks said of one lab.
    pub fn of(&self, lab: &Lab) -> Verdict {
        Verdict::new(lab.name, last_run(&self.printed))
    }

    /// What its failed checks wrote down, the plainest first.
    pub fn failures(&self, lab: &Lab) -> &[Failure] {
        self.failures.get(lab.name).map_or(&[], Vec::as_slice)
    }
}

/// Builds the checks, and gives back the program that runs them. Fails with what cargo says.
pub fn build() -> Result<PathBuf> {
    let mut build = cargo::command();
    build.args(["test", "--test", "labs", "--no-run"]);
    cargo::executable(&mut build)
        .map_err(|said| anyhow!("the checks cannot be run; cargo says:\n\n{}", said.trim_end()))
}

/// Runs the checks of `lab`, or of all, as long as `is_wanted` says so. `None` if it was not.
///
/// The programs that the checks started end with them (`cli::supervised`).
pub fn run(
    program: &Path,
    lab: Option<&Lab>,
    mut is_wanted: impl FnMut() -> bool,
) -> Result<Option<Outcome>> {
    let folder = TempDir::new().context("no temporary folder")?;
    let mut checks = Command::new(program);
    checks.current_dir(harness::workspace()).env(records::RECORDS, folder.path());
    checks.args(["--format=pretty", "--color=never"]);
    if let Some(lab) = lab {
        checks.arg(format!("{}::", lab.name));
    }
    let mut child = checks
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let output = child.stdout.take().context("it has no output")?;
    let reader = thread::spawn(move || {
        let mut printed = Vec::new();
        let _ = std::io::Read::read_to_end(&mut { output }, &mut printed);
        printed
    });
    while child.try_wait()?.is_none() {
        if !is_wanted() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
    let printed = reader.join().unwrap_or_default();
    Ok(Some(Outcome { printed, failures: failures(&folder) }))
}

/// What the failed checks wrote into a folder, by lab.
fn failures(folder: &TempDir) -> BTreeMap<String, Vec<Failure>> {
    let mut failures: BTreeMap<String, Vec<Failure>> = BTreeMap::new();
    for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
        let content = fs::read(file.path()).unwrap_or_default();
        let record: Value = serde_json::from_slice(&content).unwrap_or_default();
        let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
        let failure = Failure {
            check: text("check"),
            story: text("story"),
            told_by: text("told_by"),
            steps: record["steps"].as_array().map_or(0, Vec::len),
        };
        failures.entry(text("package")).or_default().push(failure);
    }
    for of_one in failures.values_mut() {
        plainest_first(of_one);
    }
    failures
}

/// Sorts what failed: the mistake that most checks have found first, since it is the least likely to be
/// a false name for something else, and of it the check with the fewest steps.
fn plainest_first(failures: &mut [Failure]) {
    let mut found: HashMap<String, usize> = HashMap::new();
    for one in failures.iter() {
        *found.entry(one.told_by.clone()).or_default() += 1;
    }
    failures.sort_by_key(|one| {
        (Reverse(found[&one.told_by]), is_of_every_lab(&one.check), one.steps, one.check.clone())
    });
}

/// Whether a check is one that every lab is asked, in a module of its own: what is particular to a
/// lab is plainer.
fn is_of_every_lab(check: &str) -> bool {
    let is_case = |part: &str| part.starts_with("case_") || part.starts_with("part_");
    check.split("::").nth(1).is_some_and(|second| !is_case(second))
}

/// Checks start over when they find that other labs are edited than when they were compiled. What
/// was printed before is of no interest then.
fn last_run(printed: &[u8]) -> &[u8] {
    let mark = b"\nrunning ";
    let start = printed.windows(mark.len()).rposition(|window| window == mark);
    &printed[start.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_most_checks_have_found_comes_first_and_of_it_the_plainest() {
        let failure = |check: &str, told_by: &str, steps| Failure {
            check: check.to_owned(),
            story: String::new(),
            told_by: told_by.to_owned(),
            steps,
        };
        let mut failures = [
            failure("short", "short", 2),
            failure("contract::of_every_lab", "long", 3),
            failure("long", "long", 9),
            failure("middle", "long", 5),
        ];
        plainest_first(&mut failures);
        let order = failures.map(|failure| failure.check);
        assert_eq!(order, ["middle", "long", "contract::of_every_lab", "short"]);
    }
}
