//! # The queue of a listener
//!
//! The connections that nobody has accepted yet, and how many there may be.
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "Linux alone has these facts"))]

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use facts::{accept, connect, listen, listener, only_if};

/// How connecting fails where the queue is full. It never succeeds, however long one waits.
fn one_too_many(addr: SocketAddr) -> ErrorKind {
    TcpStream::connect_timeout(&addr, Duration::from_millis(100)).unwrap_err().kind()
}

/// Clients that wait to be accepted.
fn waiting(count: usize, addr: SocketAddr) -> io::Result<Vec<TcpStream>> {
    (0..count).map(|_| connect(addr)).collect()
}

/// A backlog of n holds n + 1 clients.
///
/// - Tutorials: at least 1 must be asked for, and 5 is usual.
/// - Seen: 0 holds 1, 1 holds 2, 2 holds 3, 5 holds 6; the next one is not connected.
/// - Source: listen(2), NOTES.
#[cfg(target_os = "linux")]
#[test]
fn a_backlog_of_n_holds_n_plus_one_clients() -> io::Result<()> {
    for (backlog, room) in [(0, 1), (1, 2), (2, 3), (5, 6)] {
        let (_listener, addr) = listen(backlog)?;
        let _clients = waiting(room, addr)?;
        assert_eq!(one_too_many(addr), ErrorKind::TimedOut);
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    a_backlog_of_n_holds_n_plus_one_clients,
    "systems differ in the length"
);

/// A listener of std holds 129 clients that nobody accepts.
///
/// It asks for a backlog of 128.
///
/// - Seen: 129 clients are connected, the next one is not.
/// - Source: listen(2), NOTES; `std::net::TcpListener::bind`.
// ANCHOR: backlog
#[cfg(target_os = "linux")]
#[test]
fn a_listener_of_std_holds_129_clients_that_nobody_accepts() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let _clients = waiting(129, addr)?;
    assert_eq!(one_too_many(addr), ErrorKind::TimedOut);
    Ok(())
}
// ANCHOR_END: backlog
only_if!(
    target_os = "linux",
    a_listener_of_std_holds_129_clients_that_nobody_accepts,
    "systems differ in the length"
);

/// A backlog above `somaxconn` is cut to that.
///
/// The setting is 4,096 at first, so it does not touch the 128 of std.
///
/// - Seen: with a setting of 5, a listener that asks for 128 holds 6 clients, and no seventh.
/// - Source: listen(2), `/proc/sys/net/core/somaxconn`.
#[cfg(lan)]
#[test]
fn a_backlog_above_somaxconn_is_cut_to_that() -> io::Result<()> {
    const ADDR: &str = "127.0.0.1:7878";

    let network = facts::Network::up(env!("CARGO_BIN_EXE_lender"))?;
    network.administer(1, "echo 5 > /proc/sys/net/core/somaxconn")?;
    let _listener = network.listen(1, ADDR)?;
    let _clients: Vec<_> = (0..6).map(|_| network.connect(1, ADDR)).collect::<io::Result<_>>()?;
    let seventh = network.connect_within(1, ADDR, Duration::from_millis(100));
    assert_eq!(seventh.unwrap_err().kind(), ErrorKind::TimedOut);
    Ok(())
}
only_if!(lan, a_backlog_above_somaxconn_is_cut_to_that);

/// A client that finds the queue full is not refused: it has to wait.
///
/// The kernel ignores its request, so that a later one may succeed.
///
/// - Tutorials: when the queue is full, the request is refused.
/// - Seen: `TimedOut`, at whatever deadline was set. Without one it took 135 s.
/// - Source: listen(2).
#[cfg(target_os = "linux")]
#[test]
fn a_client_is_not_refused_when_the_queue_is_full_but_has_to_wait() -> io::Result<()> {
    let (_listener, addr) = listen(0)?;
    let _client = connect(addr)?;
    assert_eq!(one_too_many(addr), ErrorKind::TimedOut);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_client_is_not_refused_when_the_queue_is_full_but_has_to_wait,
    "some systems refuse it"
);

/// The backlog does not limit the connections that were accepted.
///
/// - Tutorials: the backlog is the greatest number of connections at a time.
/// - Seen: ten connections are open at once, with a backlog of 0.
/// - Source: listen(2), NOTES.
#[cfg(target_os = "linux")]
#[test]
fn the_backlog_does_not_limit_the_connections_that_were_accepted() -> io::Result<()> {
    let (listener, addr) = listen(0)?;
    let mut connections = Vec::new();
    for _ in 0..10 {
        connections.push((connect(addr)?, accept(&listener)?));
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    the_backlog_does_not_limit_the_connections_that_were_accepted,
    "systems differ in the length"
);
