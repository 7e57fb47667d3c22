//! The server: it takes one client after another, for ever, however they leave.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

/// How long to wait after an accept that failed: what has run out may come back meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on `addr`, and serves one client after another. Neither a failing accept nor a failing
/// conversation ends it.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);

    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                if let Err(error) = serve(stream, peer) {
                    log!("vanished {peer}: {error}");
                }
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Answers every message of at most 1,024 bytes in upper case, until the peer has finished or sends
/// what is not UTF-8. Fails only when the peer has vanished.
fn serve(mut stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
    let mut buffer = [0; MAX_MESSAGE];
    loop {
        // One read is taken for one message: lab 09.
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            log!("finished {peer}");
            return Ok(());
        }
        let Ok(message) = str::from_utf8(&buffer[..length]) else {
            log!("refused {peer}: not UTF-8");
            return Ok(());
        };
        log!("message {peer} {message:?}");
        stream.write_all(message.to_uppercase().as_bytes())?;
    }
}
