//! The drawings that the book shows, made again.

use std::env;
use std::fs;

use course::LABS;

use crate::tracer::{trace, workspace};

/// Rewrites the records instead of comparing them, when set.
const BLESS: &str = "BLESS";

/// How often a demo is played before it counts as another one.
const TRIES: usize = 5;

/// Compares a drawing's source with the record of it.
fn check(record: &str, package: &str) {
    let file = workspace().join("book/runs").join(record).with_extension("seq");
    let recorded = || fs::read_to_string(&file).unwrap_or_default();
    // On a busy machine a demo itself can go another way: its next part comes 200 ms after the last word.
    let mut runs = (0..TRIES).map(|_| trace(&[package]));
    let found = runs.find(|now| same(&now.seq, &recorded()));
    let traced = found.unwrap_or_else(|| trace(&[package]));
    if env::var_os(BLESS).is_some() {
        fs::create_dir_all(file.parent().expect("a folder")).expect("the workspace is ours");
        fs::write(&file, traced.seq).expect("the workspace is ours");
        return;
    }
    // Where the law is broken is found by both records.
    let marks = traced.shown().contains("here the law is broken: ");
    assert_eq!(marks, package.starts_with("lab"), "{package}:\n{}", traced.shown());
    let now = traced.seq;
    let recorded = recorded();
    assert!(
        same(&recorded, &now),
        "{} is not what a run draws any more.\n\nrecorded:\n{recorded}\nnow:\n{now}\n\
         If the new drawing is right: {BLESS}=1 cargo test -p trace",
        file.display()
    );
}

/// Whether two drawings are the same, but for how many reads brought what was there at once.
fn same(one: &str, other: &str) -> bool {
    settled(one) == settled(other)
}

/// The lines of a drawing, in which reads in a row are one, and only count what they brought.
fn settled(source: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in source.lines().filter(|line| !line.starts_with("alt: ")) {
        let before = lines.last().and_then(|line| brought(line));
        match (before, brought(line)) {
            (Some((reader, bytes)), Some((who, more))) if reader == who => {
                let all = format!("{who} recv = {}", bytes + more);
                lines.pop();
                lines.push(all);
            }
            (_, Some((who, bytes))) => lines.push(format!("{who} recv = {bytes}")),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Who has read, and how many bytes; `None` of what is no read, and of the end of a stream.
fn brought(line: &str) -> Option<(&str, u64)> {
    let (who, brought) = line.split_once(" recv = ")?;
    let digits = brought.split(|letter: char| !letter.is_ascii_digit()).next()?;
    Some((who, digits.parse().ok().filter(|&bytes| bytes > 0)?))
}

#[test]
fn reads_in_a_row_are_one_and_the_end_of_a_stream_is_another() {
    let one = "note a: recv = 23 bytes, many times\nnote a: recv = 0, end of stream";
    let two = "note a: recv = 14 \"x\"\nnote a: recv = 9 \"y\"\nnote a: recv = 0, end of stream";
    assert!(same(one, two) && !same(one, &two.replace('9', "8")));
    assert!(!same(one, "note a: recv = 23 bytes, many times"));
}

#[test]
#[cfg_attr(not(network), ignore = "this system gives no network namespace to this user")]
fn every_starter_is_drawn_as_recorded() {
    // Whoever edits a lab draws another run.
    let untouched = LABS.iter().filter(|lab| lab.can_be_run() && lab.is_untouched(&workspace()));
    untouched.for_each(|lab| check(&format!("{}-starter", &lab.name[3..]), lab.name));
}

#[test]
#[cfg_attr(not(network), ignore = "this system gives no network namespace to this user")]
fn every_solution_is_drawn_as_recorded() {
    let runnable = LABS.iter().filter(|lab| lab.can_be_run());
    runnable.for_each(|lab| check(&format!("{}-solution", &lab.name[3..]), &lab.solution()));
}
