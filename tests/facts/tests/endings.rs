//! # The end of a connection
//!
//! By a close, by a kill, by a reset.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use facts::{only_if, pair, receive};
use socket2::Socket;

/// The end of the stream is read again and again.
///
/// Zero is the end of the stream. It does not block, and it does not go away.
///
/// - Tutorials: on Linux, a client that ends by force makes the server receive empty data for ever.
/// - Seen: 1,000 reads, 1,000 times zero.
/// - Source: read(2).
// ANCHOR: again_and_again
#[test]
fn the_end_of_the_stream_is_read_again_and_again() -> io::Result<()> {
    let (client, mut server) = pair()?;
    drop(client);
    for _ in 0..1000 {
        assert_eq!(server.read(&mut [0; 8])?, 0);
    }
    Ok(())
}
// ANCHOR_END: again_and_again

/// Last words are read before the end of the stream.
///
/// What was sent before a close is delivered before it.
///
/// - Seen: `last words`, then zero bytes.
/// - Source: RFC 9293, section 3.6.
#[test]
fn last_words_are_read_before_the_end_of_the_stream() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"last words")?;
    drop(client);
    assert_eq!(receive(&mut server)?, "last words");
    assert_eq!(receive(&mut server)?, "");
    Ok(())
}

/// A client that has finished sending still receives the answer.
///
/// The two directions are closed independently.
///
/// - Seen: the question, the end of the stream, and then the answer.
/// - Source: RFC 9293, section 3.6; shutdown(2).
// ANCHOR: half_close
#[test]
fn a_client_that_has_finished_sending_still_receives_the_answer() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"question")?;
    client.shutdown(Shutdown::Write)?;

    let mut question = String::new();
    server.read_to_string(&mut question)?;
    assert_eq!(question, "question");
    server.write_all(b"answer")?;
    assert_eq!(receive(&mut client)?, "answer");
    Ok(())
}
// ANCHOR_END: half_close

/// A killed client ends its stream like any other.
///
/// The system closes what a program had open, however it ended.
///
/// - Tutorials: a client that ends by force is a case of its own.
/// - Seen: zero bytes.
/// - Source: close(2); _exit(2).
#[cfg(target_os = "linux")]
#[test]
fn a_killed_client_ends_its_stream_as_any_other() -> io::Result<()> {
    use std::process::{Command, Stdio};

    let (listener, addr) = facts::listener()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_idle_client"));
    let mut client = command.arg(addr.to_string()).stdin(Stdio::piped()).spawn()?;
    let (mut server, _) = facts::accept(&listener)?;
    client.kill()?;
    client.wait()?;
    assert_eq!(receive(&mut server)?, "");
    Ok(())
}
only_if!(
    target_os = "linux",
    a_killed_client_ends_its_stream_as_any_other,
    "Windows resets its connections"
);

/// A connection outlives its program while a child of that program holds it.
///
/// The system closes it when the last process that has it has ended. Sockets of std are not handed
/// to children, unless one asks for it.
///
/// - Seen: with the client's end dropped, the read waits until the child has ended, too.
/// - Source: close(2); fork(2).
#[cfg(target_os = "linux")]
#[test]
fn a_connection_outlives_its_program_while_a_child_holds_it() -> io::Result<()> {
    use std::os::fd::OwnedFd;
    use std::process::{Command, Stdio};

    let (client, mut server) = pair()?;
    let mut command = Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(OwnedFd::from(client)).spawn()?;
    // It has a copy of what its child is to have.
    drop(command);
    server.set_read_timeout(Some(Duration::from_millis(100)))?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);

    server.set_read_timeout(Some(facts::DEADLINE))?;
    child.kill()?;
    child.wait()?;
    assert_eq!(receive(&mut server)?, "");
    Ok(())
}
only_if!(
    target_os = "linux",
    a_connection_outlives_its_program_while_a_child_holds_it,
    "systems differ in what a child is given"
);

/// A sender that has closed stays in FIN-WAIT-1 while its peer does not read.
///
/// FIN is sent after all bytes, and these wait for room at the peer.
///
/// - Seen: the state, for as long as the peer read nothing, and another one once it had read.
/// - Source: RFC 9293, section 3.3.2.
#[cfg(target_os = "linux")]
#[test]
fn a_sender_that_has_closed_stays_in_fin_wait_1_while_its_peer_does_not_read() -> io::Result<()> {
    const FIN_WAIT_1: &str = "04";

    let (mut client, mut server) = pair()?;
    client.set_nonblocking(true)?;
    while client.write(&[0; 1 << 14]).is_ok() {}
    let (own, peer) = (client.local_addr()?, client.peer_addr()?);
    drop(client);

    let stays = || state(own, peer).is_ok_and(|state| state.as_deref() == Some(FIN_WAIT_1));
    // A program that another test is starting may have had a copy of the socket.
    facts::until(stays);
    std::thread::sleep(Duration::from_millis(100));
    assert!(stays());
    io::copy(&mut server, &mut io::sink())?;
    facts::until(|| !stays());
    Ok(())
}
only_if!(
    target_os = "linux",
    a_sender_that_has_closed_stays_in_fin_wait_1_while_its_peer_does_not_read,
    "systems differ in how they tell the state"
);

