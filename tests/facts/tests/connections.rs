//! # Connections
//!
//! How they come to be, and what they outlive.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;

use facts::{accept, connect, listener, only_if, own_addr, pair, receive};
use socket2::{Domain, Socket, Type};

/// The kernel completes the handshake; no program takes part.
///
/// - Tutorials: `accept` takes a half-open connection and does the handshake with the client.
/// - Seen: a client is connected to a listener that never accepts.
/// - Source: RFC 9293, section 3.5; accept(2).
#[test]
fn the_kernel_completes_the_handshake_before_accept() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let client = connect(addr)?;
    assert_eq!(client.peer_addr()?, addr);
    Ok(())
}

/// A client can send before it is accepted.
///
/// What it sends waits in the queue with its connection.
///
/// - Tutorials: the listener is not open until `accept` has got the client's answer.
/// - Seen: five bytes sent before `accept` are read after it.
/// - Source: accept(2).
#[test]
fn a_client_can_send_before_it_is_accepted() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    client.write_all(b"early")?;
    let (mut server, _) = accept(&listener)?;
    assert_eq!(receive(&mut server)?, "early");
    Ok(())
}

/// What a client sent before it left is read after `accept`.
///
/// The connection waits in the queue even when its client has gone.
///
/// - Seen: its last word, then zero bytes.
/// - Source: accept(2); RFC 9293, section 3.6.
// ANCHOR: before_accept
#[test]
fn what_a_client_sent_before_it_left_is_read_after_accept() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    client.write_all(b"farewell")?;
    drop(client);
    let (mut server, _) = accept(&listener)?;
    assert_eq!(receive(&mut server)?, "farewell");
    assert_eq!(receive(&mut server)?, "");
    Ok(())
}
// ANCHOR_END: before_accept

/// `accept` returns a new socket, on the port of the listener.
///
/// The listener stays as it was.
///
/// - Tutorials: `accept` returns a new socket, which serves this client.
/// - Seen: two clients, two sockets, one local address.
/// - Source: accept(2).
// ANCHOR: new_socket
#[test]
fn accept_returns_a_new_socket_on_the_port_of_the_listener() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let _clients = [connect(addr)?, connect(addr)?];
    let (one, _) = accept(&listener)?;
    let (other, _) = accept(&listener)?;
    assert_eq!(one.local_addr()?, addr);
    assert_eq!(other.local_addr()?, addr);
    assert_ne!(one.peer_addr()?, other.peer_addr()?);
    Ok(())
}
// ANCHOR_END: new_socket

/// `accept` tells the address and the port of the client's own socket.
///
/// - Tutorials: it tells the Internet address of the client.
/// - Seen: it is what the client's `local_addr` says.
/// - Source: accept(2).
#[test]
fn accept_tells_the_address_that_is_the_clients_own() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let client = connect(addr)?;
    let (server, peer) = accept(&listener)?;
    assert_eq!(peer, client.local_addr()?);
    assert_eq!(peer, server.peer_addr()?);
    Ok(())
}

/// Clients are accepted in the order in which they came.
///
/// - Seen: three clients, first come, first served.
/// - Source: accept(2).
#[test]
fn clients_are_accepted_in_the_order_in_which_they_came() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let clients = [connect(addr)?, connect(addr)?, connect(addr)?];
    for client in clients {
        let (_, accepted) = accept(&listener)?;
        assert_eq!(accepted, client.local_addr()?);
    }
    Ok(())
}

/// Without a client, a nonblocking `accept` fails with `WouldBlock`.
///
/// A blocking one waits.
///
/// - Tutorials: `accept` blocks until a client comes.
/// - Source: accept(2), `EWOULDBLOCK`.
#[test]
fn without_a_client_a_nonblocking_accept_would_block() -> io::Result<()> {
    let (listener, _) = listener()?;
    listener.set_nonblocking(true)?;
    let error = listener.accept().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    Ok(())
}

