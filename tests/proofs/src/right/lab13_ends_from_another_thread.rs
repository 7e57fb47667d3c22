//! The client: the main thread has the keyboard, and the one of the network ends the process.

use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::{io, process, thread};

use anyhow::{Context, Result};
use cli::MAX_REPLY;

use crate::lines::{read_line, write_line};
use crate::{keyboard, screen};

/// Talks to the server at `addr`, until that has finished.
pub fn run(addr: &str) -> Result<()> {
    let stream = TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let stream = Arc::new(stream);
    let mut typed = keyboard::open()?;
    let coming = Arc::clone(&stream);
    let server = addr.to_owned();
    let showing = thread::spawn(move || {
        let status = match show(&coming) {
            Ok(()) => 0,
            Err(error) => {
                screen::close();
                eprintln!("error: {error:#} ({server})");
                1
            }
        };
        screen::close();
        process::exit(status)
    });
    while let Some(line) = typed.message()? {
        let _ = write_line(&mut &*stream, &line);
    }
    let _ = stream.shutdown(Shutdown::Write);
    showing.join().map_or(Ok(()), |never: ()| Ok(never))
}

fn show(stream: &TcpStream) -> Result<()> {
    let mut lines = io::BufReader::with_capacity(100, stream);
    while let Some(line) = read_line(&mut lines, MAX_REPLY).context("the connection broke")? {
        screen::show(&line)?;
    }
    Ok(())
}
