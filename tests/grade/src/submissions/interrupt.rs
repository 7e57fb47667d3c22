//! Ctrl-C: what is finished stays, the rest is given up in order.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Takes Ctrl-C, and the request to terminate, as a wish to end.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| ASKED.store(true, Ordering::SeqCst)).context("cannot listen for Ctrl-C")
}

pub fn is_asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Fails if the grader was asked to end.
pub fn check() -> Result<()> {
    if is_asked() {
        bail!("interrupted");
    }
    Ok(())
}
