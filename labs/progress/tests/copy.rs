//! The board of a real copy, whose labs are built and checked. It takes as long as a first build.

use std::fs;
use std::io::Write;
use std::path::Path;

use course::tree;
use tempfile::TempDir;

/// Whether it is the course's own, and not made by cargo or git.
fn is_own(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name != "target" && name != ".git")
}

/// Adds a line to a file of a student.
fn add(file: &Path, line: &str) {
    let file = fs::File::options().append(true).open(file);
    writeln!(file.expect("it was copied"), "{line}").expect("the folder is ours");
}

#[test]
fn labs_of_a_copy_are_as_far_as_they_are_even_if_one_does_not_compile() {
    let folder = TempDir::new().expect("a temporary folder");
    let course = folder.path();
    tree::copy(&harness::workspace(), course, &is_own).expect("the folder is ours");
    let labs = course.join("labs");
    let solved = tree::copy(&course.join("solutions/lab01/src"), &labs.join("lab01/src"), &is_own);
    solved.expect("the folder is ours");
    add(&labs.join("lab02/src/server.rs"), "// begun");
    add(&labs.join("lab03/src/server.rs"), "fn broken(");

    let mut cargo = harness::cargo::command();
    cargo.current_dir(course).env("CARGO_TARGET_DIR", course.join("target"));
    let output = cargo.args(["run", "--quiet", "-p", "progress"]).output().expect("cargo runs");
    let board = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    for line in [
        "lab01  ########## done\n",
        "lab02  ---------- 0 of ",
        "lab03  does not compile\n",
        "lab04  not started\n",
        "next: lab02\n",
    ] {
        assert!(board.contains(line), "no {line:?} in:\n{board}{told}");
    }
}
