//! The server: it collects what comes in a buffer that outlives a frame, with a clock of its own.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::write_frame;
use crate::server_patience;
use crate::timed::{Deadline, Timed};

/// How long to wait after an accept that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves one client after another.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                let word = serve(&stream, peer).unwrap_or_else(|error| ending(&error));
                log!("{word} {peer}");
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

fn serve(stream: &TcpStream, peer: SocketAddr) -> io::Result<&'static str> {
    let mut buffer = Vec::new();
    loop {
        let since = Instant::now();
        let message = loop {
            if let Some(message) = taken(&mut buffer)? {
                break message;
            }
            if more(stream, &mut buffer, since)? == 0 {
                return Ok(if buffer.is_empty() { "finished" } else { "cut" });
            }
        };
        log!("message {peer} {message:?}");
        let mut timed = Timed { stream, deadline: Deadline::after(server_patience()) };
        write_frame(&mut timed, &message.to_uppercase())?;
    }
}

/// The first frame in a buffer, if it is whole.
fn taken(buffer: &mut Vec<u8>) -> io::Result<Option<String>> {
    let Some(header) = buffer.first_chunk() else { return Ok(None) };
    let length = u32::from_be_bytes(*header) as usize;
    if length > MAX_MESSAGE {
        return Err(ErrorKind::InvalidData.into());
    }
    if buffer.len() < 4 + length {
        return Ok(None);
    }
    let rest = buffer.split_off(4 + length);
    let frame = std::mem::replace(buffer, rest);
    String::from_utf8(frame[4..].to_vec()).map(Some).map_err(|_| ErrorKind::InvalidData.into())
}

/// Takes what has come, and waits for it, until the patience that began at `since` has ended.
fn more(mut stream: &TcpStream, buffer: &mut Vec<u8>, since: Instant) -> io::Result<usize> {
    loop {
        let left = server_patience().checked_sub(since.elapsed()).filter(|left| !left.is_zero());
        stream.set_read_timeout(Some(left.ok_or(ErrorKind::TimedOut)?))?;
        let mut piece = [0; 512];
        match stream.read(&mut piece) {
            Ok(length) => {
                buffer.extend_from_slice(&piece[..length]);
                return Ok(length);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn ending(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "gave up",
        ErrorKind::InvalidData => "refused",
        _ => "vanished",
    }
}
