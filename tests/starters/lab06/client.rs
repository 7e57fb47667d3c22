//! The client: it sends one datagram after another and shows each reply.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

use anyhow::{Context, Result};
use cli::{Console, MAX_REPLY};

/// Sends every message to the server at `addr`, and shows each reply before the next is sent.
pub fn run(addr: &str) -> Result<()> {
    let server = resolve(addr).with_context(|| format!("cannot send to {addr}"))?;
    let socket = open(server).with_context(|| format!("cannot send to {addr}"))?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        socket
            .send_to(message.as_bytes(), server)
            .with_context(|| format!("cannot send to {addr}"))?;
        let reply = receive(&socket).with_context(|| format!("no reply from {addr}"))?;
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

/// Waits for the reply: one datagram, at most 3,072 bytes of UTF-8.
fn receive(socket: &UdpSocket) -> Result<String> {
    let mut buffer = [0; MAX_REPLY];
    let (length, _) = socket.recv_from(&mut buffer)?;
    Ok(str::from_utf8(&buffer[..length])?.to_owned())
}
