//! # Addresses
//!
//! What an address and a port are, and which of them are this machine.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use facts::{listener, only_if};

/// An IPv4 socket does not reach an IPv6 address.
///
/// - Tutorials: the family `AF_INET` is IPv4 or IPv6.
/// - Seen: `connect` to `::1` fails with `EAFNOSUPPORT`.
/// - Source: RFC 3493, section 3.1; connect(2), `EAFNOSUPPORT`.
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
only_if!(
    target_os = "linux",
    an_ipv4_socket_does_not_reach_an_ipv6_address,
    "systems differ in the error"
);

/// The highest port is 65535: a port is a number of 16 bits.
///
/// - Tutorials: the same.
/// - Seen: 65535 is part of an address, 65536 is not.
/// - Source: RFC 9293, section 3.1.
#[test]
fn the_highest_port_is_65535() {
    assert!("127.0.0.1:65535".parse::<SocketAddr>().is_ok());
    assert!("127.0.0.1:65536".parse::<SocketAddr>().is_err());
}

/// An address without a port is invalid input.
///
/// - Tutorials: an address is a pair of a host and a port.
/// - Seen: `bind("127.0.0.1")` fails with `InvalidInput`.
/// - Source: `std::net::ToSocketAddrs`.
#[test]
fn an_address_without_a_port_is_invalid_input() {
    let error = "127.0.0.1".to_socket_addrs().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = TcpListener::bind("127.0.0.1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// Port 0 asks the system for any port that is free.
///
/// - Tutorials: the ports from 0 to 1024 are reserved for the system.
/// - Seen: two listeners on port 0 have two ports, and neither is 0.
/// - Source: ip(7), `ip_local_port_range`.
#[test]
fn port_0_asks_for_any_free_port() -> io::Result<()> {
    let (_one, one) = listener()?;
    let (_other, other) = listener()?;
    assert_ne!(one.port(), 0);
    assert_ne!(other.port(), 0);
    assert_ne!(one.port(), other.port());
    Ok(())
}

/// Only an address of the machine itself can be bound.
///
/// - Tutorials: an example binds 192.168.1.188, and does not say that it must be yours.
/// - Seen: 192.0.2.1, which is kept for examples, fails with `AddrNotAvailable`.
/// - Source: bind(2), `EADDRNOTAVAIL`; RFC 5737, section 3.
#[test]
fn the_address_of_another_machine_cannot_be_bound() {
    let error = TcpListener::bind("192.0.2.1:0").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
}

/// Every address that begins with 127 is this machine.
///
/// - Tutorials: an address names one machine of the network, and 127.0.0.1 is loopback.
/// - Seen: 127.0.0.1, 127.0.0.2, 127.9.8.7 and 127.255.255.254 are all reached.
/// - Source: RFC 1122, section 3.2.1.3.
#[cfg(target_os = "linux")]
#[test]
fn every_address_that_begins_with_127_is_this_machine() -> io::Result<()> {
    for host in ["127.0.0.1", "127.0.0.2", "127.9.8.7", "127.255.255.254"] {
        let listener = TcpListener::bind((host, 0))?;
        facts::connect(listener.local_addr()?)?;
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    every_address_that_begins_with_127_is_this_machine,
    "some systems have 127.0.0.1 only"
);

/// A listener on 0.0.0.0 is reached through every address of the machine.
///
/// - Tutorials: the same. One adds that the host may be left out, and does not say that this opens
///   the server to the network.
/// - Seen: 127.0.0.1 and 127.9.8.7 reach it. The accepted socket tells which of them was used.
/// - Source: ip(7), `INADDR_ANY`.
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
only_if!(
    target_os = "linux",
    a_listener_on_0_0_0_0_is_reached_through_every_address_of_the_machine,
    "some systems ask the user before a program listens beyond loopback"
);

/// Connecting to 0.0.0.0 reaches this machine.
///
/// The RFC has this address as a source only. Linux takes it for 127.0.0.1.
///
/// - Seen: the peer is 127.0.0.1.
/// - Source: RFC 1122, section 3.2.1.3.
#[cfg(target_os = "linux")]
#[test]
fn connecting_to_0_0_0_0_reaches_this_machine() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let client = facts::connect(SocketAddr::from(([0, 0, 0, 0], addr.port())))?;
    assert_eq!(client.peer_addr()?, addr);
    Ok(())
}
only_if!(
    target_os = "linux",
    connecting_to_0_0_0_0_reaches_this_machine,
    "some systems refuse this address"
);

/// A client has no address until it connects.
///
/// The system gives it one, and a port.
///
/// - Seen: 0.0.0.0:0 before, 127.0.0.1 with a port after.
/// - Source: ip(7); connect(2).
#[cfg(target_os = "linux")]
#[test]
fn a_client_has_no_address_until_it_connects() -> io::Result<()> {
    use socket2::{Domain, Socket, Type};

    let (_listener, addr) = listener()?;
    let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let before = client.local_addr()?.as_socket();
    assert_eq!(before, Some(SocketAddr::from(([0, 0, 0, 0], 0))));

    client.connect(&addr.into())?;
    let after = client.local_addr()?.as_socket();
    assert!(after.is_some_and(|local| local.ip() == addr.ip() && local.port() != 0));
    Ok(())
}
only_if!(
    target_os = "linux",
    a_client_has_no_address_until_it_connects,
    "some systems have an error for the question"
);

/// `bind` takes the first of several addresses that can be bound, and does not tell of the others.
///
/// A name can stand for several: `localhost` often for `[::1]` and 127.0.0.1.
///
/// - Seen: with the first address in use, the listener has the second, without an error.
/// - Source: `std::net::TcpListener::bind`; RFC 6761, section 6.3.
#[test]
fn bind_takes_the_first_of_several_addresses_that_can_be_bound() -> io::Result<()> {
    let (_listener, in_use) = listener()?;
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let second = TcpListener::bind([in_use, free].as_slice())?;
    assert_ne!(second.local_addr()?, in_use);
    Ok(())
}

/// A listener on `[::]` takes clients of IPv4, unless its socket is for IPv6 only.
///
/// What a new socket is, `/proc/sys/net/ipv6/bindv6only` says: 0 at first, which is for both.
///
/// - Seen: a client of 127.0.0.1 is accepted as `[::ffff:127.0.0.1]`, and refused when the listener
///   has the option `IPV6_V6ONLY`.
/// - Source: ipv6(7), `IPV6_V6ONLY`; RFC 3493, section 5.3.
#[cfg(ipv6)]
#[test]
fn a_listener_on_all_of_ipv6_takes_clients_of_ipv4_unless_it_is_for_ipv6_only() -> io::Result<()> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use socket2::{Domain, Socket, Type};

    for only in [false, true] {
        let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
        socket.set_only_v6(only)?;
        socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into())?;
        socket.listen(128)?;
        let listener = TcpListener::from(socket);
        let client = facts::connect((Ipv4Addr::LOCALHOST, listener.local_addr()?.port()).into());
        if only {
            assert_eq!(client.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        } else {
            let (_, peer) = facts::accept(&listener)?;
            assert_eq!(peer.ip(), IpAddr::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped()));
        }
    }
    Ok(())
}
only_if!(
    ipv6,
    a_listener_on_all_of_ipv6_takes_clients_of_ipv4_unless_it_is_for_ipv6_only,
    "systems differ, and some machines have no IPv6"
);

