//! Submissions for the tests: of every state, and with texts that try to break a format.

use crate::model::{Check, Lab, Outcome, State, Submission};

/// One line a submission, written by hand. Together they have every state and every outcome.
pub const LINES: &str = include_str!("../../tests/results.jsonl");

pub fn submissions() -> Vec<Submission> {
    LINES.lines().map(|line| serde_json::from_str(line).expect("the sample is right")).collect()
}

/// What hostile or unlucky programs print, and what folders may be called.
pub const NASTY: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n\r\n",
    "two\nlines, \"quoted\", and a comma; 'too'",
    "\u{0}",
    "\u{1b}[31mred\u{1b}[2J\u{1b}]0;title",
    "\u{1b}]8;;everything behind this would be hidden",
    "\u{9b}31m\u{85}\u{7f}",
    "\u{8}\u{8}\u{8}\u{b}\u{c}",
    "]]> <![CDATA[ </failure></testcase> &amp; &#0; &nbsp; <!-- -->",
    "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]>",
    "\u{fffe}\u{ffff}\u{10ffff}\u{fffd}",
    "\u{202e}esrever\u{2066}\u{200b}\u{feff}\u{2028}",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=HYPERLINK(\"x\")",
    "\r=1",
    " =1",
    "＝1",
    "'=1",
    "../../etc/passwd",
    "..",
    "/",
    "C:\\CON",
    "CON",
    "a/b\\c:d*e?f\"g<h>i|j",
    "李雷 and 😀 and Jose\u{301}",
    "{\"submission\":\"other\"}",
    "test lab01::a ... ok",
];

/// A submission in which every text is the given one.
pub fn filled_with(text: &str) -> Submission {
    let check = |outcome| Check { name: text.to_owned(), outcome, story: text.to_owned() };
    let outcomes = [Outcome::Passed, Outcome::Failed, Outcome::Ignored, Outcome::NotRun];
    let lab = |(number, state)| Lab {
        lab: format!("lab0{number}"),
        state,
        points: 2.5,
        max_points: 10.0,
        passed: 1,
        handed_out: 0,
        total: 3,
        words: text.to_owned(),
        results: outcomes.map(check).into(),
    };
    let states = [
        State::Missing,
        State::NotStarted,
        State::DoesNotCompile,
        State::Failed,
        State::Done,
        State::Stopped,
    ];
    Submission {
        submission: text.to_owned(),
        course: text.to_owned(),
        checks: text.to_owned(),
        points: 12.5,
        max_points: 50.0,
        notes: vec![text.to_owned(), text.to_owned()],
        labs: (1..).zip(states).map(lab).collect(),
        seconds: 1.5,
    }
}

/// One for each nasty text, and one with a story of ten megabytes.
pub fn nasty() -> Vec<Submission> {
    let mut long = filled_with("long");
    long.labs[2].results[1].story =
        format!("\u{1b}[1m{}</failure>", "a line of it\n".repeat(800_000));
    NASTY.iter().map(|text| filled_with(text)).chain([long]).collect()
}
