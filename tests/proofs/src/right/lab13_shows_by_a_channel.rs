//! The client: three threads, of which one only shows. It cuts lines by itself.

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use cli::MAX_REPLY;

use crate::lines::write_line;
use crate::{keyboard, screen};

/// Talks to the server at `addr`, until that has finished.
pub fn run(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr).with_context(|| format!("no way to {addr}"))?;
    let (said, lines) = channel();
    let mut typed = keyboard::open()?;
    let coming = stream.try_clone()?;
    let sent = Arc::new(Mutex::new(None));
    let error = Arc::clone(&sent);
    thread::spawn(move || {
        while let Ok(Some(line)) = typed.message() {
            let mut error = error.lock().expect("nobody panics with it");
            *error = write_line(&mut stream, &line).err().map(|error| error.kind());
            if error.is_some() {
                return;
            }
        }
        let _ = stream.shutdown(Shutdown::Write);
    });
    let receiving = thread::spawn(move || receive(coming, &said));
    for line in lines {
        screen::show(&line)?;
    }
    let received = receiving.join();
    if *sent.lock().expect("nobody panics with it") == Some(ErrorKind::ConnectionReset) {
        bail!("a line for {addr} is lost");
    }
    match received {
        Ok(ended) => ended.with_context(|| format!("the talk with {addr} has broken")),
        Err(_) => bail!("a bug"),
    }
}

/// Cuts what comes into lines.
fn receive(mut stream: TcpStream, said: &Sender<String>) -> Result<()> {
    let mut bytes = Vec::new();
    let mut piece = [0; 700];
    loop {
        let length = match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        bytes.extend_from_slice(&piece[..length]);
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).take(end).collect();
            let line = String::from_utf8(line)?;
            let line = line.strip_suffix('\r').unwrap_or(&line);
            ensure!(line.len() <= MAX_REPLY, "a long line");
            said.send(line.to_owned())?;
        }
        ensure!(bytes.len() <= MAX_REPLY + 1, "a long line");
    }
    ensure!(bytes.is_empty(), "half a line");
    let _ = stream.shutdown(Shutdown::Both);
    Ok(())
}
