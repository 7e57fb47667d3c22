use csv::{ReaderBuilder, StringRecord};

use super::super::gradebook::csv;
use super::super::samples::{nasty, submissions};

/// All rows, the header first. Rows of different lengths are an error.
fn rows(text: &str) -> Vec<StringRecord> {
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("it is CSV")).collect()
}

#[test]
fn each_submission_is_one_row_with_a_column_a_lab() {
    let rows = rows(&csv(&submissions()).expect("it can be written"));
    let column = |name: &str| rows[0].iter().position(|head| head == name).expect(name);
    assert_eq!(rows.len(), 5);
    assert_eq!(&rows[1][column("submission")], "alice");
    assert_eq!(&rows[1][column("points")], "38.33");
    assert_eq!(&rows[1][column("max_points")], "90");
    assert_eq!(&rows[1][column("lab04")], "5");
    assert_eq!(&rows[2][column("lab07")], "15");
    assert!(rows[1][column("notes")].contains("not used; labs/lab05/src/link.rs"));
    assert_eq!(&rows[3][column("course")], "0.1.0");
    assert!(rows[3][column("checks")].starts_with("sha256:0123"));
}

#[test]
fn without_submissions_there_is_a_header() {
    let text = csv(&[]).expect("it can be written");
    assert_eq!(text, "submission,points,max_points,notes,course,checks\n");
}

#[test]
fn a_lab_that_a_submission_does_not_have_is_an_empty_cell() {
    let mut submissions = submissions();
    submissions[0].labs.remove(1);
    let rows = rows(&csv(&submissions).expect("it can be written"));
    assert_eq!((&rows[1][4], &rows[2][4]), ("", "10"));
}

#[test]
fn no_cell_is_a_formula_or_breaks_its_row() {
    let submissions = nasty();
    let rows = rows(&csv(&submissions).expect("it can be written"));
    assert_eq!(rows.len(), submissions.len() + 1);
    for cell in rows.iter().flatten() {
        let text = cell.trim_start_matches(|c: char| c.is_whitespace());
        assert!(!text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{cell:?}");
        assert!(!cell.contains(char::is_control), "{:?}", &cell[..cell.len().min(200)]);
    }
}

#[test]
fn names_that_people_have_stay_as_they_are() {
    let named = |name: &str| {
        let mut submission = submissions().remove(0);
        submission.submission = name.to_owned();
        rows(&csv(&[submission]).expect("it can be written"))[1][0].to_owned()
    };
    for name in ["O'Brien, Ann \"Annie\"", "李雷", "Jose\u{301}", "s1234567@example"] {
        assert_eq!(named(name), name);
    }
    assert_eq!(named("=1+1"), "'=1+1");
}
