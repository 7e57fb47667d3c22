//! Datagrams to everybody, on the broadcast address of loopback, which Linux has.
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "Linux alone has these facts"))]

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, UdpSocket};

use facts::{DEADLINE, only_on_linux};
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

/// ip(7), `SO_BROADCAST`, and send(2), `EACCES`.
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
only_on_linux!(
    sending_to_everybody_is_refused_to_who_has_not_asked,
    "some systems have no broadcast address on loopback"
);

/// ip(7) says that the option is needed to receive as well. It is not.
#[cfg(target_os = "linux")]
#[test]
fn receiving_needs_no_permission() -> io::Result<()> {
    let (receiver, port) = bind(ALL)?;
    assert!(!receiver.broadcast()?);
    permitted()?.send_to(b"hello", ("127.255.255.255", port))?;
    assert_eq!(next(&receiver)?, "hello");
    Ok(())
}
only_on_linux!(receiving_needs_no_permission, "some systems have no broadcast address on loopback");

// ANCHOR: where_it_arrives
/// ip(7): a socket is given what is sent to the address that it is bound to; 0.0.0.0 is any.
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
only_on_linux!(
    a_datagram_arrives_where_its_destination_is_bound,
    "some systems have no broadcast address on loopback"
);

// ANCHOR: every_socket
/// socket(7), `SO_REUSEADDR`; RFC 919, section 6: everybody on the network is meant.
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
only_on_linux!(
    one_send_arrives_at_every_socket_that_shares_the_port,
    "some systems have no broadcast address on loopback"
);

/// socket(7), `SO_REUSEADDR`: for datagrams, all who have the address must have set it.
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
only_on_linux!(
    a_port_is_shared_only_by_those_who_all_asked_for_it,
    "the option means something else on other systems"
);

/// bind(2), `EADDRINUSE`: the options count as they are when `bind` is called.
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
only_on_linux!(
    asking_to_share_after_bind_is_too_late,
    "the option means something else on other systems"
);

/// Linux: of those who share an address of one machine, the last to bind it is given everything.
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
only_on_linux!(
    what_is_sent_to_one_arrives_once_however_many_share_the_port,
    "systems differ in whom they choose"
);

/// ip(7): a broadcast is looped back to the host that it comes from.
#[cfg(target_os = "linux")]
#[test]
fn a_sender_that_listens_hears_itself() -> io::Result<()> {
    let (socket, port) = bind("0.0.0.0:0")?;
    socket.set_broadcast(true)?;
    socket.send_to(b"me", ("127.255.255.255", port))?;
    assert_eq!(next(&socket)?, "me");
    Ok(())
}
only_on_linux!(
    a_sender_that_listens_hears_itself,
    "some systems have no broadcast address on loopback"
);

/// udp(7): only a datagram to one host can be refused, by that host.
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
only_on_linux!(
    a_broadcast_that_nobody_hears_is_no_error,
    "some systems have no broadcast address on loopback"
);

/// RFC 919, section 4: there is no guarantee that anybody hears it. Nobody keeps it either.
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
only_on_linux!(
    who_binds_after_a_send_does_not_hear_it,
    "some systems have no broadcast address on loopback"
);

/// RFC 768: the length of a datagram is a number of 16 bits, and 28 bytes of it are headers.
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
only_on_linux!(the_longest_broadcast_has_65507_bytes, "systems differ in the length");

// ANCHOR: tcp
/// RFC 9293, section 3.9.2.3: a SYN to a broadcast address is not to be sent.
#[cfg(target_os = "linux")]
#[test]
fn tcp_connects_to_no_broadcast_address() {
    let error = TcpStream::connect("127.255.255.255:7878").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);
}
// ANCHOR_END: tcp
only_on_linux!(tcp_connects_to_no_broadcast_address, "systems differ in the error");
