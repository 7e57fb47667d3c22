//! Given: the screen. On a terminal, what is half typed stays below what comes.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use unicode_width::UnicodeWidthStr;

/// What is half typed, if there is a terminal on which this program shows each key itself.
static HALF: Mutex<Option<String>> = Mutex::new(None);

/// Shows what has come as one line, with escapes for control characters: a terminal obeys those.
/// Any thread may do that. Fails when standard output cannot be written.
pub fn show(line: &str) -> Result<()> {
    let half = half();
    let Some(half) = half.as_ref() else { return cli::show(line) };
    draw(half, Some(&cli::escaped(line)), half).context("cannot write to standard output")
}

/// From now on this program shows what is typed, and not the terminal.
pub fn open() -> io::Result<()> {
    *half() = Some(String::new());
    enable_raw_mode()
}

/// Leaves the terminal as it was.
pub fn close() {
    let Some(half) = half().take() else { return };
    let left = Some(half.as_str()).filter(|half| !half.is_empty());
    let _ = disable_raw_mode().and_then(|()| draw(&half, left, ""));
}

/// Changes what is half typed.
pub fn edit(change: impl FnOnce(&mut String)) -> io::Result<()> {
    let mut half = half();
    let half = half.get_or_insert_default();
    let before = half.clone();
    change(half);
    draw(&before, None, half)
}

/// What is half typed is whole: a line, with its end.
pub fn enter() -> io::Result<String> {
    let line = std::mem::take(half().get_or_insert_default());
    draw(&line, Some(&line), "").map(|()| line + "\n")
}

/// Takes `before` off the end of the screen, and shows a line `above`, and `below` at the end.
fn draw(before: &str, above: Option<&str>, below: &str) -> io::Result<()> {
    let columns = size().map_or(0, |(columns, _)| usize::from(columns));
    let up = "\x1b[A".repeat(before.width().saturating_sub(1).checked_div(columns).unwrap_or(0));
    let above = above.map(|line| line.to_owned() + "\r\n").unwrap_or_default();
    write!(io::stdout(), "\r{up}\x1b[J{above}{below}")?;
    io::stdout().flush()
}

fn half() -> MutexGuard<'static, Option<String>> {
    HALF.lock().unwrap_or_else(PoisonError::into_inner)
}
