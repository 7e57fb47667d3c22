//! # Crowds
//!
//! Threads that serve, what becomes of them when they panic, and places that are given back.

use std::io::{self, Read, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use facts::{accept, connect, listener, pair, until};

/// A panic ends its thread, and no other.
///
/// - Tutorials: one thread that crashes takes the program with it.
/// - Seen: whoever joins it is told, and everybody else goes on.
/// - Source: `std::thread::JoinHandle::join`.
// ANCHOR: panic
#[test]
fn a_panic_ends_its_thread_and_no_other() {
    let thread = thread::spawn(|| panic!("a bug"));
    assert!(thread.join().is_err());
}
// ANCHOR_END: panic

/// What a thread has is dropped when it panics, too: its sockets are closed.
///
/// - Seen: the peer of a thread that panics reads the end of the stream.
/// - Source: `std::panic`; RFC 9293, section 3.6.
// ANCHOR: dropped
#[test]
fn the_socket_of_a_thread_that_panics_is_closed() -> io::Result<()> {
    let (mut client, server) = pair()?;
    let thread = thread::spawn(move || {
        let _server = server;
        panic!("a bug");
    });
    assert_eq!(client.read(&mut [0])?, 0);
    assert!(thread.join().is_err());
    Ok(())
}
// ANCHOR_END: dropped

/// A lock that was held by a thread when it panicked is poisoned: it says so to whoever comes next.
///
/// What it protects is there all the same.
///
/// - Tutorials: `lock().unwrap()`.
/// - Seen: an error, from which `into_inner` takes what is protected.
/// - Source: `std::sync::Mutex`, Poisoning.
// ANCHOR: poison
#[test]
fn a_lock_is_poisoned_by_a_panic_under_it() {
    let count = Arc::new(Mutex::new(7));
    let theirs = Arc::clone(&count);
    let thread = thread::spawn(move || {
        let _count = theirs.lock();
        panic!("a bug");
    });
    assert!(thread.join().is_err());
    let error = count.lock().unwrap_err();
    assert_eq!(*PoisonError::into_inner(error), 7);
}
// ANCHOR_END: poison

/// A thread whose handle is dropped goes on.
///
/// - Tutorials: every thread must be joined.
/// - Seen: it has done its work after its handle was dropped.
/// - Source: `std::thread::JoinHandle`.
#[test]
fn a_thread_whose_handle_is_dropped_goes_on() {
    let done = Arc::new(AtomicBool::new(false));
    let theirs = Arc::clone(&done);
    let (sender, receiver) = channel::<()>();
    drop(thread::spawn(move || {
        let _ = receiver.recv();
        theirs.store(true, Ordering::Relaxed);
    }));
    drop(sender);
    until(|| done.load(Ordering::Relaxed));
}

/// Whoever waits on a condition variable lets go of the lock meanwhile, and uses no processor.
///
/// - Seen: another thread takes the lock, changes what is waited for, and wakes the first.
/// - Source: `std::sync::Condvar::wait_while`.
// ANCHOR: wait
#[test]
fn a_condition_is_waited_for_without_the_lock() {
    let shared = Arc::new((Mutex::new(0), Condvar::new()));
    let theirs = Arc::clone(&shared);
    let thread = thread::spawn(move || {
        let (free, given_back) = &*theirs;
        let free = given_back.wait_while(free.lock().unwrap(), |free| *free == 0);
        *free.unwrap()
    });
    let (free, given_back) = &*shared;
    *free.lock().unwrap() = 1;
    given_back.notify_one();
    assert_eq!(thread.join().unwrap(), 1);
}
// ANCHOR_END: wait

// ANCHOR: place
/// Counts when it is dropped.
struct Place<'a>(&'a AtomicU32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
// ANCHOR_END: place

/// What a value has to give back, it gives back however the function that owns it ends.
///
/// - Seen: after a return, after an error, and after a panic.
/// - Source: `std::ops::Drop`.
#[test]
fn a_value_is_dropped_however_its_function_ends() {
    let given_back = AtomicU32::new(0);
    let well = || -> Result<(), ()> {
        let _place = Place(&given_back);
        Ok(())
    };
    let by_an_error = || -> Result<(), ()> {
        let _place = Place(&given_back);
        Err(())?;
        Ok(())
    };
    let by_a_panic = || -> Result<(), ()> {
        let _place = Place(&given_back);
        panic!("a bug")
    };
    assert!(well().is_ok());
    assert!(by_an_error().is_err());
    assert!(panic::catch_unwind(by_a_panic).is_err());
    assert_eq!(given_back.load(Ordering::Relaxed), 3);
}

/// Two clients of one listener are served at the same time, each on a socket of its own.
///
/// - Tutorials: a thread for each connection.
/// - Seen: the second is answered while the first has said nothing.
/// - Source: accept(2): each connection is a new socket.
// ANCHOR: each
#[test]
fn a_client_can_be_answered_while_another_is_silent() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let (_silent, mut client) = (connect(addr)?, connect(addr)?);
    for _ in 0..2 {
        let (mut server, _) = accept(&listener)?;
        thread::spawn(move || {
            let mut message = [0; 5];
            server.read_exact(&mut message)?;
            server.write_all(&message.to_ascii_uppercase())
        });
    }
    client.write_all(b"hello")?;
    let mut reply = [0; 5];
    client.read_exact(&mut reply)?;
    assert_eq!(reply, *b"HELLO");
    Ok(())
}
// ANCHOR_END: each
