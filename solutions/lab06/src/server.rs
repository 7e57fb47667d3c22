//! The server: it answers every datagram, to the address that it came from.

use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_DATAGRAM, log};

/// How long to wait after a receive that failed: the next may fail as well, and at once.
const PAUSE: Duration = Duration::from_millis(100);

/// Receives on `addr`, and answers one datagram after another. What fails does not end it.
pub fn run(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot bind {addr}"))?;
    log!("listening on {}", socket.local_addr()?);

    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((length, peer)) => {
                if let Err(error) = answer(&socket, &buffer[..length], peer) {
                    log!("cannot answer {peer}: {error:#}");
                }
            }
            Err(error) => {
                log!("cannot receive on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Sends `peer` its message back, in upper case.
fn answer(socket: &UdpSocket, message: &[u8], peer: SocketAddr) -> Result<()> {
    let message = str::from_utf8(message).context("the message is not UTF-8")?;
    log!("message {peer} {message:?}");
    socket.send_to(message.to_uppercase().as_bytes(), peer).context("cannot send the reply")?;
    Ok(())
}
