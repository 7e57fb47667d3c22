//! The server: it takes one client after another, for ever.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

/// How long to wait after an accept that failed: what has run out may come back meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves one client after another. A failing accept does not end it.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                serve(stream, peer).with_context(|| format!("cannot serve {peer}"))?;
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
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
