//! The board: every lab of this copy, and what to do next.
//!
//! It keeps nothing. What it shows is what the checks say now.

mod progress;
mod run;
mod table;

use std::io::{ErrorKind, Write};

use anyhow::Result;

/// Runs the checks of every lab that somebody has begun, and shows the board.
pub fn show() -> Result<()> {
    let workspace = harness::workspace();
    let printed = run::with_spinner(|| run::checks(&workspace))?;
    let board = table::render(&progress::read(&workspace, &printed));
    // Colours are for a terminal only, and not where NO_COLOR is set.
    match anstream::stdout().write_all(board.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
