//! Given: a client that has much to say, and never leaves.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_REPLY, log};

use crate::frame::{read_frame, write_frame};

/// How long it thinks between two messages: a server waits longer.
const PAUSE: Duration = Duration::from_millis(600);

/// Sends a message to the server at `addr` every 600 milliseconds, for as long as it is
/// answered.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    log!("connected, and busy");
    for number in 1.. {
        write_frame(&mut stream, &format!("message {number}"))
            .with_context(|| format!("cannot send to {addr}"))?;
        read_frame(&mut stream, MAX_REPLY)
            .and_then(|reply| reply.ok_or_else(|| ErrorKind::UnexpectedEof.into()))
            .with_context(|| format!("no reply from {addr}"))?;
        thread::sleep(PAUSE);
    }
    Ok(())
}
