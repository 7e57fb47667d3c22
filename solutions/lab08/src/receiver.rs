//! The receiver: it hears what is sent to everybody, and who sent it.

use std::io;
use std::net::{SocketAddrV4, UdpSocket};
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
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    share_port(&socket)?;
    socket.bind(&addr.into())?;
    Ok(socket.into())
}

/// Lets others bind the same address and port, if they ask for it too.
fn share_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_address(true)?;
    // The descendants of BSD, macOS among them, have an option of its own for it.
    #[cfg(all(unix, not(target_os = "linux")))]
    socket.set_reuse_port(true)?;
    Ok(())
}
