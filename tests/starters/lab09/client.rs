//! Given: the client. It sends every message as a frame, and shows each reply.

use std::net::TcpStream;

use anyhow::{Context, Result};
use cli::{Console, MAX_REPLY};

use crate::frame::{read_frame, write_frame};

/// Sends every message to the server at `addr`, empty ones too, and shows each reply before the
/// next is sent.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        write_frame(&mut stream, &message).with_context(|| format!("cannot send to {addr}"))?;
        let reply = receive(&mut stream).with_context(|| format!("no reply from {addr}"))?;
        console.reply(&reply)?;
    }
    Ok(())
}

/// Waits for the reply, of at most 3,072 bytes. Fails when the stream ends instead.
fn receive(stream: &mut TcpStream) -> Result<String> {
    read_frame(stream, MAX_REPLY)?.context("the server closed the connection")
}
