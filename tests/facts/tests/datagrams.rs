//! # Datagrams
//!
//! What a send delivers, what a receive takes, and what nobody tells.
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "some facts are shown on Linux only"))]

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use facts::{DEADLINE, only_if, own_addr};

/// A socket on a free port of 127.0.0.1, and its address.
fn socket() -> io::Result<(UdpSocket, SocketAddr)> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(DEADLINE))?;
    let addr = socket.local_addr()?;
    Ok((socket, addr))
}

/// The next datagram, as text.
fn receive(socket: &UdpSocket) -> io::Result<String> {
    let mut buffer = vec![0; 1 << 16];
    let (length, _) = socket.recv_from(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// Whether nothing has arrived. On loopback a datagram arrives before its send returns.
fn is_empty(socket: &UdpSocket) -> io::Result<bool> {
    socket.set_nonblocking(true)?;
    let nothing = socket.recv_from(&mut [0; 8]).is_err();
    socket.set_nonblocking(false)?;
    Ok(nothing)
}

/// Every datagram tells where it came from.
///
/// - Tutorials: the same. There is no connection, so every send needs the address.
/// - Seen: two datagrams, two addresses.
/// - Source: recv(2); RFC 768.
// ANCHOR: return_address
#[test]
fn every_datagram_tells_where_it_came_from() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (one, one_addr) = socket()?;
    let (other, other_addr) = socket()?;
    one.send_to(b"from one", addr)?;
    other.send_to(b"from the other", addr)?;
    assert_eq!(server.recv_from(&mut [0; 64])?, (8, one_addr));
    assert_eq!(server.recv_from(&mut [0; 64])?, (14, other_addr));
    Ok(())
}
// ANCHOR_END: return_address

/// Two sends are two receives.
///
/// - Tutorials: each send and each receive is a whole.
/// - Seen: `hello` and `world` arrive one by one.
/// - Source: udp(7).
#[test]
fn two_sends_are_two_receives() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, _) = socket()?;
    client.send_to(b"hello", addr)?;
    client.send_to(b"world", addr)?;
    assert_eq!(receive(&server)?, "hello");
    assert_eq!(receive(&server)?, "world");
    Ok(())
}

/// An empty datagram arrives like any other.
///
/// The length counts the header too: the least is 8.
///
/// - Tutorials: UDP can send empty data.
/// - Seen: 0 bytes sent, 0 bytes received, with the sender's address.
/// - Source: RFC 768.
// ANCHOR: empty
#[test]
fn an_empty_datagram_arrives_like_any_other() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, client_addr) = socket()?;
    assert_eq!(client.send_to(b"", addr)?, 0);
    client.send_to(b"more", addr)?;
    assert_eq!(server.recv_from(&mut [0; 64])?, (0, client_addr));
    assert_eq!(receive(&server)?, "more");
    Ok(())
}
// ANCHOR_END: empty

/// What does not fit into the buffer is gone, and nobody is told.
///
/// - Tutorials: the size that is asked for is the most that is received.
/// - Seen: 4 of 10 bytes; the next receive brings the next datagram.
/// - Source: udp(7); recv(2).
// ANCHOR: cut
#[cfg(target_os = "linux")]
#[test]
fn what_does_not_fit_into_the_buffer_is_gone() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, client_addr) = socket()?;
    client.send_to(b"0123456789", addr)?;
    client.send_to(b"next", addr)?;
    assert_eq!(server.recv_from(&mut [0; 4])?, (4, client_addr));
    assert_eq!(receive(&server)?, "next");
    Ok(())
}
// ANCHOR_END: cut
only_if!(
    target_os = "linux",
    what_does_not_fit_into_the_buffer_is_gone,
    "Windows reports an error"
);

/// Receiving into an empty buffer takes a whole datagram away.
///
/// - Seen: 0 bytes, and the next receive brings the next datagram.
/// - Source: recv(2).
#[cfg(target_os = "linux")]
#[test]
fn an_empty_buffer_takes_a_whole_datagram() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, client_addr) = socket()?;
    client.send_to(b"lost", addr)?;
    client.send_to(b"next", addr)?;
    assert_eq!(server.recv_from(&mut [])?, (0, client_addr));
    assert_eq!(receive(&server)?, "next");
    Ok(())
}
only_if!(target_os = "linux", an_empty_buffer_takes_a_whole_datagram, "Windows reports an error");

