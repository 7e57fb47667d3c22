//! Given: a client that sends its message byte by byte.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cli::log;

/// One frame, byte by byte as it is on the wire.
const FRAME: &[u8] = b"\0\0\0\x07no rush";
/// How long each byte is waited with.
const PAUSE: Duration = Duration::from_millis(20);

/// Sends a message to the server at `addr` in eleven writes, and shows the reply.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    // Without this option the kernel would collect bytes while others are on their way (tcp(7)).
    stream.set_nodelay(true)?;
    let mut reply = [0; FRAME.len()];
    let answered = drip(&mut stream).and_then(|()| stream.read_exact(&mut reply));
    ensure!(answered.is_ok(), "{addr} hung up before the message was whole");
    log!("sent a message in {} writes, received {:?}", FRAME.len(), text(&reply));
    Ok(())
}

fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    for byte in FRAME {
        stream.write_all(&[*byte])?;
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// What follows the four bytes of the length.
fn text(frame: &[u8]) -> String {
    String::from_utf8_lossy(&frame[4..]).into_owned()
}
