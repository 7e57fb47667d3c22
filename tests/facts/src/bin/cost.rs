//! Prints what one exchange costs on the wire: a question of 5 bytes, and an answer of 5 bytes.
//!
//! It counts all that passes loopback meanwhile, so it is right only where nobody else uses that:
//! on an idle Linux, or in a network of its own.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::ops::Sub;

const LOOPBACK: &str = "127.0.0.1:0";

fn main() -> io::Result<()> {
    println!("                      packets  bytes");
    count("     in all", tcp)?;
    tcp_again()?;
    udp()
}

/// One exchange on a connection of its own.
fn tcp() -> io::Result<()> {
    let (mut client, mut server) = count("TCP  handshake", connect)?;
    count("     question, answer", || converse(&mut client, &mut server))?;
    count("     farewell", || {
        drop(client);
        server.read(&mut [0; 8])?;
        drop(server);
        Ok(())
    })
}

/// One more exchange on a connection that has had one.
fn tcp_again() -> io::Result<()> {
    let (mut client, mut server) = connect()?;
    converse(&mut client, &mut server)?;
    count("     one more exchange", || converse(&mut client, &mut server))
}

/// Both ends of a new connection.
fn connect() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind(LOOPBACK)?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    Ok((client, server))
}

fn converse(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<()> {
    client.write_all(b"hello")?;
    server.read_exact(&mut [0; 5])?;
    server.write_all(b"HELLO")?;
    client.read_exact(&mut [0; 5])
}

fn udp() -> io::Result<()> {
    let server = UdpSocket::bind(LOOPBACK)?;
    let client = UdpSocket::bind(LOOPBACK)?;
    let addr = server.local_addr()?;
    count("UDP  question, answer", || {
        client.send_to(b"hello", addr)?;
        let (_, peer) = server.recv_from(&mut [0; 8])?;
        server.send_to(b"HELLO", peer)?;
        client.recv_from(&mut [0; 8])?;
        Ok(())
    })
}

/// Does something, and prints how many packets and bytes it took.
fn count<T>(what: &str, action: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = Traffic::until_now()?;
    let done = action()?;
    let Traffic { packets, bytes } = Traffic::until_now()? - before;
    println!("{what:<22}{packets:>7}{bytes:>7}");
    Ok(done)
}

/// What has passed loopback. The bytes are those of IP packets, with their headers.
struct Traffic {
    packets: u64,
    bytes: u64,
}

impl Traffic {
    fn until_now() -> io::Result<Self> {
        let interfaces = fs::read_to_string("/proc/net/dev")?;
        let loopback = interfaces.lines().find_map(|line| line.trim().strip_prefix("lo:"));
        let mut numbers = loopback.unwrap_or_default().split_whitespace().flat_map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(bytes), Some(packets)) => Ok(Self { packets, bytes }),
            _ => Err(io::Error::other("/proc/net/dev does not tell of loopback")),
        }
    }
}

impl Sub for Traffic {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { packets: self.packets - before.packets, bytes: self.bytes - before.bytes }
    }
}
