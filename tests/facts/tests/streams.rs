//! # Streams
//!
//! What a write sends, what a read brings, and who waits for whom.

use std::io::{self, ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use facts::{DEADLINE, only_if, pair, receive, until};

/// More bytes than the buffers of a connection ever take.
const MANY: usize = 64 << 20;
/// How long we look on while nothing happens.
const WHILE: Duration = Duration::from_millis(100);

/// A read takes what fits into the buffer, and the rest stays.
///
/// - Tutorials: what does not fit is truncated, and the excess is kept for later calls.
/// - Seen: 10 bytes and a buffer of 4: `0123`, `4567`, `89`.
/// - Source: RFC 9293, section 3.7; recv(2).
#[test]
fn a_read_takes_what_fits_into_the_buffer_and_the_rest_stays() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"0123456789")?;
    let mut buffer = [0; 4];
    for expected in ["0123", "4567", "89"] {
        let length = server.read(&mut buffer)?;
        assert_eq!(&buffer[..length], expected.as_bytes());
    }
    Ok(())
}

/// Two writes can be one read.
///
/// Nothing in the stream tells where a write ended.
///
/// - Tutorials: examples take one `recv` for one message.
/// - Seen: `hello` and `world` are read as `helloworld`.
/// - Source: RFC 9293, section 3.7.
#[test]
fn two_writes_can_be_one_read() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"hello")?;
    client.write_all(b"world")?;
    until(|| server.peek(&mut [0; 10]).is_ok_and(|arrived| arrived == 10));
    assert_eq!(receive(&mut server)?, "helloworld");
    Ok(())
}

/// A read can cut a character.
///
/// A character has up to four bytes. To a stream they are bytes like any.
///
/// - Tutorials: encode before you send, and decode what you have received.
/// - Seen: 4 bytes of `你好` are one character and a third of another.
/// - Source: RFC 3629, section 3.
#[test]
fn a_read_can_cut_a_character() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all("你好".as_bytes())?;
    let mut buffer = [0; 4];
    assert_eq!(server.read(&mut buffer)?, 4);

    let error = str::from_utf8(&buffer).unwrap_err();
    assert_eq!(error.valid_up_to(), 3);
    assert_eq!(error.error_len(), None, "the text is incomplete, not wrong");
    Ok(())
}

/// A write of zero bytes delivers nothing.
///
/// TCP delivers a stream of bytes, and zero bytes are no part of it.
///
/// - Tutorials: empty data is not received, and both sides wait for ever.
/// - Seen: the read waits on; what it brings at last is the next write.
/// - Source: RFC 9293, section 2.2; send(2).
// ANCHOR: nothing
#[test]
fn a_write_of_zero_bytes_delivers_nothing() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    assert_eq!(client.write(b"")?, 0);
    server.set_read_timeout(Some(WHILE))?;
    let error = server.read(&mut [0; 8]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));

    client.write_all(b"something")?;
    server.set_read_timeout(Some(DEADLINE))?;
    assert_eq!(receive(&mut server)?, "something");
    Ok(())
}
// ANCHOR_END: nothing

/// A read into an empty buffer returns zero, while bytes wait.
///
/// Zero means the end of the stream only where bytes were asked for.
///
/// - Tutorials: zero bytes read means that the peer has gone.
/// - Seen: zero, and then the five bytes.
/// - Source: read(2).
#[test]
fn a_read_into_an_empty_buffer_returns_zero_while_bytes_wait() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"hello")?;
    assert_eq!(server.peek(&mut [0])?, 1);
    assert_eq!(server.read(&mut [])?, 0);
    assert_eq!(receive(&mut server)?, "hello");
    Ok(())
}

/// A vector with capacity, and nothing in it, is an empty buffer.
///
/// `read` fills the bytes that are there. Capacity is room for bytes that are not there yet.
///
/// - Seen: zero at once, and the five bytes into an array of 64.
/// - Source: `std::io::Read::read`; `std::vec::Vec::with_capacity`.
#[test]
fn a_vector_with_capacity_and_nothing_in_it_is_an_empty_buffer() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"hello")?;
    assert_eq!(server.read(&mut Vec::with_capacity(64))?, 0);
    assert_eq!(server.read(&mut [0; 64])?, 5);
    Ok(())
}

/// A full buffer is no sign that more is to come.
///
/// - Seen: four bytes into a buffer of four, and the next read waits.
/// - Source: read(2).
#[test]
fn a_full_buffer_is_no_sign_that_more_is_to_come() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"full")?;
    assert_eq!(server.read(&mut [0; 4])?, 4);
    server.set_read_timeout(Some(WHILE))?;
    let error = server.read(&mut [0; 4]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    Ok(())
}

/// `read_line` waits for a newline, however long the line is there.
///
/// It returns at the newline, or at the end of the stream.
///
/// - Seen: the five bytes of `hello` have arrived, and it waits on. With the newline it returns.
/// - Source: `std::io::BufRead::read_line`.
#[test]
fn read_line_waits_for_a_newline_however_long_the_line_is_there() -> io::Result<()> {
    use std::io::{BufRead, BufReader};

    let (mut client, server) = pair()?;
    client.write_all(b"hello")?;
    server.set_read_timeout(Some(WHILE))?;
    let mut reader = BufReader::new(&server);
    let mut line = String::new();
    let error = reader.read_line(&mut line).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));

    client.write_all(b"\n")?;
    server.set_read_timeout(Some(DEADLINE))?;
    reader.read_line(&mut line)?;
    assert_eq!(line, "hello\n");
    Ok(())
}

