//! Prints what one exchange costs on the wire: a question of 5 bytes, and an answer of 5 bytes.
//!
//! It counts all that passes loopback meanwhile, so it is right only where nobody else uses that:
//! on an idle Linux, or in a network of its own. Of several rounds it prints the least: a program
//! that is interrupted leaves its kernel time to acknowledge once more.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::ops::{Add, Sub};

const LOOPBACK: &str = "127.0.0.1:0";
const ROUNDS: usize = 20;

fn main() -> io::Result<()> {
    let mut least = Costs::of_a_round()?;
    for _ in 1..ROUNDS {
        least = least.or_less(Costs::of_a_round()?);
    }
    let Costs { handshake, exchange, farewell, again, udp } = least;
    println!("                      packets  bytes");
    for (what, Traffic { packets, bytes }) in [
        ("TCP  handshake", handshake),
        ("     question, answer", exchange),
        ("     farewell", farewell),
        ("     in all", handshake + exchange + farewell),
        ("     one more exchange", again),
        ("UDP  question, answer", udp),
    ] {
        println!("{what:<22}{packets:>7}{bytes:>7}");
    }
    Ok(())
}

/// What each part takes.
#[derive(Clone, Copy)]
struct Costs {
    handshake: Traffic,
    exchange: Traffic,
    farewell: Traffic,
    /// One more exchange, on a connection that has had one.
    again: Traffic,
    udp: Traffic,
}

impl Costs {
    fn of_a_round() -> io::Result<Self> {
        let ((mut client, mut server), handshake) = count(connect)?;
        let ((), exchange) = count(|| converse(&mut client, &mut server))?;
        let ((), farewell) = count(|| part(client, server))?;

        let (mut client, mut server) = connect()?;
        converse(&mut client, &mut server)?;
        let ((), again) = count(|| converse(&mut client, &mut server))?;
        part(client, server)?;

        let (server, client) = (UdpSocket::bind(LOOPBACK)?, UdpSocket::bind(LOOPBACK)?);
        let ((), udp) = count(|| exchange_datagrams(&client, &server))?;
        Ok(Self { handshake, exchange, farewell, again, udp })
    }

    fn or_less(self, other: Self) -> Self {
        Self {
            handshake: self.handshake.min(other.handshake),
            exchange: self.exchange.min(other.exchange),
            farewell: self.farewell.min(other.farewell),
            again: self.again.min(other.again),
            udp: self.udp.min(other.udp),
        }
    }
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

/// The client has finished, and the server closes as soon as it knows.
fn part(client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    drop(client);
    assert_eq!(server.read(&mut [0; 8])?, 0, "the client has finished");
    Ok(())
}

fn exchange_datagrams(client: &UdpSocket, server: &UdpSocket) -> io::Result<()> {
    client.send_to(b"hello", server.local_addr()?)?;
    let (_, peer) = server.recv_from(&mut [0; 8])?;
    server.send_to(b"HELLO", peer)?;
    client.recv_from(&mut [0; 8])?;
    Ok(())
}

/// Does something, and counts what passes loopback meanwhile.
fn count<T>(action: impl FnOnce() -> io::Result<T>) -> io::Result<(T, Traffic)> {
    let before = Traffic::until_now()?;
    let done = action()?;
    Ok((done, Traffic::until_now()? - before))
}

/// What has passed loopback. The bytes are those of IP packets, with their headers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

impl Add for Traffic {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self { packets: self.packets + more.packets, bytes: self.bytes + more.bytes }
    }
}

impl Sub for Traffic {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { packets: self.packets - before.packets, bytes: self.bytes - before.bytes }
    }
}
