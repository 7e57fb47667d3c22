//! Running the checks on a program that is not the solution.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use harness::cargo;

use crate::NAME;

/// The test target `solutions`, built.
static CHECKS: LazyLock<PathBuf> = LazyLock::new(|| {
    let built =
        cargo::executable(cargo::command().args(["test", "--test", "solutions", "--no-run"]));
    built.unwrap_or_else(|message| panic!("the checks do not compile:\n{message}"))
});

/// What the checks of one lab said of a program.
pub struct Verdict {
    lab: &'static str,
    printed: String,
}

impl Verdict {
    /// Runs all checks of `lab` on its own solution.
    pub fn of_solution(lab: &'static str) -> Self {
        Self::of(lab, &[], |_| {})
    }

    /// Runs checks of `lab` on the program at `path`: those named, or all if none is.
    pub fn of_program(lab: &'static str, path: &Path, only: &[&str]) -> Self {
        Self::of(lab, only, |checks| {
            checks.env(cargo::PROGRAM, path);
        })
    }

    /// Runs the checks named `only` on a wrong program.
    pub fn of_wrong(lab: &'static str, wrong: &str, path: &Path, only: &[&str]) -> Self {
        Self::of(lab, only, |checks| {
            checks.env(cargo::PROGRAM, path).env(NAME, format!("{lab}/{wrong}"));
        })
    }

    fn of(lab: &'static str, only: &[&str], prepare: impl Fn(&mut Command)) -> Self {
        let mut checks = Command::new(&*CHECKS);
        checks.current_dir(harness::workspace());
        if only.is_empty() {
            checks.arg(format!("{}::", module(lab)));
        } else {
            checks.arg("--exact").args(only.iter().map(|name| format!("{}::{name}", module(lab))));
        }
        prepare(&mut checks);
        let output = checks.output().expect("the checks were built, so they run");
        Self { lab, printed: String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n") }
    }

    /// The checks that passed, by name.
    pub fn passed(&self) -> Vec<&str> {
        self.with_result("ok")
    }

    /// The checks that failed, by name.
    pub fn failed(&self) -> Vec<&str> {
        self.with_result("FAILED")
    }

    /// Whether the check, or the module that it is in, is ignored on this machine.
    pub fn ignores(&self, check: &str) -> bool {
        let ignored = |name: &str| {
            let line = format!("test {}::{name} ... ignored", module(self.lab));
            self.printed.lines().any(|printed| printed.starts_with(&line))
        };
        ignored(check) || check.split_once("::").is_some_and(|(module, _)| ignored(module))
    }

    fn with_result(&self, result: &str) -> Vec<&str> {
        let prefix = format!("test {}::", module(self.lab));
        let suffix = format!(" ... {result}");
        let names = self
            .printed
            .lines()
            .filter_map(|line| line.strip_prefix(prefix.as_str())?.strip_suffix(suffix.as_str()));
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names
    }

    /// The story that a failed check told, as a student of the lab would read it.
    pub fn story(&self, check: &str) -> Option<String> {
        let module = module(self.lab);
        let (_, rest) =
            self.printed.split_once(&format!("---- {module}::{check} stdout ----\n"))?;
        let (_, rest) = rest.split_once(" panicked at ")?;
        let (_, story) = rest.split_once('\n')?;
        let ends = ["\nnote: run with", "\n\n----", "\n\nfailures:"];
        let end = ends.iter().filter_map(|end| story.find(end)).min().unwrap_or(story.len());
        Some(story[..end].trim_end().replace(&module, self.lab))
    }

    /// All that was printed.
    pub fn printed(&self) -> &str {
        &self.printed
    }
}

fn module(lab: &str) -> String {
    lab.replacen("lab", "solution", 1)
}
