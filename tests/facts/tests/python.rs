//! # Python's calls, in Rust
//!
//! What takes the place of each call of the tutorials. [From Python to Rust](python.md) puts both side
//! by side.
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "some facts are shown on Linux only"))]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use facts::{DEADLINE, accept, connect, listener, only_if, own_addr, pair};
use socket2::{Domain, Protocol, Socket, Type};

/// Two datagram sockets.
fn two_sockets() -> io::Result<(UdpSocket, UdpSocket)> {
    let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    one.set_read_timeout(Some(DEADLINE))?;
    other.set_read_timeout(Some(DEADLINE))?;
    Ok((one, other))
}

/// `std` has no socket that is only made. `socket2` has, with a method for each system call.
///
/// - Tutorials: a program makes a socket first, and says later what it is for.
/// - Seen: a socket of `socket2` has no peer yet, and is a `TcpStream` once it is connected.
/// - Source: socket(2); the documentation of `socket2::Socket`.
// ANCHOR: socket
#[test]
fn socket2_makes_a_socket_that_is_nothing_yet() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let error = socket.peer_addr().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);

    let (_listener, addr) = listener()?;
    socket.connect(&addr.into())?;
    let stream = TcpStream::from(socket);
    assert_eq!(stream.peer_addr()?, addr);
    Ok(())
}
// ANCHOR_END: socket

/// The family of a socket follows from its address. An IPv4 socket does not reach IPv6.
///
/// - Tutorials: `AF_INET` is IPv4 or IPv6.
/// - Seen: a socket that is bound to 127.0.0.1 cannot send to `[::1]`.
/// - Source: ip(7); RFC 3493, section 3.1.
// ANCHOR: af_inet
#[test]
fn the_family_follows_from_the_address() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    assert!(socket.local_addr()?.is_ipv4());
    assert!(socket.send_to(b"hello", "[::1]:9").is_err());
    Ok(())
}
// ANCHOR_END: af_inet

/// A Unix-domain socket has a path for an address, and reaches programs of this machine only.
///
/// - Tutorials: it transfers files on one machine; or it reaches another machine. One of two.
/// - Seen: bytes pass as on TCP. The path stays when the listener has gone.
/// - Source: unix(7).
#[cfg(unix)]
// ANCHOR: af_unix
#[test]
fn a_unix_domain_socket_has_a_path_for_an_address() -> io::Result<()> {
    use std::os::unix::net::{UnixListener, UnixStream};

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path)?;
    let mut client = UnixStream::connect(&path)?;
    client.write_all(b"hello")?;

    let (mut server, _) = listener.accept()?;
    let mut buffer = [0; 5];
    server.read_exact(&mut buffer)?;
    assert_eq!(&buffer, b"hello");

    drop(listener);
    assert!(path.exists());
    Ok(())
}
// ANCHOR_END: af_unix
only_if!(
    unix,
    a_unix_domain_socket_has_a_path_for_an_address,
    "std has these sockets on Unix only"
);

/// `TcpStream` and `TcpListener` are sockets of the type stream.
///
/// - Tutorials: the types of sockets are for Unix only.
/// - Seen: both have the type `SOCK_STREAM`, on every system.
/// - Source: socket(2).
// ANCHOR: sock_stream
#[test]
fn the_sockets_of_tcp_are_streams() -> io::Result<()> {
    let listener = Socket::from(TcpListener::bind("127.0.0.1:0")?);
    assert_eq!(listener.r#type()?, Type::STREAM);
    Ok(())
}
// ANCHOR_END: sock_stream

/// `UdpSocket` is a socket of the type datagram.
///
/// - Tutorials: such a socket is for broadcast, one to many.
/// - Seen: it has the type `SOCK_DGRAM`, and may not send to everybody until it asks.
/// - Source: socket(2); ip(7), `SO_BROADCAST`.
// ANCHOR: sock_dgram
#[test]
fn the_sockets_of_udp_are_for_datagrams() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    assert!(!socket.broadcast()?);
    assert_eq!(Socket::from(socket).r#type()?, Type::DGRAM);
    Ok(())
}
// ANCHOR_END: sock_dgram

/// A raw socket speaks IP itself, and the system gives it to the privileged only.
///
/// - Tutorials: stream and datagram sockets talk to TCP, raw sockets to IP.
/// - Seen: without the capability `CAP_NET_RAW` it is refused: `PermissionDenied`, number 1.
/// - Source: raw(7); capabilities(7).
#[cfg(target_os = "linux")]
// ANCHOR: sock_raw
#[test]
fn a_raw_socket_is_refused_without_a_privilege() -> io::Result<()> {
    give_up_raw_sockets()?;
    let error = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.raw_os_error(), Some(1));
    Ok(())
}
// ANCHOR_END: sock_raw
only_if!(
    target_os = "linux",
    a_raw_socket_is_refused_without_a_privilege,
    "systems differ in the privilege"
);

