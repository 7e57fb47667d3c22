//! A server that reads whatever comes into a buffer of its own, and takes whole frames out of it.

use std::io::{self, Read, Write};
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
                let end = serve(stream, peer);
                log!("{end} {peer}");
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

/// Talks to one client, and says how that ended.
fn serve(mut stream: TcpStream, peer: SocketAddr) -> &'static str {
    let mut buffer = Vec::new();
    let mut chunk = [0; 700];
    loop {
        while let Some(frame) = first(&buffer) {
            let Ok(text) = frame else { return "refused" };
            log!("message {peer} {text:?}");
            if stream.write_all(&frame_of(&text.to_uppercase())).is_err() {
                return "vanished";
            }
            buffer.drain(..4 + text.len());
        }
        match stream.read(&mut chunk) {
            Ok(0) if buffer.is_empty() => return "finished",
            Ok(0) => return "cut",
            Ok(length) => buffer.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return "vanished",
        }
    }
}

/// The first frame in the buffer if it is whole, or why it is none.
fn first(buffer: &[u8]) -> Option<Result<String, ()>> {
    let (header, rest) = buffer.split_first_chunk()?;
    let length = u32::from_be_bytes(*header) as usize;
    if length > MAX_MESSAGE {
        return Some(Err(()));
    }
    let text = rest.get(..length)?;
    Some(String::from_utf8(text.to_vec()).map_err(|_| ()))
}

fn frame_of(text: &str) -> Vec<u8> {
    // The last two of four bytes are enough for so little.
    let [.., high, low] = text.len().to_be_bytes();
    [&[0, 0, high, low], text.as_bytes()].concat()
}
