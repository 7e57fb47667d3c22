//! # Broadcast
//!
//! Datagrams to everybody: who may send them, and whom they reach.
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "Linux alone has these facts"))]

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, UdpSocket};

use facts::{DEADLINE, only_if};
use socket2::{Domain, Socket, Type};

const ALL: &str = "127.255.255.255:0";
const ONE: &str = "127.0.0.1:0";

/// A socket that waits no longer than the deadline, and its port.
fn bind(addr: &str) -> io::Result<(UdpSocket, u16)> {
    let socket = UdpSocket::bind(addr)?;
    socket.set_read_timeout(Some(DEADLINE))?;
    let port = socket.local_addr()?.port();
    Ok((socket, port))
}

/// A socket that may send to everybody.
fn permitted() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(ONE)?;
    socket.set_broadcast(true)?;
    Ok(socket)
}

// ANCHOR: share
/// A socket whose address and port others may have as well.
fn bind_shared(addr: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    Ok(socket.into())
}
// ANCHOR_END: share

/// Three sockets that share a port of the broadcast address, and its address.
fn three_that_share() -> io::Result<([UdpSocket; 3], SocketAddr)> {
    let first = bind_shared(ALL.parse().map_err(io::Error::other)?)?;
    let addr = first.local_addr()?;
    let sockets = [first, bind_shared(addr)?, bind_shared(addr)?];
    for socket in &sockets {
        socket.set_read_timeout(Some(DEADLINE))?;
    }
    Ok((sockets, addr))
}

