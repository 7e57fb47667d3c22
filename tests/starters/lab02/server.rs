//! The server: it talks to one client until that client has finished.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

/// Listens on `addr`, serves one client, and returns.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    let (stream, peer) = listener.accept().with_context(|| format!("cannot accept on {addr}"))?;
    log!("connected {peer}");
    serve(stream, peer).with_context(|| format!("cannot serve {peer}"))
}

/// Answers every message of at most 1,024 bytes in upper case, until the peer has finished.
fn serve(mut stream: TcpStream, peer: SocketAddr) -> Result<()> {
    let mut buffer = [0; MAX_MESSAGE];
    loop {
        // TODO(lab02): when the client has left, this loop goes on without it, as fast as it can.
        // End the conversation, and log `finished PEER`. What does `read` return from then on?
        // One read is taken for one message: lab 09.
        let length = stream.read(&mut buffer).context("cannot read the message")?;
        let message = str::from_utf8(&buffer[..length]).context("the message is not UTF-8")?;
        log!("message {peer} {message:?}");
        stream.write_all(message.to_uppercase().as_bytes()).context("cannot write the reply")?;
    }
}
