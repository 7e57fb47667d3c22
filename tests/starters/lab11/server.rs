//! The server: it serves many clients at the same time, if none of them stays.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::crowd::Crowd;
use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience, service};

/// How long to wait when something has run out: it may come back meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves at most `most()` clients at the same time. Whoever comes when
/// all places are taken waits in the queue of the socket. Nothing that fails ends it.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    let crowd = Crowd::new(most());
    loop {
        // TODO(lab11): whoever stays here has the server for himself. Serve each client in a
        // thread of its own, which has the client's place for as long as it runs. When must the
        // place be taken, so that whoever finds none waits in the queue? And what is left to do
        // if no thread can be started?
        let _place = crowd.enter();
        match listener.accept() {
            Ok((stream, peer)) => converse(&stream, peer),
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Talks to a client, and logs when that begins and how it ends.
fn converse(stream: &TcpStream, peer: SocketAddr) {
    log!("connected {peer}");
    match serve(stream, peer) {
        Ok(()) => log!("finished {peer}"),
        Err(error) => log!("{} {peer}: {error}", ending(&error)),
    }
}

/// Answers every message of at most 1,024 bytes, until the peer has finished. Fails with
/// `TimedOut` when it takes too long over a message, or to take a reply.
fn serve(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    // Each frame has a deadline of its own, whoever waits for it.
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        let reply = service::reply(&message);
        write_frame(&mut timed(), &reply)?;
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
