//! What a student is given back, as text: the points of each lab, and every story.

use std::path::Path;

use anyhow::Result;
use course::LABS;

use super::each::{self, Called};
use super::in_words;
use crate::model::{Lab, Outcome, Submission};
use crate::points::rounded;
use crate::text::{one_line, plain};

/// Writes one text to the file `out` or to the terminal, several to files in the folder `out`.
pub fn write(submissions: &[Submission], out: Option<&Path>) -> Result<()> {
    let called = Called { prefix: "feedback", extension: "txt" };
    each::write(submissions, out, &called, |submission| Ok(text(submission)))
}

fn text(submission: &Submission) -> String {
    let Submission { points, max_points, .. } = submission;
    let name = one_line(&submission.submission);
    let mut text = format!("{name}: {} of {} points\n", rounded(*points), rounded(*max_points));
    for lab in &submission.labs {
        let (points, max_points) = (rounded(lab.points), rounded(lab.max_points));
        text += &format!("\n== {}\n{points} of {max_points} points: {}\n", title(lab), told(lab));
    }
    format!("{text}\n== Graded with\n{}", around(submission))
}

/// The name of a lab, and its law.
pub fn title(lab: &Lab) -> String {
    let row = LABS.iter().find(|row| row.name == lab.lab);
    one_line(&lab.lab) + &row.map_or(String::new(), |row| format!(": {}", row.law))
}

/// How far a lab is, what the compiler said, and every story.
pub fn told(lab: &Lab) -> String {
    let mut told = in_words(lab.state).to_owned();
    if lab.total > 0 {
        let Lab { passed, total, handed_out, .. } = lab;
        told += &format!("\n{passed} of {total} checks passed; as handed out it is {handed_out}");
    }
    if !lab.words.is_empty() {
        told += &format!("\n\n{}", plain(&lab.words));
    }
    for check in lab.results.iter().filter(|check| check.outcome == Outcome::Failed) {
        told += &format!("\n\n---- {} ----\n{}", one_line(&check.name), plain(&check.story));
    }
    told
}

/// What concerns the whole submission: its notes, and with what it was graded.
pub fn around(submission: &Submission) -> String {
    let mut around = String::new();
    for note in &submission.notes {
        around += &format!("{}\n", one_line(note));
    }
    around += &format!("course {}\n", one_line(&submission.course));
    around += &format!("checks {}\n", one_line(&submission.checks));
    around
}
