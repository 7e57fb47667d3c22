//! # Stopping
//!
//! How a service ends: what Ctrl-C does to a program, and what ends the waits in which its threads are.

#[cfg(unix)]
use std::io::Read;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
#[cfg(unix)]
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use facts::{DEADLINE, connect, listener, only_if, pair, receive};

/// A program that Ctrl-C ends drops nothing.
///
/// The terminal sends SIGINT to it, and what a signal ends has no time for anything.
///
/// - Tutorials: `Drop` cleans up when the program ends.
/// - Seen: ended by signal 2, and a value whose `drop` prints something has printed nothing. When its
///   input ends, the same program prints it.
/// - Source: signal(7), the default action of SIGINT; termios(3), VINTR.
#[cfg(target_os = "linux")]
#[test]
fn a_program_that_ctrl_c_ends_drops_nothing() -> io::Result<()> {
    use std::io::BufRead;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    use rustix::process::{Pid, Signal, kill_process};

    harness::interrupts::are_heard();
    let run = |is_interrupted: bool| -> io::Result<(String, Option<i32>)> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interruptible"));
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut output = io::BufReader::new(program.stdout.take().ok_or(io::ErrorKind::NotFound)?);
        let mut printed = String::new();
        output.read_line(&mut printed)?;
        if is_interrupted {
            kill_process(Pid::from_child(&program), Signal::INT)?;
        }
        // Waiting closes its input.
        let status = program.wait()?;
        output.read_to_string(&mut printed)?;
        Ok((printed, status.signal()))
    };
    assert_eq!(run(true)?, ("waiting\n".to_owned(), Some(2)));
    assert_eq!(run(false)?, ("waiting\ndropped\n".to_owned(), None));
    Ok(())
}
only_if!(
    target_os = "linux",
    a_program_that_ctrl_c_ends_drops_nothing,
    "another system has other ways to interrupt a program"
);

/// An `accept` that waits is ended by a connection, and a program can make that itself.
///
/// - Tutorials: set a flag, and the loop ends.
/// - Seen: it returns, with the address of the program's own socket.
/// - Source: accept(2).
// ANCHOR: wake
#[test]
fn a_program_ends_its_own_accept_by_connecting_to_it() -> io::Result<()> {
    let (listener, addr) = listener()?;
    let (sender, accepted) = channel();
    thread::spawn(move || sender.send(listener.accept()));
    let waker = TcpStream::connect(addr)?;
    let (_, peer) = accepted.recv_timeout(DEADLINE).map_err(io::Error::other)??;
    assert_eq!(peer, waker.local_addr()?);
    Ok(())
}
// ANCHOR_END: wake

/// On Linux the shutdown of a listener ends an `accept`, and std has no call for it.
///
/// - Seen: `InvalidInput`, at once. POSIX has no shutdown of a socket that is not connected.
/// - Source: shutdown(2), ENOTCONN; accept(2), EINVAL.
#[cfg(target_os = "linux")]
#[test]
fn the_shutdown_of_a_listener_ends_its_accept() -> io::Result<()> {
    let (listener, _) = listener()?;
    let copy = socket2::Socket::from(listener.try_clone()?);
    let (sender, accepted) = channel();
    thread::spawn(move || sender.send(listener.accept()));
    copy.shutdown(Shutdown::Both)?;
    let accepted = accepted.recv_timeout(DEADLINE).map_err(io::Error::other)?;
    assert_eq!(accepted.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    Ok(())
}
only_if!(
    target_os = "linux",
    the_shutdown_of_a_listener_ends_its_accept,
    "elsewhere it is an error"
);

/// A thread that waits in `read` gets the end of the stream when another one shuts down that side.
///
/// - Seen: zero bytes, though the peer has finished nothing. The peer is not told.
/// - Source: shutdown(2), `SHUT_RD`.
// ANCHOR: home
#[cfg(unix)]
#[test]
fn the_shutdown_of_the_reading_side_ends_a_read_that_waits() -> io::Result<()> {
    let (_client, server) = pair()?;
    let server = Arc::new(server);
    let theirs = Arc::clone(&server);
    let reader = thread::spawn(move || (&*theirs).read(&mut [0; 16]));
    server.shutdown(Shutdown::Read)?;
    assert_eq!(reader.join().unwrap()?, 0);
    Ok(())
}
// ANCHOR_END: home
only_if!(
    unix,
    the_shutdown_of_the_reading_side_ends_a_read_that_waits,
    "Windows does not promise it: the deadline of the read ends it"
);

/// Who has shut down the reading side can still write.
///
/// - Seen: the reply arrives, and then the end of the stream.
/// - Source: shutdown(2): the two directions are independent.
#[test]
fn after_the_shutdown_of_the_reading_side_a_reply_is_sent() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    server.shutdown(Shutdown::Read)?;
    server.write_all(b"HELLO")?;
    drop(server);
    assert_eq!(receive(&mut client)?, "HELLO");
    assert_eq!(receive(&mut client)?, "");
    Ok(())
}

/// On Linux the reading side goes on bringing what comes, after its shutdown too.
///
/// So who has always something to read does not find an end in it.
///
/// - Seen: what was there before is read, then zero bytes, then what has come since.
/// - Source: Linux, tcp(7) says nothing; Stevens, UNIX Network Programming, section 6.6: TCP drops it.
#[cfg(target_os = "linux")]
#[test]
fn after_the_shutdown_of_the_reading_side_linux_still_brings_what_comes() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"before")?;
    facts::until(|| server.peek(&mut [0; 8]).is_ok_and(|length| length == 6));
    server.shutdown(Shutdown::Read)?;
    assert_eq!(receive(&mut server)?, "before");
    assert_eq!(receive(&mut server)?, "");
    client.write_all(b"after")?;
    facts::until(|| server.peek(&mut [0; 8]).is_ok_and(|length| length == 5));
    assert_eq!(receive(&mut server)?, "after");
    Ok(())
}
only_if!(
    target_os = "linux",
    after_the_shutdown_of_the_reading_side_linux_still_brings_what_comes,
    "other systems drop it, or answer it with a reset"
);

/// The shutdown of both sides takes the reply that is not written yet.
///
/// - Tutorials: `shutdown(Shutdown::Both)` ends a connection gracefully.
/// - Seen: the write of the reply fails, with `BrokenPipe`.
/// - Source: shutdown(2), `SHUT_RDWR`; send(2), `EPIPE`.
#[cfg(unix)]
#[test]
fn after_the_shutdown_of_both_sides_no_reply_is_sent() -> io::Result<()> {
    let (_client, mut server) = pair()?;
    server.shutdown(Shutdown::Both)?;
    let error = server.write_all(b"HELLO").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    Ok(())
}
only_if!(
    unix,
    after_the_shutdown_of_both_sides_no_reply_is_sent,
    "the number of the error is another on Windows"
);

/// A service that has closed its listener and waits for its last client refuses whoever comes.
///
/// - Seen: `ConnectionRefused`, while the connection that was accepted goes on.
/// - Source: RFC 9293, section 3.5.2: a reset answers a connection that does not exist.
#[test]
fn who_closes_its_listener_still_serves_whom_it_has_accepted() -> io::Result<()> {
    let listener = TcpListener::bind(facts::own_addr()?)?;
    let addr = listener.local_addr()?;
    let mut client = connect(addr)?;
    let (mut server, _) = facts::accept(&listener)?;
    drop(listener);
    facts::until(|| {
        TcpStream::connect(addr)
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    });
    server.write_all(b"HELLO")?;
    assert_eq!(receive(&mut client)?, "HELLO");
    Ok(())
}
