//! # Ports
//!
//! Who has a port, and when another may have it.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use facts::{accept, connect, only_if, own_addr, receive, until};
use socket2::{Domain, Socket, Type};

/// A listener without `SO_REUSEADDR`. Those of std have it, except on Windows.
fn bind_without_reuse(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&addr.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}

/// Serves one client, and hangs up before the client does.
fn serve_and_close_first(listener: TcpListener) -> io::Result<()> {
    let mut client = connect(listener.local_addr()?)?;
    let (server, _) = accept(&listener)?;
    drop((server, listener));
    assert_eq!(receive(&mut client)?, "");
    Ok(())
}

/// `SO_REUSEADDR` does not take a port from a listener.
///
/// - Tutorials: the option makes an address and a port reusable.
/// - Seen: both listeners have the option, and the second fails with `AddrInUse`.
/// - Source: socket(7), `SO_REUSEADDR`.
#[cfg(target_os = "linux")]
#[test]
fn so_reuseaddr_does_not_take_a_port_from_a_listener() -> io::Result<()> {
    let addr = own_addr()?;
    let listener = TcpListener::bind(addr)?;
    assert!(socket2::SockRef::from(&listener).reuse_address()?);
    let error = TcpListener::bind(addr).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    Ok(())
}
only_if!(
    target_os = "linux",
    so_reuseaddr_does_not_take_a_port_from_a_listener,
    "the option means something else on Windows, where std does not set it"
);

/// Without `SO_REUSEADDR`, a port stays in use after the server closed first.
///
/// The side that closes first keeps the connection in TIME-WAIT.
///
/// - Tutorials: when a program ends, its port is free again.
/// - Seen: `AddrInUse`. The port was free again after 60.9 s.
/// - Source: RFC 9293, section 3.6.1; socket(7), `SO_REUSEADDR`.
#[cfg(target_os = "linux")]
#[test]
fn without_so_reuseaddr_a_port_stays_in_use_after_the_server_closed_first() -> io::Result<()> {
    let addr = own_addr()?;
    serve_and_close_first(TcpListener::bind(addr)?)?;
    let error = bind_without_reuse(addr).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    Ok(())
}
only_if!(
    target_os = "linux",
    without_so_reuseaddr_a_port_stays_in_use_after_the_server_closed_first,
    "Windows lets the port be bound again"
);

/// A listener of std can be bound again at once after the server closed first.
///
/// It has the option set before it binds, except on Windows.
///
/// - Seen: the second `bind` succeeds.
/// - Source: socket(7), `SO_REUSEADDR`; `std::net::TcpListener::bind`.
#[test]
fn a_listener_of_std_can_be_bound_again_at_once_after_the_server_closed_first() -> io::Result<()> {
    let addr = own_addr()?;
    serve_and_close_first(TcpListener::bind(addr)?)?;
    TcpListener::bind(addr)?;
    Ok(())
}

/// `SO_REUSEADDR` does not help if the old listener had not set it.
///
/// - Tutorials: the option makes an address and a port reusable.
/// - Seen: `AddrInUse`, although the new one has the option.
/// - Source: socket(7), `SO_REUSEADDR`.
#[cfg(target_os = "linux")]
#[test]
fn so_reuseaddr_does_not_help_if_the_old_listener_had_not_set_it() -> io::Result<()> {
    let addr = own_addr()?;
    serve_and_close_first(bind_without_reuse(addr)?)?;
    let error = TcpListener::bind(addr).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    Ok(())
}
only_if!(
    target_os = "linux",
    so_reuseaddr_does_not_help_if_the_old_listener_had_not_set_it,
    "on other systems only the new listener must set it"
);

/// A listener of std can be bound again while an old connection lives on.
///
/// Only a listener is in the way.
///
/// - Seen: the new listener is bound, and the old connection still delivers.
/// - Source: socket(7), `SO_REUSEADDR`.
#[cfg(target_os = "linux")]
#[test]
fn a_listener_of_std_can_be_bound_again_while_an_old_connection_lives_on() -> io::Result<()> {
    use std::io::Write;

    let addr = own_addr()?;
    let listener = TcpListener::bind(addr)?;
    let mut client = connect(addr)?;
    let (mut server, _) = accept(&listener)?;
    drop(listener);

    let _again = TcpListener::bind(addr)?;
    server.write_all(b"still here")?;
    assert_eq!(receive(&mut client)?, "still here");
    Ok(())
}
only_if!(
    target_os = "linux",
    a_listener_of_std_can_be_bound_again_while_an_old_connection_lives_on,
    "std sets no SO_REUSEADDR on Windows"
);

