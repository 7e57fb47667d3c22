//! The server: it connects before it starts a thread, and catches what the service throws.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::crowd::Crowd;
use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience, service};

/// How long to wait when something has run out.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves clients at the same time. A client without a thread has vanished.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    let crowd = Crowd::new(most());
    loop {
        let place = crowd.enter();
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                let started = thread::Builder::new().spawn(move || {
                    let caught = catch_unwind(AssertUnwindSafe(|| serve(&stream, peer)));
                    let result = caught.unwrap_or_else(|_| Err(io::Error::other("a panic")));
                    log!("{} {peer}", ending(&result));
                    drop(place);
                });
                if let Err(error) = started {
                    log!("vanished {peer}: {error}");
                    eprintln!("no thread for {peer}: {error}");
                    thread::sleep(PAUSE);
                }
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
        let reply = service::reply(&message);
        let mut writer = Timed { stream, deadline: Deadline::after(server_patience()) };
        write_frame(&mut writer, &reply)?;
    }
}

fn ending(result: &io::Result<()>) -> &'static str {
    match result.as_ref().map_err(io::Error::kind) {
        Ok(()) => "finished",
        Err(ErrorKind::TimedOut) => "gave up",
        Err(ErrorKind::UnexpectedEof) => "cut",
        Err(ErrorKind::InvalidData) => "refused",
        Err(_) => "vanished",
    }
}
