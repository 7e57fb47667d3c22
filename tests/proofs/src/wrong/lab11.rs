//! Lab 11: what goes wrong with many clients.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use crate::crowd::{Crowd, Place};
use crate::frame::{read_frame, write_frame};
use crate::timed::{Deadline, Timed};
use crate::{Proof, Wrong, most, server_patience, service};

#[path = "lab11/details.rs"]
mod details;
#[path = "lab11/places.rs"]
mod places;
#[path = "../../../../labs/lab11/src/server.rs"]
mod starter;

use details::Detail;
use places::Fault;

macro_rules! detail {
    ($name:literal, $detail:ident, $check:literal, $says:literal) => {
        Wrong {
            name: $name,
            roles: &[("server", |addr| details::run(addr, Detail::$detail))],
            caught_by: &[$check],
            says: $says,
        }
    };
}

pub const PROOF: Proof = Proof {
    flaw: "a client waits for what another one does",
    demo: "client      │ error: no reply from",
    shown: "crowd::nobody_waits_for_a_client_that::case_4_has_spoken",
    wrong: &[
        Wrong {
            name: "serves_one_at_a_time",
            roles: &[("server", starter::run)],
            caught_by: &["crowd::nobody_waits_for_a_client_that::case_4_has_spoken"],
            says: "a client waits for what another one does",
        },
        Wrong {
            name: "lets_everybody_in",
            roles: &[("server", |addr| serve(addr, |stream, peer, _| start(stream, peer, ())))],
            caught_by: &["crowd::who_finds_no_place_waits_until_one_leaves::case_1_one"],
            says: "more are served at the same time than",
        },
        Wrong {
            name: "accepts_before_it_has_a_place",
            roles: &[("server", accepts_before_it_has_a_place)],
            caught_by: &["crowd::who_finds_no_place_waits_until_one_leaves::case_2_three"],
            says: "more are served at the same time than",
        },
        Wrong {
            name: "starts_threads_that_wait_for_a_place",
            roles: &[("server", starts_threads_that_wait_for_a_place)],
            caught_by: &["crowd::who_waits_for_a_place_costs_nothing"],
            says: "a thread is started for a client that has no place",
        },
        Wrong {
            name: "polls_for_a_place",
            roles: &[("server", polls_for_a_place)],
            caught_by: &["crowd::who_waits_for_a_place_costs_nothing"],
            says: "asks again and again",
        },
        Wrong {
            name: "turns_away_who_finds_no_place",
            roles: &[("server", turns_away_who_finds_no_place)],
            caught_by: &["crowd::who_finds_no_place_waits_until_one_leaves::case_1_one"],
            says: "who finds no place is turned away",
        },
        Wrong {
            name: "keeps_the_place_of_who_failed",
            roles: &[("server", |addr| serve(addr, keeps_the_place_of_who_failed))],
            caught_by: &["crowd::a_place_is_given_back_by_who::case_2_reset"],
            says: "a place is not given back",
        },
        Wrong {
            name: "keeps_the_place_of_a_panic",
            roles: &[("server", |addr| serve(addr, keeps_the_place_of_a_panic))],
            caught_by: &["crowd::a_place_is_given_back_by_who::case_5_met_the_bug"],
            says: "a place is not given back",
        },
        Wrong {
            name: "has_four_threads",
            roles: &[("server", has_four_threads)],
            caught_by: &["crowd::hundreds_of_clients_are_served_at_the_same_time"],
            says: "a client waits for what another one does",
        },
        Wrong {
            name: "counts_under_a_lock_that_a_panic_poisons",
            roles: &[("server", |addr| serve(addr, counts_under_a_lock))],
            caught_by: &["crowd::a_panic_is_nobody_elses"],
            says: "a thread has panicked under a lock",
        },
        Wrong {
            name: "writes_under_a_lock",
            roles: &[("server", |addr| serve(addr, writes_under_a_lock))],
            caught_by: &["crowd::nobody_waits_for_a_client_that::case_3_does_not_read"],
            says: "a client waits for what another one does",
        },
        Wrong {
            name: "panics_without_a_thread",
            roles: &[("server", |addr| serve(addr, panics_without_a_thread))],
            caught_by: &["crowd::a_thread_that_cannot_be_started_is_survived"],
            says: "your server has panicked",
        },
        Wrong {
            name: "ends_without_a_thread",
            roles: &[("server", ends_without_a_thread)],
            caught_by: &["crowd::a_thread_that_cannot_be_started_is_survived"],
            says: "a thread that cannot be started ends the",
        },
        Wrong {
            name: "is_silent_without_a_thread",
            roles: &[("server", is_silent_without_a_thread)],
            caught_by: &["crowd::a_thread_that_cannot_be_started_is_survived"],
            says: "that a thread could not be started is not",
        },
        Wrong {
            name: "accepts_before_there_is_a_place",
            roles: &[("server", |addr| places::run(addr, Fault::AcceptsFirst))],
            caught_by: &["crowd::who_waits_for_a_place_costs_nothing"],
            says: "a place is taken before a client is accepted",
        },
        Wrong {
            name: "makes_a_place_of_a_panic",
            roles: &[("server", |addr| places::run(addr, Fault::MakesAPlaceOfAPanic))],
            caught_by: &["crowd::a_place_is_given_back_by_who::case_5_met_the_bug"],
            says: "a place is given back twice",
        },
        Wrong {
            name: "loses_a_place_when_it_cannot_accept",
            roles: &[("server", |addr| places::run(addr, Fault::LosesAPlaceAtAccept))],
            caught_by: &["crowd::an_accept_that_fails_costs_no_place_and_makes_none"],
            says: "a place is not given back",
        },
        Wrong {
            name: "makes_a_place_when_it_cannot_accept",
            roles: &[("server", |addr| places::run(addr, Fault::MakesAPlaceAtAccept))],
            caught_by: &["crowd::an_accept_that_fails_costs_no_place_and_makes_none"],
            says: "a place is given back twice",
        },
        Wrong {
            name: "counts_places_in_a_byte",
            roles: &[("server", |addr| places::run(addr, Fault::CountsInAByte))],
            caught_by: &["crowd::hundreds_of_clients_are_served_at_the_same_time"],
            says: "a client waits for what another one does",
        },
        Wrong {
            name: "hurries_without_a_thread",
            roles: &[("server", |addr| places::run(addr, Fault::HurriesWithoutAThread))],
            caught_by: &["crowd::a_thread_that_cannot_be_started_is_survived"],
            says: "the loop tries again as fast as it can",
        },
        Wrong {
            name: "serves_by_itself_without_a_thread",
            roles: &[("server", |addr| places::run(addr, Fault::ServesWithoutAThread))],
            caught_by: &["crowd::a_thread_that_cannot_be_started_is_survived"],
            says: "the one that accepts serves a client itself",
        },
        Wrong {
            name: "gives_up_whom_no_thread_serves",
            roles: &[("server", |addr| places::run(addr, Fault::GivesUpWithoutAThread))],
            caught_by: &["crowd::a_thread_that_cannot_be_started_is_survived"],
            says: "nothing of it is in the log",
        },
        Wrong {
            name: "waits_for_whom_it_refused",
            roles: &[("server", |addr| places::run(addr, Fault::WaitsForWhomItRefused))],
            caught_by: &["crowd::a_place_is_given_back_by_who::case_3_was_refused"],
            says: "a place is not given back",
        },
        Wrong {
            name: "gives_a_place_back_if_it_can",
            roles: &[("server", |addr| places::run(addr, Fault::GivesBackIfItCan))],
            caught_by: &["crowd::places_are_given_back_by_all_who_leave_at_once"],
            says: "a place is not given back",
        },
        Wrong {
            name: "calls_a_panic_finished",
            roles: &[("server", |addr| places::run(addr, Fault::CallsAPanicFinished))],
            caught_by: &["crowd::a_panic_is_nobody_elses"],
            says: "has ended is logged as `finished`",
        },
        Wrong {
            name: "keeps_every_handle",
            roles: &[("server", keeps_every_handle)],
            caught_by: &["service::hundreds_of_clients_leave_nothing_behind"],
            says: "something of each client is kept",
        },
        detail!(
            "loses_the_place_of_an_early_reset",
            LosesThePlaceOfAnEarlyReset,
            "crowd::a_place_is_given_back_by_who_said_nothing_and::case_2_reset",
            "a place is not given back"
        ),
        detail!(
            "loses_the_place_of_a_broken_pipe",
            LosesThePlaceOfABrokenPipe,
            "crowd::a_place_is_given_back_by_who_cannot_be_written_to",
            "a place is not given back"
        ),
        detail!(
            "loses_the_place_of_a_reply_given_up",
            LosesThePlaceOfAReplyGivenUp,
            "crowd::a_place_is_given_back_by_who_was_given_up_over_a_reply",
            "a place is not given back"
        ),
        detail!(
            "makes_a_place_without_a_thread",
            MakesAPlaceWithoutAThread,
            "crowd::a_thread_that_cannot_be_started_is_survived",
            "a place is given back twice"
        ),
        detail!(
            "lets_in_after_a_while",
            LetsInAfterAWhile,
            "crowd::who_waits_for_a_place_costs_nothing",
            "more are served at the same time"
        ),
        detail!(
            "joins_in_the_order_of_arrival",
            JoinsInTheOrderOfArrival,
            "crowd::nothing_is_kept_while_somebody_stays",
            "a place is not given back"
        ),
        detail!(
            "keeps_the_stream_without_a_thread",
            KeepsTheStreamWithoutAThread,
            "crowd::a_thread_that_cannot_be_started_is_survived",
            "for whom no thread could be started is kept"
        ),
        detail!(
            "connects_before_the_thread",
            ConnectsBeforeTheThread,
            "crowd::a_thread_that_cannot_be_started_is_survived",
            "nothing of it is in the log"
        ),
        detail!(
            "refuses_without_a_thread",
            RefusesWithoutAThread,
            "crowd::a_thread_that_cannot_be_started_is_survived",
            "nothing of it is in the log"
        ),
        detail!(
            "tells_of_no_thread_once",
            TellsOfNoThreadOnce,
            "crowd::a_thread_that_cannot_be_started_is_survived",
            "that a thread could not be started is not"
        ),
        detail!(
            "waits_with_a_lock_for_a_thread",
            WaitsWithALockForAThread,
            "crowd::a_thread_that_cannot_be_started_is_survived",
            "who has a thread already is not answered"
        ),
        detail!(
            "panics_in_a_drop",
            PanicsInADrop,
            "crowd::a_panic_whose_client_has_gone_is_nobody_elses",
            "your server has panicked"
        ),
        detail!(
            "logs_when_the_reply_is_there",
            LogsWhenTheReplyIsThere,
            "crowd::a_panic_is_nobody_elses",
            "a message is logged when its reply is there"
        ),
        detail!(
            "writes_a_line_in_two",
            WritesALineInTwo,
            "crowd::each_line_of_the_log_is_whole",
            "a line that begins with a word of the log must be that event"
        ),
        detail!(
            "writes_addresses_by_hand",
            WritesAddressesByHand,
            "crowd::a_client_over_ipv6_is_logged_with_its_address",
            "an address is written by hand"
        ),
        detail!(
            "knows_clients_by_their_port",
            KnowsClientsByTheirPort,
            "crowd::two_clients_with_one_port_are_two",
            "a client is known by its port"
        ),
        detail!(
            "counts_one_host_only",
            CountsOneHostOnly,
            "crowd::who_comes_from_another_host_has_a_place_too",
            "clients of some host have no place"
        ),
        Wrong {
            name: "ends_with_a_panic",
            roles: &[("server", ends_with_a_panic)],
            caught_by: &["crowd::a_panic_is_nobody_elses"],
            says: "your server has panicked",
        },
    ],
};

