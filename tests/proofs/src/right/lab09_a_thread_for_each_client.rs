//! A server with a thread for each client, and one buffered reader for each conversation.

use std::io::{self, BufRead, BufReader, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::{read_frame, write_frame};

pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                thread::spawn(move || end(&serve(&stream, peer), peer));
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn end(result: &io::Result<()>, peer: SocketAddr) {
    match result.as_ref().map_err(io::Error::kind) {
        Ok(()) => log!("finished {peer}"),
        Err(ErrorKind::UnexpectedEof) => log!("cut {peer}"),
        Err(ErrorKind::InvalidData) => log!("refused {peer}"),
        Err(_) => log!("vanished {peer}"),
    }
}

fn serve(mut stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while has_more(&mut reader)? {
        let Some(message) = read_frame(&mut reader, MAX_MESSAGE)? else { break };
        log!("message {peer} {message:?}");
        write_frame(&mut stream, &message.to_uppercase())?;
    }
    Ok(())
}

/// Waits until there is something to read, or nothing ever will be.
fn has_more(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        match reader.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            come => return come.map(|bytes| !bytes.is_empty()),
        }
    }
}
