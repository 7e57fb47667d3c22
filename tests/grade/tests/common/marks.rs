//! The marks that a submission should have, and whether it has them.

use std::collections::BTreeSet;
use std::fs;

use super::model::{Check, Lab, Outcome, State, Submission};

/// What a lab should come to.
#[derive(Clone, Copy, Debug)]
pub enum Marks {
    /// Nobody has edited it: no check was run.
    NotStarted,
    /// Every check passes: all of its points.
    All,
    /// Not all of them: as many as its checks have earned.
    Fewer(State),
    /// No points.
    Nothing(State),
}

/// What a submission should come to.
pub struct Expected<'a> {
    /// The labs that are unlike the others.
    pub labs: &'a [(&'a str, Marks)],
    pub others: Marks,
    /// What the report tells of it: a part of each note, in their order.
    pub told: &'a [&'a str],
}

impl Expected<'_> {
    /// In what a graded submission differs from this.
    pub fn differences(&self, graded: &Submission) -> Vec<String> {
        let mut differences = Vec::new();
        let mut expect = |what: &str, holds: bool| {
            if !holds {
                differences.push(format!("{}: expected {what}", graded.submission));
            }
        };
        let notes = graded.notes.iter();
        let is_told = notes.len() == self.told.len()
            && notes.zip(self.told).all(|(note, told)| note.contains(told));
        expect(&format!("the notes {:?}, not {:?}", self.told, graded.notes), is_told);
        let sum: f64 = graded.labs.iter().map(|lab| lab.points).sum();
        expect("the sum of its labs' points", is_same(graded.points, sum));
        for lab in &graded.labs {
            let named = self.labs.iter().find(|(name, _)| *name == lab.lab);
            let marks = named.map_or(self.others, |(_, marks)| *marks);
            expect(&format!("{marks:?}, not {}", told(lab)), marks.are_of(lab));
        }
        differences
    }
}

impl Marks {
    fn are_of(self, lab: &Lab) -> bool {
        let (state, points) = match self {
            Self::NotStarted => (State::NotStarted, 0.0),
            Self::All => (State::Done, lab.max_points),
            Self::Nothing(state) => (state, 0.0),
            Self::Fewer(state) => (state, earned(lab)),
        };
        let are_all = is_same(lab.points, lab.max_points);
        let are_fewer = !matches!(self, Self::Fewer(_)) || !are_all;
        lab.max_points > 0.0 && lab.state == state && is_same(lab.points, points) && are_fewer
    }
}

/// The points that a lab has earned, check by check: one that the lab fails as handed out earns its
/// share when it passes, any other takes as much away when it does not pass.
fn earned(lab: &Lab) -> f64 {
    let record = harness::workspace().join(format!("tests/starters/{}.failing.txt", lab.lab));
    let record = fs::read_to_string(record).expect("the course has it");
    let to_earn: BTreeSet<&str> = record.lines().collect();
    let (mut earned, mut most) = (0.0, 0.0);
    for Check { name, outcome, .. } in &lab.results {
        match (to_earn.contains(name.as_str()), outcome) {
            (_, Outcome::Ignored) | (false, Outcome::Passed) => {}
            (true, Outcome::Passed) => (earned, most) = (earned + 1.0, most + 1.0),
            (true, _) => most += 1.0,
            (false, _) => earned -= 1.0,
        }
    }
    lab.max_points * f64::max(earned, 0.0) / most
}

/// Whether two numbers of points are the same, in hundredths.
pub fn is_same(left: f64, right: f64) -> bool {
    (left - right).abs() < 0.005_01
}

/// A lab in a line, with the beginning of what was said of it.
fn told(lab: &Lab) -> String {
    let Lab { state, points, max_points, passed, total, words, .. } = lab;
    let failed = lab.results.iter().filter(|check| check.outcome != Outcome::Passed);
    let failed: Vec<&str> = failed.map(|check| check.name.as_str()).take(3).collect();
    let words = words.lines().next().unwrap_or_default();
    format!(
        "{} {state:?}, {points} of {max_points} points, {passed} of {total} checks: {words} {failed:?}",
        lab.lab
    )
}
