//! The receiver: it hears what is sent to everybody, and who sent it.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_DATAGRAM, log};
use socket2::{Domain, Socket, Type};

/// How long to wait after a receive that failed: the next may fail as well, and at once.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and logs every datagram with its sender. No error of one ends it.
pub fn run(addr: &str) -> Result<()> {
    let socket = listen(addr).with_context(|| format!("cannot bind {addr}"))?;
    log!("listening on {}", socket.local_addr()?);

    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((length, sender)) => {
                let message = String::from_utf8_lossy(&buffer[..length]);
                log!("message {sender} {message:?}");
            }
            Err(error) => {
                log!("cannot receive on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

/// A socket bound to `addr`, a broadcast address, whose port other receivers may share.
fn listen(addr: &str) -> Result<UdpSocket> {
    let addr: SocketAddrV4 = addr.parse()?;
    // TODO(lab08): no broadcast arrives at this machine's own address. Listen where it arrives.
    // A datagram carries its destination: which one does the sender write on it?
    let addr = SocketAddrV4::new(Ipv4Addr::LOCALHOST, addr.port());

    // TODO(lab08): the first receiver has the port for itself, and the second is refused. Let
    // them share it. Why is it too late for that once the socket is bound?
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.bind(&addr.into())?;
    Ok(socket.into())
}
