//! Given: a client that says nothing, and stays.

use std::io::Read;
use std::net::TcpStream;

use anyhow::{Context, Result};
use cli::log;

/// Connects to the server at `addr`, and is there until that has had enough of it.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    log!("connected, and silent");
    // Whether it hangs up or resets makes no difference to who has said nothing.
    let _ = stream.read(&mut [0]);
    log!("was hung up on");
    Ok(())
}