/// How a client that was accepted is served.
type Start = fn(TcpStream, SocketAddr, Place) -> io::Result<()>;

/// The server, with another way to start a conversation.
fn serve(addr: &str, start: Start) -> Result<()> {
    let listener = listen(addr)?;
    let crowd = Crowd::new(most());
    loop {
        let place = crowd.enter();
        let started = listener.accept().and_then(|(stream, peer)| start(stream, peer, place));
        survive(addr, started);
    }
}

fn listen(addr: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    Ok(listener)
}

fn survive(addr: &str, started: io::Result<()>) {
    if let Err(error) = started {
        log!("cannot serve on {addr}: {error}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Starts the thread of a client, which has something until it ends.
fn start(stream: TcpStream, peer: SocketAddr, kept: impl Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().spawn(move || {
        converse(&stream, peer, service::reply);
        drop(kept);
    });
    thread.map(drop)
}

/// A right conversation, whose replies are made by `reply`. Whether it ended well.
fn converse(stream: &TcpStream, peer: SocketAddr, reply: impl Fn(&str) -> String) -> bool {
    log!("connected {peer}");
    let result = answer(stream, peer, reply);
    match result.as_ref().map_err(io::Error::kind) {
        Ok(()) => log!("finished {peer}"),
        Err(ErrorKind::TimedOut) => log!("gave up {peer}"),
        Err(ErrorKind::UnexpectedEof) => log!("cut {peer}"),
        Err(ErrorKind::InvalidData) => log!("refused {peer}"),
        Err(_) => log!("vanished {peer}"),
    }
    result.is_ok()
}

fn answer(stream: &TcpStream, peer: SocketAddr, reply: impl Fn(&str) -> String) -> io::Result<()> {
    let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
    while let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        let reply = reply(&message);
        write_frame(&mut timed(), &reply)?;
    }
    Ok(())
}

fn accepts_before_it_has_a_place(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let crowd = Crowd::new(most());
    loop {
        let (stream, peer) = listener.accept()?;
        log!("connected {peer}");
        let place = crowd.enter();
        thread::spawn(move || {
            let _place = place;
            let _ = answer(&stream, peer, service::reply);
            log!("finished {peer}");
        });
    }
}

fn starts_threads_that_wait_for_a_place(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let crowd = Crowd::new(most());
    loop {
        let (stream, peer) = listener.accept()?;
        let crowd = Arc::clone(&crowd);
        thread::spawn(move || {
            let _place = crowd.enter();
            converse(&stream, peer, service::reply)
        });
    }
}

/// Counts, and looks at the count until it is low enough.
fn polls_for_a_place(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let inside = Arc::new(AtomicU64::new(0));
    loop {
        while inside.load(Ordering::Relaxed) >= most() {
            thread::yield_now();
        }
        let (stream, peer) = listener.accept()?;
        let inside = Arc::clone(&inside);
        inside.fetch_add(1, Ordering::Relaxed);
        thread::spawn(move || {
            converse(&stream, peer, service::reply);
            inside.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn turns_away_who_finds_no_place(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let inside = Arc::new(AtomicU64::new(0));
    loop {
        let (stream, peer) = listener.accept()?;
        if inside.load(Ordering::Relaxed) < most() {
            let inside = Arc::clone(&inside);
            inside.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || {
                converse(&stream, peer, service::reply);
                inside.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

fn keeps_the_place_of_who_failed(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
) -> io::Result<()> {
    let thread = thread::Builder::new().spawn(move || {
        if converse(&stream, peer, service::reply) {
            drop(place);
        } else {
            std::mem::forget(place);
        }
    });
    thread.map(drop)
}

/// What is done by hand at the end is not done where a panic passes by.
fn keeps_the_place_of_a_panic(stream: TcpStream, peer: SocketAddr, place: Place) -> io::Result<()> {
    let place = std::mem::ManuallyDrop::new(place);
    let thread = thread::Builder::new().spawn(move || {
        converse(&stream, peer, service::reply);
        drop(std::mem::ManuallyDrop::into_inner(place));
    });
    thread.map(drop)
}

fn has_four_threads(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let (sender, clients) = sync_channel::<(TcpStream, SocketAddr)>(0);
    let clients = Arc::new(Mutex::new(clients));
    for _ in 0..4 {
        let clients = Arc::clone(&clients);
        thread::spawn(move || {
            loop {
                let next = clients.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((stream, peer)) = next else { return };
                converse(&stream, peer, service::reply);
            }
        });
    }
    loop {
        sender.send(listener.accept()?)?;
    }
}

fn counts_under_a_lock(stream: TcpStream, peer: SocketAddr, place: Place) -> io::Result<()> {
    static ANSWERED: Mutex<u64> = Mutex::new(0);
    let thread = thread::Builder::new().spawn(move || {
        let _place = place;
        converse(&stream, peer, |message| {
            let mut answered = ANSWERED.lock().unwrap();
            *answered += 1;
            service::reply(message)
        });
    });
    thread.map(drop)
}

fn writes_under_a_lock(stream: TcpStream, peer: SocketAddr, place: Place) -> io::Result<()> {
    static LOCK: Mutex<()> = Mutex::new(());
    let lock = || LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = thread::Builder::new().spawn(move || {
        let _place = place;
        log!("connected {peer}");
        let mut stream = &stream;
        while let Ok(Some(message)) = read_frame(&mut stream, MAX_MESSAGE) {
            let _lock = lock();
            log!("message {peer} {message:?}");
            if write_frame(&mut stream, &service::reply(&message)).is_err() {
                break;
            }
        }
        log!("finished {peer}");
    });
    thread.map(drop)
}

fn panics_without_a_thread(stream: TcpStream, peer: SocketAddr, place: Place) -> io::Result<()> {
    thread::spawn(move || {
        let _place = place;
        converse(&stream, peer, service::reply)
    });
    Ok(())
}

fn ends_without_a_thread(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let crowd = Crowd::new(most());
    loop {
        let place = crowd.enter();
        let (stream, peer) = listener.accept()?;
        start(stream, peer, place).with_context(|| format!("cannot serve {peer}"))?;
    }
}

fn is_silent_without_a_thread(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let crowd = Crowd::new(most());
    loop {
        let place = crowd.enter();
        let (stream, peer) = listener.accept()?;
        let _ = start(stream, peer, place);
    }
}

fn keeps_every_handle(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let mut handles = Vec::new();
    loop {
        let (stream, peer) = listener.accept()?;
        handles.push(thread::spawn(move || converse(&stream, peer, service::reply)));
    }
}

fn ends_with_a_panic(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let mut handles: Vec<JoinHandle<bool>> = Vec::new();
    loop {
        let (stream, peer) = listener.accept()?;
        let (ended, running) = handles.into_iter().partition(JoinHandle::is_finished);
        handles = running;
        for handle in ended {
            let _: bool = handle.join().unwrap();
        }
        handles.push(thread::spawn(move || converse(&stream, peer, service::reply)));
    }
}
