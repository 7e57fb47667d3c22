//! The client: it sends one message and shows the reply.

use std::io::Read;
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use cli::{Console, MAX_REPLY};

/// Sends one message to the server at `addr`, and shows its reply.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let mut console = Console::new();
    let Some(message) = console.message()? else { return Ok(()) };

    // TODO(lab01): the message stays here. Send it before you wait for the reply. Which call
    // sends all of it, however long it is?
    console.note(&format!("keeping {message:?} to myself"));
    let reply = receive(&mut stream).with_context(|| format!("no reply from {addr}"))?;
    console.reply(&reply)
}

/// Waits for the reply: what one read brings, at most 3,072 bytes of UTF-8.
fn receive(stream: &mut TcpStream) -> Result<String> {
    let mut buffer = [0; MAX_REPLY];
    // One read is taken for one message: lab 09.
    let length = stream.read(&mut buffer)?;
    ensure!(length > 0, "the server closed the connection");
    Ok(str::from_utf8(&buffer[..length])?.to_owned())
}
