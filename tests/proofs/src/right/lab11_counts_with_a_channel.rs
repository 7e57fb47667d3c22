//! The server: a channel with room for as many tokens as there are places. Whoever finds it full waits.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience, service};

/// How long to wait when something has run out.
const PAUSE: Duration = Duration::from_millis(100);

/// A token that is taken back when this is dropped.
struct Token(Arc<Mutex<Receiver<()>>>);

impl Drop for Token {
    fn drop(&mut self) {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = tokens.try_recv();
    }
}

/// Listens on `addr`, and serves clients at the same time, as many as there is room for.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    let (sender, tokens) = sync_channel(usize::try_from(most())?);
    let tokens = Arc::new(Mutex::new(tokens));
    loop {
        sender.send(())?;
        let token = Token(Arc::clone(&tokens));
        let (stream, peer) = match listener.accept() {
            Ok(client) => client,
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
                continue;
            }
        };
        let thread = thread::Builder::new().name(peer.to_string()).spawn(move || {
            let _token = token;
            log!("connected {peer}");
            let result = serve(&stream, peer);
            log!("{} {peer}", ending(&result));
        });
        if let Err(error) = thread {
            log!("no thread for {peer}: {error}");
            thread::sleep(PAUSE);
        }
    }
}

fn serve(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        let reply = service::reply(&message);
        write_frame(&mut timed(), &reply)?;
    }
    Ok(())
}

fn ending(result: &io::Result<()>) -> &'static str {
    match result.as_ref().map_err(io::Error::kind) {
        Ok(()) => "finished",
        Err(ErrorKind::TimedOut) => "gave up",
        Err(ErrorKind::UnexpectedEof) => "cut",
        Err(ErrorKind::InvalidData) => "refused",
        Err(_) => "vanished",
    }
}
