//! Ways to lose places, to make some that nobody had, and to spend something on who has none.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use cli::log;

use super::{answer, listen};
use crate::{most, service};

/// How long to wait when something has run out.
const PAUSE: Duration = Duration::from_millis(100);

/// A server that differs from a right one in one thing.
#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    AcceptsFirst,
    LosesAPlaceAtAccept,
    MakesAPlaceAtAccept,
    MakesAPlaceOfAPanic,
    CountsInAByte,
    HurriesWithoutAThread,
    ServesWithoutAThread,
    GivesUpWithoutAThread,
    WaitsForWhomItRefused,
    GivesBackIfItCan,
    CallsAPanicFinished,
}

#[allow(clippy::enum_glob_use, reason = "so that a fault is one word below")]
use Fault::*;

struct Places {
    fault: Fault,
    taken: Mutex<i64>,
    changed: Condvar,
}

impl Places {
    fn enter(&self) {
        let most = if self.fault == CountsInAByte { most() & 0xff } else { most() };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = self.changed.wait_while(taken, |taken| *taken >= most);
        *taken.unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn leave(&self) {
        if self.fault == GivesBackIfItCan {
            let Ok(mut taken) = self.taken.try_lock() else { return };
            // It is held for as long as it takes to tell somebody.
            thread::sleep(Duration::from_micros(500));
            *taken -= 1;
        } else {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            *taken -= 1;
        }
        self.changed.notify_one();
    }
}

pub fn run(addr: &str, fault: Fault) -> Result<()> {
    let listener = listen(addr)?;
    let places = Arc::new(Places { fault, taken: Mutex::new(0), changed: Condvar::new() });
    loop {
        if let Err(error) = next(&listener, &places) {
            log!("cannot serve on {addr}: {error}");
        }
    }
}

/// Takes a place, and the next client.
fn next(listener: &TcpListener, places: &Arc<Places>) -> io::Result<()> {
    if places.fault != AcceptsFirst {
        places.enter();
    }
    let (stream, peer) = match listener.accept() {
        Ok(client) => client,
        Err(error) => {
            let given_back = match places.fault {
                LosesAPlaceAtAccept => 0,
                MakesAPlaceAtAccept => 2,
                _ => 1,
            };
            (0..given_back).for_each(|_| places.leave());
            thread::sleep(PAUSE);
            return Err(error);
        }
    };
    if places.fault == AcceptsFirst {
        places.enter();
    }
    let stream = Arc::new(stream);
    let (theirs, crowd) = (Arc::clone(&stream), Arc::clone(places));
    let thread = thread::Builder::new().spawn(move || converse(&theirs, peer, &crowd));
    thread.map(drop).inspect_err(|_| without_a_thread(&stream, peer, places))
}

fn without_a_thread(stream: &TcpStream, peer: SocketAddr, places: &Places) {
    match places.fault {
        ServesWithoutAThread => return converse(stream, peer, places),
        GivesUpWithoutAThread => log!("gave up {peer}"),
        _ => {}
    }
    places.leave();
    if places.fault != HurriesWithoutAThread {
        thread::sleep(PAUSE);
    }
}

fn converse(stream: &TcpStream, peer: SocketAddr, places: &Places) {
    log!("connected {peer}");
    let talk = AssertUnwindSafe(|| answer(stream, peer, service::reply));
    match catch_unwind(talk).map(|ended| ended.map_err(|error| error.kind())) {
        Ok(Ok(())) => log!("finished {peer}"),
        Ok(Err(ErrorKind::TimedOut)) => log!("gave up {peer}"),
        Ok(Err(ErrorKind::UnexpectedEof)) => log!("cut {peer}"),
        Ok(Err(ErrorKind::InvalidData)) => refuse(stream, peer, places.fault),
        Ok(Err(_)) => log!("vanished {peer}"),
        Err(_) if places.fault == CallsAPanicFinished => log!("finished {peer}"),
        Err(_) if places.fault == MakesAPlaceOfAPanic => places.leave(),
        Err(_) => {}
    }
    places.leave();
}

fn refuse(mut stream: &TcpStream, peer: SocketAddr, fault: Fault) {
    log!("refused {peer}");
    if fault == WaitsForWhomItRefused {
        let _ = stream.shutdown(Shutdown::Write);
        let _ = io::copy(&mut stream, &mut io::sink());
    }
}
