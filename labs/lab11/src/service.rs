//! Given: what the service does with a message. It has a bug, as services have.

/// The reply to a message: all of it in upper case.
///
/// # Panics
///
/// Panics when the message is `panic`, on purpose: nobody knows of all the bugs in code that is
/// called.
pub fn reply(message: &str) -> String {
    assert!(message != "panic", "a bug in the service");
    message.to_uppercase()
}