/// What the next datagram says.
fn next(socket: &UdpSocket) -> io::Result<String> {
    let mut buffer = [0; 64];
    let (length, _) = socket.recv_from(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// Waits for a datagram that says this. Others who share the port may say something else.
fn hear(socket: &UdpSocket, text: &str) -> io::Result<()> {
    while next(socket)? != text {}
    Ok(())
}

/// Sending to everybody is refused to a socket without permission.
///
/// - Tutorials: the option `SO_BROADCAST` permits it.
/// - Seen: `send_to` and `connect` fail with `PermissionDenied`.
/// - Source: ip(7), `SO_BROADCAST`; send(2), `EACCES`.
#[cfg(target_os = "linux")]
#[test]
fn sending_to_everybody_is_refused_to_who_has_not_asked() -> io::Result<()> {
    let (_receiver, port) = bind(ALL)?;
    let socket = UdpSocket::bind(ONE)?;
    let error = socket.send_to(b"hello", ("127.255.255.255", port)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let error = socket.connect(("127.255.255.255", port)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    Ok(())
}
only_if!(
    target_os = "linux",
    sending_to_everybody_is_refused_to_who_has_not_asked,
    "some systems have no broadcast address on loopback"
);

/// Receiving a broadcast needs no permission.
///
/// - Tutorials: the receiver sets `SO_BROADCAST`, too.
/// - Seen: a receiver without the option hears it.
/// - Source: ip(7), `SO_BROADCAST`, which says the contrary.
#[cfg(target_os = "linux")]
#[test]
fn receiving_needs_no_permission() -> io::Result<()> {
    let (receiver, port) = bind(ALL)?;
    assert!(!receiver.broadcast()?);
    permitted()?.send_to(b"hello", ("127.255.255.255", port))?;
    assert_eq!(next(&receiver)?, "hello");
    Ok(())
}
only_if!(
    target_os = "linux",
    receiving_needs_no_permission,
    "some systems have no broadcast address on loopback"
);

/// A datagram arrives where the address that it was sent to is bound.
///
/// The address 0.0.0.0 stands for all.
///
/// - Tutorials: a broadcast reaches every computer of the network.
/// - Seen: a socket on 127.255.255.255 hears the broadcast only, one on 127.0.0.1 what is sent to
///   it only, one on 0.0.0.0 both.
/// - Source: ip(7).
// ANCHOR: where_it_arrives
#[cfg(target_os = "linux")]
#[test]
fn a_datagram_arrives_where_its_destination_is_bound() -> io::Result<()> {
    for (bound, expected) in [
        ("0.0.0.0:0", ["to all", "to one"].as_slice()),
        ("127.255.255.255:0", &["to all"]),
        ("127.0.0.1:0", &["to one"]),
    ] {
        let (receiver, port) = bind(bound)?;
        let sender = permitted()?;
        for text in ["to all", "end"] {
            sender.send_to(text.as_bytes(), ("127.255.255.255", port))?;
            let text = text.replace("all", "one");
            sender.send_to(text.as_bytes(), ("127.0.0.1", port))?;
        }
        let heard = std::iter::from_fn(|| next(&receiver).ok().filter(|text| text != "end"));
        assert_eq!(heard.collect::<Vec<_>>(), expected, "bound to {bound}");
    }
    Ok(())
}
// ANCHOR_END: where_it_arrives
only_if!(
    target_os = "linux",
    a_datagram_arrives_where_its_destination_is_bound,
    "some systems have no broadcast address on loopback"
);

/// One broadcast arrives at every socket that shares the port.
///
/// - Seen: one send, three sockets, three copies.
/// - Source: RFC 919, section 7; socket(7), `SO_REUSEADDR`.
// ANCHOR: every_socket
#[cfg(target_os = "linux")]
#[test]
fn one_send_arrives_at_every_socket_that_shares_the_port() -> io::Result<()> {
    let (receivers, addr) = three_that_share()?;
    permitted()?.send_to(b"all of you", addr)?;
    for receiver in &receivers {
        hear(receiver, "all of you")?;
    }
    Ok(())
}
// ANCHOR_END: every_socket
only_if!(
    target_os = "linux",
    one_send_arrives_at_every_socket_that_shares_the_port,
    "some systems have no broadcast address on loopback"
);

/// A port is shared only by sockets that all asked for it.
///
/// - Seen: one socket without `SO_REUSEADDR`, the first or the last, and `bind` fails with
///   `AddrInUse`.
/// - Source: socket(7), `SO_REUSEADDR`.
#[cfg(target_os = "linux")]
#[test]
fn a_port_is_shared_only_by_those_who_all_asked_for_it() -> io::Result<()> {
    let (alone, _) = bind(ALL)?;
    let error = bind_shared(alone.local_addr()?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);

    let (_receivers, addr) = three_that_share()?;
    let error = UdpSocket::bind(addr).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_port_is_shared_only_by_those_who_all_asked_for_it,
    "the option means something else on other systems"
);

/// Asking to share a port helps only before `bind`.
///
/// - Tutorials: a comment says to set it before `bind`.
/// - Seen: `AddrInUse` without the option; with it, the same `bind` succeeds.
/// - Source: bind(2), `EADDRINUSE`.
#[cfg(target_os = "linux")]
#[test]
fn asking_to_share_after_bind_is_too_late() -> io::Result<()> {
    let (_receivers, addr) = three_that_share()?;
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    let error = socket.bind(&addr.into()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    Ok(())
}
only_if!(
    target_os = "linux",
    asking_to_share_after_bind_is_too_late,
    "the option means something else on other systems"
);

/// What is sent to one arrives once, however many sockets share the port.
///
/// - Seen: of two sockets, the last one bound has it, and the first has nothing.
/// - Source: socket(7), `SO_REUSEADDR`, which leaves open who gets it.
#[cfg(target_os = "linux")]
#[test]
fn what_is_sent_to_one_arrives_once_however_many_share_the_port() -> io::Result<()> {
    let addr = facts::own_addr()?;
    let (first, last) = (bind_shared(addr)?, bind_shared(addr)?);
    UdpSocket::bind(ONE)?.send_to(b"one of you", addr)?;
    last.set_read_timeout(Some(DEADLINE))?;
    assert_eq!(next(&last)?, "one of you");
    first.set_nonblocking(true)?;
    assert_eq!(next(&first).unwrap_err().kind(), ErrorKind::WouldBlock);
    Ok(())
}
only_if!(
    target_os = "linux",
    what_is_sent_to_one_arrives_once_however_many_share_the_port,
    "systems differ in whom they choose"
);

/// Of those who share a port, a socket that is connected to the sender hears what is for one.
///
/// - Seen: the first socket, which is connected, has it, and the last one bound has nothing.
/// - Source: socket(7), `SO_REUSEADDR`, which leaves open who gets it; connect(2).
#[cfg(target_os = "linux")]
#[test]
fn of_those_who_share_a_port_one_connected_to_the_sender_hears_it() -> io::Result<()> {
    let addr = facts::own_addr()?;
    let (first, last) = (bind_shared(addr)?, bind_shared(addr)?);
    let sender = UdpSocket::bind(ONE)?;
    first.connect(sender.local_addr()?)?;
    sender.send_to(b"one of you", addr)?;
    first.set_read_timeout(Some(DEADLINE))?;
    assert_eq!(next(&first)?, "one of you");
    last.set_nonblocking(true)?;
    assert_eq!(next(&last).unwrap_err().kind(), ErrorKind::WouldBlock);
    Ok(())
}
only_if!(
    target_os = "linux",
    of_those_who_share_a_port_one_connected_to_the_sender_hears_it,
    "systems differ in whom they choose"
);

/// A sender that listens hears its own broadcast.
///
/// - Seen: one socket, bound to 0.0.0.0, receives what it has sent.
/// - Source: ip(7).
#[cfg(target_os = "linux")]
#[test]
fn a_sender_that_listens_hears_itself() -> io::Result<()> {
    let (socket, port) = bind("0.0.0.0:0")?;
    socket.set_broadcast(true)?;
    socket.send_to(b"me", ("127.255.255.255", port))?;
    assert_eq!(next(&socket)?, "me");
    Ok(())
}
only_if!(
    target_os = "linux",
    a_sender_that_listens_hears_itself,
    "some systems have no broadcast address on loopback"
);

/// A broadcast that nobody hears is no error.
///
/// Only a datagram to one host is answered with an error.
///
/// - Seen: two sends succeed, and no error is left on the socket.
/// - Source: RFC 1122, section 3.2.2; udp(7).
#[cfg(target_os = "linux")]
#[test]
fn a_broadcast_that_nobody_hears_is_no_error() -> io::Result<()> {
    let (gone, port) = bind(ALL)?;
    drop(gone);
    let sender = permitted()?;
    for _ in 0..2 {
        sender.send_to(b"anybody?", ("127.255.255.255", port))?;
    }
    assert!(sender.take_error()?.is_none());
    Ok(())
}
only_if!(
    target_os = "linux",
    a_broadcast_that_nobody_hears_is_no_error,
    "some systems have no broadcast address on loopback"
);

/// Who binds after a send does not hear it.
///
/// Nobody keeps a broadcast for those who come later.
///
/// - Tutorials: every computer of the network can receive it.
/// - Seen: the late socket hears the next message first.
/// - Source: RFC 919, section 4.
#[cfg(target_os = "linux")]
#[test]
fn who_binds_after_a_send_does_not_hear_it() -> io::Result<()> {
    let (early, addr) = three_that_share()?;
    let sender = permitted()?;
    sender.send_to(b"before", addr)?;
    let late = bind_shared(addr)?;
    late.set_read_timeout(Some(DEADLINE))?;
    sender.send_to(b"after", addr)?;
    hear(&early[0], "before")?;
    assert_ne!(next(&late)?, "before");
    Ok(())
}
only_if!(
    target_os = "linux",
    who_binds_after_a_send_does_not_hear_it,
    "some systems have no broadcast address on loopback"
);

/// The longest broadcast has 65,507 bytes.
///
/// A packet has at most 65,535, of which 28 are headers.
///
/// - Tutorials: at most 500 bytes are of use.
/// - Seen: 65,507 bytes arrive, 65,508 fail with `EMSGSIZE`.
/// - Source: RFC 768; udp(7), `EMSGSIZE`.
#[cfg(target_os = "linux")]
#[test]
fn the_longest_broadcast_has_65507_bytes() -> io::Result<()> {
    let (receiver, _) = bind(ALL)?;
    let sender = permitted()?;
    sender.send_to(&vec![b'g'; 65_507], receiver.local_addr()?)?;
    assert_eq!(receiver.recv_from(&mut vec![0; 65_507])?.0, 65_507);
    let error = sender.send_to(&vec![b'g'; 65_508], receiver.local_addr()?).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MSGSIZE.raw_os_error()));
    Ok(())
}
only_if!(
    target_os = "linux",
    the_longest_broadcast_has_65507_bytes,
    "systems differ in the length"
);

/// TCP connects to no broadcast address.
///
/// - Tutorials: TCP cannot broadcast, it is point to point.
/// - Seen: `NetworkUnreachable`.
/// - Source: RFC 9293, section 3.9.2.3.
// ANCHOR: tcp
#[cfg(target_os = "linux")]
#[test]
fn tcp_connects_to_no_broadcast_address() {
    let error = TcpStream::connect("127.255.255.255:7878").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);
}
// ANCHOR_END: tcp
only_if!(target_os = "linux", tcp_connects_to_no_broadcast_address, "systems differ in the error");

/// A network whose host 1 sends: what it sends, and what host 2 or host 4 hears of it.
///
/// Hosts 1 to 3 are 10.77.0.1 to 10.77.0.3. Host 4, on the same cable, is 10.78.0.4.
#[cfg(lan)]
struct Cable {
    sender: UdpSocket,
    receiver: UdpSocket,
    network: facts::Network,
}

#[cfg(lan)]
impl Cable {
    /// A receiver on every address of its host.
    fn to_host(host: u8) -> io::Result<Self> {
        let network = facts::Network::up(env!("CARGO_BIN_EXE_lender"))?;
        let sender = network.bind(1, "0.0.0.0:0")?;
        let receiver = network.bind(host, "0.0.0.0:7878")?;
        Ok(Self { sender, receiver, network })
    }

    /// Whether the receiver hears what is sent to `addr`, and not only what is sent to the cable
    /// after it.
    fn carries(&self, addr: &str) -> io::Result<bool> {
        self.sender.send_to(b"is it heard?", addr)?;
        self.sender.send_to(b"end", "255.255.255.255:7878")?;
        let heard = next(&self.receiver)? == "is it heard?";
        Ok(heard && next(&self.receiver)? == "end")
    }
}

/// A broadcast to a subnet reaches that subnet only.
///
/// The limited broadcast, 255.255.255.255, reaches whoever is on the cable.
///
/// - Tutorials: a broadcast reaches every computer of the network.
/// - Seen: a host of another subnet, on the same cable, hears the limited broadcast only.
/// - Source: RFC 919, section 7; RFC 922, section 7.
#[cfg(lan)]
#[test]
fn a_broadcast_to_a_subnet_reaches_that_subnet_only() -> io::Result<()> {
    assert!(Cable::to_host(2)?.carries("10.77.0.255:7878")?);
    let other = Cable::to_host(4)?;
    assert!(!other.carries("10.77.0.255:7878")?);
    assert!(other.carries("255.255.255.255:7878")?);
    Ok(())
}
only_if!(lan, a_broadcast_to_a_subnet_reaches_that_subnet_only);

/// The broadcast address of another subnet is an address like any other.
///
/// A sender cannot know how other subnets are cut.
///
/// - Seen: no permission is needed, and nobody hears it.
/// - Source: RFC 2644; ip(7), `SO_BROADCAST`.
#[cfg(lan)]
#[test]
fn the_broadcast_address_of_another_subnet_is_an_address_like_any_other() -> io::Result<()> {
    let cable = Cable::to_host(4)?;
    assert!(!cable.carries("10.78.0.255:7878")?);
    cable.sender.set_broadcast(false)?;
    assert!(cable.sender.send_to(b"hello", "10.78.0.255:7878").is_ok());
    assert!(cable.sender.send_to(b"hello", "10.77.0.255:7878").is_err());
    Ok(())
}
only_if!(lan, the_broadcast_address_of_another_subnet_is_an_address_like_any_other);

/// A router passes a broadcast on to its subnet only when it was told to.
///
/// Such broadcasts were used to flood others, so the RFC has them off at first.
///
/// - Seen: through a router a host of another subnet hears what is sent to it, and what is sent to
///   10.78.0.255 only after `bc_forwarding` was set.
/// - Source: RFC 2644; `ip-sysctl` of the kernel's documentation, `bc_forwarding`.
#[cfg(lan)]
#[test]
fn a_router_passes_a_broadcast_on_only_when_it_was_told_to() -> io::Result<()> {
    let network = facts::Network::up(env!("CARGO_BIN_EXE_lender"))?;
    let router = "ip address add 10.78.0.3/24 broadcast + dev eth0
                  echo 1 > /proc/sys/net/ipv4/ip_forward";
    network.administer(3, router)?;
    network.administer(2, "ip route add 10.78.0.0/24 via 10.77.0.3")?;
    let sender = network.bind(2, "0.0.0.0:0")?;
    let receiver = network.bind(4, "0.0.0.0:7878")?;

    sender.send_to(b"not yet", "10.78.0.255:7878")?;
    sender.send_to(b"to you", "10.78.0.4:7878")?;
    assert_eq!(next(&receiver)?, "to you");

    let forward = "for of in all eth0; do
                       echo 1 > /proc/sys/net/ipv4/conf/$of/bc_forwarding
                   done";
    network.administer(3, forward)?;
    sender.send_to(b"to all of you", "10.78.0.255:7878")?;
    assert_eq!(next(&receiver)?, "to all of you");
    Ok(())
}
only_if!(lan, a_router_passes_a_broadcast_on_only_when_it_was_told_to);

/// Only 255.255.255.255 is the limited broadcast.
///
/// - Tutorials: 255.255.255.25 is the whole network.
/// - Seen: the send to 255.255.255.25 succeeds, and nobody hears it.
/// - Source: RFC 919, section 7; RFC 1112, section 4.
#[cfg(lan)]
#[test]
fn what_is_sent_to_255_255_255_25_is_heard_by_nobody() -> io::Result<()> {
    let cable = Cable::to_host(2)?;
    assert!(!cable.carries("255.255.255.25:7878")?);
    assert!(cable.carries("255.255.255.255:7878")?);
    Ok(())
}
only_if!(lan, what_is_sent_to_255_255_255_25_is_heard_by_nobody);

/// What is sent to 0.0.0.0 does not leave the machine.
///
/// - Tutorials: an empty address is the broadcast form. In Python it stands for 0.0.0.0.
/// - Seen: a receiver on the sender's host hears it, from 127.0.0.1; one on another host does not.
/// - Source: RFC 1122, section 3.2.1.3.
#[cfg(lan)]
#[test]
fn what_is_sent_to_0_0_0_0_does_not_leave_the_machine() -> io::Result<()> {
    let cable = Cable::to_host(2)?;
    let here = cable.network.bind(1, "0.0.0.0:7878")?;
    assert!(!cable.carries("0.0.0.0:7878")?);
    let (_, from) = here.recv_from(&mut [0; 64])?;
    assert!(from.ip().is_loopback());
    Ok(())
}
only_if!(lan, what_is_sent_to_0_0_0_0_does_not_leave_the_machine);

/// The limited broadcast needs a route, or a sender that is bound to an address.
///
/// Without either, the system does not know on which cable it is meant.
///
/// - Seen: `NetworkUnreachable` from a host without a default route, and success once the sender is
///   bound to 10.77.0.2.
/// - Source: send(2); ip(7).
#[cfg(lan)]
#[test]
fn the_limited_broadcast_needs_a_route_or_a_sender_bound_to_an_address() -> io::Result<()> {
    let network = facts::Network::up(env!("CARGO_BIN_EXE_lender"))?;
    let receiver = network.bind(3, "0.0.0.0:7878")?;
    let sender = network.bind(2, "0.0.0.0:0")?;
    let error = sender.send_to(b"hello", "255.255.255.255:7878").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);

    let bound = network.bind(2, "10.77.0.2:0")?;
    bound.send_to(b"hello", "255.255.255.255:7878")?;
    assert_eq!(next(&receiver)?, "hello");
    Ok(())
}
only_if!(lan, the_limited_broadcast_needs_a_route_or_a_sender_bound_to_an_address);
