//! # Errors
//!
//! What makes the errors that students meet, and what Linux calls them. [Error messages](errors.md) tells
//! what to do about each.
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "the words are those of Linux"))]

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use facts::{connect, listener, only_if, own_addr, pair, until};
use socket2::{Domain, Socket, Type};

/// The page has this error under that heading.
#[track_caller]
fn is_told(heading: &str, error: &io::Error) {
    facts::is_told(heading, &format!("{:?}", error.kind()), &error.to_string());
}

/// Where nobody listens, `connect` fails with number 111.
///
/// - Tutorials: the server must run first.
/// - Seen: `ConnectionRefused`, "Connection refused (os error 111)", at once.
/// - Source: connect(2), `ECONNREFUSED`; RFC 9293, section 3.5.2.
#[cfg(target_os = "linux")]
#[test]
fn connection_refused() -> io::Result<()> {
    let error = TcpStream::connect(own_addr()?).unwrap_err();
    is_told("Connection refused", &error);
    Ok(())
}
only_if!(target_os = "linux", connection_refused, "other systems have other words and numbers");

/// A read fails with number 104 when the peer has reset the connection.
///
/// - Tutorials: this exception is for Windows, and Linux reads nothing for ever.
/// - Seen: `ConnectionReset`, "Connection reset by peer (os error 104)", on Linux.
/// - Source: recv(2), `ECONNRESET`; RFC 9293, section 3.6.1.
#[cfg(target_os = "linux")]
#[test]
fn connection_reset() -> io::Result<()> {
    let (client, mut server) = pair()?;
    reset(client)?;
    is_told("Connection reset", &server.read(&mut [0; 8]).unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", connection_reset, "other systems have other words and numbers");

/// A `connect` that is tried again after its first error was taken fails with number 103.
///
/// - Seen: `ConnectionAborted`, "Software caused connection abort (os error 103)".
/// - Source: errno(3), `ECONNABORTED`.
#[cfg(target_os = "linux")]
#[test]
fn connection_aborted() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let closed = own_addr()?.into();
    let _in_progress = socket.connect(&closed);
    until(|| matches!(socket.take_error(), Ok(Some(_))));
    is_told("Connection reset", &socket.connect(&closed).unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", connection_aborted, "other systems have other words and numbers");

/// A write fails with number 32 when the peer is known to be gone.
///
/// - Seen: `BrokenPipe`, "Broken pipe (os error 32)", for the second write after a reset.
/// - Source: send(2), `EPIPE`.
#[cfg(target_os = "linux")]
#[test]
fn broken_pipe() -> io::Result<()> {
    let (client, mut server) = pair()?;
    reset(client)?;
    until(|| facts::has_hung_up(&server));
    server.write(b"first").unwrap_err();
    is_told("Broken pipe", &server.write(b"second").unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", broken_pipe, "other systems have other words and numbers");

/// A port that has a listener cannot be bound: number 98.
///
/// - Tutorials: `SO_REUSEADDR` lets a port be used again.
/// - Seen: `AddrInUse`, "Address already in use (os error 98)", though std sets that option.
/// - Source: bind(2), `EADDRINUSE`; socket(7), `SO_REUSEADDR`.
#[cfg(target_os = "linux")]
#[test]
fn address_in_use() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    is_told("Address in use", &TcpListener::bind(addr).unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", address_in_use, "other systems have other words and numbers");

/// An address of another machine cannot be bound: number 99.
///
/// - Tutorials: bind the address 192.168.1.188.
/// - Seen: `AddrNotAvailable`, "Cannot assign requested address (os error 99)", for 192.0.2.1.
/// - Source: bind(2), `EADDRNOTAVAIL`; RFC 5737.
#[cfg(target_os = "linux")]
#[test]
fn address_not_available() {
    let error = TcpListener::bind("192.0.2.1:0").unwrap_err();
    is_told("Address not available", &error);
}
only_if!(target_os = "linux", address_not_available, "other systems have other words and numbers");

/// Sending to everybody without permission fails with number 13.
///
/// - Seen: `PermissionDenied`, "Permission denied (os error 13)".
/// - Source: send(2), `EACCES`; ip(7), `SO_BROADCAST`.
#[cfg(target_os = "linux")]
#[test]
fn permission_denied() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let error = socket.send_to(b"all", "127.255.255.255:9").unwrap_err();
    is_told("Permission denied", &error);
    Ok(())
}
only_if!(target_os = "linux", permission_denied, "other systems have other words and numbers");

/// A read whose deadline has passed fails with number 11.
///
/// - Seen: `WouldBlock`, "Resource temporarily unavailable (os error 11)".
/// - Source: socket(7), `SO_RCVTIMEO`; recv(2), `EAGAIN`.
#[cfg(target_os = "linux")]
#[test]
fn would_block() -> io::Result<()> {
    let (_client, mut server) = pair()?;
    server.set_read_timeout(Some(Duration::from_millis(10)))?;
    is_told("Timed out, or would block", &server.read(&mut [0; 8]).unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", would_block, "other systems have other words and numbers");

/// A connection that nobody answers fails with number 110, or with none if you set the deadline.
///
/// - Seen: `TimedOut`, "Connection timed out (os error 110)" from the system, and "connection timed
///   out" from `connect_timeout`.
/// - Source: connect(2), `ETIMEDOUT`; tcp(7), `TCP_USER_TIMEOUT`.
#[cfg(target_os = "linux")]
#[test]
fn timed_out() -> io::Result<()> {
    let (_listener, addr) = facts::listen(0)?;
    let _fills_the_queue = connect(addr)?;

    let error = TcpStream::connect_timeout(&addr, Duration::from_millis(10)).unwrap_err();
    is_told("Timed out, or would block", &error);

    let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    client.set_tcp_user_timeout(Some(Duration::from_millis(10)))?;
    is_told("Timed out, or would block", &client.connect(&addr.into()).unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", timed_out, "other systems have other words and numbers");

/// A connection to the address of everybody fails with number 101.
///
/// - Seen: `NetworkUnreachable`, "Network is unreachable (os error 101)".
/// - Source: connect(2), `ENETUNREACH`; RFC 9293, section 3.9.2.3.
#[cfg(target_os = "linux")]
#[test]
fn network_unreachable() {
    let error = TcpStream::connect("255.255.255.255:9").unwrap_err();
    is_told("Network unreachable", &error);
}
only_if!(target_os = "linux", network_unreachable, "other systems have other words and numbers");

/// A datagram that is longer than 65,507 bytes is refused: number 90.
///
/// - Tutorials: at most 500 bytes, or at most 64 KB.
/// - Seen: no kind of its own, "Message too long (os error 90)".
/// - Source: send(2), `EMSGSIZE`; RFC 768; RFC 791.
#[cfg(target_os = "linux")]
#[test]
fn message_too_long() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let error = socket.send_to(&vec![b'a'; 65_508], socket.local_addr()?).unwrap_err();
    is_told("Message too long", &error);
    Ok(())
}
only_if!(target_os = "linux", message_too_long, "other systems have other words and numbers");

/// What needs a peer fails without one: number 107, or 89 for a datagram.
///
/// - Seen: `NotConnected`, "Transport endpoint is not connected (os error 107)", and "Destination
///   address required (os error 89)".
/// - Source: getpeername(2), `ENOTCONN`; send(2), `EDESTADDRREQ`.
#[cfg(target_os = "linux")]
#[test]
fn not_connected() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    is_told("Not connected", &socket.peer_addr().unwrap_err());
    is_told("Not connected", &socket.send(b"to whom?").unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", not_connected, "other systems have other words and numbers");

/// A text that is no address is refused by std, and a call out of order by the system: number 22.
///
/// - Tutorials: a bad host or port is `socket.error`.
/// - Seen: `InvalidInput`, "invalid socket address", "invalid port value", and "Invalid argument
///   (os error 22)" for `accept` before `listen`.
/// - Source: `std::net::ToSocketAddrs`; accept(2), `EINVAL`.
#[cfg(target_os = "linux")]
#[test]
fn invalid_input() -> io::Result<()> {
    is_told("Invalid input", &TcpListener::bind("127.0.0.1").unwrap_err());
    is_told("Invalid input", &TcpListener::bind("127.0.0.1:65536").unwrap_err());

    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    is_told("Invalid input", &socket.accept().unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", invalid_input, "other systems have other words and numbers");

/// `read_exact` fails when the stream ends before the buffer is full.
///
/// - Seen: `UnexpectedEof`, "failed to fill whole buffer". It has no number.
/// - Source: `std::io::Read::read_exact`.
#[cfg(target_os = "linux")]
#[test]
fn unexpected_end() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"half")?;
    drop(client);
    is_told("Unexpected end", &server.read_exact(&mut [0; 8]).unwrap_err());
    Ok(())
}
only_if!(target_os = "linux", unexpected_end, "other systems have other words and numbers");

/// Bytes that are not UTF-8 are an error of whoever makes text of them, not of the socket.
///
/// - Tutorials: decode what `recv` returns.
/// - Seen: `InvalidData`, "stream did not contain valid UTF-8", from `read_to_string`.
/// - Source: `std::io::Read::read_to_string`; RFC 3629.
#[cfg(target_os = "linux")]
#[test]
fn invalid_data() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"\xff")?;
    drop(client);
    is_told("Invalid data", &server.read_to_string(&mut String::new()).unwrap_err());

    for (bytes, words) in
        [(b"\xff", "invalid utf-8 sequence"), (b"\xc3", "incomplete utf-8 byte sequence")]
    {
        assert!(str::from_utf8(bytes).unwrap_err().to_string().starts_with(words));
        assert!(facts::ERRORS.contains(words));
    }
    Ok(())
}
only_if!(target_os = "linux", invalid_data, "other systems have other words and numbers");

/// An IPv4 socket does not send to an IPv6 address: number 97.
///
/// - Tutorials: `AF_INET` is IPv4 or IPv6.
/// - Seen: no kind of its own, "Address family not supported by protocol (os error 97)".
/// - Source: sendto(2), `EAFNOSUPPORT`; RFC 3493, section 3.1.
#[cfg(target_os = "linux")]
#[test]
fn address_family_not_supported() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let error = socket.send_to(b"hello", "[::1]:9").unwrap_err();
    is_told("Address family not supported", &error);
    Ok(())
}
only_if!(
    target_os = "linux",
    address_family_not_supported,
    "other systems have other words and numbers"
);

/// A program may have only so many descriptors, and then `accept` fails with number 24.
///
/// - Seen: no kind of its own, "Too many open files (os error 24)".
/// - Source: accept(2), `EMFILE`. `without_a_free_descriptor_accept_fails_and_the_client_stays_queued`
///   makes this error, in a process of its own.
#[cfg(target_os = "linux")]
#[test]
fn too_many_open_files() {
    let error = io::Error::from(rustix::io::Errno::MFILE);
    is_told("Too many open files", &error);
}
only_if!(target_os = "linux", too_many_open_files, "other systems have other words and numbers");

/// socket(7), `SO_LINGER`: with a time of zero, closing sends a reset.
fn reset(stream: TcpStream) -> io::Result<()> {
    Socket::from(stream).set_linger(Some(Duration::ZERO))
}
