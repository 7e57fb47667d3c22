//! The client: it sends every message as one datagram and shows each reply.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

use anyhow::{Context, Result};
use cli::{Console, MAX_DATAGRAM};

/// Sends every message to the server at `addr`, and shows each reply before the next is sent.
pub fn run(addr: &str) -> Result<()> {
    let server = resolve(addr).with_context(|| format!("cannot send to {addr}"))?;
    // TODO(lab07): a reply that comes late, or twice, is taken for the next one. Give every message
    // a new socket, connected to the server. Who gets a reply to a socket that is closed?
    let socket = open(server).with_context(|| format!("cannot send to {addr}"))?;
    let mut console = Console::with_max_message(MAX_DATAGRAM);
    while let Some(message) = console.message()? {
        let reply =
            ask(&socket, server, &message).with_context(|| format!("no reply from {addr}"))?;
        console.reply(&reply)?;
    }
    Ok(())
}

/// The address that `addr` stands for: of several, the first, which is also what a server binds.
fn resolve(addr: &str) -> Result<SocketAddr> {
    addr.to_socket_addrs()?.next().context("it is no address")
}

/// A socket on a port that the system picks: on loopback if the server is, else on every address.
fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let own = match server.ip() {
        loopback if loopback.is_loopback() => loopback,
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((own, 0))
}

/// Sends a message and waits for its reply: one datagram of UTF-8, however long.
fn ask(socket: &UdpSocket, server: SocketAddr, message: &str) -> Result<String> {
    let mut buffer = vec![0; MAX_DATAGRAM];
    // TODO(lab07): a reply that is lost is waited for without end. After `crate::deadline()`
    // send the message again, `crate::tries()` times in all. Which errors say that the time is up?
    socket.send_to(message.as_bytes(), server)?;
    let (length, _) = socket.recv_from(&mut buffer)?;
    Ok(str::from_utf8(&buffer[..length])?.to_owned())
}