/// The longest datagram has 65,507 bytes.
///
/// A packet has at most 65,535: 20 are for IP, 8 for UDP.
///
/// - Tutorials: a message has at most 64 KB; at most 500 bytes of it are of use.
/// - Seen: 501, 1,473, 9,217 and 65,507 bytes arrive whole.
/// - Source: RFC 768; RFC 791, section 3.1.
#[cfg(target_os = "linux")]
#[test]
fn the_longest_datagram_has_65507_bytes() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, _) = socket()?;
    for length in [501, 1_473, 9_217, 65_507] {
        assert_eq!(client.send_to(&vec![b'a'; length], addr)?, length);
        assert_eq!(receive(&server)?.len(), length);
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    the_longest_datagram_has_65507_bytes,
    "macOS sends at most 9,216 bytes by default"
);

/// A datagram of one byte more is refused, and nothing of it is sent.
///
/// - Seen: 65,508 bytes fail with `EMSGSIZE`.
/// - Source: udp(7), `EMSGSIZE`.
#[cfg(target_os = "linux")]
#[test]
fn one_byte_more_is_refused() -> io::Result<()> {
    use rustix::io::Errno;

    let (server, addr) = socket()?;
    let (client, _) = socket()?;
    let error = client.send_to(&vec![b'a'; 65_508], addr).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::MSGSIZE.raw_os_error()));
    assert!(is_empty(&server)?);
    Ok(())
}
only_if!(target_os = "linux", one_byte_more_is_refused, "systems differ in the error");

/// What finds the receive buffer full is lost, and every send succeeds.
///
/// - Tutorials: UDP loses a message or two now and then.
/// - Seen: of 5,000 datagrams the first 256 arrived, in order. The number depends on the kernel.
/// - Source: udp(7).
// ANCHOR: loss
#[cfg(target_os = "linux")]
#[test]
fn what_finds_the_buffer_full_is_lost_and_every_send_succeeds() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, _) = socket()?;
    for number in 0..5_000_u32 {
        assert_eq!(client.send_to(&number.to_be_bytes(), addr)?, 4);
    }

    server.set_nonblocking(true)?;
    let mut arrived = 0_u32;
    let mut datagram = [0; 4];
    while server.recv_from(&mut datagram).is_ok() {
        assert_eq!(datagram, arrived.to_be_bytes(), "the first ones, in order");
        arrived += 1;
    }
    assert!((1..5_000).contains(&arrived), "some fit, and the rest was lost");
    Ok(())
}
// ANCHOR_END: loss
only_if!(
    target_os = "linux",
    what_finds_the_buffer_full_is_lost_and_every_send_succeeds,
    "systems differ in the buffer, and some tell the sender"
);

/// Sending to nobody succeeds.
///
/// The local system has taken the datagram. Whether anybody gets it is not known yet.
///
/// - Seen: 8 bytes to a closed port: `Ok(8)`.
/// - Source: send(2).
#[test]
fn sending_to_nobody_succeeds() -> io::Result<()> {
    let (client, _) = socket()?;
    assert_eq!(client.send_to(b"anybody?", own_addr()?)?, 8);
    Ok(())
}

/// A socket without a peer is not told of a closed port.
///
/// Both documents want the error passed on. Linux does so for connected sockets only.
///
/// - Tutorials: a client that ends does the server no harm.
/// - Seen: two sends succeed, and the receive finds nothing, not even an error.
/// - Source: RFC 1122, section 4.1.3.3; udp(7).
#[cfg(target_os = "linux")]
#[test]
fn a_socket_without_a_peer_is_not_told_of_a_closed_port() -> io::Result<()> {
    let (client, _) = socket()?;
    let closed = own_addr()?;
    client.send_to(b"anybody?", closed)?;
    client.send_to(b"anybody?", closed)?;
    client.set_read_timeout(Some(Duration::from_millis(100)))?;
    let error = client.recv_from(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock, "nothing came, not even an error");
    Ok(())
}
only_if!(
    target_os = "linux",
    a_socket_without_a_peer_is_not_told_of_a_closed_port,
    "Windows tells it"
);

/// A socket without a peer is told of a closed port if it has asked for errors.
///
/// The option is `IP_RECVERR`, for which std has no call.
///
/// - Seen: the receive fails with `ConnectionRefused`.
/// - Source: ip(7), `IP_RECVERR`.
#[cfg(target_os = "linux")]
#[test]
fn a_socket_without_a_peer_is_told_of_a_closed_port_if_it_has_asked() -> io::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt};

    let (client, _) = socket()?;
    setsockopt(&client, sockopt::Ipv4RecvErr, &true)?;
    client.send_to(b"anybody?", own_addr()?)?;
    let error = client.recv_from(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_socket_without_a_peer_is_told_of_a_closed_port_if_it_has_asked,
    "the option is Linux's"
);

