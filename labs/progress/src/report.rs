//! What one lab's checks said, for who works on it: one story, and a line for each other cause.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use course::Lab;

use crate::checks::{Failure, Outcome};
use crate::lesson;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// How many lines of a terminal a report takes, if its story leaves room.
const LONGEST: usize = 40;
/// The lines of it, and of `watch`, that are neither story nor cause.
const AROUND: usize = 9;

/// The plainest story alone, then the other causes, then what next.
pub fn render(lab: &Lab, outcome: &Outcome) -> String {
    let verdict = outcome.of(lab);
    let (passed, failed) = (verdict.passed().len(), verdict.failed().len());
    let name = lab.name;
    if failed == 0 && passed > 0 {
        return format!("{GOOD}{name}: all {passed} checks pass{GOOD:#}\n\n{}", lesson::of(lab));
    }
    if failed == 0 {
        return begin(lab);
    }
    let failures = outcome.failures(lab);
    if let Some(why) = failures.first().filter(|first| first.told_by.is_empty()) {
        return format!("{BAD}{name} has no program to check{BAD:#}\n\n{}\n", why.story.trim_end());
    }
    let mut told = format!("{BAD}{name}: {failed} of {} checks fail{BAD:#}\n\n", passed + failed);
    if let Some(first) = failures.first() {
        told += &coloured(&first.story);
        let room = LONGEST.saturating_sub(told.lines().count() + AROUND);
        told += &others(first, failures, room.max(1));
    }
    told + &format!("\nnext:   cargo run -p progress -- hint {name}\n")
}

/// A story as the terminal has room for it, whose expectation, observation and cause stand out.
fn coloured(story: &str) -> String {
    let marks =
        [("  expected ", GOOD), ("  but ", BAD), ("likely: ", AnsiColor::Yellow.on_default())];
    let line = |line: &str| {
        let mark = marks.iter().find(|(mark, _)| line.starts_with(mark));
        match mark {
            Some((mark, style)) => format!("{style}{mark}{style:#}{}\n", &line[mark.len()..]),
            None => format!("{line}\n"),
        }
    };
    cli::fitted(story.trim_end()).lines().map(line).collect()
}

/// A lab that nobody has changed yet has nothing that could be checked.
fn begin(lab: &Lab) -> String {
    let Lab { name, chapter, .. } = lab;
    format!(
        "{name} is as handed out: its checks begin with your first change\n\n\
         read  book/src/{chapter}\nrun   cargo run -p {name}\nthen  save a change in labs/{name}/src\n"
    )
}

/// A line for each cause that the first story does not tell, at most so many.
fn others(first: &Failure, failures: &[Failure], most: usize) -> String {
    let mut mistakes: BTreeMap<&str, Vec<&Failure>> = BTreeMap::new();
    for failure in failures {
        mistakes.entry(&failure.told_by).or_default().push(failure);
    }
    let same = mistakes.remove(first.told_by.as_str()).map_or(0, |same| same.len() - 1);
    let mut told = String::from("\n");
    if same > 0 {
        told += &format!("{same} more fail{} by the same\n", if same == 1 { "s" } else { "" });
    }
    for of_one in mistakes.values().take(most) {
        let more = match of_one.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        told += &format!("also:   {}{more}\n", of_one[0].check);
    }
    if mistakes.len() > most {
        told += &format!("        and {} more causes\n", mistakes.len() - most);
    }
    told
}
