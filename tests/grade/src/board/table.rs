//! The board as text. Its styles are left out where nobody wants them.

use anstyle::{AnsiColor, Style};

use super::progress::{Progress, Row};
use crate::text::{COLUMNS, padded};

/// The widths of the columns: lab, bar, state. The law has what is left, with gaps of two.
const LAB: usize = 5;
const BAR: usize = 10;
const STATE: usize = 16;
const LAW: usize = COLUMNS - LAB - 2 - 2 - BAR - 1 - STATE;

/// The table, what this machine lacks, and what to do next.
pub fn render(rows: &[Row]) -> String {
    let bold = Style::new().bold();
    let header = format!("{:LAB$}  {:LAW$}  progress", "lab", "law");
    let mut board = format!("{bold}{header}{bold:#}\n");
    for row in rows {
        board += &line(row);
    }
    board.push('\n');
    for row in rows.iter().filter(|row| row.lacks) {
        board += &format!("{}: some checks cannot run on this machine\n", row.lab.name);
    }
    board + &format!("{}\n", next(rows))
}

fn line(row: &Row) -> String {
    let style = style(&row.progress);
    let state = format!("{:BAR$} {}", bar(&row.progress), state(&row.progress));
    let law = padded(row.lab.law, LAW);
    format!("{:LAB$}  {law}  {style}{}{style:#}\n", row.lab.name, state.trim_end())
}

fn state(progress: &Progress) -> String {
    match progress {
        Progress::NotStarted => "not started".to_owned(),
        Progress::DoesNotCompile => "does not compile".to_owned(),
        done if done.is_done() => "done".to_owned(),
        Progress::Checked { passed, total } => format!("{passed} of {total} checks"),
    }
}

/// How much is done. It is full only when all is.
fn bar(progress: &Progress) -> String {
    let Progress::Checked { passed, total } = progress else { return String::new() };
    let filled = (BAR * passed).checked_div(*total).unwrap_or(0);
    "#".repeat(filled) + &"-".repeat(BAR - filled)
}

fn style(progress: &Progress) -> Style {
    let colour = |colour: AnsiColor| colour.on_default();
    match progress {
        Progress::NotStarted => Style::new().dimmed(),
        Progress::DoesNotCompile => colour(AnsiColor::Red),
        done if done.is_done() => colour(AnsiColor::Green),
        Progress::Checked { .. } => colour(AnsiColor::Yellow),
    }
}

fn next(rows: &[Row]) -> String {
    match rows.iter().find(|row| !row.progress.is_done()) {
        None => "Every lab is done.".to_owned(),
        Some(Row { lab, .. }) => {
            format!("next: {0}: read book/src/{1}, then: cargo test {0}", lab.name, lab.chapter)
        }
    }
}