/// Gives up the privilege, for this thread alone: each test has a thread of its own.
#[cfg(target_os = "linux")]
fn give_up_raw_sockets() -> io::Result<()> {
    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

    let mut mine = capabilities(None)?;
    mine.effective.remove(CapabilitySet::NET_RAW);
    Ok(set_capabilities(None, mine)?)
}

/// `bind` takes an address and a port, as a pair or as a text, and makes the socket as well.
///
/// - Tutorials: the address must be a tuple.
/// - Seen: a pair and a text are both taken. A port that somebody has is `AddrInUse`.
/// - Source: `std::net::ToSocketAddrs`; bind(2).
// ANCHOR: bind
#[test]
fn bind_takes_a_pair_or_a_text() -> io::Result<()> {
    let socket = UdpSocket::bind(("127.0.0.1", 0))?;
    let other = UdpSocket::bind("127.0.0.1:0")?;
    assert_ne!(socket.local_addr()?.port(), other.local_addr()?.port());

    let error = UdpSocket::bind(socket.local_addr()?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    Ok(())
}
// ANCHOR_END: bind

/// `TcpListener::bind` listens already. With `socket2`, `listen` is a call of its own.
///
/// - Tutorials: the backlog is how many clients a server can have.
/// - Seen: with a backlog of 1, a server has ten clients that it has accepted.
/// - Source: listen(2), NOTES.
// ANCHOR: listen
#[test]
fn the_backlog_is_a_number_for_listen() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(1)?;
    let listener = TcpListener::from(socket);

    let mut connections = Vec::new();
    for _ in 0..10 {
        let client = connect(listener.local_addr()?)?;
        connections.push((client, accept(&listener)?));
    }
    Ok(())
}
// ANCHOR_END: listen

/// `accept` returns the new socket and the address of the client, as in Python.
///
/// - Tutorials: the second value is the client's internet address.
/// - Seen: it is an address and a port, those of the client's own socket.
/// - Source: accept(2).
// ANCHOR: accept
#[test]
fn accept_returns_the_new_socket_and_who_it_is() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (_stream, peer) = listener.accept()?;
    assert_eq!(peer, client.local_addr()?);
    Ok(())
}
// ANCHOR_END: accept

/// `TcpStream::connect` makes the socket and connects it. Where it fails, there is no stream.
///
/// - Tutorials: the server must run first.
/// - Seen: where nobody listens, `connect` is an error, `ConnectionRefused`.
/// - Source: connect(2); RFC 9293, section 3.5.2.
// ANCHOR: connect
#[test]
fn connect_returns_a_stream_or_an_error() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let stream = TcpStream::connect(addr)?;
    assert_eq!(stream.peer_addr()?, addr);

    let error = TcpStream::connect(own_addr()?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}
// ANCHOR_END: connect