/// A connected socket is told of a closed port.
///
/// The other system answers with ICMP: port unreachable.
///
/// - Seen: the send succeeds, the receive fails with `ConnectionRefused`.
/// - Source: udp(7), `ECONNREFUSED`.
// ANCHOR: refused
#[cfg(unix)]
#[test]
fn a_connected_socket_is_told_of_a_closed_port() -> io::Result<()> {
    let (client, _) = socket()?;
    client.connect(own_addr()?)?;
    client.send(b"anybody?")?;
    let error = client.recv(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}
// ANCHOR_END: refused
only_if!(unix, a_connected_socket_is_told_of_a_closed_port, "Windows has another error for it");

/// A connected socket hears its peer and nobody else.
///
/// - Seen: of a forged and a genuine datagram, the genuine one is received.
/// - Source: connect(2).
// ANCHOR: connected
#[test]
fn a_connected_socket_hears_its_peer_and_nobody_else() -> io::Result<()> {
    let (server, server_addr) = socket()?;
    let (stranger, _) = socket()?;
    let (client, client_addr) = socket()?;
    client.connect(server_addr)?;
    stranger.send_to(b"forged", client_addr)?;
    server.send_to(b"genuine", client_addr)?;
    assert_eq!(receive(&client)?, "genuine");
    Ok(())
}
// ANCHOR_END: connected

/// A socket without a peer hears everybody.
///
/// - Seen: the forged answer came first, and is received first.
/// - Source: udp(7).
#[test]
fn a_socket_without_a_peer_hears_everybody() -> io::Result<()> {
    let (server, server_addr) = socket()?;
    let (stranger, _) = socket()?;
    let (client, client_addr) = socket()?;
    client.send_to(b"question", server_addr)?;
    stranger.send_to(b"forged", client_addr)?;
    server.send_to(b"genuine", client_addr)?;
    assert_eq!(receive(&client)?, "forged");
    Ok(())
}

/// `recv` needs no peer.
///
/// Only `send` does, since it must know where to.
///
/// - Seen: a socket that was never connected receives by `recv`, and is not told from whom.
/// - Source: recv(2); udp(7).
#[test]
fn recv_needs_no_peer() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, _) = socket()?;
    client.send_to(b"hi", addr)?;
    assert_eq!(server.recv(&mut [0; 8])?, 2);
    assert!(server.send(b"to whom?").is_err());
    Ok(())
}

/// Connecting a datagram socket sends nothing.
///
/// It only sets the peer.
///
/// - Tutorials: there is no connection, so every send needs the address.
/// - Seen: the other side has received nothing.
/// - Source: connect(2).
#[test]
fn connecting_sends_nothing() -> io::Result<()> {
    let (server, addr) = socket()?;
    let (client, _) = socket()?;
    client.connect(addr)?;
    assert!(is_empty(&server)?);
    Ok(())
}

/// TCP and UDP can have the same port.
///
/// - Seen: a listener and a datagram socket are bound to one address.
/// - Source: RFC 768; RFC 9293, section 3.1.
#[test]
fn tcp_and_udp_can_have_the_same_port() -> io::Result<()> {
    let listener = TcpListener::bind(own_addr()?)?;
    let socket = UdpSocket::bind(listener.local_addr()?)?;
    assert_eq!(socket.local_addr()?, listener.local_addr()?);
    Ok(())
}

/// A late answer to a closed socket reaches no other socket.
///
/// A datagram is for the socket that has its port when it arrives.
///
/// - Seen: the client's second socket has received nothing.
/// - Source: udp(7).
// ANCHOR: late
#[test]
fn an_answer_to_a_socket_that_was_closed_reaches_no_other() -> io::Result<()> {
    let (server, addr) = socket()?;
    let first = UdpSocket::bind(own_addr()?)?;
    let first_addr = first.local_addr()?;
    let (second, _) = socket()?;
    first.send_to(b"one", addr)?;
    second.send_to(b"two", addr)?;
    drop(first);
    server.send_to(b"ONE", first_addr)?;
    assert!(is_empty(&second)?);
    Ok(())
}
// ANCHOR_END: late

/// A receive can have a deadline.
///
/// - Tutorials: a time-out can be set, in seconds.
/// - Seen: `WouldBlock` on Linux. The kind depends on the system.
/// - Source: socket(7), `SO_RCVTIMEO`; `std::net::UdpSocket::set_read_timeout`.
#[test]
fn a_receive_can_have_a_deadline() -> io::Result<()> {
    let (socket, _) = socket()?;
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    let error = socket.recv_from(&mut [0; 8]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    Ok(())
}
