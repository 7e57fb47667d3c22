//! The server: it takes one connection, answers one message, and ends.

use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::{Context, Result};
use cli::log;

/// Listens on `addr`, serves one client, and returns.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    let (stream, peer) = listener.accept().with_context(|| format!("cannot accept on {addr}"))?;
    log!("connected {peer}");
    serve(stream, peer).with_context(|| format!("cannot serve {peer}"))
}

/// Reads one message of at most 1,024 bytes, and writes it back in upper case.
fn serve(stream: TcpStream, peer: SocketAddr) -> Result<()> {
    // TODO(lab01): this hangs up without a word. Read the client's message, log it as
    // `message PEER "TEXT"`, and write it back in upper case. A buffer has room for 1,024 bytes:
    // how many of them are the message?
    drop(stream);
    log!("hung up on {peer}");
    Ok(())
}
