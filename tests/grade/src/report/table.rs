//! The table for a terminal: one line a submission, in 80 columns.

use super::{graded_with, labs};
use crate::model::{Lab, State, Submission};
use crate::points::{earned, rounded};
use crate::text::{COLUMNS, one_line, padded, shortened, width};

/// The column of a lab, with the gap before it.
const LAB: usize = 4;

/// However many labs there are, a name keeps so much.
const SHORTEST_NAME: usize = 10;

/// How many notes on a submission are shown.
const NOTES: usize = 3;

const LEGEND: &str =
    "ok done, 50% of points, - not started, err does not compile, cut stopped, ? none";

/// Every submission with the state of its labs and its points, what there is to note, and with what
/// they were graded. Nothing in it steers a terminal, whatever submissions are called.
pub fn table(submissions: &[Submission]) -> String {
    let mut rows: Vec<&Submission> = submissions.iter().collect();
    rows.sort_by_cached_key(|submission| submission.submission.to_lowercase());
    let points: Vec<String> = rows.iter().map(|submission| points(submission)).collect();
    let labs = labs(submissions);
    let widest = points.iter().map(|points| width(points)).max().unwrap_or(0).max(6);
    let room = COLUMNS.saturating_sub(LAB * labs.len() + 2 + widest).max(SHORTEST_NAME);
    let longest = rows.iter().map(|row| width(&one_line(&row.submission))).max().unwrap_or(0);
    let room = room.min(longest.max(SHORTEST_NAME));

    let numbers = labs.iter().map(|lab| lab.trim_start_matches("lab").to_owned());
    let mut table = line("submission", room, numbers, "points", widest);
    for (row, points) in rows.iter().zip(&points) {
        let state = |name: &&str| {
            let lab = row.labs.iter().find(|lab| lab.lab == *name);
            lab.map_or(String::new(), cell)
        };
        table += &line(&row.submission, room, labs.iter().map(state), points, widest);
    }
    table + &notes(&rows) + &footer(submissions)
}

fn line(
    name: &str,
    room: usize,
    labs: impl Iterator<Item = String>,
    points: &str,
    widest: usize,
) -> String {
    let mut line = padded(&one_line(name), room);
    for lab in labs {
        line += &format!("{:>LAB$}", shortened(&one_line(&lab), LAB - 1));
    }
    line + &format!("  {points:>widest$}\n")
}

fn points(submission: &Submission) -> String {
    format!("{}/{}", rounded(submission.points), rounded(submission.max_points))
}

/// The state of a lab in three columns. A hundred percent is said only of what is done.
fn cell(lab: &Lab) -> String {
    match lab.state {
        State::Missing => "?".to_owned(),
        State::NotStarted => "-".to_owned(),
        State::DoesNotCompile => "err".to_owned(),
        State::Done => "ok".to_owned(),
        State::Stopped => "cut".to_owned(),
        State::Failed => {
            let percent = (100.0 * earned(lab.passed, lab.handed_out, lab.total)).floor();
            format!("{}%", percent.min(99.0))
        }
    }
}

fn notes(rows: &[&Submission]) -> String {
    let mut notes = String::new();
    for row in rows {
        let mut tell = |note: &str| {
            let note = one_line(&format!("{}: {note}", row.submission));
            notes += &format!("{}\n", shortened(&note, COLUMNS));
        };
        row.notes.iter().take(NOTES).for_each(|note| tell(note));
        if row.notes.len() > NOTES {
            tell(&format!("{} more notes are in the other reports", row.notes.len() - NOTES));
        }
    }
    if notes.is_empty() { notes } else { format!("\n{notes}") }
}

fn footer(submissions: &[Submission]) -> String {
    let mut footer = if submissions.is_empty() {
        "\nno submissions\n".to_owned()
    } else {
        format!("\n{LEGEND}\n")
    };
    for (course, checks) in graded_with(submissions) {
        let (course, checks) = (one_line(course), one_line(checks));
        footer += &shortened(&format!("course {course}, graded with the checks"), COLUMNS);
        footer += &format!("\n{}\n", shortened(&checks, COLUMNS));
    }
    footer
}