/// A port is free soon after the client closed first.
///
/// TIME-WAIT is on the client's side then.
///
/// - Seen: it is bound again without `SO_REUSEADDR`.
/// - Source: RFC 9293, section 3.6.1.
#[test]
fn a_port_is_free_soon_after_the_client_closed_first() -> io::Result<()> {
    let addr = own_addr()?;
    let listener = TcpListener::bind(addr)?;
    let client = connect(addr)?;
    let (mut server, _) = accept(&listener)?;
    drop(client);
    assert_eq!(receive(&mut server)?, "");
    drop((server, listener));
    until(|| bind_without_reuse(addr).is_ok());
    Ok(())
}

/// A listener that had no connection leaves its port free at once.
///
/// Without a connection there is nothing to wait for.
///
/// - Tutorials: when a program ends, its port is free again.
/// - Seen: it is bound again without `SO_REUSEADDR`.
/// - Source: RFC 9293, section 3.6.1.
#[test]
fn a_listener_that_had_no_connection_leaves_its_port_free_at_once() -> io::Result<()> {
    let addr = own_addr()?;
    drop(bind_without_reuse(addr)?);
    bind_without_reuse(addr)?;
    Ok(())
}

/// The same port of two addresses takes two listeners.
///
/// An endpoint is an address with a port, never a port alone.
///
/// - Seen: each client reaches the listener of its address.
/// - Source: RFC 9293, section 4.
#[cfg(target_os = "linux")]
#[test]
fn the_same_port_of_two_addresses_takes_two_listeners() -> io::Result<()> {
    let one = own_addr()?;
    let other = SocketAddr::new(own_addr()?.ip(), one.port());
    let _listener = TcpListener::bind(one)?;
    let listener = TcpListener::bind(other)?;

    let _client_of_one = connect(one)?;
    let client = connect(other)?;
    let (_, accepted) = accept(&listener)?;
    assert_eq!(accepted, client.local_addr()?);
    Ok(())
}
only_if!(
    target_os = "linux",
    the_same_port_of_two_addresses_takes_two_listeners,
    "some systems have 127.0.0.1 only"
);

/// A datagram socket on a listener's port takes no client from it.
///
/// Each protocol has ports of its own.
///
/// - Seen: with both bound to one address, a TCP client is connected.
/// - Source: RFC 768; RFC 9293, section 3.1.
#[test]
fn a_port_of_tcp_and_a_port_of_udp_are_not_the_same() -> io::Result<()> {
    let addr = own_addr()?;
    let _listener = TcpListener::bind(addr)?;
    let _socket = UdpSocket::bind(addr)?;
    let _client = connect(addr)?;
    Ok(())
}

/// A port that the system picks is from a range of its own.
///
/// - Tutorials: the ports from 1024 to 65535 are given to programs that ask for one.
/// - Seen: 100 ports, all of them in the range of the machine: from 32768 to 60999.
/// - Source: RFC 6335, section 6; ip(7), `ip_local_port_range`.
#[cfg(target_os = "linux")]
#[test]
fn a_port_that_the_system_picks_is_from_a_range_of_its_own() -> io::Result<()> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")?;
    let ends: Vec<u16> = range.split_whitespace().filter_map(|end| end.parse().ok()).collect();
    for _ in 0..100 {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        assert!((ends[0]..=ends[1]).contains(&port), "{port} is not in {range}");
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    a_port_that_the_system_picks_is_from_a_range_of_its_own,
    "systems differ in the range, and in how they tell it"
);

/// A second client that wants the port of the first is refused it.
///
/// A client that binds port 0, or nothing, is given a port of its own.
///
/// - Tutorials: an example of std binds its client to port 34254.
/// - Seen: `AddrInUse` for the same port, and another port for 0.
/// - Source: bind(2), `EADDRINUSE`; ip(7), `ip_local_port_range`.
#[test]
fn a_second_client_that_wants_the_port_of_the_first_is_refused_it() -> io::Result<()> {
    let first = UdpSocket::bind(own_addr()?)?;
    let fixed = first.local_addr()?;
    assert_eq!(UdpSocket::bind(fixed).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    let second = UdpSocket::bind((fixed.ip(), 0))?;
    assert_ne!(second.local_addr()?, fixed);
    Ok(())
}
