//! The server: it takes one client after another, for ever, however they leave.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Error, Result};
use cli::{MAX_MESSAGE, log};

/// How long to wait after an accept that failed: what is missing may come back meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves one client after another. Neither a failing accept nor a failing
/// conversation ends it.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                if let Err(error) = serve(stream, peer) {
                    log!("{} {peer}: {error:#}", name_of(&error));
                }
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

/// What the log calls the end of a conversation that failed.
fn name_of(error: &Error) -> &'static str {
    if error.is::<io::Error>() { "vanished" } else { "refused" }
}

/// Answers every message of at most 1,024 bytes in upper case, until the peer has finished. Fails
/// when the peer has vanished, or sends what is not UTF-8.
fn serve(mut stream: TcpStream, peer: SocketAddr) -> Result<()> {
    let mut buffer = [0; MAX_MESSAGE];
    loop {
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
