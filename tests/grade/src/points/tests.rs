use std::fs;

use course::LABS;
use tempfile::TempDir;

use super::{Points, worth_in};
use crate::model::{Check, Outcome};

/// A lab worth 12 points that fails `b`, `c` and `d` as handed out.
fn points() -> Points {
    let failing = ["b", "c", "d"].map(str::to_owned).into();
    Points {
        worth: [("lab03".to_owned(), 12.0)].into(),
        failing: [("lab03".to_owned(), failing)].into(),
    }
}

/// Results of checks called a, b, c …, told by a letter each: passed, failed, ignored, not run.
fn results(outcomes: &str) -> Vec<Check> {
    let outcome = |letter| match letter {
        'p' => Outcome::Passed,
        'f' => Outcome::Failed,
        'i' => Outcome::Ignored,
        _ => Outcome::NotRun,
    };
    let check = |(letter, name): (char, char)| Check {
        name: name.to_string(),
        outcome: outcome(letter),
        story: String::new(),
    };
    outcomes.chars().zip('a'..).map(check).collect()
}

fn marks(outcomes: &str) -> String {
    points().marks("lab03", &results(outcomes)).to_string()
}

#[test]
fn as_handed_out_a_lab_earns_nothing_and_with_all_checks_everything() {
    assert_eq!(marks("pfffp"), "0");
    assert_eq!(marks("ppppp"), "12");
    assert_eq!(marks(""), "0");
    assert_eq!(marks("nnnnn"), "0");
}

#[test]
fn each_check_earns_the_same() {
    assert_eq!(marks("ppffp"), "4");
    assert_eq!(marks("pppfp"), "8");
}

#[test]
fn a_regression_costs_what_a_check_earns_and_never_more_than_there_is() {
    assert_eq!(marks("fpppp"), "8");
    assert_eq!(marks("fpffp"), "0");
    assert_eq!(marks("fffff"), "0");
}

#[test]
fn a_check_that_was_not_run_counts_as_failed() {
    assert_eq!(marks("pppnp"), "8");
}

#[test]
fn a_check_that_this_machine_cannot_run_counts_for_nothing() {
    assert_eq!(marks("pppip"), "12");
    assert_eq!(marks("pffip"), "0");
    assert_eq!(marks("ipppi"), "12");
    assert_eq!(marks("pfpif"), "0");
    assert_eq!(marks("piiip"), "0");
}

#[test]
fn points_are_rounded_to_hundredths() {
    let mut points = points();
    points.worth.insert("lab03".to_owned(), 10.0);
    assert_eq!(points.marks("lab03", &results("ppffp")).to_string(), "3.33");
    assert_eq!(points.marks("lab03", &results("pppfp")).to_string(), "6.67");
}

#[test]
fn every_lab_of_this_copy_is_worth_something_and_has_something_to_earn() {
    let points = Points::read(None).expect("this copy has a table, and the records");
    for lab in LABS {
        assert!(points.worth(lab.name) > 0.0, "{}", lab.name);
        assert!(!points.failing[lab.name].is_empty(), "{}", lab.name);
    }
    assert_eq!(points.worth("lab99").to_string(), "0");
}

/// A table that gives every lab these points.
fn table_of(points: &str) -> String {
    let lines: Vec<String> = LABS.iter().map(|lab| format!("{} = {points}\n", lab.name)).collect();
    lines.concat()
}

/// Why a table is refused that gives each lab one point, but for what `change` does to it.
fn refusal(change: impl Fn(String) -> String) -> String {
    let refused = worth_in(&change(table_of("1"))).expect_err("the table is wrong");
    format!("{refused:#}")
}

#[test]
fn a_wrong_table_is_refused_with_the_name_of_the_lab() {
    let cases = [
        ("lab02 = 1\n", "", "lab02 is missing"),
        ("lab02", "lab2", "lab2 is no lab of this course"),
        ("lab02 = 1", "lab02 = -1", "lab02 is worth -1"),
        ("lab02 = 1", "lab02 = nan", "lab02 is worth NaN"),
        ("lab02 = 1", "lab02 = inf", "lab02 is worth inf"),
        ("lab02 = 1", "lab02 = \"ten\"", "lab02 = \"ten\""),
        ("lab02 = 1", "lab01 = 1", "duplicate key"),
        ("lab02 = 1", "lab02 1", "line 2"),
    ];
    for (right, wrong, expected) in cases {
        let refusal = refusal(|table| table.replace(right, wrong));
        assert!(refusal.contains(expected), "{wrong}: {refusal}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let copy = TempDir::new().expect("a temporary folder");
    let why =
        |file| format!("{:#}", Points::read_in(copy.path(), file).err().expect("no such file"));
    assert!(why(None).contains("points.toml"), "{}", why(None));

    let table = copy.path().join("mine.toml");
    fs::write(&table, "lab01 = ten").expect("the folder is ours");
    assert!(why(Some(&table)).contains("mine.toml"), "{}", why(Some(&table)));

    fs::write(&table, table_of("1.5")).expect("the folder is ours");
    fs::create_dir_all(LABS[0].starter(copy.path())).expect("the folder is ours");
    let without_records = why(Some(&table));
    assert!(without_records.contains("lab01.failing.txt"), "{without_records}");
}
