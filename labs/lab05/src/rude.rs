//! Given: a client that leaves with a reset.

use std::io::Write;
use std::net::TcpStream;

use anyhow::{Context, Result};
use cli::log;

/// Sends a message to the server at `addr`, and leaves without reading the reply.
///
/// A connection that is closed with bytes unread is reset (RFC 1122, section 4.2.2.13).
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    stream.write_all(b"never mind").with_context(|| format!("cannot send to {addr}"))?;
    // Looking does not read: once a byte of the reply is here, it is unread.
    stream.peek(&mut [0]).with_context(|| format!("no reply from {addr}"))?;
    log!("leaving with the reply unread");
    Ok(())
}
