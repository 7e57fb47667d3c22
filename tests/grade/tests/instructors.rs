//! What instructors are told is so.

use std::fs;

use assert_cmd::Command;
use course::{LABS, Lab};

fn read(path: &str) -> String {
    let file = harness::workspace().join(path);
    fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{path}: {error}"))
        .replace("\r\n", "\n")
}

#[test]
fn the_plan_names_every_lab_with_its_minutes_and_points() {
    let chapter = read("book/src/instructors.md");
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| lab"));
    let rows = rows.filter(|row| row.starts_with(|first: char| first.is_ascii_digit()));
    let told: Vec<_> = rows.map(|row| row.split(" | ").take(3).collect::<Vec<_>>()).collect();
    let points: toml::Table = read("tests/grade/points.toml").parse().unwrap();
    let row = |lab: &Lab| {
        [lab.name[3..].to_owned(), lab.minutes.to_string(), points[lab.name].to_string()]
    };
    let known: Vec<_> = LABS.iter().map(row).collect();
    assert_eq!(told, known);
}

/// Each line must be understood as it is typed: everything before `--help` is read first.
#[test]
fn every_command_that_is_told_is_one() {
    const CALL: &str = "-p grade -- ";
    let mut found = 0;
    for path in [
        "README.md",
        "book/src/introduction.md",
        "book/src/instructors.md",
        "tests/grade/github/grade.yml",
    ] {
        for rest in read(path).split(CALL).skip(1) {
            // A command ends with its line, its quote, its comment or its pipe.
            let words = rest.split(['\n', '`', '\'', '#', '|']).next().unwrap_or_default();
            let words: Vec<&str> = words.split_whitespace().collect();
            let mut grade = Command::new(env!("CARGO_BIN_EXE_grade"));
            let output = grade.args(&words).arg("--help").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{path}: {words:?}: {said}");
            found += 1;
        }
    }
    assert!(found > 10, "only {found} commands were found");
}
