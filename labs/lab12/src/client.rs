//! Given: the client. It opens a connection for each message, and waits for nobody for ever.

use anyhow::{Context, Result};
use cli::{Console, MAX_REPLY};

use crate::client_patience;
use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed, connect};

/// Sends every message to the server at `addr`, empty ones too, and shows each reply before the
/// next is sent.
pub fn run(addr: &str) -> Result<()> {
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        console.reply(&ask(addr, &message)?)?;
    }
    Ok(())
}

/// Connects, sends a message and waits for its reply, of at most 3,072 bytes: all of that until one
/// deadline.
fn ask(addr: &str, message: &str) -> Result<String> {
    let deadline = Deadline::after(client_patience());
    let stream = connect(addr, deadline).with_context(|| format!("cannot connect to {addr}"))?;
    let mut timed = Timed { stream: &stream, deadline };
    write_frame(&mut timed, message).with_context(|| format!("cannot send to {addr}"))?;
    let reply =
        read_frame(&mut timed, MAX_REPLY).with_context(|| format!("no reply from {addr}"))?;
    reply.with_context(|| format!("no reply from {addr}: the server closed the connection"))
}
