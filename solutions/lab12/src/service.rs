//! Given: what the service does with a message. It takes its time, and has a bug, as services do.

use std::thread;
use std::time::Duration;

/// The reply to a message: all of it in upper case, after 300 ms, or `WORK`.
///
/// # Panics
///
/// Panics when the message is `panic`, on purpose: nobody knows of all the bugs in code that is
/// called.
pub fn reply(message: &str) -> String {
    assert!(message != "panic", "a bug in the service");
    thread::sleep(Duration::from_millis(cli::number("WORK", 300)));
    message.to_uppercase()
}
