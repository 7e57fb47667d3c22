//! A server that reads by `take` and `read_to_end`, and writes length and text in two writes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                match serve(stream, peer).map_err(|error| error.kind()) {
                    Ok(()) => log!("finished {peer}"),
                    Err(ErrorKind::UnexpectedEof) => log!("cut {peer}: in the middle of a frame"),
                    Err(ErrorKind::InvalidData) => log!("refused {peer}: no message"),
                    Err(kind) => log!("vanished {peer}: {kind}"),
                }
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn serve(mut stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
    // Without this the second write waits for the acknowledgement of the first.
    let _ = stream.set_nodelay(true);
    loop {
        let header = take(&mut stream, 4)?;
        if header.is_empty() {
            return Ok(());
        }
        let header = header.try_into().map_err(|_| ErrorKind::UnexpectedEof)?;
        let length = u32::from_be_bytes(header) as usize;
        if length > MAX_MESSAGE {
            return Err(ErrorKind::InvalidData.into());
        }
        let text = take(&mut stream, length)?;
        if text.len() < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8(text).map_err(|_| ErrorKind::InvalidData)?;
        log!("message {peer} {text:?}");
        let reply = text.to_uppercase();
        let length = u32::try_from(reply.len()).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(reply.as_bytes())?;
    }
}

/// The next `length` bytes, or fewer if the stream ends before.
fn take(stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
