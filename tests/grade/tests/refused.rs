//! What `submissions` refuses before it builds anything.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

fn submissions(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut grade = Command::new(env!("CARGO_BIN_EXE_grade"));
    grade.current_dir(folder).arg("submissions").args(arguments).assert().failure().stdout("")
}

/// A folder with an archive, and with a class of two.
fn class() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("anna.zip"), "PK").expect("the folder is ours");
    for student in ["anna", "ben/socket-labs"] {
        let labs = folder.path().join("class").join(student).join("labs/lab01");
        fs::create_dir_all(labs).expect("the folder is ours");
    }
    folder
}

#[test]
fn what_is_no_submission_is_named_with_what_to_do() {
    let class = class();
    for (given, said) in [
        ("nowhere", "error: nowhere is no folder\n"),
        ("anna.zip", "error: anna.zip is a file: unpack it into a folder of its own\n"),
        ("class", "error: class holds several submissions: name each of them, as class/* does\n"),
    ] {
        submissions(class.path(), &[given]).stderr(said);
    }
}

#[test]
fn results_that_are_there_are_not_overwritten() {
    let class = class();
    fs::write(class.path().join("class.jsonl"), "precious").expect("the folder is ours");
    for (flag, said) in [(None, "--resume"), (Some("--resume"), "it does not end like results")] {
        let arguments = ["class/anna", "--out", "class.jsonl"].into_iter().chain(flag);
        let refused = submissions(class.path(), &arguments.collect::<Vec<_>>());
        refused.stderr(contains(said).and(contains("\n").count(1)));
        let kept = fs::read_to_string(class.path().join("class.jsonl")).expect("it is there");
        assert_eq!(kept, "precious");
    }
    submissions(class.path(), &["class/anna", "--resume"]).stderr(contains("--out <FILE>"));
}
