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
    let marks = traced.shown().contains("here the law is broken: ");
    assert_eq!(marks, package.starts_with("lab"), "{package}:\n{}", traced.shown());
    let now = traced.seq;
    if env::var_os(BLESS).is_some() {
        fs::create_dir_all(file.parent().expect("a folder")).expect("the workspace is ours");
        fs::write(&file, now).expect("the workspace is ours");
        return;
    }
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
    let settled = |source: &str| -> Vec<String> {
        let lines = source.lines().filter(|line| !line.starts_with("alt: "));
        lines.map(|line| line.split_once(" recv = ").map_or(line.to_owned(), amount)).collect()
    };
    settled(one) == settled(other)
}

/// A read without what it brought.
fn amount((who, brought): (&str, &str)) -> String {
    let bytes: String = brought.chars().take_while(char::is_ascii_digit).collect();
    if bytes.is_empty() {
        format!("{who} recv = {brought}")
    } else {
        format!("{who} recv = {bytes}")
    }
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
