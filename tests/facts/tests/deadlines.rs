//! # Deadlines
//!
//! How long a call may wait, who ends it, and what has happened by then.
#![cfg_attr(not(lan), allow(unused, reason = "some facts are shown on Linux only"))]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use facts::{DEADLINE, connect, listener, only_if, own_addr, pair, receive, until};
use socket2::SockRef;

/// More than two kernels keep for a peer that does not read.
const MANY: usize = 64 << 20;
/// A timeout that is to pass.
const SHORT: Duration = Duration::from_millis(100);

/// Whether a timeout has passed. Unix and Windows have different kinds for it.
fn timed_out(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Sends a byte every 50 ms for so long, or until nobody reads, and then closes.
fn drip(mut stream: TcpStream, time: Duration) {
    thread::spawn(move || {
        let begin = Instant::now();
        while begin.elapsed() < time && stream.write_all(b".").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
}

/// A stream waits for ever until it is told otherwise, and in each direction by itself.
///
/// Python's `settimeout` sets one time for both, and `settimeout(None)` is `None` for both.
///
/// - Seen: `None` and `None` for new streams; a time to read leaves `None` to write.
/// - Source: `std::net::TcpStream::set_read_timeout`; socket(7), `SO_RCVTIMEO`.
#[test]
fn a_stream_waits_for_ever_until_it_is_told_otherwise() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let (client, (server, _)) = (TcpStream::connect(addr)?, listener.accept()?);
    for stream in [client, server] {
        assert_eq!((stream.read_timeout()?, stream.write_timeout()?), (None, None));
        stream.set_read_timeout(Some(DEADLINE))?;
        assert_eq!((stream.read_timeout()?, stream.write_timeout()?), (Some(DEADLINE), None));
    }
    Ok(())
}

/// A timeout is never shorter than what was asked for.
///
/// The system counts in ticks of its own, and rounds up.
///
/// - Tutorials: `settimeout` takes seconds, as a number with a fraction.
/// - Seen: 1 ns became 4 ms and 10 ms became 12, as `read_timeout` tells. The reads took a tick longer.
/// - Source: socket(7), `SO_RCVTIMEO`; time(7), the software clock.
#[cfg(target_os = "linux")]
#[test]
fn a_timeout_is_never_shorter_than_what_was_asked_for() -> io::Result<()> {
    let (_client, mut server) = pair()?;
    for asked in [Duration::from_nanos(1), Duration::from_millis(10), SHORT] {
        server.set_read_timeout(Some(asked))?;
        assert!(server.read_timeout()? >= Some(asked));
        let begin = Instant::now();
        assert!(timed_out(&server.read(&mut [0; 8]).unwrap_err()));
        assert!(begin.elapsed() >= asked);
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    a_timeout_is_never_shorter_than_what_was_asked_for,
    "each system has a clock of its own"
);

/// A timeout belongs to the socket, and a clone is the same socket.
///
/// So a thread that reads with a timeout gives it to the one that holds the other handle. The same
/// holds for `set_nonblocking`.
///
/// - Seen: what is set through the clone ends the read of the other handle.
/// - Source: `std::net::TcpStream::try_clone`; dup(2); socket(7), `SO_RCVTIMEO`.
#[cfg(unix)]
#[test]
fn a_timeout_belongs_to_the_socket_and_a_clone_is_the_same_socket() -> io::Result<()> {
    let (_client, mut server) = pair()?;
    let clone = server.try_clone()?;
    clone.set_read_timeout(Some(SHORT))?;
    assert_eq!(server.read_timeout()?, clone.read_timeout()?);
    assert!(timed_out(&server.read(&mut [0; 8]).unwrap_err()));

    clone.set_nonblocking(true)?;
    assert!(SockRef::from(&server).nonblocking()?);
    Ok(())
}
only_if!(
    unix,
    a_timeout_belongs_to_the_socket_and_a_clone_is_the_same_socket,
    "Windows does not tell whether a socket blocks"
);

/// A timeout is for each read, and a peer that drips stretches it.
///
/// Each byte that comes begins a new one.
///
/// - Seen: with a timeout of 1 s and a byte every 50 ms, `read_to_end` went on until the peer closed,
///   after 1.5 s.
/// - Source: `std::net::TcpStream::set_read_timeout`; socket(7), `SO_RCVTIMEO`.
// ANCHOR: drip
#[test]
fn a_timeout_is_for_each_read_and_a_peer_that_drips_stretches_it() -> io::Result<()> {
    let (client, mut server) = pair()?;
    let timeout = Duration::from_secs(1);
    server.set_read_timeout(Some(timeout))?;
    let begin = Instant::now();
    drip(client, timeout * 3 / 2);
    server.read_to_end(&mut Vec::new())?;
    assert!(begin.elapsed() > timeout);
    Ok(())
}
// ANCHOR_END: drip

/// The time that is left, set before each read, makes one deadline of many timeouts.
///
/// When nothing is left it is zero, which is no timeout that can be set.
///
/// - Seen: a peer that drips without an end is left at the deadline.
/// - Source: `std::time::Instant::saturating_duration_since`;
///   `std::net::TcpStream::set_read_timeout`.
// ANCHOR: left
#[test]
fn the_time_that_is_left_set_before_each_read_makes_one_deadline() -> io::Result<()> {
    let (client, mut server) = pair()?;
    drip(client, DEADLINE);
    let deadline = Instant::now() + SHORT * 3;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        server.set_read_timeout(Some(left))?;
        match server.read(&mut [0; 64]) {
            Ok(length) => assert_ne!(length, 0, "the peer goes on until nobody reads"),
            Err(error) => assert!(timed_out(&error)),
        }
    }
    assert!(Instant::now() >= deadline);
    Ok(())
}
// ANCHOR_END: left

/// A reply that comes after the timeout is read as the reply to the next message.
///
/// A timeout ends the waiting. What was waited for still comes.
///
/// - Seen: the second question is answered with the first answer.
/// - Source: `std::net::TcpStream::set_read_timeout`; RFC 9293, section 2.2.
// ANCHOR: late
#[test]
fn a_reply_that_comes_after_the_timeout_is_read_as_the_reply_to_the_next_message() -> io::Result<()>
{
    let (mut client, mut server) = pair()?;
    client.set_read_timeout(Some(SHORT))?;
    client.write_all(b"first?")?;
    assert!(timed_out(&client.read(&mut [0; 8]).unwrap_err()));

    assert_eq!(receive(&mut server)?, "first?");
    server.write_all(b"first!")?;
    client.set_read_timeout(Some(DEADLINE))?;
    client.write_all(b"second?")?;
    assert_eq!(receive(&mut client)?, "first!");
    Ok(())
}
// ANCHOR_END: late

/// A write whose time is up says how much was taken, and only one that got nothing in is an error.
///
/// - Tutorials: `send` may send only a part, and returns the number of characters.
/// - Seen: of 64 MiB 3,919,467 bytes, as `Ok`; then 333,312 more; then `WouldBlock`. The numbers
///   depend on the kernel.
/// - Source: socket(7), `SO_SNDTIMEO`; `std::net::TcpStream::set_write_timeout`.
#[cfg(target_os = "linux")]
#[test]
fn a_write_whose_time_is_up_says_how_much_was_taken() -> io::Result<()> {
    let (mut client, _server) = pair()?;
    client.set_write_timeout(Some(SHORT))?;
    let bytes = vec![0; MANY];
    let begin = Instant::now();
    let taken = client.write(&bytes)?;
    assert!((1..MANY).contains(&taken), "{taken}");
    assert!(begin.elapsed() >= SHORT);
    // A part of it moves on to the peer's buffer, so there can be room once more.
    until(|| client.write(&bytes).is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
    Ok(())
}
only_if!(
    target_os = "linux",
    a_write_whose_time_is_up_says_how_much_was_taken,
    "some systems take all of it"
);

/// After a timeout of `write_all` a part of the message may be out, and nobody says how much.
///
/// Whatever is written next continues a message that has a hole.
///
/// - Tutorials: `sendall` is what one should use.
/// - Seen: `WouldBlock`, after three times the timeout, since two of its writes took a part. The peer read 4,252,779
///   of 64 MiB. The number depends on the kernel.
/// - Source: `std::io::Write::write_all`; socket(7), `SO_SNDTIMEO`.
// ANCHOR: part
#[cfg(target_os = "linux")]
#[test]
fn after_a_timeout_of_write_all_a_part_of_the_message_may_be_out() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.set_write_timeout(Some(SHORT))?;
    let error = client.write_all(&vec![0; MANY]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);

    drop(client);
    let arrived = io::copy(&mut server, &mut io::sink())?;
    assert!((1..MANY as u64).contains(&arrived), "{arrived}");
    Ok(())
}
// ANCHOR_END: part
only_if!(
    target_os = "linux",
    after_a_timeout_of_write_all_a_part_of_the_message_may_be_out,
    "some systems take all of it"
);

/// A peer that reads slowly stretches the timeout of `write_all`.
///
/// It writes as often as it takes, and each write has the whole time.
///
/// - Seen: with a timeout of 500 ms, 64 MiB took 1.3 s, and all of it was taken.
/// - Source: `std::io::Write::write_all`; `std::net::TcpStream::set_write_timeout`.
#[cfg(target_os = "linux")]
#[test]
fn a_peer_that_reads_slowly_stretches_the_timeout_of_write_all() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    let timeout = Duration::from_millis(500);
    client.set_write_timeout(Some(timeout))?;
    thread::spawn(move || {
        let mut part = vec![0; MANY / 16];
        while server.read_exact(&mut part).is_ok() {
            thread::sleep(SHORT);
        }
    });
    let begin = Instant::now();
    client.write_all(&vec![0; MANY])?;
    assert!(begin.elapsed() > timeout);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_peer_that_reads_slowly_stretches_the_timeout_of_write_all,
    "some systems take all of it"
);

/// `accept` takes the timeout of the listener, which std cannot set.
///
/// It is the one that a read has. socket2 sets it on a listener, too.
///
/// - Seen: `WouldBlock`, after 100 ms.
/// - Source: accept(2), `EAGAIN`; socket(7), `SO_RCVTIMEO`; `socket2::Socket::set_read_timeout`.
#[cfg(target_os = "linux")]
#[test]
fn accept_takes_the_timeout_of_the_listener() -> io::Result<()> {
    let (listener, _) = listener()?;
    SockRef::from(&listener).set_read_timeout(Some(SHORT))?;
    let begin = Instant::now();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(begin.elapsed() >= SHORT);
    Ok(())
}
only_if!(target_os = "linux", accept_takes_the_timeout_of_the_listener, "others were not tried");

/// An accepted stream has the timeout of its listener, and not its `set_nonblocking`.
///
/// Systems differ in both, so set what you need on each stream.
///
/// - Tutorials: `accept` returns a new socket, which serves this client.
/// - Seen: 10 s on the listener are 10 s on the stream, and its calls wait.
/// - Source: accept(2), NOTES.
#[cfg(target_os = "linux")]
#[test]
fn an_accepted_stream_has_the_timeout_of_its_listener() -> io::Result<()> {
    let (listener, addr) = listener()?;
    SockRef::from(&listener).set_read_timeout(Some(DEADLINE))?;
    listener.set_nonblocking(true)?;
    let _client = connect(addr)?;
    let mut accepted = None;
    until(|| {
        accepted = listener.accept().ok();
        accepted.is_some()
    });
    let (stream, _) = accepted.expect("it was accepted");
    assert_eq!(stream.read_timeout()?, Some(DEADLINE));
    assert!(!SockRef::from(&stream).nonblocking()?);
    Ok(())
}
only_if!(
    target_os = "linux",
    an_accepted_stream_has_the_timeout_of_its_listener,
    "systems differ in what an accepted socket inherits"
);

/// A time of zero to connect is refused.
///
/// - Seen: `InvalidInput`, though somebody listens.
/// - Source: `std::net::TcpStream::connect_timeout`.
#[test]
fn a_time_of_zero_to_connect_is_refused() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let error = TcpStream::connect_timeout(&addr, Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}

/// `connect` tries each address that it is given, `connect_timeout` takes one.
///
/// A name can have several, so each try takes a part of your time. The name is looked up before that,
/// and for as long as the system likes.
///
/// - Seen: of a closed address and an open one, `connect` reaches the second.
/// - Source: `std::net::TcpStream::connect`; `std::net::ToSocketAddrs`.
#[test]
fn connect_tries_each_address_and_connect_timeout_takes_one() -> io::Result<()> {
    let (_listener, open) = listener()?;
    let [closed, open] = [own_addr()?, open];
    assert_eq!(TcpStream::connect(&[closed, open][..])?.peer_addr()?, open);

    let error = TcpStream::connect_timeout(&closed, DEADLINE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(TcpStream::connect_timeout(&open, DEADLINE)?.peer_addr()?, open);
    Ok(())
}

/// The time to connect is over with the connection: reads and writes have none of it.
///
/// What Python's `create_connection` is given stays, for every later call.
///
/// - Seen: no timeout, and a socket that blocks.
/// - Source: `std::net::TcpStream::connect_timeout`.
#[cfg(unix)]
#[test]
fn the_time_to_connect_is_over_with_the_connection() -> io::Result<()> {
    let (_listener, addr) = listener()?;
    let client = TcpStream::connect_timeout(&addr, DEADLINE)?;
    assert_eq!((client.read_timeout()?, client.write_timeout()?), (None, None));
    assert!(!SockRef::from(&client).nonblocking()?);
    Ok(())
}
only_if!(
    unix,
    the_time_to_connect_is_over_with_the_connection,
    "Windows does not tell whether a socket blocks"
);

/// A connect takes the time that the socket has for writing.
///
/// std sets one on a connected stream only. socket2 has sockets that are not connected yet.
///
/// - Tutorials: only `accept` and `recv` block.
/// - Seen: `EINPROGRESS`, after 100 ms, where the queue of the listener is full.
/// - Source: socket(7), `SO_SNDTIMEO`.
#[cfg(target_os = "linux")]
#[test]
fn a_connect_takes_the_time_that_the_socket_has_for_writing() -> io::Result<()> {
    use socket2::{Domain, Socket, Type};

    let (_listener, addr) = facts::listen(0)?;
    let _fills_the_queue = connect(addr)?;
    let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    client.set_write_timeout(Some(SHORT))?;
    let begin = Instant::now();
    let error = client.connect(&addr.into()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::INPROGRESS.raw_os_error()));
    assert!(begin.elapsed() >= SHORT);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_connect_takes_the_time_that_the_socket_has_for_writing,
    "others were not tried"
);

/// Keepalive is off until it is asked for, and never ends the waiting for a peer that is only silent.
///
/// The peer's kernel answers, whatever its program does.
///
/// - Seen: with a probe after a second, and another, the read went on until its timeout of 3 s. Where
///   the time is not set, the first probe goes out after 7,200 s.
/// - Source: RFC 9293, section 3.8.4; tcp(7), `TCP_KEEPIDLE`.
#[cfg(target_os = "linux")]
#[test]
fn keepalive_never_ends_the_waiting_for_a_peer_that_is_only_silent() -> io::Result<()> {
    use socket2::TcpKeepalive;

    let (_client, mut server) = pair()?;
    assert!(!SockRef::from(&server).keepalive()?);
    let second = Duration::from_secs(1);
    let keepalive = TcpKeepalive::new().with_time(second).with_interval(second).with_retries(1);
    SockRef::from(&server).set_tcp_keepalive(&keepalive)?;
    server.set_read_timeout(Some(second * 3))?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    Ok(())
}
only_if!(
    target_os = "linux",
    keepalive_never_ends_the_waiting_for_a_peer_that_is_only_silent,
    "a timeout and a dead peer have the same kind on some systems"
);

/// Only a limit of your own ends the sending to a host that has vanished.
///
/// The system sends again for many minutes before it tells the program.
///
/// - Tutorials: a peer that leaves is noticed: by empty data, or by an exception.
/// - Seen: the write succeeds; with `TCP_USER_TIMEOUT` at 500 ms the read after it is `TimedOut`, and
///   without it nothing was told meanwhile.
/// - Source: RFC 9293, section 3.8.3; tcp(7), `TCP_USER_TIMEOUT`, `tcp_retries2`.
#[cfg(lan)]
#[test]
fn only_a_limit_of_your_own_ends_the_sending_to_a_host_that_has_vanished() -> io::Result<()> {
    let (network, mut client, mut server) =
        facts::Network::with_connection(env!("CARGO_BIN_EXE_lender"))?;
    let limit = Duration::from_millis(500);
    SockRef::from(&server).set_tcp_user_timeout(Some(limit))?;
    network.unplug(2)?;
    client.write_all(b"are you there?")?;
    server.write_all(b"are you there?")?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);

    client.set_nonblocking(true)?;
    assert_eq!(client.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(client.take_error()?.is_none());
    Ok(())
}
only_if!(lan, only_a_limit_of_your_own_ends_the_sending_to_a_host_that_has_vanished);

/// A half-open connection shows when it is written to, and not when it is read from.
///
/// The peer has forgotten it, and says so when something arrives.
///
/// - Tutorials: the connection is over when one side closes it.
/// - Seen: a client was reset while its cable was out. With the cable back the server's read waits on;
///   its write succeeds, and the next read is `ConnectionReset`.
/// - Source: RFC 9293, section 3.5.1.
#[cfg(lan)]
#[test]
fn a_half_open_connection_shows_when_it_is_written_to() -> io::Result<()> {
    let (network, client, mut server) =
        facts::Network::with_connection(env!("CARGO_BIN_EXE_lender"))?;
    network.unplug(1)?;
    SockRef::from(&client).set_linger(Some(Duration::ZERO))?;
    drop(client);
    network.plug_in(1)?;
    server.set_read_timeout(Some(SHORT))?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);

    server.write_all(b"are you there?")?;
    server.set_read_timeout(Some(DEADLINE))?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    Ok(())
}
only_if!(lan, a_half_open_connection_shows_when_it_is_written_to);

