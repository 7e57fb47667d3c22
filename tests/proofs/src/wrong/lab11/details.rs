//! A server that is right, but for one detail: what strangers got past the checks with.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;
use cli::{MAX_MESSAGE, log};

use super::listen;
use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience, service};

/// What is wrong.
#[derive(Clone, Copy, PartialEq)]
pub enum Detail {
    LosesThePlaceOfAnEarlyReset,
    LosesThePlaceOfABrokenPipe,
    LosesThePlaceOfAReplyGivenUp,
    MakesAPlaceWithoutAThread,
    LetsInAfterAWhile,
    JoinsInTheOrderOfArrival,
    KeepsTheStreamWithoutAThread,
    ConnectsBeforeTheThread,
    RefusesWithoutAThread,
    TellsOfNoThreadOnce,
    WaitsWithALockForAThread,
    PanicsInADrop,
    LogsWhenTheReplyIsThere,
    WritesALineInTwo,
    WritesAddressesByHand,
    KnowsClientsByTheirPort,
    CountsOneHostOnly,
}

#[allow(clippy::enum_glob_use, reason = "so that a detail is one word below")]
use Detail::*;

struct Service {
    detail: Detail,
    taken: Mutex<u64>,
    changed: Condvar,
    ports: Mutex<BTreeSet<u16>>,
    kept: Mutex<Vec<Arc<TcpStream>>>,
    has_told: AtomicBool,
}

/// A place that is given back when this is dropped, unless somebody has forgotten it.
struct Place(Arc<Service>);

impl Drop for Place {
    fn drop(&mut self) {
        *lock(&self.0.taken) -= 1;
        self.0.changed.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn run(addr: &str, detail: Detail) -> Result<()> {
    let listener = listen(addr)?;
    let service = Arc::new(Service {
        detail,
        taken: Mutex::new(0),
        changed: Condvar::new(),
        ports: Mutex::default(),
        kept: Mutex::default(),
        has_told: AtomicBool::new(false),
    });
    let joins = (detail == JoinsInTheOrderOfArrival).then(reaper);
    loop {
        let place = service.enter();
        let started =
            listener.accept().and_then(|(stream, peer)| service.start(stream, peer, place));
        match started {
            Ok(thread) => drop(joins.as_ref().map(|joins| joins.send(thread))),
            Err(error) => {
                let is_new = !service.has_told.swap(true, Ordering::SeqCst);
                if is_new || detail != TellsOfNoThreadOnce {
                    log!("cannot serve on {addr}: {error}");
                }
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// Joins threads, one after the other.
fn reaper() -> Sender<JoinHandle<()>> {
    let (sender, threads) = channel::<JoinHandle<()>>();
    thread::spawn(move || threads.into_iter().for_each(|thread| drop(thread.join())));
    sender
}

impl Service {
    fn enter(self: &Arc<Self>) -> Place {
        let is_full = |taken: &mut u64| *taken >= most();
        let taken = lock(&self.taken);
        let mut taken = if self.detail == LetsInAfterAWhile {
            let wait = self.changed.wait_timeout_while(taken, Duration::from_secs(3), is_full);
            wait.unwrap_or_else(PoisonError::into_inner).0
        } else {
            self.changed.wait_while(taken, is_full).unwrap_or_else(PoisonError::into_inner)
        };
        *taken += 1;
        Place(Arc::clone(self))
    }

    fn start(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        place: Place,
    ) -> io::Result<JoinHandle<()>> {
        let stream = Arc::new(stream);
        if self.detail == CountsOneHostOnly && peer.ip() != Ipv4Addr::LOCALHOST {
            *lock(&self.taken) -= 1;
        }
        if self.detail == ConnectsBeforeTheThread {
            log!("connected {peer}");
        }
        let (service, theirs) = (Arc::clone(self), Arc::clone(&stream));
        let thread = thread::Builder::new().spawn(move || {
            let outside = service.detail == CountsOneHostOnly && peer.ip() != Ipv4Addr::LOCALHOST;
            if service.converse(&theirs, peer) || outside {
                mem::forget(place);
            }
        });
        thread.inspect_err(|_| match self.detail {
            MakesAPlaceWithoutAThread => {
                let mut taken = lock(&self.taken);
                *taken = taken.saturating_sub(1);
            }
            KeepsTheStreamWithoutAThread => lock(&self.kept).push(stream),
            RefusesWithoutAThread => log!("refused {peer}: no thread"),
            WaitsWithALockForAThread => {
                let _held = lock(&self.ports);
                log!("no thread for {peer}");
                log!("waiting for one");
                thread::sleep(Duration::from_secs(20));
            }
            _ => {}
        })
    }

    /// Talks to a client. Whether its place is lost.
    fn converse(self: &Arc<Self>, stream: &TcpStream, peer: SocketAddr) -> bool {
        if self.detail == KnowsClientsByTheirPort && !lock(&self.ports).insert(peer.port()) {
            return false;
        }
        if self.detail != ConnectsBeforeTheThread {
            self.log("connected", peer, "");
        }
        let mut messages = 0;
        let ended = self.answer(stream, peer, &mut messages);
        lock(&self.ports).remove(&peer.port());
        match ended.map_err(|error| error.kind()) {
            Ok(()) => log!("finished {peer}"),
            Err(ErrorKind::UnexpectedEof) => log!("cut {peer}"),
            Err(ErrorKind::InvalidData) => log!("refused {peer}"),
            Err(ErrorKind::TimedOut) => {
                log!("gave up {peer}");
                return self.detail == LosesThePlaceOfAReplyGivenUp && messages > 0;
            }
            Err(kind) => {
                log!("vanished {peer}: {kind}");
                return match self.detail {
                    LosesThePlaceOfAnEarlyReset => messages == 0,
                    LosesThePlaceOfABrokenPipe => kind == ErrorKind::BrokenPipe,
                    _ => false,
                };
            }
        }
        false
    }

    fn answer(&self, stream: &TcpStream, peer: SocketAddr, messages: &mut u64) -> io::Result<()> {
        let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
        while let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? {
            *messages += 1;
            drop(lock(&self.ports));
            if self.detail != LogsWhenTheReplyIsThere {
                self.log("message", peer, &format!(" {message:?}"));
            }
            let reply = self.reply(stream, &message)?;
            if self.detail == LogsWhenTheReplyIsThere {
                self.log("message", peer, &format!(" {message:?}"));
            }
            write_frame(&mut timed(), &reply)?;
        }
        Ok(())
    }

    fn reply(&self, stream: &TcpStream, message: &str) -> io::Result<String> {
        match self.detail {
            PanicsInADrop => {
                let _hangs_up = HangsUp(stream);
                // Until the reset has come.
                stream.set_read_timeout(Some(Duration::from_millis(20)))?;
                let _ = (&*stream).read(&mut []);
                Ok(service::reply(message))
            }
            _ => Ok(service::reply(message)),
        }
    }

    fn log(&self, word: &str, peer: SocketAddr, rest: &str) {
        match self.detail {
            WritesALineInTwo => {
                print!("{word} {peer}");
                let _ = io::stdout().flush();
                thread::yield_now();
                println!("{rest}");
            }
            WritesAddressesByHand => log!("{word} {}:{}{rest}", peer.ip(), peer.port()),
            _ => log!("{word} {peer}{rest}"),
        }
    }
}

/// Hangs up on whom a bug has met.
struct HangsUp<'a>(&'a TcpStream);

impl Drop for HangsUp<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.shutdown(Shutdown::Both).unwrap();
        }
    }
}
