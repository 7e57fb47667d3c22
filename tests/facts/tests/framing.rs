//! # Framing
//!
//! How one message is told from the next in a stream that knows none.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use facts::{only_if, pair, until};

/// A frame of five bytes of text.
const HELLO: &[u8] = b"\0\0\0\x05hello";

/// Waits until so many bytes have arrived, and none of them is read.
fn arrived(stream: &TcpStream, length: usize) {
    until(|| stream.peek(&mut [0; 64]).is_ok_and(|arrived| arrived == length));
}

/// A read can bring a frame and a half.
///
/// - Tutorials: the length is received first, and then the message.
/// - Seen: of two frames in one write, of 9 bytes each, a read into 14 bytes brings 14.
/// - Source: RFC 9293, section 3.7.
#[test]
fn a_read_can_bring_a_frame_and_a_half() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(&HELLO.repeat(2))?;
    arrived(&server, 18);
    assert_eq!(server.read(&mut [0; 14])?, 14);
    Ok(())
}

/// A read can bring half of a length.
///
/// The four bytes of a length are bytes like any.
///
/// - Tutorials: `recv(4)` brings the length.
/// - Seen: 2 of 4 bytes, as the peer has sent them.
/// - Source: RFC 9293, section 3.7; recv(2).
#[test]
fn a_read_can_bring_half_of_a_length() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(&HELLO[..2])?;
    assert_eq!(server.read(&mut [0; 4])?, 2);
    client.write_all(&HELLO[2..])?;
    assert_eq!(server.read(&mut [0; 2])?, 2);
    Ok(())
}

/// `read_exact` reads as often as it takes.
///
/// - Seen: nine bytes in nine segments are one call.
/// - Source: `std::io::Read::read_exact`; recv(2), `MSG_WAITALL`, is the kernel's own.
// ANCHOR: exact
#[test]
fn read_exact_reads_as_often_as_it_takes() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    let writer = thread::spawn(move || {
        client.set_nodelay(true)?;
        HELLO.iter().try_for_each(|byte| client.write_all(&[*byte]))
    });
    let mut frame = [0; 9];
    server.read_exact(&mut frame)?;
    assert_eq!(frame, HELLO);
    writer.join().unwrap()
}
// ANCHOR_END: exact

