//! Given: a server that takes every client, and answers none.

use std::net::TcpListener;

use anyhow::{Context, Result};
use cli::log;

/// Listens on `addr`, and keeps every connection as it comes.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    let mut kept = Vec::new();
    loop {
        kept.push(listener.accept().with_context(|| format!("cannot accept on {addr}"))?);
    }
}
