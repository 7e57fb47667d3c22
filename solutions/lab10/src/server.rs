//! The server: it takes one client after another, for ever, and waits for none of them for ever.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::{read_frame, write_frame};
use crate::server_patience;
use crate::timed::{Deadline, Timed};

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
    // Each frame has a deadline of its own, whoever waits for it.
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        write_frame(&mut timed(), &message.to_uppercase())?;
    }
    Ok(())
}

/// The log's word for a conversation that failed.
fn ending(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::TimedOut => "gave up",
        ErrorKind::UnexpectedEof => "cut",
        ErrorKind::InvalidData => "refused",
        _ => "vanished",
    }
}
