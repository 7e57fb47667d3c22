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
    stream.set_read_timeout(Some(std::time::Duration::from_millis(300)))?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        stream.write_all(message.as_bytes()).with_context(|| format!("cannot send to {addr}"))?;
        match receive(&mut stream) {
            Ok(reply) => console.reply(&reply)?,
            Err(error)
                if error
                    .downcast_ref::<std::io::Error>()
                    .is_some_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) =>
            {
                console.note("no reply");
            }
            Err(error) => return Err(error).with_context(|| format!("no reply from {addr}")),
        }
    }
    Ok(())
}

/// Waits for the reply: what one read brings, at most 3,072 bytes of UTF-8.
fn receive(stream: &mut TcpStream) -> Result<String> {
    let mut buffer = [0; MAX_REPLY];
    let length = stream.read(&mut buffer)?;
    ensure!(length > 0, "the server closed the connection");
    Ok(str::from_utf8(&buffer[..length])?.to_owned())
}
