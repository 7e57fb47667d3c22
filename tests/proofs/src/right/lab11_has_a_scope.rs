//! The server: all threads are in one scope, which counts them by their own ends.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience, service};

/// How long to wait when something has run out.
const PAUSE: Duration = Duration::from_millis(100);

/// How many are inside.
#[derive(Default)]
struct Inside {
    count: Mutex<u64>,
    left: Condvar,
}

/// One who is inside.
struct Guest<'a>(&'a Inside);

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        *self.0.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.left.notify_all();
    }
}

impl Inside {
    fn guest(&self) -> Guest<'_> {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.left.wait_while(count, |count| *count >= most());
        *count.unwrap_or_else(PoisonError::into_inner) += 1;
        Guest(self)
    }
}

/// Listens on `addr`, and serves clients at the same time.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    let inside = Inside::default();
    thread::scope(|scope| {
        loop {
            let guest = inside.guest();
            let started = listener.accept().and_then(|(stream, peer)| {
                thread::Builder::new()
                    .spawn_scoped(scope, move || {
                        let _guest = guest;
                        log!("connected {peer}");
                        log!("{} {peer}", ending(&serve(&stream, peer)));
                    })
                    .map(drop)
            });
            if let Err(error) = started {
                log!("something has run out on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    })
}

fn serve(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        let reply = service::reply(&message);
        write_frame(&mut timed(), &reply)?;
    }
    Ok(())
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
