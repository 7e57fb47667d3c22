//! The sender: it says every line once, to all who listen.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use anyhow::{Context, Result};
use cli::Console;

/// Sends every message to `addr`, one datagram each, until the end of input.
pub fn run(addr: &str) -> Result<()> {
    let to: SocketAddrV4 = addr.parse().with_context(|| format!("cannot send to {addr}"))?;
    let socket = open(to).context("cannot open a socket")?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        socket.send_to(message.as_bytes(), to).with_context(|| format!("cannot send to {addr}"))?;
    }
    Ok(())
}

/// A socket that may send to everybody at `to`. Loopback does not open it to the network.
fn open(to: SocketAddrV4) -> Result<UdpSocket> {
    let own = if to.ip().is_loopback() { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
    // TODO(lab08): the kernel refuses to send to everybody for a socket that has not asked for
    // it. Ask. What would a slip in an address do on a network where nobody had to?
    let socket = UdpSocket::bind((own, 0))?;
    Ok(socket)
}
