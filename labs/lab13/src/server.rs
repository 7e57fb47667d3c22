//! Given: the server. It talks to many clients at the same time, and speaks when it likes.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::log;

use crate::talk;

/// How long to wait after an accept that failed: what is missing may come back meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and talks to each client in a thread of its own.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        let start = |(stream, peer)| thread::Builder::new().spawn(move || converse(&stream, peer));
        if let Err(error) = listener.accept().and_then(start) {
            log!("cannot serve on {addr}: {error}");
            thread::sleep(PAUSE);
        }
    }
}

/// Hears a client and speaks to it, at the same time. Logs when that begins and how it ends.
fn converse(stream: &TcpStream, peer: SocketAddr) {
    log!("connected {peer}");
    // Whoever does not read is not heard any further either.
    let (replies, to_say) = sync_channel(1);
    thread::scope(|scope| {
        let speaks = move || talk::speak(stream, peer, &to_say);
        let begun = talk::greet(stream, peer)
            .and_then(|()| thread::Builder::new().spawn_scoped(scope, speaks));
        match begun.and_then(|_| talk::hear(stream, peer, &replies)) {
            Ok(()) => log!("finished {peer}"),
            Err(error) => log!("{} {peer}: {error}", ending(&error)),
        }
        // What is left is said, and then the thread that speaks ends.
        drop(replies);
    });
}

/// The log's word for a conversation that failed.
fn ending(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::UnexpectedEof => "cut",
        ErrorKind::InvalidData => "refused",
        _ => "vanished",
    }
}
