//! Addresses and ports: what they are, and which of them are this machine.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use facts::{listener, only_on_linux};

/// connect(2), `EAFNOSUPPORT`; RFC 3493, section 3.1: IPv6 is an address family of its own.
#[cfg(target_os = "linux")]
#[test]
fn an_ipv4_socket_does_not_reach_an_ipv6_address() -> io::Result<()> {
    use std::net::Ipv6Addr;

    use rustix::io::Errno;
    use socket2::{Domain, Socket, Type};

    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let addr = SocketAddr::from((Ipv6Addr::LOCALHOST, 80));
    let error = socket.connect(&addr.into()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::AFNOSUPPORT.raw_os_error()));
    Ok(())
}
only_on_linux!(an_ipv4_socket_does_not_reach_an_ipv6_address, "systems differ in the error");

/// RFC 9293, section 3.1: a port is a number of 16 bits.
#[test]
fn the_highest_port_is_65535() {
    assert!("127.0.0.1:65535".parse::<SocketAddr>().is_ok());
    assert!("127.0.0.1:65536".parse::<SocketAddr>().is_err());
}

/// `std::net::ToSocketAddrs`: a text is an address only with its port.
#[test]
fn an_address_without_a_port_is_invalid_input() {
    let error = "127.0.0.1".to_socket_addrs().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = TcpListener::bind("127.0.0.1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// ip(7), `ip_local_port_range`: port 0 in `bind` asks for any port that is free.
#[test]
fn port_0_asks_for_any_free_port() -> io::Result<()> {
    let (_one, one) = listener()?;
    let (_other, other) = listener()?;
    assert_ne!(one.port(), 0);
    assert_ne!(other.port(), 0);
    assert_ne!(one.port(), other.port());
    Ok(())
}

/// bind(2), `EADDRNOTAVAIL`. The address is one that RFC 5737 keeps for examples.
#[test]
fn the_address_of_another_machine_cannot_be_bound() {
    let error = TcpListener::bind("192.0.2.1:0").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
}

/// RFC 1122, section 3.2.1.3: every address that begins with 127 stays inside the machine.
#[cfg(target_os = "linux")]
#[test]
fn every_address_that_begins_with_127_is_this_machine() -> io::Result<()> {
    for host in ["127.0.0.1", "127.0.0.2", "127.9.8.7", "127.255.255.254"] {
        let listener = TcpListener::bind((host, 0))?;
        facts::connect(listener.local_addr()?)?;
    }
    Ok(())
}
only_on_linux!(
    every_address_that_begins_with_127_is_this_machine,
    "some systems have 127.0.0.1 only"
);

/// ip(7), `INADDR_ANY`. The accepted socket knows which address its client has connected to.
#[cfg(target_os = "linux")]
#[test]
fn a_listener_on_0_0_0_0_is_reached_through_every_address_of_the_machine() -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:0")?;
    let port = listener.local_addr()?.port();
    for host in [[127, 0, 0, 1], [127, 9, 8, 7]] {
        let addr = SocketAddr::from((host, port));
        let _client = facts::connect(addr)?;
        let (server, _) = facts::accept(&listener)?;
        assert_eq!(server.local_addr()?, addr);
    }
    Ok(())
}
only_on_linux!(
    a_listener_on_0_0_0_0_is_reached_through_every_address_of_the_machine,
    "some systems ask the user before a program listens beyond loopback"
);

/// RFC 1122, section 3.2.1.3, has 0.0.0.0 as a source only; Linux takes it for 127.0.0.1.
#[cfg(target_os = "linux")]
#[test]
fn connecting_to_0_0_0_0_reaches_this_machine() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let client = facts::connect(SocketAddr::from(([0, 0, 0, 0], addr.port())))?;
    assert_eq!(client.peer_addr()?, addr);
    Ok(())
}
only_on_linux!(connecting_to_0_0_0_0_reaches_this_machine, "some systems refuse this address");
