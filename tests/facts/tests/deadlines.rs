//! # Deadlines
//!
//! How long a call waits, and what is left of a connection whose time was up.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use facts::{only_if, pair};

/// What a call that has waited too long fails with: on Unix the first, on Windows the second.
fn is_over(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Sends a byte each `pause`, for as long as somebody takes them.
fn drip(mut stream: TcpStream, pause: Duration) {
    thread::spawn(move || {
        while stream.write_all(b"x").is_ok() {
            thread::sleep(pause);
        }
    });
}

/// A timeout is for one read, so a peer that drips is waited for without end.
///
/// - Tutorials: `settimeout` is how long the whole takes.
/// - Seen: ten bytes took 3.2 seconds to come, and no read of 3 seconds failed.
/// - Source: socket(7), `SO_RCVTIMEO`: it is for one call.
// ANCHOR: each
#[test]
fn a_timeout_is_for_one_read_and_not_for_the_message() -> io::Result<()> {
    let (client, mut server) = pair()?;
    let timeout = Duration::from_secs(3);
    server.set_read_timeout(Some(timeout))?;
    let begin = Instant::now();
    drip(client, Duration::from_millis(350));
    server.read_exact(&mut [0; 10])?;
    assert!(begin.elapsed() > timeout);
    Ok(())
}
// ANCHOR_END: each

/// Where each read has what is left of a deadline, a peer that drips is not waited for beyond it.
///
/// - Seen: the first read that finds nothing left is not made, or fails.
/// - Source: `std::net::TcpStream::set_read_timeout`.
// ANCHOR: left
#[test]
fn a_deadline_is_what_is_left_for_each_read() -> io::Result<()> {
    let (client, mut server) = pair()?;
    drip(client, Duration::from_millis(20));
    let deadline = Instant::now() + Duration::from_millis(200);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        server.set_read_timeout(Some(left))?;
        if let Err(error) = server.read(&mut [0]) {
            assert!(is_over(&error));
        }
    }
}
// ANCHOR_END: left

/// A write waits when nobody reads and both buffers are full, and a timeout ends it.
///
/// - Tutorials: only `recv` can hang.
/// - Seen: `WouldBlock`, after some megabytes on loopback.
/// - Source: socket(7), `SO_SNDTIMEO`.
// ANCHOR: write
#[test]
fn a_write_to_somebody_who_does_not_read_waits() -> io::Result<()> {
    let (client, mut server) = pair()?;
    server.set_write_timeout(Some(Duration::from_millis(100)))?;
    let error = loop {
        if let Err(error) = server.write(&[0; 4096]) {
            break error;
        }
    };
    assert!(is_over(&error));
    drop(client);
    Ok(())
}
// ANCHOR_END: write

/// After a write whose time was up, a part of the message is out.
///
/// How much of it, `write_all` does not say, so nobody can send the rest.
///
/// - Seen: of 64 MiB the peer received the first 4,253,184 bytes. The number depends on the kernel.
/// - Source: `std::io::Write::write_all`.
#[test]
fn after_a_write_whose_time_was_up_a_part_is_out() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    server.set_write_timeout(Some(Duration::from_millis(100)))?;
    let message = vec![0; 64 << 20];
    assert!(is_over(&server.write_all(&message).unwrap_err()));
    drop(server);
    let received = client.read_to_end(&mut Vec::new())?;

    assert!(received > 0 && received < message.len());
    Ok(())
}

/// A reply that comes too late is read as the next one.
///
/// - Tutorials: when the time is up, ask again on the same connection.
/// - Seen: the second question has the first one's answer.
/// - Source: RFC 9293, section 3.7: a stream keeps its bytes until they are read.
// ANCHOR: late
#[test]
fn a_late_reply_is_read_as_the_next_one() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"one")?;
    client.set_read_timeout(Some(Duration::from_millis(100)))?;
    let mut reply = [0; 3];
    assert!(is_over(&client.read(&mut reply).unwrap_err()));

    server.write_all(b"ONE")?;
    client.write_all(b"two")?;
    client.set_read_timeout(None)?;
    client.read_exact(&mut reply)?;
    assert_eq!(reply, *b"ONE");
    Ok(())
}
// ANCHOR_END: late

/// A timeout belongs to the socket: whoever has a clone of the stream has the same one.
///
/// - Seen: set by one, it is told by the other.
/// - Source: socket(7), `SO_RCVTIMEO`; `std::net::TcpStream::try_clone`.
#[test]
fn a_timeout_is_shared_by_all_clones_of_a_stream() -> io::Result<()> {
    let (client, _server) = pair()?;
    let clone = client.try_clone()?;
    client.set_read_timeout(Some(Duration::from_secs(7)))?;
    assert_eq!(clone.read_timeout()?, Some(Duration::from_secs(7)));
    Ok(())
}

/// A peer that has only shut down its sending side, and one that says nothing, are told apart at once.
///
/// Silence is the only thing that takes time to see.
///
/// - Seen: the end of the stream is read long before the timeout; the other read takes all of it.
/// - Source: RFC 9293, section 3.6.
#[test]
fn the_end_of_a_stream_does_not_wait_for_a_timeout() -> io::Result<()> {
    let (client, mut server) = pair()?;
    server.set_read_timeout(Some(Duration::from_secs(60)))?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(server.read(&mut [0])?, 0);
    Ok(())
}

/// A listener has no timeout in std. With the option of the system, `accept` has one on Linux.
///
/// - Tutorials: `settimeout` on a listener limits `accept`.
/// - Seen: `WouldBlock` when nobody has come.
/// - Source: socket(7), `SO_RCVTIMEO`; the crate `socket2`, `Socket::set_read_timeout`.
#[cfg(target_os = "linux")]
#[test]
fn an_accept_can_have_a_timeout_that_std_does_not_offer() -> io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    socket2::SockRef::from(&listener).set_read_timeout(Some(Duration::from_millis(100)))?;
    assert!(is_over(&listener.accept().unwrap_err()));
    Ok(())
}
only_if!(
    target_os = "linux",
    an_accept_can_have_a_timeout_that_std_does_not_offer,
    "whether the option of a socket limits `accept` is each system's own"
);
