//! The server: it serves many clients at the same time, and does not know how to end.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::crowd::{Crowd, Place};
use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience, service};

/// How long to wait when something has run out: it may come back meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves at most `most()` clients at the same time, until Ctrl-C. Then
/// nobody new is served, and it ends when each message in the log has its reply.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    let own = listener.local_addr()?;
    let crowd = Crowd::new(most());
    log!("listening on {own}");

    // TODO(lab12): Ctrl-C ends this process wherever it is, in the middle of an answer too. Let it
    // close the crowd instead (`at_ctrl_c` of interrupt.rs). This loop then has to end, although
    // it waits in `accept`, and nothing in std ends that. What does, that anybody can do?
    while let Some(place) = crowd.enter() {
        let started = listener.accept().and_then(|(stream, peer)| start(stream, peer, place));
        if let Err(error) = started {
            log!("cannot serve on {addr}: {error}");
            thread::sleep(PAUSE);
        }
    }
    crowd.wait_until_empty();
    log!("stopped {own}");
    Ok(())
}

/// Starts the thread of a client, if the service has not ended meanwhile. The client's place is
/// given back when the thread ends, or does not start.
fn start(stream: TcpStream, peer: SocketAddr, mut place: Place) -> io::Result<()> {
    let stream = Arc::new(stream);
    if !place.seat(&stream) {
        return Ok(());
    }
    let thread = thread::Builder::new().spawn(move || {
        let _place = place;
        converse(&stream, peer);
    });
    thread.map(drop)
}

/// Talks to a client, and logs when that begins and how it ends.
fn converse(stream: &TcpStream, peer: SocketAddr) {
    log!("connected {peer}");
    match serve(stream, peer) {
        // TODO(lab12): whom the end of the service has sent home is `stopped`. It reads the end of
        // the stream like one that has `finished`: who knows the difference? And a client that
        // always has another message: what ends its conversation?
        Ok(()) => log!("finished {peer}"),
        Err(error) => log!("{} {peer}: {error}", ending(&error)),
    }
}

/// Answers every message of at most 1,024 bytes, until the peer has finished or the crowd is
/// closed. Fails with `TimedOut` when it takes too long over a message, or to take a reply.
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
