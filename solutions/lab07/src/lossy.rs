//! The troublemaker: a server that loses some of its replies, and sends one of them twice.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};

use anyhow::{Context, Result};
use cli::{MAX_DATAGRAM, log};

/// How often each reply is sent: the first is lost, the second arrives, and so on, in a circle.
const SCRIPT: [usize; 6] = [0, 1, 1, 0, 0, 2];

/// Receives on `addr`, and answers in upper case as the script says.
pub fn run(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot bind {addr}"))?;
    log!("listening on {}", socket.local_addr()?);

    let mut buffer = vec![0; MAX_DATAGRAM];
    for times in SCRIPT.into_iter().cycle() {
        let (length, peer) = receive(&socket, &mut buffer).context("cannot receive")?;
        let message = String::from_utf8_lossy(&buffer[..length]);
        log!("message {peer} {message:?}");
        match times {
            0 => log!("lost the reply to {peer}"),
            1 => log!("sent the reply to {peer}"),
            _ => log!("sent the reply to {peer} twice"),
        }
        for _ in 0..times {
            // One that cannot be sent is lost as well.
            let _ = socket.send_to(message.to_uppercase().as_bytes(), peer);
        }
    }
    Ok(())
}

/// The next datagram. Windows tells here, too, that an earlier reply has met a closed port.
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
    loop {
        match socket.recv_from(buffer) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            received => return received,
        }
    }
}