/// An error of the system carries its number, which is what `connect_ex` returns.
///
/// - Tutorials: `connect_ex` returns a number where `connect` would fail.
/// - Seen: on Linux the number is 111 where nobody listens.
/// - Source: errno(3); `std::io::Error::raw_os_error`.
#[cfg(target_os = "linux")]
// ANCHOR: connect_ex
#[test]
fn an_error_carries_the_number_of_the_system() -> io::Result<()> {
    let number = match TcpStream::connect(own_addr()?) {
        Ok(_stream) => Some(0),
        Err(error) => error.raw_os_error(),
    };
    assert_eq!(number, Some(111));
    Ok(())
}
// ANCHOR_END: connect_ex
only_if!(
    target_os = "linux",
    an_error_carries_the_number_of_the_system,
    "each system has numbers of its own"
);

/// `write` takes as much as the system has room for, and tells how much that was.
///
/// - Tutorials: `send` may send only a part, and returns the number of characters.
/// - Seen: five bytes are taken at once. Of 64 MiB that nobody reads, a socket that does not block
///   takes less, here 3,919,467. They are bytes, and nobody has received them yet.
/// - Source: send(2).
#[cfg(unix)]
// ANCHOR: send
#[test]
fn write_tells_how_much_was_taken() -> io::Result<()> {
    let (mut client, _server) = pair()?;
    assert_eq!(client.write(b"hello")?, 5);

    let long = vec![0; 64 << 20];
    client.set_nonblocking(true)?;
    assert!(client.write(&long)? < long.len());
    Ok(())
}
// ANCHOR_END: send
only_if!(unix, write_tells_how_much_was_taken, "some systems take all of it");

/// `write_all` returns when everything has been taken, and says no number.
///
/// - Tutorials: `sendall` is what one should use.
/// - Seen: 16 MiB arrive whole, with one call, while the other side reads.
/// - Source: `std::io::Write::write_all`; send(2).
// ANCHOR: sendall
#[test]
fn write_all_leaves_nothing_over() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    let sent = vec![b'a'; 16 << 20];
    let expected = sent.len();
    let sender = thread::spawn(move || client.write_all(&sent));

    let mut received = Vec::new();
    server.read_to_end(&mut received)?;
    assert_eq!(received.len(), expected);
    sender.join().expect("it does not panic")
}
// ANCHOR_END: sendall

/// `read` fills your buffer and returns how much of it. They are bytes: you make text of them.
///
/// - Tutorials: `recv` returns a string.
/// - Seen: two bytes for one character, which `from_utf8` turns into text.
/// - Source: recv(2); `std::io::Read::read`.
// ANCHOR: recv
#[test]
fn read_fills_a_buffer_with_bytes() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all("é".as_bytes())?;

    let mut buffer = [0; 1024];
    let length = server.read(&mut buffer)?;
    assert_eq!(length, 2);
    assert_eq!(str::from_utf8(&buffer[..length]), Ok("é"));
    Ok(())
}
// ANCHOR_END: recv

/// `recv_from` fills your buffer, and returns how much of it, and who sent it.
///
/// - Tutorials: it returns the data and the address.
/// - Seen: it returns a length and the address. The data is in the buffer.
/// - Source: recvfrom(2).
// ANCHOR: recvfrom
#[test]
fn recv_from_returns_a_length_and_an_address() -> io::Result<()> {
    let (client, server) = two_sockets()?;
    client.send_to(b"hello", server.local_addr()?)?;

    let mut buffer = [0; 1024];
    let (length, peer) = server.recv_from(&mut buffer)?;
    assert_eq!(&buffer[..length], b"hello");
    assert_eq!(peer, client.local_addr()?);
    Ok(())
}
// ANCHOR_END: recvfrom

/// `send_to` sends one datagram to the address that it is given, even an empty one.
///
/// - Tutorials: without a connection, each send needs the address.
/// - Seen: it returns the length. Without `connect`, a send without an address is an error.
/// - Source: sendto(2); RFC 768.
// ANCHOR: sendto
#[test]
fn send_to_needs_an_address_each_time() -> io::Result<()> {
    let (client, server) = two_sockets()?;
    assert_eq!(client.send_to(b"hello", server.local_addr()?)?, 5);
    assert_eq!(client.send_to(b"", server.local_addr()?)?, 0);
    assert!(client.send(b"to whom?").is_err());
    Ok(())
}
// ANCHOR_END: sendto

