//! The server: it answers every datagram, to the address that it came from.

use std::net::{SocketAddr, UdpSocket};

use anyhow::{Context, Result};
use cli::{MAX_DATAGRAM, log};

/// Receives on `addr`, and answers one datagram after another. What fails does not end it.
pub fn run(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot bind {addr}"))?;
    log!("listening on {}", socket.local_addr()?);

    let mut buffer = vec![0; MAX_DATAGRAM];
    // The address of the first datagram, kept for ever.
    let mut first = None;
    loop {
        // TODO(lab06): one datagram that cannot be received or answered ends the service for
        // everybody. Log what went wrong, and go on. Which of the two may fail again at once?
        let (length, peer) = socket.recv_from(&mut buffer).context("cannot receive")?;
        // TODO(lab06): the first client gets all the answers, whoever asks. Answer every datagram
        // to its sender. How do you know who that is?
        let client = *first.get_or_insert(peer);
        answer(&socket, &buffer[..length], client)?;
    }
}

/// Sends `peer` its message back, in upper case.
fn answer(socket: &UdpSocket, message: &[u8], peer: SocketAddr) -> Result<()> {
    let message = str::from_utf8(message).context("the message is not UTF-8")?;
    log!("message {peer} {message:?}");
    socket.send_to(message.to_uppercase().as_bytes(), peer).context("cannot send the reply")?;
    Ok(())
}
