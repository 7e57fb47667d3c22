//! The board of a real copy, whose labs are built and checked. It takes as long as a first build.

use std::fs;
use std::io::Write;
use std::path::Path;

use course::tree;
use tempfile::TempDir;

use super::super::progress::{Progress, read};
use super::super::run;

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
    let workspace = folder.path();
    tree::copy(&harness::workspace(), workspace, &is_own).expect("the folder is ours");
    let labs = workspace.join("labs");
    let solved =
        tree::copy(&workspace.join("solutions/lab01/src"), &labs.join("lab01/src"), &is_own);
    solved.expect("the folder is ours");
    add(&labs.join("lab02/src/server.rs"), "// begun");
    add(&labs.join("lab03/src/server.rs"), "fn broken(");

    let rows = read(workspace, &run::checks(workspace).expect("the checks can be run"));
    assert!(rows[0].progress.is_done(), "{:?}", rows[0].progress);
    let Progress::Checked { passed, total } = rows[1].progress else {
        panic!("{:?}", rows[1].progress)
    };
    assert!(0 < passed && passed < total, "{passed} of {total}");
    assert_eq!(rows[2].progress, Progress::DoesNotCompile);
    assert_eq!(rows[3].progress, Progress::NotStarted);

    add(&workspace.join("tests/harness/src/lib.rs"), "fn broken(");
    let refusal = run::checks(workspace).expect_err("no check can be run").to_string();
    assert!(refusal.contains("the checks cannot be run; cargo says:"), "{refusal}");
    assert!(refusal.contains("error: "), "{refusal}");
}
