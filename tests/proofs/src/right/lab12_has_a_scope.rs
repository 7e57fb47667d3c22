//! The server: all threads are in one scope, which is left when the last of them has ended.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::crowd::Crowd;
use crate::frame::{read_frame, write_frame};
use crate::interrupt::at_ctrl_c;
use crate::service12::reply;
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience};

/// Who is inside, or was: of whoever has gone, nothing is left but the entry.
static INSIDE: Mutex<Vec<Weak<TcpStream>>> = Mutex::new(Vec::new());
static OVER: AtomicBool = AtomicBool::new(false);

/// Listens on `addr` until Ctrl-C.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    let own = listener.local_addr()?;
    at_ctrl_c(move || {
        OVER.store(true, Ordering::SeqCst);
        send_home();
        let _ = TcpStream::connect(own);
    })?;
    log!("listening on {own}");
    thread::scope(|scope| {
        let crowd = Crowd::new(most());
        while !is_over() {
            let place = crowd.enter();
            let accepted = listener.accept();
            if is_over() {
                break;
            }
            let started = accepted.and_then(|(stream, peer)| {
                let stream = enlist(stream);
                let builder = thread::Builder::new();
                builder.spawn_scoped(scope, move || {
                    let _place = place;
                    // A scope hands on the panics of its threads.
                    let _ = catch_unwind(AssertUnwindSafe(|| converse(&stream, peer)));
                })?;
                Ok(())
            });
            if let Err(error) = started {
                log!("something has run out on {addr}: {error}");
                thread::sleep(Duration::from_millis(100));
            }
        }
    });
    log!("stopped {own}");
    Ok(())
}

fn is_over() -> bool {
    OVER.load(Ordering::SeqCst)
}

/// Has everybody inside read the end of the stream.
fn send_home() {
    let inside = INSIDE.lock().unwrap_or_else(PoisonError::into_inner);
    for stream in inside.iter().filter_map(Weak::upgrade) {
        let _ = stream.shutdown(Shutdown::Read);
    }
}

fn enlist(stream: TcpStream) -> Arc<TcpStream> {
    let stream = Arc::new(stream);
    let mut inside = INSIDE.lock().unwrap_or_else(PoisonError::into_inner);
    inside.retain(|other| other.strong_count() > 0);
    inside.push(Arc::downgrade(&stream));
    stream
}

fn converse(stream: &TcpStream, peer: SocketAddr) {
    log!("connected {peer}");
    if is_over() {
        // It came between the end and its entry in the list.
        send_home();
    }
    log!("{} {peer}", ending(&serve(stream, peer)));
}

fn serve(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while !is_over() {
        let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? else { break };
        log!("message {peer} {message:?}");
        let reply = reply(&message);
        write_frame(&mut timed(), &reply)?;
    }
    Ok(())
}

fn ending(result: &io::Result<()>) -> &'static str {
    match result.as_ref().map_err(io::Error::kind) {
        Ok(()) if is_over() => "stopped",
        Ok(()) => "finished",
        Err(ErrorKind::TimedOut) => "gave up",
        Err(ErrorKind::UnexpectedEof) => "cut",
        Err(ErrorKind::InvalidData) => "refused",
        Err(_) => "vanished",
    }
}