/// A host that takes everything and says nothing lets a connect wait until its time is up.
///
/// So does a firewall that drops what it does not want.
///
/// - Tutorials: the server must run first.
/// - Seen: `TimedOut`, after the 100 ms that were set.
/// - Source: connect(2), `ETIMEDOUT`; RFC 9293, section 3.8.3.
#[cfg(lan)]
#[test]
fn a_host_that_says_nothing_lets_a_connect_wait_until_its_time_is_up() -> io::Result<()> {
    let network = facts::Network::up(env!("CARGO_BIN_EXE_lender"))?;
    // It is known where the host is, so its silence does not begin with that question.
    let known = "ip neigh replace 10.77.0.99 lladdr 02:00:00:00:00:99 dev eth0 nud permanent";
    network.administer(1, known)?;
    let begin = Instant::now();
    let error = network.connect_within(1, "10.77.0.99:7878", SHORT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(begin.elapsed() >= SHORT);
    Ok(())
}
only_if!(lan, a_host_that_says_nothing_lets_a_connect_wait_until_its_time_is_up);

/// A write waits when nobody reads and both buffers are full, and a timeout ends it.
///
/// - Tutorials: only `recv` can hang.
/// - Seen: `WouldBlock`, after some megabytes on loopback.
/// - Source: socket(7), `SO_SNDTIMEO`.
// ANCHOR: write
#[test]
fn a_write_to_somebody_who_does_not_read_waits() -> io::Result<()> {
    let (_client, mut server) = pair()?;
    server.set_write_timeout(Some(SHORT))?;
    let error = loop {
        if let Err(error) = server.write(&[0; 4096]) {
            break error;
        }
    };
    assert!(timed_out(&error));
    Ok(())
}
// ANCHOR_END: write

/// The end of a stream is read at once, however long the timeout is.
///
/// Silence is the only thing that takes time to see.
///
/// - Seen: the end of the stream, with a timeout of a minute.
/// - Source: RFC 9293, section 3.6.
#[test]
fn the_end_of_a_stream_does_not_wait_for_a_timeout() -> io::Result<()> {
    let (client, mut server) = pair()?;
    server.set_read_timeout(Some(Duration::from_secs(60)))?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(server.read(&mut [0])?, 0);
    Ok(())
}
