use super::super::samples::{filled_with, nasty, submissions};
use super::super::table;
use crate::text::width;

const EXPECTED: &str = "\
submission  01  02  03  04  05  06  07  08    points
alice       ok  ok   - 50% err cut   -  ok  38.33/90
bob         ok  ok  ok  ok  ok  ok  ok  ok     90/90
carol      err err err err err err err err      0/90
dora         ?   ?   ?   ?   ?   ?   ?   ?      0/90

alice: tests/checks/lab04.rs was edited; the edit is not used
alice: labs/lab05/src/link.rs leads outside; it was not followed
dora: it has no folder labs: this is not a copy of the course

ok done, 50% of points, - not started, err does not compile, cut stopped, ? none
course 0.1.0, graded with the checks
sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
";

#[test]
fn each_submission_is_one_line() {
    let mut submissions = submissions();
    submissions.reverse();
    assert_eq!(table(&submissions), EXPECTED);
}

#[test]
fn without_submissions_it_says_so() {
    assert!(table(&[]).ends_with("\nno submissions\n"));
}

#[test]
fn nothing_steers_the_terminal_or_leaves_eighty_columns() {
    for submission in nasty() {
        let table = table(&[submission]);
        assert!(!table.contains(|c: char| c.is_control() && c != '\n'), "{table:?}");
        assert!(!table.contains('\u{202e}'), "{table:?}");
        // Header, submission, two notes, legend, course, checks, and what is empty between them.
        assert_eq!(table.lines().count(), 9, "{table:?}");
        for line in table.lines() {
            assert!(width(line) <= 80, "{} columns: {line:?}", width(line));
        }
    }
}

#[test]
fn a_long_list_of_labs_leaves_room_for_the_name() {
    let mut submission = filled_with(&"name ".repeat(30));
    let lab = submission.labs[2].clone();
    submission.labs =
        (1..=13).map(|n| crate::model::Lab { lab: format!("lab{n:02}"), ..lab.clone() }).collect();
    let table = table(&[submission]);
    for line in table.lines() {
        assert!(width(line) <= 80, "{line}");
    }
    assert!(table.contains(" 13  "), "{table}");
}

#[test]
fn only_what_is_done_is_said_to_be_whole() {
    let mut submission = submissions().remove(0);
    submission.labs[3].passed = 999;
    submission.labs[3].total = 1000;
    assert!(table(&[submission]).contains(" 99% "));
}

#[test]
fn many_notes_are_counted() {
    let mut submission = submissions().remove(0);
    submission.notes = (1..=9).map(|number| format!("file {number} was edited")).collect();
    let table = table(&[submission]);
    assert!(
        table
            .contains("\nalice: file 3 was edited\nalice: 6 more notes are in the other reports\n")
    );
    assert!(!table.contains("file 4"), "{table}");
}
