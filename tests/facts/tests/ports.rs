//! Who has a port, and when another may have it.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use facts::{accept, connect, only_on_linux, own_addr, receive, until};
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

/// socket(7), `SO_REUSEADDR`, which std sets.
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
only_on_linux!(
    so_reuseaddr_does_not_take_a_port_from_a_listener,
    "the option means something else on Windows, where std does not set it"
);

/// RFC 9293, section 3.6.1: the side that closes first keeps the connection in TIME-WAIT.
#[cfg(target_os = "linux")]
#[test]
fn without_so_reuseaddr_a_port_stays_in_use_after_the_server_closed_first() -> io::Result<()> {
    let addr = own_addr()?;
    serve_and_close_first(TcpListener::bind(addr)?)?;
    let error = bind_without_reuse(addr).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    Ok(())
}
only_on_linux!(
    without_so_reuseaddr_a_port_stays_in_use_after_the_server_closed_first,
    "Windows lets the port be bound again"
);

/// socket(7), `SO_REUSEADDR`, which std sets before it binds.
#[test]
fn a_listener_of_std_can_be_bound_again_at_once_after_the_server_closed_first() -> io::Result<()> {
    let addr = own_addr()?;
    serve_and_close_first(TcpListener::bind(addr)?)?;
    TcpListener::bind(addr)?;
    Ok(())
}

/// socket(7), NOTES: both the old socket and the new one must have set the option.
#[cfg(target_os = "linux")]
#[test]
fn so_reuseaddr_does_not_help_if_the_old_listener_had_not_set_it() -> io::Result<()> {
    let addr = own_addr()?;
    serve_and_close_first(bind_without_reuse(addr)?)?;
    let error = TcpListener::bind(addr).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    Ok(())
}
only_on_linux!(
    so_reuseaddr_does_not_help_if_the_old_listener_had_not_set_it,
    "on other systems only the new listener must set it"
);

/// socket(7), `SO_REUSEADDR`: only a listener is in the way, not a connection that lives on.
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
only_on_linux!(
    a_listener_of_std_can_be_bound_again_while_an_old_connection_lives_on,
    "std sets no SO_REUSEADDR on Windows"
);

/// RFC 9293, section 3.6.1: TIME-WAIT, which lasts a minute on Linux, is the client's then.
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

/// RFC 9293, section 3.6.1: without a connection there is nothing to wait for.
#[test]
fn a_listener_that_had_no_connection_leaves_its_port_free_at_once() -> io::Result<()> {
    let addr = own_addr()?;
    drop(bind_without_reuse(addr)?);
    bind_without_reuse(addr)?;
    Ok(())
}

/// RFC 9293, section 4: a socket is an address with a port, and never the port alone.
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
only_on_linux!(
    the_same_port_of_two_addresses_takes_two_listeners,
    "some systems have 127.0.0.1 only"
);

/// RFC 768 and RFC 9293, section 3.1: each protocol has ports of its own.
#[test]
fn a_port_of_tcp_and_a_port_of_udp_are_not_the_same() -> io::Result<()> {
    let addr = own_addr()?;
    let _listener = TcpListener::bind(addr)?;
    let _socket = UdpSocket::bind(addr)?;
    let _client = connect(addr)?;
    Ok(())
}