/// A socket is closed when its value is dropped. There is no `close`.
///
/// - Tutorials: `close` at the end is necessary.
/// - Seen: the peer reads the end of the stream as soon as the value is gone.
/// - Source: close(2); `std::net::TcpStream`.
// ANCHOR: close
#[test]
fn dropping_a_socket_closes_it() -> io::Result<()> {
    let (client, mut server) = pair()?;
    drop(client);
    assert_eq!(server.read(&mut [0; 8])?, 0);
    Ok(())
}
// ANCHOR_END: close

/// `local_addr` tells the address of this end, `peer_addr` that of the other.
///
/// - Tutorials: the call is `getsocketname`. Python has none of that name.
/// - Seen: the two ends of a connection name the same two addresses, the other way round.
/// - Source: getsockname(2); getpeername(2).
// ANCHOR: getsockname
#[test]
fn both_ends_know_both_addresses() -> io::Result<()> {
    let (client, server) = pair()?;
    assert_eq!(client.local_addr()?, server.peer_addr()?);
    assert_eq!(client.peer_addr()?, server.local_addr()?);
    Ok(())
}
// ANCHOR_END: getsockname

/// `set_nonblocking(true)` makes a call fail that would have to wait.
///
/// - Tutorials: `setblocking` says whether calls wait.
/// - Seen: a read with nothing there is an error, `WouldBlock`. So is an accept without a client.
/// - Source: read(2), `EAGAIN`; accept(2), `EAGAIN`.
// ANCHOR: setblocking
#[test]
fn a_socket_that_does_not_block_says_that_it_would() -> io::Result<()> {
    let (_client, mut server) = pair()?;
    server.set_nonblocking(true)?;
    let error = server.read(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    Ok(())
}
// ANCHOR_END: setblocking

/// Reading and writing have deadlines of their own. `None` waits for ever, zero is refused.
///
/// - Tutorials: `settimeout` takes seconds, as a number with a fraction.
/// - Seen: a read fails when the time is up, with `WouldBlock` on Unix and `TimedOut` on Windows
///   (from documents). A time of zero is `InvalidInput`.
/// - Source: socket(7), `SO_RCVTIMEO`; `std::net::TcpStream::set_read_timeout`.
// ANCHOR: settimeout
#[test]
fn a_read_can_have_a_deadline() -> io::Result<()> {
    let (_client, mut server) = pair()?;
    server.set_read_timeout(Some(Duration::from_millis(50)))?;
    let error = server.read(&mut [0; 8]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));

    let error = server.set_read_timeout(Some(Duration::ZERO)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}
// ANCHOR_END: settimeout

/// A socket tells its deadline, or that it has none.
///
/// - Tutorials: `gettimeout` is given the time. It takes no argument.
/// - Seen: `None` for a new socket, and then the time that was set.
/// - Source: `std::net::UdpSocket::read_timeout`.
// ANCHOR: gettimeout
#[test]
fn a_socket_tells_its_deadline() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    assert_eq!(socket.read_timeout()?, None);
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    assert_eq!(socket.read_timeout()?, Some(Duration::from_secs(2)));
    Ok(())
}
// ANCHOR_END: gettimeout

/// An option has a method of its own, in `std` or in `socket2`.
///
/// - Tutorials: `setsockopt` takes a level, an option and a number.
/// - Seen: a method sets the option, another tells it, and the compiler knows its type.
/// - Source: socket(7); ip(7).
// ANCHOR: setsockopt
#[test]
fn an_option_has_a_method_of_its_own() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_broadcast(true)?;
    assert!(socket.broadcast()?);

    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    assert!(socket.reuse_address()?);
    Ok(())
}
// ANCHOR_END: setsockopt
