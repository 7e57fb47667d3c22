//! Given: what happens at Ctrl-C.

use std::sync::Arc;

use anyhow::{Context, Result};

/// From now on Ctrl-C does not end this process. It does `action`, once for each time that it is
/// pressed, in another thread, and everything else goes on meanwhile.
///
/// The same holds for SIGTERM, with which a Unix system ends its services, and for the closing of
/// the terminal. Fails when there is an action already.
#[allow(dead_code, reason = "a service that does not know how to end has no use for it")]
pub fn at_ctrl_c(action: impl Fn() + Send + Sync + 'static) -> Result<()> {
    let action = Arc::new(action);
    let typed = Arc::clone(&action);
    // In the demo nobody presses a key: the program that plays it says that somebody did.
    cli::supervised::at_interrupt(move || typed());
    ctrlc::set_handler(move || action()).context("cannot wait for Ctrl-C")
}
