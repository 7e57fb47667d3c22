//! The client: it sends every message as one datagram and shows each reply.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};

use anyhow::{Context, Result, bail};
use cli::{Console, DEADLINE, MAX_DATAGRAM, TRIES};

/// Sends every message to the server at `addr`, and shows each reply before the next is sent.
pub fn run(addr: &str) -> Result<()> {
    let server = resolve(addr).with_context(|| format!("cannot send to {addr}"))?;
    let mut console = Console::with_max_message(MAX_DATAGRAM);
    while let Some(message) = console.message()? {
        let socket = open(server).with_context(|| format!("cannot send to {addr}"))?;
        let reply = ask(&socket, &message).with_context(|| format!("no reply from {addr}"))?;
        console.reply(&reply)?;
    }
    Ok(())
}

/// The IPv4 address that `addr` stands for.
fn resolve(addr: &str) -> Result<SocketAddr> {
    addr.to_socket_addrs()?.find(SocketAddr::is_ipv4).context("it is no IPv4 address")
}

/// A socket for one message, which hears the server only, and that for `DEADLINE`. What comes after
/// it was closed reaches nobody.
fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let own = if server.ip().is_loopback() { "127.0.0.1:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(own)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}

/// Sends a message until its reply comes: one datagram of UTF-8, however long.
fn ask(socket: &UdpSocket, message: &str) -> Result<String> {
    let mut buffer = vec![0; MAX_DATAGRAM];
    for _ in 0..TRIES {
        socket.send(message.as_bytes())?;
        match socket.recv(&mut buffer) {
            Ok(length) => return Ok(str::from_utf8(&buffer[..length])?.to_owned()),
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("sent {TRIES} times, and nothing came within {DEADLINE:?} of any")
}

/// Whether the deadline has passed. Unix and Windows have different names for that.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
