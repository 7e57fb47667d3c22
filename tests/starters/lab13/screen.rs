//! Given: the screen. On a terminal, what is half typed stays below what comes.

use std::io;

use anyhow::{Context, Result};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::half;

/// Shows what has come as one line, with escapes for control characters: a terminal obeys those.
/// Any thread may do that. Fails when standard output cannot be written.
pub fn show(line: &str) -> Result<()> {
    let half = half::lock();
    let Some(half) = half.as_ref() else { return cli::show(line) };
    half::draw(half, Some(&cli::escaped(line)), half).context("cannot write to standard output")
}

/// From now on this program shows what is typed, and not the terminal.
pub fn open() -> io::Result<()> {
    *half::lock() = Some(String::new());
    enable_raw_mode()
}

/// Leaves the terminal as it was.
pub fn close() {
    let Some(half) = half::lock().take() else { return };
    let left = Some(half.as_str()).filter(|half| !half.is_empty());
    let _ = disable_raw_mode().and_then(|()| half::draw(&half, left, ""));
}
