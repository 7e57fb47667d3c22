//! The end of a connection: by a close, by a kill, by a reset.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use facts::{only_on_linux, pair, receive};
use socket2::Socket;

// ANCHOR: again_and_again
/// read(2): zero is the end of the stream. It does not block, and it does not go away.
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

/// RFC 9293, section 3.6: what was sent before the close is delivered before it.
#[test]
fn last_words_are_read_before_the_end_of_the_stream() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"last words")?;
    drop(client);
    assert_eq!(receive(&mut server)?, "last words");
    assert_eq!(receive(&mut server)?, "");
    Ok(())
}

// ANCHOR: half_close
/// RFC 9293, section 3.6.1: the two directions are closed independently.
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

/// close(2): the system closes what a killed program had open, as the program would have done.
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
only_on_linux!(a_killed_client_ends_its_stream_as_any_other, "Windows resets its connections");

// ANCHOR: unread
/// RFC 9293, section 3.6.1: a reset shows that data was lost.
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

/// RFC 9293, section 3.10.7.4: a reset deletes the connection. It is told once.
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

/// RFC 9293, section 3.10.7.4 lets a reset throw away what was received. Linux keeps it.
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
only_on_linux!(what_arrived_before_a_reset_is_still_read, "others may lose it");

/// send(2): `ECONNRESET`, then `EPIPE`.
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
only_on_linux!(
    the_first_write_after_a_reset_is_reset_and_the_second_a_broken_pipe,
    "Windows has other errors for it"
);

/// accept(2): Linux passes pending errors on with the new socket, not with the call.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_reset_in_the_queue_is_accepted_and_its_read_fails() -> io::Result<()> {
    let (listener, addr) = facts::listener()?;
    reset(facts::connect(addr)?)?;
    let (mut server, _) = facts::accept(&listener)?;
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    Ok(())
}
only_on_linux!(
    a_client_that_reset_in_the_queue_is_accepted_and_its_read_fails,
    "elsewhere accept itself may fail"
);

/// `std::io::Write::write_all` calls `write` until nothing is left, so not once for nothing.
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
only_on_linux!(write_all_of_nothing_succeeds_even_on_a_dead_connection, "others were not tried");

/// socket(7), `SO_LINGER`: with a time of zero, closing sends a reset.
fn reset(stream: TcpStream) -> io::Result<()> {
    Socket::from(stream).set_linger(Some(Duration::ZERO))
}

/// send(2): success means that the system took the bytes. It says nothing about the peer.
#[test]
fn the_first_write_to_a_peer_that_has_closed_succeeds() -> io::Result<()> {
    let (mut client, server) = pair()?;
    drop(server);
    assert_eq!(receive(&mut client)?, "");
    assert_eq!(client.write(b"hello")?, 5);
    Ok(())
}

/// send(2), `EPIPE`; RFC 9293, section 3.6.1: the first write was answered with a reset.
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
only_on_linux!(
    the_second_write_to_a_peer_that_has_closed_is_a_broken_pipe,
    "Windows has other errors for it"
);