/// A loopback address is reached from another machine only where both were told to allow it.
///
/// The RFC forbids such an address outside of a machine. The setting `route_localnet` of an
/// interface lifts that, for those who build routers and containers.
///
/// - Seen: 127.0.0.99 of another host is out of reach before, and connected to after.
/// - Source: RFC 1122, section 3.2.1.3; `ip-sysctl` of the kernel's documentation, `route_localnet`.
#[cfg(lan)]
#[test]
fn a_loopback_address_is_reached_from_another_machine_only_where_both_allow_it() -> io::Result<()> {
    use std::time::Duration;

    const ADDR: &str = "127.0.0.99:7878";

    let network = facts::Network::up(env!("CARGO_BIN_EXE_lender"))?;
    let _listener = network.listen(2, ADDR)?;
    // Host 1 no longer takes this address for its own.
    let way = "ip route del local 127.0.0.0/8 dev lo table local
               ip route add 127.0.0.99 via 10.77.0.2 src 10.77.0.1";
    network.administer(1, way)?;
    assert!(network.connect_within(1, ADDR, Duration::from_millis(100)).is_err());
    for host in [1, 2] {
        network.administer(host, "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet")?;
    }
    network.connect(1, ADDR)?;
    Ok(())
}
only_if!(lan, a_loopback_address_is_reached_from_another_machine_only_where_both_allow_it);

/// A client is refused when the ports have run out that the system may pick.
///
/// One port serves for several connections, if they lead to different peers.
///
/// - Seen: with four ports, four connections to one address, and `AddrNotAvailable` for the fifth.
///   To another address it is connected.
/// - Source: connect(2), `EADDRNOTAVAIL`; ip(7), `ip_local_port_range`.
#[cfg(lan)]
#[test]
fn a_client_is_refused_when_the_ports_have_run_out() -> io::Result<()> {
    let network = facts::Network::up(env!("CARGO_BIN_EXE_lender"))?;
    network.administer(1, "echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range")?;
    let (one, other) = ("127.0.0.1:7878", "127.0.0.2:7878");
    let _listeners = [network.listen(1, one)?, network.listen(1, other)?];

    let _clients: Vec<_> = (0..4).map(|_| network.connect(1, one)).collect::<io::Result<_>>()?;
    let error = network.connect(1, one).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
    network.connect(1, other)?;
    Ok(())
}
only_if!(lan, a_client_is_refused_when_the_ports_have_run_out);
