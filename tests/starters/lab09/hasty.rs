//! Given: a client that sends three messages in one write.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use anyhow::{Context, Result};
use cli::log;

/// Three frames, byte by byte as they are on the wire.
const FRAMES: &[u8] = b"\0\0\0\x03one\0\0\0\x03two\0\0\0\x05three";

/// Sends all of them to the server at `addr`, finishes, and counts the replies until the end of the
/// stream.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    stream.write_all(FRAMES).with_context(|| format!("cannot send to {addr}"))?;
    stream.shutdown(Shutdown::Write).with_context(|| format!("cannot send to {addr}"))?;
    let mut replies = Vec::new();
    stream.read_to_end(&mut replies).with_context(|| format!("no replies from {addr}"))?;
    log!("sent 3 messages in one write, received {}", count(&replies));
    Ok(())
}

/// How many whole frames there are.
fn count(mut replies: &[u8]) -> usize {
    let mut frames = 0;
    while let Some((length, rest)) = replies.split_first_chunk()
        && let Some(rest) = rest.get(u32::from_be_bytes(*length) as usize..)
    {
        replies = rest;
        frames += 1;
    }
    frames
}
