//! Waits for a datagram that nobody sends, with a timeout, and prints how that ended: its kind, and
//! its words.

use std::io;
use std::net::UdpSocket;

use facts::DEADLINE;

fn main() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(DEADLINE))?;
    if let Err(error) = socket.recv(&mut [0; 8]) {
        println!("{:?}\n{error}", error.kind());
    }
    Ok(())
}
