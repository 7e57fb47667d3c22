//! The server: it takes one client after another, for ever.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

/// Listens on `addr`, and serves one client after another. A failing accept does not end it.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    // TODO(lab03): the first client to leave takes the service with it. Serve the next one, for
    // ever. An accept can fail as well, for example when descriptors have run out: log that,
    // pause, and go on. Why must it pause?
    let (stream, peer) = listener.accept().with_context(|| format!("cannot accept on {addr}"))?;
    log!("connected {peer}");
    serve(stream, peer).with_context(|| format!("cannot serve {peer}"))
}

/// Answers every message of at most 1,024 bytes in upper case, until the peer has finished.
fn serve(mut stream: TcpStream, peer: SocketAddr) -> Result<()> {
    let mut buffer = [0; MAX_MESSAGE];
    loop {
        // One read is taken for one message: lab 09.
        let length = stream.read(&mut buffer).context("cannot read the message")?;
        if length == 0 {
            log!("finished {peer}");
            return Ok(());
        }
        let message = str::from_utf8(&buffer[..length]).context("the message is not UTF-8")?;
        log!("message {peer} {message:?}");
        stream.write_all(message.to_uppercase().as_bytes()).context("cannot write the reply")?;
    }
}