/// A client is refused where nobody listens.
///
/// The answer to its request is a reset.
///
/// - Tutorials: the server has to run first.
/// - Seen: `ConnectionRefused`.
/// - Source: RFC 9293, section 3.5.2; connect(2), `ECONNREFUSED`.
#[test]
fn a_client_is_refused_where_nobody_listens() -> io::Result<()> {
    let error = connect(own_addr()?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}

/// A bound socket refuses clients until it listens.
///
/// - Tutorials: a socket is active until `listen` makes it wait for others.
/// - Seen: `ConnectionRefused` before `listen`, a connection after it.
/// - Source: listen(2).
#[test]
fn a_bound_socket_refuses_clients_until_it_listens() -> io::Result<()> {
    let addr = own_addr()?;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&addr.into())?;
    let error = connect(addr).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);

    socket.listen(1)?;
    connect(addr)?;
    Ok(())
}

/// A closed listener refuses new clients.
///
/// - Tutorials: with the listener closed, nobody can connect any more.
/// - Seen: `ConnectionRefused`.
/// - Source: RFC 9293, section 3.5.2.
#[test]
fn a_closed_listener_refuses_new_clients() -> io::Result<()> {
    let addr = own_addr()?;
    let listener = TcpListener::bind(addr)?;
    let _client = connect(addr)?;
    drop(listener);
    let error = connect(addr).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}

/// Closing the listener resets the clients in its queue.
///
/// - Seen: the read of a client that waits fails with `ConnectionReset`.
/// - Source: RFC 9293, section 3.6.
#[test]
fn closing_the_listener_resets_the_clients_in_its_queue() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    drop(listener);
    let error = client.read(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    Ok(())
}

/// An accepted connection outlives its listener.
///
/// - Tutorials: closing the listener closes the server.
/// - Seen: what is written after the listener has gone arrives.
/// - Source: accept(2).
#[test]
fn an_accepted_connection_outlives_its_listener() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    let (mut server, _) = accept(&listener)?;
    drop(listener);
    server.write_all(b"still here")?;
    assert_eq!(receive(&mut client)?, "still here");
    Ok(())
}

/// A connection stays open until its last clone is dropped.
///
/// - Tutorials: `close` closes the connection.
/// - Seen: the peer reads on after the first drop, and zero bytes after the second.
/// - Source: close(2).
#[test]
fn a_connection_stays_open_until_its_last_clone_is_dropped() -> io::Result<()> {
    let (mut client, server) = pair()?;
    let mut clone = server.try_clone()?;
    drop(server);
    clone.write_all(b"still here")?;
    assert_eq!(receive(&mut client)?, "still here");

    drop(clone);
    assert_eq!(receive(&mut client)?, "");
    Ok(())
}

/// A socket that does not listen cannot accept.
///
/// - Tutorials: a socket is active until `listen` makes it wait for others.
/// - Seen: `EINVAL`, which std calls `InvalidInput`.
/// - Source: accept(2), `EINVAL`.
#[cfg(target_os = "linux")]
#[test]
fn a_socket_that_does_not_listen_cannot_accept() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&own_addr()?.into())?;
    let error = socket.accept().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}
only_if!(target_os = "linux", a_socket_that_does_not_listen_cannot_accept, "others were not tried");

/// A datagram socket cannot listen.
///
/// It has no connections to wait for.
///
/// - Seen: `EOPNOTSUPP`.
/// - Source: listen(2), `EOPNOTSUPP`.
#[cfg(target_os = "linux")]
#[test]
fn a_datagram_socket_cannot_listen() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.bind(&own_addr()?.into())?;
    let error = socket.listen(1).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::OPNOTSUPP.raw_os_error()));
    Ok(())
}
only_if!(target_os = "linux", a_datagram_socket_cannot_listen, "systems differ in the error");

/// A nonblocking `connect` returns before it is known how it ends.
///
/// The answer is left on the socket.
///
/// - Tutorials: `connect_ex` returns the code of the error.
/// - Seen: `EINPROGRESS`, and later `ConnectionRefused` as the error of the socket.
/// - Source: connect(2), `EINPROGRESS`; socket(7), `SO_ERROR`.
#[cfg(target_os = "linux")]
#[test]
fn a_nonblocking_connect_returns_before_it_is_known_how_it_ends() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let error = socket.connect(&own_addr()?.into()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::INPROGRESS.raw_os_error()));

    let mut ending = None;
    facts::until(|| {
        ending = socket.take_error().ok().flatten();
        ending.is_some()
    });
    assert_eq!(ending.map(|error| error.kind()), Some(ErrorKind::ConnectionRefused));
    Ok(())
}
only_if!(
    target_os = "linux",
    a_nonblocking_connect_returns_before_it_is_known_how_it_ends,
    "systems differ in the error"
);