/// `read_exact` fails when the stream ends before the buffer is full, even where nothing was read.
///
/// So it cannot tell the end between two frames from the end inside one.
///
/// - Seen: `UnexpectedEof`, after no byte and after three.
/// - Source: `std::io::Read::read_exact`.
// ANCHOR: ends
#[test]
fn read_exact_fails_when_the_stream_ends_before_the_buffer_is_full() -> io::Result<()> {
    for sent in [&[][..], &[0, 0, 0]] {
        let (mut client, mut server) = pair()?;
        client.write_all(sent)?;
        client.shutdown(Shutdown::Write)?;
        let error = server.read_exact(&mut [0; 4]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
    Ok(())
}
// ANCHOR_END: ends

/// `read_exact` into a vector that has room, and no bytes, reads nothing.
///
/// The buffer's length counts, not its capacity.
///
/// - Seen: `Ok` at once, and the text is still unread.
/// - Source: `std::vec::Vec::with_capacity`; `std::io::Read::read_exact`.
#[test]
fn read_exact_into_a_vector_that_has_room_and_no_bytes_reads_nothing() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    let mut text = Vec::with_capacity(5);
    server.read_exact(&mut text)?;
    assert!(text.is_empty());
    client.write_all(b"hello")?;
    arrived(&server, 5);
    Ok(())
}

/// A buffered reader that is dropped takes with it what it has read ahead.
///
/// - Tutorials: a `makefile()`, or a `BufReader`, for each message.
/// - Seen: of two lines in one write, the second is in neither the stream nor a new reader.
/// - Source: `std::io::BufReader`.
// ANCHOR: ahead
#[test]
fn a_buffered_reader_that_is_dropped_takes_with_it_what_it_has_read_ahead() -> io::Result<()> {
    let (mut client, server) = pair()?;
    client.write_all(b"one\ntwo\n")?;
    client.shutdown(Shutdown::Write)?;
    arrived(&server, 8);

    let mut line = String::new();
    BufReader::new(&server).read_line(&mut line)?;
    assert_eq!(line, "one\n");
    assert_eq!(BufReader::new(&server).read_line(&mut line)?, 0, "the end of the stream");
    Ok(())
}
// ANCHOR_END: ahead

/// `read_line` keeps the newline, unless the stream has ended without one.
///
/// So a line that was cut can be told from a whole one, by its last byte.
///
/// - Tutorials: a newline ends a message.
/// - Seen: `"whole\n"`, then `"half"`, then 0.
/// - Source: `std::io::BufRead::read_line`.
#[test]
fn read_line_keeps_the_newline_unless_the_stream_has_ended_without_one() -> io::Result<()> {
    let (mut client, server) = pair()?;
    client.write_all(b"whole\nhalf")?;
    client.shutdown(Shutdown::Write)?;
    let mut lines = BufReader::new(server);
    for expected in ["whole\n", "half", ""] {
        let mut line = String::new();
        assert_eq!(lines.read_line(&mut line)?, expected.len());
        assert_eq!(line, expected);
    }
    Ok(())
}

/// Who reads until a delimiter takes memory for as long as none comes, unless a limit is set.
///
/// - Tutorials: read until the delimiter, with a buffer that grows.
/// - Seen: 100,000 bytes without a newline are kept; with `take(1_024)` in front, 1,024 are.
/// - Source: `std::io::BufRead::read_until`; `std::io::Read::take`.
#[test]
fn who_reads_until_a_delimiter_takes_memory_for_as_long_as_none_comes() -> io::Result<()> {
    for (limit, kept) in [(u64::MAX, 100_000), (1_024, 1_024)] {
        let (mut client, server) = pair()?;
        let writer = thread::spawn(move || client.write_all(&vec![b'a'; 100_000]));
        let mut line = Vec::new();
        BufReader::new(&server).take(limit).read_until(b'\n', &mut line)?;
        assert_eq!(line.len(), kept);
        // What is unread when the stream is dropped makes an error of the write, or none.
        drop(server);
        let _ = writer.join().unwrap();
    }
    Ok(())
}

/// Four bytes can announce 4 GiB, less one byte.
///
/// - Tutorials: unpack the length, and receive so many bytes.
/// - Seen: the sender has sent four bytes; the reader takes memory for 4,294,967,295, or refuses.
/// - Source: `std::primitive::u32::from_be_bytes`.
#[test]
fn four_bytes_can_announce_4_gib_less_one_byte() {
    assert_eq!(u32::from_be_bytes([0xff; 4]), 4_294_967_295);
    assert_eq!(u32::from_be_bytes([0, 0, 4, 0]), 1_024);
}

/// The two orders of bytes make different lengths of the same four.
///
/// Networks send the most significant byte first. Most processors keep it last.
///
/// - Tutorials: `htonl` before it is sent, `ntohl` after it was received.
/// - Seen: `0, 0, 0, 5` is 5, or 83,886,080.
/// - Source: RFC 1700, page 3; `std::primitive::u32::from_be_bytes`.
#[test]
fn the_two_orders_of_bytes_make_different_lengths_of_the_same_four() {
    assert_eq!(u32::from_be_bytes([0, 0, 0, 5]), 5);
    assert_eq!(u32::from_le_bytes([0, 0, 0, 5]), 83_886_080);
}

/// Length and text in two writes can wait for each other.
///
/// The kernel holds the second small write back until the first is acknowledged (Nagle), and the other
/// side's kernel waits with its acknowledgement until it has something to send along (delayed ACK).
///
/// - Seen: the text arrived 44 ms after the length; in one write, or with `TCP_NODELAY`, with it.
/// - Source: RFC 9293, section 3.7.4; RFC 1122, section 4.2.3.2, page 96; tcp(7), `TCP_NODELAY`.
#[cfg(target_os = "linux")]
#[test]
fn length_and_text_in_two_writes_can_wait_for_each_other() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    // A connection that has not spoken to and fro acknowledges at once.
    until(|| {
        client.write_all(&HELLO[..4]).expect("the other end is open");
        client.write_all(&HELLO[4..]).expect("the other end is open");
        server.peek(&mut [0]).expect("the other end is open");
        let alone = server.peek(&mut [0; 16]).is_ok_and(|arrived| arrived == 4);
        server.read_exact(&mut [0; 9]).expect("the text comes at last");
        server.write_all(HELLO).expect("the other end is open");
        client.read_exact(&mut [0; 9]).expect("the other end is open");
        alone
    });

    client.set_nodelay(true)?;
    for _ in 0..20 {
        client.write_all(&HELLO[..4])?;
        client.write_all(&HELLO[4..])?;
        arrived(&server, 9);
        server.read_exact(&mut [0; 9])?;
        server.write_all(HELLO)?;
        client.read_exact(&mut [0; 9])?;
    }
    Ok(())
}
only_if!(
    target_os = "linux",
    length_and_text_in_two_writes_can_wait_for_each_other,
    "how long an acknowledgement is delayed, and when, is each system's own"
);

/// After a timeout inside a frame, what was read of it is lost to whoever asks again.
///
/// `read_exact` does not tell how many bytes it has taken.
///
/// - Tutorials: set a timeout, and try again.
/// - Seen: of `0, 0, 0, 5` the first two are gone; the next four bytes begin in the middle.
/// - Source: `std::io::Read::read_exact`.
#[test]
fn after_a_timeout_inside_a_frame_what_was_read_of_it_is_lost() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(&HELLO[..2])?;
    arrived(&server, 2);
    server.set_read_timeout(Some(Duration::from_millis(20)))?;
    let error = server.read_exact(&mut [0; 4]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));

    client.write_all(&HELLO[2..])?;
    arrived(&server, 7);
    let mut header = [0; 4];
    server.read_exact(&mut header)?;
    assert_eq!(header, *b"\0\x05he");
    Ok(())
}
