//! The client: what is typed is sent, and what comes is shown, and neither waits for the other.

use std::io::{self, BufReader, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use cli::{Console, MAX_REPLY};

use crate::lines::{read_line, write_line};
use crate::{keyboard, screen};

/// What has become of the last line that was typed. It is locked while that is sent.
type Sent = Mutex<io::Result<()>>;

/// Sends every line that is typed to the server at `addr`, and shows every line of the server:
/// each when it comes. Ends when the server does, and not before.
pub fn run(addr: &str) -> Result<()> {
    let stream = TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let coming = stream.try_clone()?;
    let typed = keyboard::open()?;
    let sent = Arc::new(Sent::new(Ok(())));
    let theirs = Arc::clone(&sent);
    // Nobody joins this thread: its wait for the keyboard ends at the next Enter at the earliest.
    thread::Builder::new().spawn(move || send(typed, stream, &theirs))?;

    // The network has the main thread, so the program ends with the server.
    show(&coming, addr)?;
    // A reset is told once. When a write has been told, a read finds the end of the stream.
    let _ = coming.shutdown(Shutdown::Both);
    match &*lock(&sent) {
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {
            bail!("cannot send to {addr}: {error}")
        }
        _ => Ok(()),
    }
}

/// Shows every line that comes, until the server has finished.
fn show(stream: &TcpStream, addr: &str) -> Result<()> {
    let mut lines = BufReader::new(stream);
    let mut next = || read_line(&mut lines, MAX_REPLY);
    while let Some(line) = next().with_context(|| format!("cannot receive from {addr}"))? {
        screen::show(&line)?;
    }
    Ok(())
}

/// Sends every line that is typed, and then the end of the stream: the server may still speak.
fn send(mut typed: Console, mut stream: TcpStream, sent: &Sent) {
    while let Some(line) = next_line(&mut typed) {
        let mut sent = lock(sent);
        *sent = write_line(&mut stream, &line);
        if sent.is_err() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
}

/// The next line that is typed. A keyboard that cannot be read has none.
fn next_line(typed: &mut Console) -> Option<String> {
    typed.message().unwrap_or_else(|error| {
        typed.note(&format!("{error:#}"));
        None
    })
}

fn lock(sent: &Sent) -> MutexGuard<'_, io::Result<()>> {
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}
