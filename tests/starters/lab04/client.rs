//! The client: it sends every message that says something, and shows each reply.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use cli::{Console, MAX_REPLY};

/// Sends every message but the empty ones to the server at `addr`, and shows each reply before
/// the next is sent.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        // TODO(lab04): after an empty line this waits for a reply that never comes. Send no empty
        // message, tell the person with `console.note`, and go on. Why does the server not answer?
        stream.write_all(message.as_bytes()).with_context(|| format!("cannot send to {addr}"))?;
        let reply = receive(&mut stream).with_context(|| format!("no reply from {addr}"))?;
        console.reply(&reply)?;
    }
    Ok(())
}

/// Waits for the reply: what one read brings, at most 3,072 bytes of UTF-8.
fn receive(stream: &mut TcpStream) -> Result<String> {
    let mut buffer = [0; MAX_REPLY];
    // One read is taken for one message: lab 09.
    let length = stream.read(&mut buffer)?;
    ensure!(length > 0, "the server closed the connection");
    Ok(str::from_utf8(&buffer[..length])?.to_owned())
}
