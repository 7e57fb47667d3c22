//! The server: a thread reads the frames of a client, and whoever answers them waits at a channel, which
//! has a timeout of its own. The sockets have none for reading.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::read_frame;
use crate::server_patience;

/// How long to wait after an accept that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// What a read brings.
type Frame = io::Result<Option<String>>;

/// Listens on `addr`, and serves one client after another.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                log!("connected {peer}");
                serve(&stream, peer);
            }
            Err(error) => {
                log!("cannot accept on {addr}: {error}");
                thread::sleep(PAUSE);
            }
        }
    }
}

fn serve(stream: &TcpStream, peer: SocketAddr) {
    thread::scope(|scope| {
        let (sender, frames) = sync_channel(0);
        scope.spawn(move || {
            let mut reader = stream;
            loop {
                let frame = read_frame(&mut reader, MAX_MESSAGE);
                let is_last = !matches!(frame, Ok(Some(_)));
                if sender.send(frame).is_err() || is_last {
                    return;
                }
            }
        });
        match answer(stream, peer, &frames) {
            Ok(()) => log!("finished {peer}"),
            Err(error) => log!("{} {peer}: {error}", ending(&error)),
        }
        // Whoever still reads reads the end of the stream.
        let _ = stream.shutdown(Shutdown::Both);
        drop(frames);
    });
}

fn answer(stream: &TcpStream, peer: SocketAddr, frames: &Receiver<Frame>) -> io::Result<()> {
    loop {
        match frames.recv_timeout(server_patience()) {
            // A channel hands out what is there, however little time is left.
            Ok(_) if server_patience().is_zero() => return Err(ErrorKind::TimedOut.into()),
            Ok(frame) => match frame? {
                Some(message) => {
                    log!("message {peer} {message:?}");
                    write(stream, &message.to_uppercase())?;
                }
                None => return Ok(()),
            },
            Err(RecvTimeoutError::Timeout) => return Err(ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => return Err(ErrorKind::Other.into()),
        }
    }
}

/// Writes a frame, in as many pieces as the kernel takes, until the deadline.
fn write(mut stream: &TcpStream, text: &str) -> io::Result<()> {
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    let frame = [&length.to_be_bytes(), text.as_bytes()].concat();
    let deadline = Instant::now() + server_patience();
    let mut left = frame.as_slice();
    while !left.is_empty() {
        let time = deadline.saturating_duration_since(Instant::now());
        if time.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_write_timeout(Some(time))?;
        match stream.write(left) {
            Ok(length) => left = &left[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn ending(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "gave up",
        ErrorKind::UnexpectedEof => "cut",
        ErrorKind::InvalidData => "refused",
        _ => "vanished",
    }
}
