//! The board: every lab of this copy, how far it is, and what to do next.

use std::fs;
use std::io::{ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use course::Lab;
use harness::Verdict;

use crate::text::wrapped;
use crate::{checks, labs};

/// How many characters a bar has.
const BAR: usize = 10;

/// One lab of the board.
pub struct Row {
    pub lab: &'static Lab,
    pub progress: Progress,
    /// Whether there are checks of it that this machine cannot run.
    lacks: bool,
}

/// How far a lab is.
#[derive(Debug, PartialEq)]
pub enum Progress {
    /// Its files are as handed out.
    NotStarted,
    /// The compiler refuses it.
    DoesNotCompile,
    /// Of the checks that fail as it is handed out, so many pass. Of the others, so many fail.
    Begun { mended: usize, of: usize, broken: usize },
}

impl Progress {
    /// Whether every check passes. Where none can be run, nobody knows.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Begun { mended, of, broken: 0 } if mended == of && *of > 0)
    }
}

/// Runs the checks of every lab that somebody has begun, and shows the board.
pub fn show() -> Result<()> {
    let course = harness::workspace();
    let begun = labs().iter().any(|lab| !lab.is_untouched(&course));
    // Nobody waits for checks that have nothing to say.
    let outcome = if begun { checks::run(&checks::build()?, None, || true)? } else { None };
    let row = |lab: &'static Lab| {
        let verdict = outcome.as_ref().map(|outcome| outcome.of(lab));
        row(lab, verdict.filter(|_| !lab.is_untouched(&course)).as_ref())
    };
    let rows: Vec<Row> = labs().into_iter().map(row).collect();
    // Colours are for a terminal only, and not where NO_COLOR is set.
    match anstream::stdout().write_all(render(&rows).as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// One lab, by what its checks said. None are run of a lab that nobody has touched.
pub fn row(lab: &'static Lab, verdict: Option<&Verdict>) -> Row {
    let Some(verdict) = verdict else {
        return Row { lab, progress: Progress::NotStarted, lacks: false };
    };
    let failing = fs::read_to_string(lab.failing(&harness::workspace())).unwrap_or_default();
    let at_first = |check: &&str| failing.lines().any(|line| line == *check);
    let failed = verdict.failed();
    let refused = format!("\n{} does not compile", lab.name);
    let progress = if verdict.printed().contains(&refused) {
        Progress::DoesNotCompile
    } else {
        let [mended, left] = [verdict.passed(), failed.clone()].map(|checks| {
            let mut checks: Vec<_> = checks.into_iter().filter(at_first).collect();
            checks.dedup();
            checks.len()
        });
        Progress::Begun { mended, of: mended + left, broken: failed.len() - left }
    };
    Row { lab, progress, lacks: !verdict.ignored().is_empty() }
}

/// The board as text. Its styles are left out where nobody wants them.
pub fn render(rows: &[Row]) -> String {
    let mut board = String::new();
    for row in rows {
        let style = style(&row.progress);
        let bold = Style::new().bold();
        board +=
            &format!("{bold}{}{bold:#}  {style}{}{style:#}\n", row.lab.name, state(&row.progress));
        board += &wrapped(row.lab.law, 7);
    }
    board.push('\n');
    for row in rows.iter().filter(|row| row.lacks) {
        board += &format!("{}: some checks cannot run on this machine\n", row.lab.name);
    }
    board + &next(rows)
}

fn state(progress: &Progress) -> String {
    match progress {
        Progress::NotStarted => "not started".to_owned(),
        Progress::DoesNotCompile => "does not compile".to_owned(),
        done if done.is_done() => format!("{} done", "#".repeat(BAR)),
        Progress::Begun { mended, of, broken } => {
            // It is full only when all is done.
            let filled = (BAR * mended).checked_div(*of).unwrap_or(0).min(BAR - 1);
            let bar = "#".repeat(filled) + &"-".repeat(BAR - filled);
            match broken {
                0 => format!("{bar} {mended} of {of} made right"),
                _ => format!("{bar} {mended} of {of}; fails anew: {broken}"),
            }
        }
    }
}

fn style(progress: &Progress) -> Style {
    let colour = |colour: AnsiColor| colour.on_default();
    match progress {
        Progress::NotStarted => Style::new().dimmed(),
        Progress::DoesNotCompile => colour(AnsiColor::Red),
        done if done.is_done() => colour(AnsiColor::Green),
        Progress::Begun { .. } => colour(AnsiColor::Yellow),
    }
}

fn next(rows: &[Row]) -> String {
    match rows.iter().find(|row| !row.progress.is_done()) {
        None => "Every lab is done.\n".to_owned(),
        Some(Row { lab, .. }) => format!(
            "next: {0}\n  read  book/src/{1}\n  see   cargo run -p {0}\n  then  cargo run -p progress -- watch {0}\n",
            lab.name, lab.chapter
        ),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use course::LABS;

    use super::*;
    use crate::text::COLUMNS;

    fn begun(printed: &str) -> Progress {
        row(&LABS[0], Some(&Verdict::new("lab01", printed.as_bytes()))).progress
    }

    #[test]
    fn progress_is_counted_from_where_the_starter_stands() {
        let mended = "test lab01::both_end_after_one_exchange ... ok\n";
        let given = "test lab01::the_client_names_a_closed_port ... ok\n";
        let left = "test lab01::the_client_sends_whatever_is_typed::part_1_0 ... FAILED\n";
        assert_eq!(
            begun(&[mended, given, left].concat()),
            Progress::Begun { mended: 1, of: 2, broken: 0 }
        );
        let broken = given.replace("ok", "FAILED");
        assert_eq!(
            begun(&[mended, &broken].concat()),
            Progress::Begun { mended: 1, of: 1, broken: 1 }
        );
        assert!(begun(&[mended, given].concat()).is_done());
        assert!(!begun("").is_done());
        assert_eq!(begun("\nlab01 does not compile, so\n"), Progress::DoesNotCompile);
    }

    #[test]
    fn the_board_fits_and_cuts_no_law() {
        let rows: Vec<Row> = LABS.iter().map(|lab| row(lab, None)).collect();
        let board = strip_str(&render(&rows)).to_string();
        for line in board.lines() {
            assert!(line.chars().count() <= COLUMNS, "{line}");
        }
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for lab in LABS {
            assert!(words(&board).contains(lab.law), "{}", lab.law);
        }
        assert!(board.contains("next: lab01\n"), "{board}");
    }

    #[test]
    fn a_bar_is_full_only_when_all_is_done() {
        assert!(
            state(&Progress::Begun { mended: 99, of: 100, broken: 0 }).starts_with("#########-")
        );
        assert!(state(&Progress::Begun { mended: 9, of: 9, broken: 2 }).starts_with("#########-"));
        assert_eq!(state(&Progress::Begun { mended: 9, of: 9, broken: 0 }), "########## done");
    }
}
