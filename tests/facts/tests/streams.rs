//! A stream of bytes: what a write sends, and what a read brings.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use facts::{DEADLINE, pair, receive, until};

/// RFC 9293, section 3.7: a read is as long as its buffer allows, whatever was written at once.
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

/// RFC 9293, section 3.7: nothing in the stream tells where a write ended.
#[test]
fn two_writes_can_be_one_read() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"hello")?;
    client.write_all(b"world")?;
    until(|| server.peek(&mut [0; 10]).is_ok_and(|arrived| arrived == 10));
    assert_eq!(receive(&mut server)?, "helloworld");
    Ok(())
}

/// RFC 3629, section 3: a character has up to four bytes. To a stream they are bytes like any.
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

// ANCHOR: nothing
/// RFC 9293, section 2.2: TCP delivers a stream of bytes, and zero bytes are no part of it.
#[test]
fn a_write_of_zero_bytes_delivers_nothing() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    assert_eq!(client.write(b"")?, 0);
    server.set_read_timeout(Some(Duration::from_millis(100)))?;
    let error = server.read(&mut [0; 8]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));

    client.write_all(b"something")?;
    server.set_read_timeout(Some(DEADLINE))?;
    assert_eq!(receive(&mut server)?, "something");
    Ok(())
}
// ANCHOR_END: nothing

/// recv(2): zero also means that no bytes were asked for. It is not the end of the stream.
#[test]
fn a_read_into_an_empty_buffer_returns_zero_while_bytes_wait() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"hello")?;
    assert_eq!(server.peek(&mut [0])?, 1);
    assert_eq!(server.read(&mut [])?, 0);
    assert_eq!(receive(&mut server)?, "hello");
    Ok(())
}
