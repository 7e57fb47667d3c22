//! Connections: how they come to be, and what they outlive.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;

use facts::{accept, connect, listener, own_addr, pair, receive};
use socket2::{Domain, Socket, Type};

/// RFC 9293, section 3.5: the handshake is between the two systems. No program takes part.
#[test]
fn the_kernel_completes_the_handshake_before_accept() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let client = connect(addr)?;
    assert_eq!(client.peer_addr()?, addr);
    Ok(())
}

/// accept(2): the connection is in a queue, and what its client sends waits with it.
#[test]
fn a_client_can_send_before_it_is_accepted() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    client.write_all(b"early")?;
    let (mut server, _) = accept(&listener)?;
    assert_eq!(receive(&mut server)?, "early");
    Ok(())
}

// ANCHOR: before_accept
/// accept(2): the connection waits in the queue even when its client has gone.
#[test]
fn what_a_client_sent_before_it_left_is_read_after_accept() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    client.write_all(b"farewell")?;
    drop(client);
    let (mut server, _) = accept(&listener)?;
    assert_eq!(receive(&mut server)?, "farewell");
    assert_eq!(receive(&mut server)?, "");
    Ok(())
}
// ANCHOR_END: before_accept

// ANCHOR: new_socket
/// accept(2): it creates a connected socket. The listener stays as it was.
#[test]
fn accept_returns_a_new_socket_on_the_port_of_the_listener() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let _clients = [connect(addr)?, connect(addr)?];
    let (one, _) = accept(&listener)?;
    let (other, _) = accept(&listener)?;
    assert_eq!(one.local_addr()?, addr);
    assert_eq!(other.local_addr()?, addr);
    assert_ne!(one.peer_addr()?, other.peer_addr()?);
    Ok(())
}
// ANCHOR_END: new_socket

/// accept(2): the address is that of the peer's socket.
#[test]
fn accept_tells_the_address_that_is_the_clients_own() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let client = connect(addr)?;
    let (server, peer) = accept(&listener)?;
    assert_eq!(peer, client.local_addr()?);
    assert_eq!(peer, server.peer_addr()?);
    Ok(())
}

/// accept(2): it takes the first connection of the queue.
#[test]
fn clients_are_accepted_in_the_order_in_which_they_came() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let clients = [connect(addr)?, connect(addr)?, connect(addr)?];
    for client in clients {
        let (_, accepted) = accept(&listener)?;
        assert_eq!(accepted, client.local_addr()?);
    }
    Ok(())
}

/// accept(2), `EWOULDBLOCK`.
#[test]
fn without_a_client_a_nonblocking_accept_would_block() -> io::Result<()> {
    let (listener, _) = listener()?;
    listener.set_nonblocking(true)?;
    let error = listener.accept().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    Ok(())
}

/// connect(2), `ECONNREFUSED`; RFC 9293, section 3.5.2: the answer is a reset.
#[test]
fn a_client_is_refused_where_nobody_listens() -> io::Result<()> {
    let error = connect(own_addr()?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}

/// listen(2): it is what makes a socket accept connections. A port alone does not.
#[test]
fn a_bound_socket_refuses_clients_until_it_listens() -> io::Result<()> {
    let addr = own_addr()?;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&addr.into())?;
    let error = connect(addr).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);

    socket.listen(1)?;
    connect(addr)?;
    Ok(())
}

/// RFC 9293, section 3.5.2: with the listener gone, the answer is a reset.
#[test]
fn a_closed_listener_refuses_new_clients() -> io::Result<()> {
    let addr = own_addr()?;
    let listener = TcpListener::bind(addr)?;
    let _client = connect(addr)?;
    drop(listener);
    let error = connect(addr).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}

/// RFC 9293, section 3.6: a connection ends by a close or, as these do, by an abort.
#[test]
fn closing_the_listener_resets_the_clients_in_its_queue() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    drop(listener);
    let error = client.read(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    Ok(())
}

/// accept(2): the accepted socket does not depend on the listener.
#[test]
fn an_accepted_connection_outlives_its_listener() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    let (mut server, _) = accept(&listener)?;
    drop(listener);
    server.write_all(b"still here")?;
    assert_eq!(receive(&mut client)?, "still here");
    Ok(())
}

/// close(2): a connection is closed with the last descriptor that refers to it.
#[test]
fn a_connection_stays_open_until_its_last_clone_is_dropped() -> io::Result<()> {
    let (mut client, server) = pair()?;
    let mut clone = server.try_clone()?;
    drop(server);
    clone.write_all(b"still here")?;
    assert_eq!(receive(&mut client)?, "still here");

    drop(clone);
    assert_eq!(receive(&mut client)?, "");
    Ok(())
}