/// The state of the end of a connection that has the address `own`, as a number of two digits.
///
/// Only both addresses tell it from others: a port can be that of connections to several peers.
#[cfg(target_os = "linux")]
fn state(own: std::net::SocketAddr, peer: std::net::SocketAddr) -> io::Result<Option<String>> {
    let host = u32::from_ne_bytes([127, 0, 0, 1]);
    let [own, peer] = [own, peer].map(|addr| format!("{host:08X}:{:04X}", addr.port()));
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let mut rows = table.lines().map(|row| row.split_ascii_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row.get(1..3) == Some(&[own.as_str(), peer.as_str()]));
    Ok(row.and_then(|row| row.get(3).map(|&state| state.to_owned())))
}

/// Closing with bytes unread resets the connection.
///
/// The reset shows that data was lost.
///
/// - Tutorials: `ConnectionResetError` is what Windows does; Linux reads empty data.
/// - Seen: `ConnectionReset`, on Linux too.
/// - Source: RFC 1122, section 4.2.2.13, page 87; RFC 9293, section 3.6.1.
// ANCHOR: unread
#[test]
fn closing_with_bytes_unread_resets_the_connection() -> io::Result<()> {
    let (client, mut server) = pair()?;
    server.write_all(b"unread")?;
    assert_eq!(client.peek(&mut [0])?, 1);
    drop(client);
    let error = server.read(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    Ok(())
}
// ANCHOR_END: unread

/// A reset is read once, and then the end of the stream.
///
/// - Seen: `ConnectionReset`, then zero bytes, three times.
/// - Source: RFC 9293, section 3.10.7.4.
#[test]
fn a_reset_is_read_once_and_then_the_end_of_the_stream() -> io::Result<()> {
    let (client, mut server) = pair()?;
    reset(client)?;
    let error = server.read(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    for _ in 0..3 {
        assert_eq!(server.read(&mut [0; 8])?, 0);
    }
    Ok(())
}

/// What arrived before a reset is still read.
///
/// - Seen: `last words`, then `ConnectionReset`.
/// - Source: RFC 9293, section 3.10.7.4, which lets it be lost.
#[cfg(target_os = "linux")]
#[test]
fn what_arrived_before_a_reset_is_still_read() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"last words")?;
    reset(client)?;
    assert_eq!(receive(&mut server)?, "last words");
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    Ok(())
}
only_if!(target_os = "linux", what_arrived_before_a_reset_is_still_read, "others may lose it");

/// The first write after a reset fails with a reset, the second with a broken pipe.
///
/// - Seen: `ConnectionReset`, then `BrokenPipe`.
/// - Source: send(2), `ECONNRESET`, `EPIPE`.
#[cfg(target_os = "linux")]
#[test]
fn the_first_write_after_a_reset_is_reset_and_the_second_a_broken_pipe() -> io::Result<()> {
    let (client, mut server) = pair()?;
    reset(client)?;
    facts::until(|| facts::has_hung_up(&server));
    assert_eq!(server.write(b"first").unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.write(b"second").unwrap_err().kind(), ErrorKind::BrokenPipe);
    Ok(())
}
only_if!(
    target_os = "linux",
    the_first_write_after_a_reset_is_reset_and_the_second_a_broken_pipe,
    "Windows has other errors for it"
);

/// A client that reset in the queue is accepted, and its first read fails.
///
/// - Seen: `accept` succeeds; the read fails with `ConnectionReset`.
/// - Source: accept(2).
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_reset_in_the_queue_is_accepted_and_its_read_fails() -> io::Result<()> {
    let (listener, addr) = facts::listener()?;
    reset(facts::connect(addr)?)?;
    let (mut server, _) = facts::accept(&listener)?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_client_that_reset_in_the_queue_is_accepted_and_its_read_fails,
    "elsewhere accept itself may fail"
);

/// What a client sent before it reset in the queue is read, and only the next read fails.
///
/// - Seen: `accept` succeeds; the reads are `Ok(5)` and `ConnectionReset`.
/// - Source: accept(2); RFC 9293, section 3.10.7.4, which lets the bytes be lost.
#[cfg(target_os = "linux")]
#[test]
fn what_a_client_sent_before_it_reset_in_the_queue_is_read() -> io::Result<()> {
    let (listener, addr) = facts::listener()?;
    let mut client = facts::connect(addr)?;
    client.write_all(b"early")?;
    reset(client)?;
    let (mut server, _) = facts::accept(&listener)?;
    assert_eq!(receive(&mut server)?, "early");
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    Ok(())
}
only_if!(
    target_os = "linux",
    what_a_client_sent_before_it_reset_in_the_queue_is_read,
    "elsewhere accept itself may fail"
);

