//! The client: it sends every message as one datagram and shows each reply.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

use anyhow::{Context, Result, bail};
use cli::{Console, MAX_DATAGRAM};

use crate::{deadline, tries};

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

/// The address that `addr` stands for: of several, the first, which is also what a server binds.
fn resolve(addr: &str) -> Result<SocketAddr> {
    addr.to_socket_addrs()?.next().context("it is no address")
}

/// A socket for one message, which hears the server only, and gives up after `deadline`. What comes
/// when it is closed reaches nobody.
fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let own = match server.ip() {
        loopback if loopback.is_loopback() => loopback,
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((own, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(deadline()))?;
    Ok(socket)
}

/// Sends a message until its reply comes: one datagram of UTF-8, however long.
fn ask(socket: &UdpSocket, message: &str) -> Result<String> {
    let mut buffer = vec![0; MAX_DATAGRAM];
    for _ in 0..tries() {
        socket.send(message.as_bytes())?;
        match receive(socket, &mut buffer) {
            Ok(length) => return Ok(str::from_utf8(&buffer[..length])?.to_owned()),
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("sent {} times, and nothing came within {:?} of any", tries(), deadline())
}

/// Waits for the reply. A program that was stopped and goes on finds its receive interrupted.
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match socket.recv(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => return received,
        }
    }
}

/// Whether the deadline has passed. Unix and Windows have different names for that.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
