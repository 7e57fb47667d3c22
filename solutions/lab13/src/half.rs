//! Given: what is half typed on a terminal, and stays below everything else.

use std::io::{self, Write};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::terminal::size;
use unicode_width::UnicodeWidthStr;

/// What is half typed, if there is a terminal on which this program shows each key itself.
static HALF: Mutex<Option<String>> = Mutex::new(None);

/// What is half typed, for whoever has it alone.
pub fn lock() -> MutexGuard<'static, Option<String>> {
    HALF.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn is_empty() -> bool {
    lock().as_ref().is_none_or(String::is_empty)
}

/// Changes what is half typed.
pub fn edit(change: impl FnOnce(&mut String)) -> io::Result<()> {
    let mut half = lock();
    let half = half.get_or_insert_default();
    let before = half.clone();
    change(half);
    draw(&before, None, half)
}

/// What is half typed is whole: a line, with its end.
pub fn enter() -> io::Result<String> {
    let line = mem::take(lock().get_or_insert_default());
    draw(&line, Some(&line), "").map(|()| line + "\n")
}

/// Takes `before` off the end of the screen, and shows a line `above`, and `below` at the end.
pub fn draw(before: &str, above: Option<&str>, below: &str) -> io::Result<()> {
    let columns = size().map_or(0, |(columns, _)| usize::from(columns));
    let up = before.width().saturating_sub(1).checked_div(columns).unwrap_or(0);
    let up = "\x1b[A".repeat(up);
    let above = above.map(|line| line.to_owned() + "\r\n").unwrap_or_default();
    write!(io::stdout(), "\r{up}\x1b[J{above}{below}")?;
    io::stdout().flush()
}
