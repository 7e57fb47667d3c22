//! The client: the main thread has the keyboard, and the one of the network ends the process.

use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, process, thread};

use anyhow::{Context, Result, ensure};
use cli::MAX_REPLY;

use crate::lines::{read_line, write_line};
use crate::{keyboard, screen};

/// Whether the input has ended.
static OVER: AtomicBool = AtomicBool::new(false);

/// Talks to the server at `addr`, until that has finished.
pub fn run(addr: &str) -> Result<()> {
    let stream = TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let stream = Arc::new(stream);
    let mut typed = keyboard::open()?;
    let coming = Arc::clone(&stream);
    let server = addr.to_owned();
    let showing = thread::spawn(move || {
        let shown = show(&coming);
        screen::close();
        if let Err(error) = &shown {
            eprintln!("error: {error:#} ({server})");
        }
        process::exit(i32::from(shown.is_err()))
    });
    while let Some(line) = typed.message()? {
        // Why it cannot be sent, the other thread finds out.
        let _ = write_line(&mut &*stream, &line);
    }
    OVER.store(true, Ordering::SeqCst);
    let _ = stream.shutdown(Shutdown::Write);
    showing.join().map_or(Ok(()), |never: ()| Ok(never))
}

fn show(stream: &TcpStream) -> Result<()> {
    let mut lines = io::BufReader::with_capacity(100, stream);
    while let Some(line) = read_line(&mut lines, MAX_REPLY).context("the connection broke")? {
        screen::show(&line)?;
    }
    is_an_end(stream)
}

/// Of a connection that was reset nothing is left, and of one whose peer has finished a half.
fn is_an_end(stream: &TcpStream) -> Result<()> {
    let is_over = OVER.load(Ordering::SeqCst);
    ensure!(is_over || stream.peer_addr().is_ok(), "the connection was reset");
    Ok(())
}
