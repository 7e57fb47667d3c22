use std::path::PathBuf;

use tempfile::TempDir;

use super::super::lines::{Merged, read, text};
use super::super::samples::{LINES, nasty, submissions};
use super::super::schema::refusals;

/// Reads files with these texts, called `1.jsonl` and so on.
fn read_texts(texts: &[&[u8]]) -> anyhow::Result<Merged> {
    let folder = TempDir::new().expect("a temporary folder");
    let file = |(number, text): (usize, &&[u8])| -> PathBuf {
        let file = folder.path().join(format!("{number}.jsonl"));
        std::fs::write(&file, text).expect("the folder is ours");
        file
    };
    let files: Vec<PathBuf> = (1..).zip(texts).map(file).collect();
    read(&files)
}

fn names(merged: &Merged) -> Vec<&str> {
    merged.submissions.iter().map(|submission| submission.submission.as_str()).collect()
}

fn line(number: usize) -> String {
    LINES.lines().nth(number).expect("there are three").to_owned() + "\n"
}

#[test]
fn what_was_written_is_read_again_whatever_its_texts_are() {
    let mut all = submissions();
    all.extend(nasty());
    let written = text(&all).expect("it can be written");
    assert_eq!(written.lines().count(), all.len());
    let merged = read_texts(&[written.as_bytes()]).expect("it is right");
    all.sort_by_key(|one| (one.submission.to_lowercase(), one.submission.clone()));
    assert_eq!(merged.submissions, all);
    let only_the_digest = |refusal: &String| refusal.contains("sha256");
    for line in written.lines().take(3) {
        assert!(refusals(line).iter().all(only_the_digest), "{:?}", refusals(line));
    }
}

#[test]
fn files_follow_one_another_and_are_put_in_order() {
    let merged = read_texts(&[line(1).as_bytes(), b"", b"\r\n\n", line(0).as_bytes()]);
    let merged = merged.expect("all are right");
    assert_eq!(names(&merged), ["alice", "bob"]);
    assert_eq!(merged.warnings, Vec::<String>::new());
    assert!(names(&read_texts(&[b""]).expect("an empty file is right")).is_empty());
}

#[test]
fn the_last_line_of_a_run_that_was_killed_is_left_out_with_a_warning() {
    let whole = line(0) + &line(1);
    for end in [line(0).len() + 1, whole.len() - 2] {
        let merged = read_texts(&[&whole.as_bytes()[..end], line(2).as_bytes()]);
        let merged = merged.expect("the rest is right");
        assert_eq!(names(&merged), ["alice", "carol"]);
        let warning = &merged.warnings[0];
        assert!(warning.contains("1.jsonl:2 ends in the middle"), "{warning}");
    }
    let cut_in_a_character = [line(0).as_bytes(), b"{\"submission\":\"Jos\xc3"].concat();
    assert_eq!(names(&read_texts(&[&cut_in_a_character]).expect("a warning")), ["alice"]);
    let without_newline = read_texts(&[line(0).trim_end().as_bytes()]).expect("it is whole");
    assert_eq!((names(&without_newline), without_newline.warnings.len()), (vec!["alice"], 0));
}

#[test]
fn a_wrong_line_is_an_error_that_names_it() {
    let other = line(0).replace("\"seconds\"", "\"minutes\"");
    let infinite = line(0).replace("12.5", "1e999");
    for wrong in ["{}\n", "no JSON\n", "{\"submission\":\n", &other, &infinite] {
        let refusal = read_texts(&[line(1).as_bytes(), (line(0) + wrong + &line(2)).as_bytes()]);
        let refusal = format!("{:#}", refusal.err().expect("it is wrong"));
        assert!(refusal.contains("2.jsonl:2 is not a graded submission: "), "{refusal}");
    }
}

#[test]
fn a_file_that_is_missing_is_named() {
    let refusal = format!("{:#}", read(&["nowhere.jsonl".into()]).err().expect("it is missing"));
    assert!(refusal.starts_with("cannot read nowhere.jsonl: "), "{refusal}");
}

#[test]
fn of_two_gradings_the_last_counts() {
    let again = line(0).replace("12.5", "99.5");
    let merged = read_texts(&[(line(0) + &line(1)).as_bytes(), again.as_bytes()]);
    let merged = merged.expect("both are right");
    assert_eq!(names(&merged), ["alice", "bob"]);
    assert_eq!(merged.submissions[0].seconds.to_string(), "99.5");
    assert_eq!(merged.warnings, ["alice was graded more than once: the last time counts"]);
}

#[test]
fn different_checks_are_warned_of() {
    let other = line(1).replace("sha256:0", "sha256:1");
    let merged = read_texts(&[line(0).as_bytes(), other.as_bytes()]).expect("both are right");
    assert_eq!(merged.warnings, ["not all were graded with the same course and checks"]);
}

#[test]
fn different_points_are_warned_of() {
    let other = line(1).replace("\"max_points\":90.0", "\"max_points\":30.0");
    let merged = read_texts(&[line(0).as_bytes(), other.as_bytes()]).expect("both are right");
    assert_eq!(merged.warnings, ["not all can have the same number of points"]);
}

#[test]
fn capitals_make_no_difference_in_the_order() {
    let named = |name: &str| line(0).replace("\"alice\"", &format!("\"{name}\""));
    let merged = read_texts(&[(named("zoe") + &named("Bob") + &line(0)).as_bytes()]);
    assert_eq!(names(&merged.expect("all are right")), ["alice", "Bob", "zoe"]);
}
