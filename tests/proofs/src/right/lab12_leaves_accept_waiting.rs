//! The server: the first thread waits for the end, and nobody has to wake the one that accepts.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::crowd::{Crowd, Place};
use crate::frame::{read_frame, write_frame};
use crate::interrupt::at_ctrl_c;
use crate::service12::reply;
use crate::timed::{Deadline, Timed};
use crate::{most, server_patience};

/// What there is as long as the service is open.
struct Open {
    members: HashMap<u64, Arc<TcpStream>>,
    /// How many have come: the number of the next one.
    count: u64,
    /// Each conversation has a copy. When the last is gone, so is everybody.
    alive: Sender<()>,
}

type Door = Arc<Mutex<Option<Open>>>;

fn lock(door: &Door) -> MutexGuard<'_, Option<Open>> {
    door.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens on `addr` until Ctrl-C.
pub fn run(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    let own = listener.local_addr()?;
    let (sender, over) = channel();
    at_ctrl_c(move || {
        let _ = sender.send(());
    })?;
    log!("listening on {own}");

    let (alive, gone) = channel::<()>();
    let door = Arc::new(Mutex::new(Some(Open { members: HashMap::new(), count: 0, alive })));
    let inner = Arc::clone(&door);
    thread::Builder::new().spawn(move || accept(&listener, &inner))?;
    over.recv().context("nobody waits for Ctrl-C")?;

    let open = lock(&door).take();
    for stream in open.into_iter().flat_map(|open| open.members.into_values()) {
        let _ = stream.shutdown(Shutdown::Read);
    }
    // An error is what the last of them leaves behind.
    let _ = gone.recv();
    log!("stopped {own}");
    Ok(())
}

fn accept(listener: &TcpListener, door: &Door) {
    let crowd = Crowd::new(most());
    loop {
        let place = crowd.enter();
        let started = listener.accept().and_then(|(stream, peer)| start(door, stream, peer, place));
        if let Err(error) = started {
            log!("something has run out: {error}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn start(door: &Door, stream: TcpStream, peer: SocketAddr, place: Place) -> io::Result<()> {
    let stream = Arc::new(stream);
    let Some((number, alive)) = lock(door).as_mut().map(|open| {
        open.count += 1;
        open.members.insert(open.count, Arc::clone(&stream));
        (open.count, open.alive.clone())
    }) else {
        return Ok(());
    };
    let member = Member { door: Arc::clone(door), number, _place: place, _alive: alive };
    let thread = thread::Builder::new().spawn(move || {
        log!("connected {peer}");
        log!("{} {peer}", ending(&serve(&stream, peer, &member.door), &member.door));
        drop(member);
    });
    thread.map(drop)
}

struct Member {
    door: Door,
    number: u64,
    _place: Place,
    _alive: Sender<()>,
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(open) = lock(&self.door).as_mut() {
            open.members.remove(&self.number);
        }
    }
}

fn serve(stream: &TcpStream, peer: SocketAddr, door: &Door) -> io::Result<()> {
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while lock(door).is_some()
        && let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)?
    {
        log!("message {peer} {message:?}");
        let reply = reply(&message);
        write_frame(&mut timed(), &reply)?;
    }
    Ok(())
}

fn ending(result: &io::Result<()>, door: &Door) -> &'static str {
    match result.as_ref().map_err(io::Error::kind) {
        Ok(()) | Err(ErrorKind::UnexpectedEof) if lock(door).is_none() => "stopped",
        Ok(()) => "finished",
        Err(ErrorKind::TimedOut) => "gave up",
        Err(ErrorKind::UnexpectedEof) => "cut",
        Err(ErrorKind::InvalidData) => "refused",
        Err(_) => "vanished",
    }
}
