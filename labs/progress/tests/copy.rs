//! The tool in real copies of the course, whose labs are built and checked. The first time takes as
//! long as a first build.

use std::env;
use std::fs;
use std::io::Write;

use course::{LABS, Lab, tree};
use harness::{Verdict, workspace};
use tempfile::TempDir;

/// A copy of the course.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        tree::copy_course(&workspace(), folder.path()).expect("the folder is ours");
        Self(folder)
    }

    fn cargo(&self, words: &str) -> String {
        let mut cargo = harness::cargo::command();
        cargo.current_dir(self.0.path()).args(words.split(' '));
        // What all copies need is built once.
        cargo.env("CARGO_TARGET_DIR", workspace().join("target/copies"));
        let output = cargo.output().expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr);
        format!("{}{said}", String::from_utf8_lossy(&output.stdout))
    }

    /// Puts the files of the solution that a student edits into a lab.
    fn solve(&self, lab: &Lab) {
        let solved = self.0.path().join("solutions").join(lab.name).join("src");
        for file in lab.edits {
            fs::copy(solved.join(file), lab.sources(self.0.path()).join(file)).expect("it is ours");
        }
    }

    /// Adds a line to a file of a student.
    fn add(&self, file: &str, line: &str) {
        let file = fs::File::options().append(true).open(self.0.path().join("labs").join(file));
        writeln!(file.expect("it was copied"), "{line}").expect("the folder is ours");
    }
}

#[test]
fn labs_of_a_copy_are_as_far_as_they_are_even_if_one_does_not_compile() {
    let copy = Copy::new();
    copy.solve(&LABS[0]);
    copy.add("lab02/src/server.rs", "// begun");
    copy.add("lab03/src/server.rs", "fn broken(");
    let board = copy.cargo("run --quiet -p progress");
    for line in [
        "lab01  ########## done\n",
        "lab02  ---------- 0 of ",
        "lab03  does not compile\n",
        "lab04  not started\n",
        "next: lab02\n",
    ] {
        assert!(board.contains(line), "no {line:?} in:\n{board}");
    }
}

/// What passes of a blank lab: its command line, and what is given. The record names it.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the record is of Linux, which has the most checks")]
fn a_blank_lab_fails_and_the_solution_passes_from_there() {
    let copy = Copy::new();
    for lab in LABS {
        let said = copy.cargo(&format!("run --quiet -p progress -- blank {}", lab.name));
        assert!(said.contains("is blank"), "{said}");
    }
    let printed = copy.cargo("test --test labs -- --format=pretty");
    let mut record_now = String::new();
    for lab in LABS {
        let verdict = Verdict::new(lab.name, printed.as_bytes());
        assert!(!verdict.failed().is_empty(), "{printed}");
        let passed = verdict.passed();
        record_now.extend(passed.iter().map(|check| format!("{}::{check}\n", lab.name)));
    }
    let record = workspace().join("labs/progress/tests/blank.txt");
    if env::var_os("BLESS").is_some() {
        fs::write(&record, &record_now).expect("the workspace is ours");
    }
    let recorded = fs::read_to_string(record).unwrap_or_default();
    assert_eq!(recorded, record_now, "if this is right: BLESS=1 cargo test -p progress");

    for lab in LABS {
        copy.solve(lab);
    }
    let printed = copy.cargo("test --test labs -- --format=pretty");
    for lab in LABS {
        let verdict = Verdict::new(lab.name, printed.as_bytes());
        assert!(verdict.failed().is_empty() && !verdict.passed().is_empty(), "{printed}");
    }
}
