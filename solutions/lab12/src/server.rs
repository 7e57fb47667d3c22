//! The server: it serves many clients at the same time, until it is told to end.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::crowd::{Crowd, Place};
use crate::frame::{read_frame, write_frame};
use crate::interrupt::at_ctrl_c;
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
    close_at_ctrl_c(Arc::clone(&crowd), own)?;
    log!("listening on {own}");

    while let Some(place) = crowd.enter() {
        let started = listener.accept().and_then(|(stream, peer)| start(stream, peer, place));
        if let Err(error) = started {
            log!("cannot serve on {addr}: {error}");
            thread::sleep(PAUSE);
        }
    }
    // Whoever is in the queue learns of the end now, and not after the last conversation.
    drop(listener);
    crowd.wait_until_empty();
    log!("stopped {own}");
    Ok(())
}

/// Has Ctrl-C close the crowd, and end the `accept` of the server at `own`.
fn close_at_ctrl_c(crowd: Arc<Crowd>, own: SocketAddr) -> Result<()> {
    at_ctrl_c(move || {
        crowd.close();
        // Nothing ends an `accept` that waits but a client. Where the queue is full, none waits.
        let _ = TcpStream::connect(own);
    })
}

/// Starts the thread of a client, if the service has not ended meanwhile. The client's place is
/// given back when the thread ends, or does not start.
fn start(stream: TcpStream, peer: SocketAddr, mut place: Place) -> io::Result<()> {
    let stream = Arc::new(stream);
    if !place.seat(&stream) {
        return Ok(());
    }
    let thread = thread::Builder::new().spawn(move || converse(&stream, peer, &place));
    thread.map(drop)
}

/// Talks to a client, and logs when that begins and how it ends.
fn converse(stream: &TcpStream, peer: SocketAddr, place: &Place) {
    log!("connected {peer}");
    match serve(stream, peer, place) {
        // The end of the stream that it was sent home with looks like its own.
        Ok(()) if place.crowd.is_closed() => log!("stopped {peer}"),
        Ok(()) => log!("finished {peer}"),
        Err(error) => log!("{} {peer}: {error}", ending(&error)),
    }
}

/// Answers every message of at most 1,024 bytes, until the peer has finished or the crowd is
/// closed. Fails with `TimedOut` when it takes too long over a message, or to take a reply.
fn serve(stream: &TcpStream, peer: SocketAddr, place: &Place) -> io::Result<()> {
    // Each frame has a deadline of its own, whoever waits for it.
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while !place.crowd.is_closed()
        && let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)?
    {
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
