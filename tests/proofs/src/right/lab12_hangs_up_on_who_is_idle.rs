//! The server: at the end whoever is idle is hung up on, both ways, and whoever is not has its reply
//! first.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::frame::{read_frame, write_frame};
use crate::interrupt::at_ctrl_c;
use crate::service12::reply;
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience};

/// Somebody inside.
struct Guest {
    stream: Arc<TcpStream>,
    is_answered: bool,
}

#[derive(Default)]
struct House {
    guests: Mutex<(HashMap<SocketAddr, Guest>, bool)>,
    changed: Condvar,
}

impl House {
    fn lock(&self) -> MutexGuard<'_, (HashMap<SocketAddr, Guest>, bool)> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room for one more, or none is wanted. Whether one is.
    fn has_room(&self) -> bool {
        let full =
            |inside: &mut (HashMap<_, _>, bool)| inside.0.len() as u64 >= most() && !inside.1;
        let inside = self.changed.wait_while(self.lock(), full);
        !inside.unwrap_or_else(PoisonError::into_inner).1
    }

    fn close(&self) {
        let mut inside = self.lock();
        inside.1 = true;
        for guest in inside.0.values().filter(|guest| guest.is_answered) {
            let _ = guest.stream.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
    }

    fn is_closed(&self) -> bool {
        self.lock().1
    }

    /// Notes whether a guest waits for a reply. `false` when that is not to be had any more.
    fn serves(&self, peer: SocketAddr, is_answered: bool) -> bool {
        let mut inside = self.lock();
        let is_open = !inside.1;
        if let Some(guest) = inside.0.get_mut(&peer).filter(|_| is_open) {
            guest.is_answered = is_answered;
        }
        is_open
    }
}

/// Who leaves when this is dropped.
struct Stay(Arc<House>, SocketAddr);

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.lock().0.remove(&self.1);
        self.0.changed.notify_all();
    }
}

/// Listens on `addr` until Ctrl-C.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    let own = listener.local_addr()?;
    let house = Arc::new(House::default());
    let door = Arc::clone(&house);
    at_ctrl_c(move || {
        door.close();
        let _ = TcpStream::connect(own);
    })?;
    log!("listening on {own}");
    while house.has_room() {
        let started = listener.accept().and_then(|(stream, peer)| start(&house, stream, peer));
        if let Err(error) = started {
            log!("something has run out on {addr}: {error}");
            thread::sleep(Duration::from_millis(100));
        }
    }
    drop(listener);
    drop(house.changed.wait_while(house.lock(), |inside| !inside.0.is_empty()));
    log!("stopped {own}");
    Ok(())
}

fn start(house: &Arc<House>, stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
    let stream = Arc::new(stream);
    {
        let mut inside = house.lock();
        if inside.1 {
            return Ok(());
        }
        inside.0.insert(peer, Guest { stream: Arc::clone(&stream), is_answered: true });
    }
    let stay = Stay(Arc::clone(house), peer);
    let thread = thread::Builder::new().spawn(move || {
        log!("connected {peer}");
        log!("{} {peer}", ending(&serve(&stream, peer, &stay.0), &stay.0));
        drop(stay);
    });
    thread.map(drop)
}

fn serve(stream: &TcpStream, peer: SocketAddr, house: &House) -> io::Result<()> {
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? {
        if !house.serves(peer, false) {
            break;
        }
        log!("message {peer} {message:?}");
        let reply = reply(&message);
        write_frame(&mut timed(), &reply)?;
        if !house.serves(peer, true) {
            break;
        }
    }
    Ok(())
}

fn ending(result: &io::Result<()>, house: &House) -> &'static str {
    match result.as_ref().map_err(io::Error::kind) {
        Err(ErrorKind::TimedOut) => "gave up",
        Err(ErrorKind::InvalidData) => "refused",
        _ if house.is_closed() => "stopped",
        Ok(()) => "finished",
        Err(ErrorKind::UnexpectedEof) => "cut",
        Err(_) => "vanished",
    }
}
