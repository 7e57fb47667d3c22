//! # A cable that can be pulled
//!
//! What happens to streams and datagrams when a host is out of reach, and who is told.
#![cfg_attr(not(lan), allow(unused, reason = "these facts need a network"))]

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use facts::{DEADLINE, only_if, receive};

/// A program that makes sockets on the hosts.
const LENDER: &str = env!("CARGO_BIN_EXE_lender");
/// How long we look on while nothing happens.
const WHILE: Duration = Duration::from_millis(100);

/// What was written while the cable was out arrives when it is back.
///
/// TCP sends again what nobody has acknowledged.
///
/// - Tutorials: TCP is reliable because of its three-way handshake.
/// - Seen: the write succeeds at once, and the bytes arrive after the cable is back.
/// - Source: RFC 9293, section 3.8.
#[cfg(lan)]
#[test]
fn what_was_written_while_the_cable_was_out_arrives_when_it_is_back() -> io::Result<()> {
    let (network, mut client, mut server) = facts::Network::with_connection(LENDER)?;
    network.unplug(2)?;
    client.write_all(b"patience")?;
    server.set_read_timeout(Some(WHILE))?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);

    network.plug_in(2)?;
    server.set_read_timeout(Some(DEADLINE))?;
    assert_eq!(receive(&mut server)?, "patience");
    Ok(())
}
only_if!(lan, what_was_written_while_the_cable_was_out_arrives_when_it_is_back);

/// A datagram that was sent while the cable was out never arrives.
///
/// - Tutorials: UDP does not guarantee that a datagram arrives.
/// - Seen: every send succeeds. After the cable is back, the next datagram is the first to arrive.
/// - Source: RFC 768; udp(7).
#[cfg(lan)]
#[test]
fn a_datagram_that_was_sent_while_the_cable_was_out_never_arrives() -> io::Result<()> {
    let network = facts::Network::up(LENDER)?;
    let receiver = network.bind(2, "10.77.0.2:7878")?;
    let other = network.bind(3, "10.77.0.3:7878")?;
    let sender = network.bind(1, "10.77.0.1:0")?;
    let mut buffer = [0; 64];
    // The sender must know the way, or the datagram would wait for that, and come late.
    for host in [&receiver, &other] {
        sender.send_to(b"where are you?", host.local_addr()?)?;
        host.recv_from(&mut buffer)?;
    }

    network.unplug(2)?;
    assert_eq!(sender.send_to(b"lost", receiver.local_addr()?)?, 4);
    // What is sent after it has arrived elsewhere, so it is no longer under way.
    sender.send_to(b"is it gone?", other.local_addr()?)?;
    other.recv_from(&mut buffer)?;
    network.plug_in(2)?;

    sender.send_to(b"the next one", receiver.local_addr()?)?;
    let (length, _) = receiver.recv_from(&mut buffer)?;
    assert_eq!(&buffer[..length], b"the next one");
    Ok(())
}
only_if!(lan, a_datagram_that_was_sent_while_the_cable_was_out_never_arrives);

/// Only keepalive tells a reader that its cable was pulled.
///
/// It asks an idle peer whether it is still there, and gives up when nothing is answered.
///
/// - Tutorials: a peer that leaves is noticed: by empty data, or by an exception.
/// - Seen: `TimedOut` with keepalive, set to one probe after a second. Without it the read
///   waits on.
/// - Source: RFC 9293, section 3.8.4; tcp(7), `TCP_KEEPIDLE`.
#[cfg(lan)]
#[test]
fn only_keepalive_tells_a_reader_that_its_cable_was_pulled() -> io::Result<()> {
    use socket2::{SockRef, TcpKeepalive};

    let (network, client, mut server) = facts::Network::with_connection(LENDER)?;
    let second = Duration::from_secs(1);
    let keepalive = TcpKeepalive::new().with_time(second).with_interval(second).with_retries(1);
    SockRef::from(&server).set_tcp_keepalive(&keepalive)?;
    network.unplug(2)?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);

    client.set_nonblocking(true)?;
    assert_eq!((&client).read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    Ok(())
}
only_if!(lan, only_keepalive_tells_a_reader_that_its_cable_was_pulled);

/// A peer that has gone while the cable was out is not missed.
///
/// Its farewell is lost with everything else.
///
/// - Tutorials: the connection is over when one side closes it.
/// - Seen: nothing to read, no error, and a write that succeeds.
/// - Source: RFC 9293, section 3.5.1.
#[cfg(lan)]
#[test]
fn a_peer_that_has_gone_while_the_cable_was_out_is_not_missed() -> io::Result<()> {
    let (network, client, mut server) = facts::Network::with_connection(LENDER)?;
    network.unplug(1)?;
    drop(client);
    server.set_read_timeout(Some(WHILE))?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(server.take_error()?.is_none());
    assert_eq!(server.write(b"are you there?")?, 14);
    Ok(())
}
only_if!(lan, a_peer_that_has_gone_while_the_cable_was_out_is_not_missed);

/// A client of a host that is not there is told that it is unreachable.
///
/// Nobody on the cable has answered to its address.
///
/// - Seen: `HostUnreachable`, after 3.1 s.
/// - Source: arp(7); ip(7), `EHOSTUNREACH`.
#[cfg(lan)]
#[test]
fn a_client_of_a_host_that_is_not_there_is_told_that_it_is_unreachable() -> io::Result<()> {
    let network = facts::Network::up(LENDER)?;
    let error = network.connect(1, "10.77.0.99:7878").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostUnreachable);
    Ok(())
}
only_if!(lan, a_client_of_a_host_that_is_not_there_is_told_that_it_is_unreachable);

/// A client without a route is told so at once.
///
/// The answer comes from its own system: nothing is sent.
///
/// - Seen: `NetworkUnreachable`.
/// - Source: connect(2), `ENETUNREACH`.
#[cfg(lan)]
#[test]
fn a_client_without_a_route_is_told_that_the_network_is_unreachable() -> io::Result<()> {
    let network = facts::Network::up(LENDER)?;
    let error = network.connect(2, "10.78.0.4:7878").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);
    Ok(())
}
only_if!(lan, a_client_without_a_route_is_told_that_the_network_is_unreachable);