/// A nonblocking write takes what there is room for, and no more.
///
/// - Tutorials: `send` may not send everything, `sendall` does.
/// - Seen: of 64 MiB the first 3,919,467 bytes, then `WouldBlock`. The number depends on the
///   kernel.
/// - Source: send(2), `EWOULDBLOCK`.
#[cfg(target_os = "linux")]
#[test]
fn a_nonblocking_write_takes_what_there_is_room_for() -> io::Result<()> {
    let (mut client, _server) = pair()?;
    client.set_nonblocking(true)?;
    let bytes = vec![0; MANY];
    let taken = client.write(&bytes)?;
    assert!((1..MANY).contains(&taken), "{taken}");
    // A part of it moves on to the peer's buffer, so there can be room once more.
    until(|| client.write(&bytes).is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
    Ok(())
}
only_if!(
    target_os = "linux",
    a_nonblocking_write_takes_what_there_is_room_for,
    "some systems take all of it"
);

/// A blocking write waits until the peer has read.
///
/// - Tutorials: only `accept` and `recv` block.
/// - Seen: `write_all` of 64 MiB does not return until the peer reads, and then it does.
/// - Source: send(2).
#[cfg(target_os = "linux")]
#[test]
fn a_blocking_write_waits_until_the_peer_has_read() -> io::Result<()> {
    use std::sync::mpsc::{self, RecvTimeoutError};

    let (mut client, mut server) = pair()?;
    let (done, written) = mpsc::channel();
    thread::spawn(move || done.send(client.write_all(&vec![0; MANY]).is_ok()));
    assert_eq!(written.recv_timeout(WHILE), Err(RecvTimeoutError::Timeout));

    assert_eq!(io::copy(&mut server, &mut io::sink())?, MANY as u64);
    assert_eq!(written.recv_timeout(DEADLINE), Ok(true));
    Ok(())
}
only_if!(
    target_os = "linux",
    a_blocking_write_waits_until_the_peer_has_read,
    "some systems take all of it"
);

/// Two peers that both write before they read can wait for each other for ever.
///
/// - Tutorials: only `accept` and `recv` block.
/// - Seen: with 64 MiB each way, both writes wait until a deadline ends them.
/// - Source: send(2); socket(7), `SO_SNDTIMEO`.
#[cfg(target_os = "linux")]
#[test]
fn two_peers_that_both_write_before_they_read_wait_for_each_other() -> io::Result<()> {
    let (client, server) = pair()?;
    let peers = [client, server].map(|mut peer| {
        thread::spawn(move || {
            peer.set_write_timeout(Some(WHILE))?;
            let written = peer.write_all(&vec![0; MANY]);
            // It stays open: the other one is to wait, and not to find it closed.
            Ok::<_, io::Error>((peer, written))
        })
    });
    for peer in peers.map(|peer| peer.join().unwrap()) {
        assert_eq!(peer?.1.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    two_peers_that_both_write_before_they_read_wait_for_each_other,
    "some systems take all of it"
);

/// Both sides can send at the same time.
///
/// - Tutorials: TCP is full duplex.
/// - Seen: 64 MiB each way, and neither write waits for the other.
/// - Source: RFC 9293, section 2.2.
#[test]
fn both_sides_can_send_at_the_same_time() -> io::Result<()> {
    let (client, server) = pair()?;
    let mut writers = [client.try_clone()?, server.try_clone()?];
    thread::scope(|scope| {
        for writer in &mut writers {
            scope.spawn(|| writer.write_all(&vec![0; MANY]));
        }
        for reader in [client, server] {
            assert_eq!(io::copy(&mut reader.take(MANY as u64), &mut io::sink())?, MANY as u64);
        }
        Ok(())
    })
}

/// Small writes may be held back until `TCP_NODELAY` is asked for.
///
/// Nagle's algorithm lets a small segment wait while an earlier one has not been acknowledged.
///
/// - Seen: the option is off on a new connection.
/// - Source: RFC 9293, section 3.7.4; tcp(7), `TCP_NODELAY`.
#[test]
fn small_writes_may_be_held_back_until_nodelay_is_asked_for() -> io::Result<()> {
    let (client, server) = pair()?;
    assert!(!client.nodelay()?);
    assert!(!server.nodelay()?);
    client.set_nodelay(true)?;
    assert!(client.nodelay()?);
    Ok(())
}

/// A deadline of zero is refused.
///
/// To the system, zero means to wait for ever.
///
/// - Tutorials: a time-out is a number of seconds.
/// - Seen: `InvalidInput`.
/// - Source: `std::net::TcpStream::set_read_timeout`; socket(7), `SO_RCVTIMEO`.
#[test]
fn a_deadline_of_zero_is_refused() -> io::Result<()> {
    let (client, _server) = pair()?;
    let error = client.set_read_timeout(Some(Duration::ZERO)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}
