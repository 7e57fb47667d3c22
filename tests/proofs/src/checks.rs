//! Running the checks on a program that is not the solution.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use harness::{SEED, Verdict, cargo, records};
use tempfile::TempDir;

use crate::NAME;

/// The test target `solutions`, built.
static CHECKS: LazyLock<PathBuf> = LazyLock::new(|| {
    let built =
        cargo::executable(cargo::command().args(["test", "--test", "solutions", "--no-run"]));
    built.unwrap_or_else(|message| panic!("the checks do not compile:\n{message}"))
});

/// What all checks of `lab` say of its own solution.
pub fn of_solution(lab: &str) -> Verdict {
    verdict(lab, &[], |_| {})
}

/// What checks of `lab` say of the program at `path`: those named, or all if none is.
pub fn of_program(lab: &str, path: &Path, only: &[&str]) -> Verdict {
    // The same texts each time, so that a story can be compared with a record.
    verdict(lab, only, |checks| {
        checks.env(cargo::PROGRAM, path).env(SEED, "1");
    })
}

/// What the checks named `only` say of a wrong program.
pub fn of_wrong(lab: &str, wrong: &str, path: &Path, only: &[&str]) -> Verdict {
    verdict(lab, only, |checks| {
        checks.env(cargo::PROGRAM, path).env(NAME, format!("{lab}/{wrong}"));
    })
}

fn verdict(lab: &str, only: &[&str], prepare: impl Fn(&mut Command)) -> Verdict {
    let module = lab.replacen("lab", "solution", 1);
    let mut checks = Command::new(&*CHECKS);
    checks.current_dir(harness::workspace());
    if only.is_empty() {
        checks.arg(format!("{module}::"));
    } else {
        checks.arg("--exact").args(only.iter().map(|name| format!("{module}::{name}")));
    }
    let folder = TempDir::new().expect("the system has a temporary folder");
    checks.env(records::RECORDS, folder.path());
    prepare(&mut checks);
    let output = checks.output().expect("the checks were built, so they run");
    Verdict::new(&module, &output.stdout).with_records(folder.path())
}
