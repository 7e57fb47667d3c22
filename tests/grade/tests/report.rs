//! The command `report`, as an instructor types it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use tempfile::TempDir;

const LINES: &str = include_str!("results.jsonl");

/// `grade report`, in a folder with the samples in `results.jsonl`.
fn report(folder: &Path) -> Command {
    fs::write(folder.join("results.jsonl"), LINES).expect("the folder is ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_grade"));
    command.current_dir(folder).arg("report");
    command
}

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

#[test]
fn a_table_is_printed_unless_another_format_is_named() {
    let folder = folder();
    let table = predicate::str::starts_with("submission").and(predicate::str::contains("38.33/90"));
    report(folder.path()).arg("results.jsonl").assert().success().stdout(table).stderr("");
}

#[test]
fn each_format_is_written_where_one_says() {
    let begins = [
        ("table", "submission  01"),
        ("jsonl", "{\"submission\":\"alice\","),
        ("junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Socket Labs\""),
        ("csv", "submission,points,max_points,lab01,"),
    ];
    for (format, begin) in begins {
        let folder = folder();
        let mut command = report(folder.path());
        command.args(["results.jsonl", "--format", format, "--out", "report"]);
        command.assert().success().stdout("").stderr("");
        let report = fs::read_to_string(folder.path().join("report")).expect("it was written");
        assert!(report.starts_with(begin), "{format}: {report}");
    }
}

#[test]
fn several_results_for_gradescope_are_a_folder() {
    let folder = folder();
    let mut command = report(folder.path());
    command.args(["results.jsonl", "--format", "gradescope", "--out", "results"]);
    command.assert().success();
    assert!(folder.path().join("results/results-carol.json").exists());
}

#[test]
fn what_is_odd_is_a_warning_and_what_is_wrong_an_error() {
    let folder = folder();
    let mut command = report(folder.path());
    fs::write(
        folder.path().join("cut.jsonl"),
        &LINES[..LINES.find('\n').expect("it has lines") + 9],
    )
    .expect("it is ours");
    command.args(["results.jsonl", "cut.jsonl"]).assert().success().stderr(
        predicate::str::contains("warning: cut.jsonl:2 ends in the middle")
            .and(predicate::str::contains("warning: alice was graded more than once")),
    );

    fs::write(folder.path().join("wrong.jsonl"), "{}\n").expect("it is ours");
    let mut command = report(folder.path());
    command.args(["results.jsonl", "wrong.jsonl", "--out", "report"]).assert().code(1).stderr(
        predicate::str::starts_with("error: wrong.jsonl:1 is not a graded submission: missing"),
    );
    assert!(!folder.path().join("report").exists());
}

#[test]
fn an_empty_list_is_a_report_in_every_format() {
    for format in ["table", "jsonl", "junit", "csv", "gradescope"] {
        let folder = folder();
        let mut command = report(folder.path());
        fs::write(folder.path().join("empty.jsonl"), "").expect("it is ours");
        command.args(["empty.jsonl", "--format", format]).assert().success().stderr("");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = folder();
    let mut command = report(folder.path());
    command.args(["results.jsonl", "--out", "nowhere/report"]).assert().code(1).stderr(
        predicate::str::contains("cannot write nowhere").and(predicate::str::contains("report")),
    );
}
