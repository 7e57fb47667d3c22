//! The client: what is typed is sent, and what comes is shown, and neither waits for the other.

use std::io::BufReader;
use std::net::{Shutdown, TcpStream};
use std::thread;

use anyhow::{Context, Result};
use cli::{Console, MAX_REPLY};

use crate::lines::{read_line, write_line};
use crate::{keyboard, screen};

/// Sends every line that is typed to the server at `addr`, and shows every line of the server:
/// each when it comes. Ends when the server does, and not before.
pub fn run(addr: &str) -> Result<()> {
    let stream = TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let coming = stream.try_clone()?;
    let typed = keyboard::open()?;
    let sending = thread::Builder::new().spawn(move || send(typed, stream))?;

    // The network has the main thread, so the program ends with the server.
    show(&coming, addr)?;
    // A wait for the keyboard ends with the next Enter at the earliest, so nobody waits for that.
    if sending.is_finished()
        && let Ok(sent) = sending.join()
    {
        sent?;
    }
    Ok(())
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
fn send(mut typed: Console, mut stream: TcpStream) -> Result<()> {
    let sent = loop {
        match typed.message() {
            Ok(Some(line)) if write_line(&mut stream, &line).is_ok() => {}
            // The input has ended. Or the server has gone: why, the other thread finds out.
            Ok(_) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let _ = stream.shutdown(Shutdown::Write);
    sent
}