/// A connection that was reset has no peer any more, and `accept` tells its address all the same.
///
/// - Seen: `accept` returns the client's address, `peer_addr` and `shutdown` fail with
///   `NotConnected`.
/// - Source: getpeername(2), `ENOTCONN`; shutdown(2), `ENOTCONN`.
#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_was_reset_has_no_peer_any_more() -> io::Result<()> {
    let (listener, addr) = facts::listener()?;
    let client = facts::connect(addr)?;
    let client_addr = client.local_addr()?;
    reset(client)?;
    let (server, peer) = facts::accept(&listener)?;
    assert_eq!(peer, client_addr);
    facts::until(|| facts::has_hung_up(&server));
    assert_eq!(server.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
    let error = server.shutdown(Shutdown::Both).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_connection_that_was_reset_has_no_peer_any_more,
    "elsewhere accept itself may fail"
);

/// `write_all` of nothing succeeds, even on a dead connection.
///
/// It calls `write` until nothing is left: here, not once.
///
/// - Seen: `write_all(b"")` is `Ok`, `write(b"")` an error.
/// - Source: `std::io::Write::write_all`.
#[cfg(target_os = "linux")]
#[test]
fn write_all_of_nothing_succeeds_even_on_a_dead_connection() -> io::Result<()> {
    let (client, mut server) = pair()?;
    reset(client)?;
    facts::until(|| facts::has_hung_up(&server));
    server.write_all(b"").unwrap();
    assert!(server.write(b"").is_err());
    Ok(())
}
only_if!(
    target_os = "linux",
    write_all_of_nothing_succeeds_even_on_a_dead_connection,
    "others were not tried"
);

/// socket(7), `SO_LINGER`: with a time of zero, closing sends a reset.
fn reset(stream: TcpStream) -> io::Result<()> {
    Socket::from(stream).set_linger(Some(Duration::ZERO))
}

/// The first write to a peer that has closed succeeds.
///
/// Success means that the system took the bytes. It says nothing about the peer.
///
/// - Tutorials: `send` returns how much was sent.
/// - Seen: `Ok(5)`, and nobody reads them.
/// - Source: send(2).
#[test]
fn the_first_write_to_a_peer_that_has_closed_succeeds() -> io::Result<()> {
    let (mut client, server) = pair()?;
    drop(server);
    assert_eq!(receive(&mut client)?, "");
    assert_eq!(client.write(b"hello")?, 5);
    Ok(())
}

/// The second write to a peer that has closed is a broken pipe.
///
/// The first one was answered with a reset.
///
/// - Seen: `Ok`, then `BrokenPipe`.
/// - Source: send(2), `EPIPE`; RFC 9293, section 3.6.1.
#[cfg(target_os = "linux")]
#[test]
fn the_second_write_to_a_peer_that_has_closed_is_a_broken_pipe() -> io::Result<()> {
    let (mut client, server) = pair()?;
    drop(server);
    assert_eq!(receive(&mut client)?, "");
    client.write_all(b"first")?;
    facts::until(|| matches!(client.take_error(), Ok(Some(_))));
    let error = client.write(b"second").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    Ok(())
}
only_if!(
    target_os = "linux",
    the_second_write_to_a_peer_that_has_closed_is_a_broken_pipe,
    "Windows has other errors for it"
);

/// A write to a peer that is gone is an error, and no signal ends the program.
///
/// The signal is SIGPIPE. A program in Rust ignores it from the start, and std asks for none either,
/// by `MSG_NOSIGNAL`.
///
/// - Seen: SIGPIPE, which is number 13, is among the signals that this process ignores.
/// - Source: signal(7); send(2), `MSG_NOSIGNAL`; `std::io::ErrorKind::BrokenPipe`.
#[cfg(target_os = "linux")]
#[test]
fn a_write_to_a_peer_that_is_gone_is_no_signal() -> io::Result<()> {
    const SIGPIPE: u32 = 13;

    let status = std::fs::read_to_string("/proc/self/status")?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap_or_default().trim(), 16);
    assert_ne!(ignored.map_err(io::Error::other)? & (1 << (SIGPIPE - 1)), 0);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_write_to_a_peer_that_is_gone_is_no_signal,
    "systems differ in how they tell it, and Windows has no such signal"
);

/// A client that has closed before the reply is written is read as one that has finished.
///
/// Its FIN has come, and the reset that answers the reply does not change what is read.
///
/// - Seen: the bytes, `Ok` from the write, then zero, also once the reset is there.
/// - Source: read(2); RFC 9293, section 3.6.1.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_has_closed_before_the_reply_is_read_as_finished() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"hello")?;
    drop(client);
    assert_eq!(receive(&mut server)?, "hello");
    assert_eq!(server.peek(&mut [0])?, 0);
    assert_eq!(server.write(b"HELLO")?, 5);
    facts::until(|| facts::has_hung_up(&server));
    assert_eq!(receive(&mut server)?, "");
    Ok(())
}
only_if!(
    target_os = "linux",
    a_client_that_has_closed_before_the_reply_is_read_as_finished,
    "others were not tried"
);
