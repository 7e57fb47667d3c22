//! The server: it takes one client after another, for ever, however long each of them takes.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::{read_frame, write_frame};

/// How long to wait after an accept that failed: what has run out may come back meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves one client after another. Neither a failing accept nor a
/// failing conversation ends it.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                match serve(&stream, peer) {
                    Ok(()) => log!("finished {peer}"),
                    Err(error) => log!("{} {peer}: {error}", ending(&error)),
                }
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Answers every message of at most 1,024 bytes in upper case, until the peer has finished.
/// Fails with `TimedOut` when it takes too long over a message, or to take a reply.
fn serve(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    // TODO(lab10): whoever is silent here holds everybody else. Read and write through `Timed`,
    // with a deadline for each message and another for its reply, after `server_patience()`, and
    // log `gave up PEER` when one has passed. Who may still hold the server if a deadline is for
    // one read?
    let mut stream = stream;
    while let Some(message) = read_frame(&mut stream, MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        write_frame(&mut stream, &message.to_uppercase())?;
    }
    Ok(())
}

/// The log's word for a conversation that failed.
fn ending(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::UnexpectedEof => "cut",
        ErrorKind::InvalidData => "refused",
        _ => "vanished",
    }
}
