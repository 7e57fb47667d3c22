//! The server: a thread for each client, so that nobody waits for whoever is given up.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::{read_frame, write_frame};
use crate::server_patience;
use crate::timed::{Deadline, Timed};

/// How long to wait after an accept that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves all clients at once.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                thread::spawn(move || match serve(&stream, peer) {
                    Ok(()) => log!("finished {peer}"),
                    Err(error) => log!("{} {peer}: {error}", ending(&error)),
                });
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

fn serve(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    loop {
        let mut reader = Timed { stream, deadline: Deadline::after(server_patience()) };
        let Some(message) = read_frame(&mut reader, MAX_MESSAGE)? else { return Ok(()) };
        log!("message {peer} {message:?}");
        let mut writer = Timed { stream, deadline: Deadline::after(server_patience()) };
        write_frame(&mut writer, &message.to_uppercase())?;
    }
}

fn ending(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::TimedOut => "gave up",
        ErrorKind::UnexpectedEof => "cut",
        ErrorKind::InvalidData => "refused",
        _ => "vanished",
    }
}
