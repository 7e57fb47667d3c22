//! A worked example: the server speaks first.
//!
//! ```text
//! cargo run -p lab01 --example greeting              both in this terminal
//! cargo run -p lab01 --example greeting -- server    or each in a terminal of its own
//! cargo run -p lab01 --example greeting -- client
//! ```
//!
//! The server says `byebye`, the client answers `hihi`, and both end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use anyhow::{Context, Result};
use cli::{Lab, Part, Role, log};

const LAB: Lab = Lab {
    name: "lab01 --example greeting",
    law: "either side may speak first, as long as the other listens",
    chapter: "01-one-exchange.md",
    roles: &[Role::new("server", server), Role::new("client", client)],
    addr: cli::LOOPBACK,
    demo: &[Part::serves("server"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}

// ANCHOR: server
/// Greets one client, and waits for its answer.
fn server(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    let (mut stream, peer) =
        listener.accept().with_context(|| format!("cannot accept on {addr}"))?;
    log!("connected {peer}");
    stream.write_all(b"byebye").with_context(|| format!("cannot greet {peer}"))?;
    let answer = receive(&mut stream).with_context(|| format!("no answer from {peer}"))?;
    log!("message {peer} {answer:?}");
    Ok(())
}
// ANCHOR_END: server

// ANCHOR: client
/// Waits for the server's greeting, and answers it.
fn client(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let greeting = receive(&mut stream).with_context(|| format!("no greeting from {addr}"))?;
    log!("received {greeting:?}");
    stream.write_all(b"hihi").with_context(|| format!("cannot answer {addr}"))
}
// ANCHOR_END: client

// ANCHOR: receive
/// What one read brings, at most 512 bytes of UTF-8.
fn receive(stream: &mut TcpStream) -> Result<String> {
    let mut buffer = [0; 512];
    let length = stream.read(&mut buffer)?;
    Ok(str::from_utf8(&buffer[..length])?.to_owned())
}
// ANCHOR_END: receive
