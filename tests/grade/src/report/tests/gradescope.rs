use std::fs;
use std::path::Path;

use serde::Deserialize;
use tempfile::TempDir;

use super::super::gradescope::write;
use super::super::samples::{nasty, submissions};
use crate::model::Submission;

/// The documented fields, and no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Results {
    score: f64,
    execution_time: f64,
    output: String,
    output_format: Format,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    name: String,
    score: f64,
    max_score: f64,
    status: Status,
    output: String,
    output_format: Format,
    visibility: Visibility,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Passed,
    Failed,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Visibility {
    Visible,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Format {
    Text,
}

fn read(file: &Path) -> Results {
    let text = fs::read_to_string(file).expect("it was written");
    serde_json::from_str(&text).expect("it has the documented fields")
}

fn results(submission: Submission) -> Results {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("results.json");
    write(&[submission], Some(&file)).expect("it can be written");
    read(&file)
}

#[test]
fn one_submission_is_one_file_with_a_test_for_each_lab() {
    let results = results(submissions().remove(0));
    assert_eq!(results.score.to_string(), "38.33");
    assert_eq!(results.execution_time.to_string(), "13");
    assert!(results.output.contains("lab04.rs was edited"), "{}", results.output);
    assert!(results.output.contains("\ncourse 0.1.0\nchecks sha256:0123"), "{}", results.output);
    assert!(results.output_format == Format::Text);

    assert_eq!(results.tests.len(), 8);
    let [first, .., last] = results.tests.as_slice() else { panic!("there are tests") };
    assert_eq!(first.name, "lab01: accept gives you a new socket");
    assert!(first.status == Status::Passed && first.visibility == Visibility::Visible);
    assert!(first.output_format == Format::Text);
    assert_eq!((last.score.to_string(), last.max_score.to_string()), ("10".into(), "10".into()));

    let broken = &results.tests[4];
    assert!(broken.status == Status::Failed);
    assert!(
        broken.output.starts_with(
            "does not compile\n0 of 2 checks passed; as handed out it is 0\n\nerror: "
        )
    );
    let failed = &results.tests[3].output;
    assert!(failed.contains("---- c ----\nlab04 did not hold\n  1. the client"), "{failed}");
}

#[test]
fn without_submissions_the_score_is_nothing() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("results.json");
    write(&[], Some(&file)).expect("it can be written");
    assert_eq!(read(&file).score.to_string(), "0");
}

#[test]
fn several_submissions_are_files_in_a_folder() {
    let home = TempDir::new().expect("a temporary folder");
    let folder = home.path().join("new/folder");
    write(&submissions(), Some(&folder)).expect("it can be written");
    assert_eq!(read(&folder.join("results-bob.json")).score.to_string(), "90");

    let refusal = write(&submissions(), None).expect_err("they are no single file");
    assert_eq!(refusal.to_string(), "4 submissions: name a folder with --out");

    write(&submissions()[..1], Some(home.path())).expect("it can be written");
    assert_eq!(read(&home.path().join("results-alice.json")).tests.len(), 8);
}

#[test]
fn no_text_breaks_the_format_and_no_name_leaves_the_folder() {
    let home = TempDir::new().expect("a temporary folder");
    let folder = home.path().join("results");
    let submissions = nasty();
    write(&submissions, Some(&folder)).expect("it can be written");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("it was made") {
        let results = read(&entry.expect("it can be read").path());
        let texts = results.tests.iter().map(|test| &test.output).chain([&results.output]);
        for text in texts {
            assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        }
        count += 1;
    }
    assert_eq!(count, submissions.len());
    assert_eq!(fs::read_dir(home.path()).expect("it is ours").count(), 1);
}

#[test]
fn names_that_differ_in_case_or_signs_are_different_files() {
    let folder = TempDir::new().expect("a temporary folder");
    let named = |name: &str| Submission { submission: name.to_owned(), ..submissions().remove(0) };
    let submissions = ["a/b", "a_b", "A_B"].map(named);
    write(&submissions, Some(folder.path())).expect("it can be written");
    for file in ["results-a_b.json", "results-a_b-2.json", "results-A_B-3.json"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
}
