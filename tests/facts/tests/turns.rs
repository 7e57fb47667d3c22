//! # Both at once
//!
//! What two threads may do with one connection, which of them ends a program, and what a terminal does with
//! what is typed and with what is printed.

#[cfg(target_os = "linux")]
use std::io::Read;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use facts::{DEADLINE, only_if, pair, receive};

/// While one thread waits in `read`, another one writes to the same connection.
///
/// - Tutorials: a socket that two threads use needs a lock.
/// - Seen: the message arrives, and its reply ends the `read` that had begun before.
/// - Source: RFC 9293, section 3.3.1: a connection has sequence numbers for each direction.
// ANCHOR: both
#[test]
fn one_thread_writes_while_another_waits_in_read() -> io::Result<()> {
    let (client, mut server) = pair()?;
    let mut coming = client.try_clone()?;
    let reader = thread::spawn(move || receive(&mut coming));
    (&client).write_all(b"hello")?;
    assert_eq!(receive(&mut server)?, "hello");
    server.write_all(b"HELLO")?;
    assert_eq!(reader.join().unwrap()?, "HELLO");
    Ok(())
}
// ANCHOR_END: both

/// A process ends with its first thread, whatever its other threads wait for.
///
/// - Tutorials: a thread that reads the keyboard keeps the program alive: press Enter once more.
/// - Seen: it has ended with status 0, and its input is still open. Where its first thread waits for the other
///   one, it ends when the input does.
/// - Source: `std::thread`: when the main thread of a Rust program terminates, the entire program shuts down.
#[test]
fn a_process_ends_with_its_first_thread() -> io::Result<()> {
    use std::process::{Command, Stdio};

    let start = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_keyboard"));
        program.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
    };
    let mut ends = start(&[])?;
    let _input = ends.stdin.take();
    assert!(ends.wait()?.success());

    let mut waits = start(&["wait"])?;
    let input = waits.stdin.take();
    BufReader::new(waits.stdout.take().ok_or(ErrorKind::NotFound)?).read_line(&mut String::new())?;
    assert!(waits.try_wait()?.is_none());
    drop(input);
    assert!(waits.wait()?.success());
    Ok(())
}

/// `thread::scope` waits for every thread in it, for one that waits for a keyboard as well.
///
/// - Seen: what the scope has to do is done, and the scope ends when the last thread does.
/// - Source: `std::thread::scope`: all threads that have not been joined are joined before it returns.
#[test]
fn a_scope_ends_with_its_last_thread() -> io::Result<()> {
    let (keyboard, keys) = channel::<()>();
    let (tell, told) = channel();
    let scope = thread::spawn(move || {
        thread::scope(|scope| {
            scope.spawn(move || keys.recv());
            tell.send("done")
        })
    });
    assert_eq!(told.recv_timeout(DEADLINE).map_err(io::Error::other)?, "done");
    assert!(!scope.is_finished());
    drop(keyboard);
    scope.join().unwrap().map_err(io::Error::other)
}

/// The end of the stream is sent by a `shutdown` of any handle, and not by dropping one of two.
///
/// - Tutorials: when the thread that sends has ended, the server reads the end of the stream.
/// - Seen: nothing comes for a tenth of a second after the drop, and zero bytes after the `shutdown`.
/// - Source: `std::net::TcpStream::try_clone`; dup(2); shutdown(2).
// ANCHOR: handles
#[test]
fn a_shutdown_ends_the_stream_and_a_dropped_handle_does_not() -> io::Result<()> {
    let (coming, mut server) = pair()?;
    let sending = coming.try_clone()?;
    drop(sending);
    server.set_read_timeout(Some(Duration::from_millis(100)))?;
    let nothing = receive(&mut server).unwrap_err();
    assert!(matches!(nothing.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));

    coming.shutdown(Shutdown::Write)?;
    assert_eq!(receive(&mut server)?, "", "the end of the stream");
    Ok(())
}
// ANCHOR_END: handles

/// A reset is told once: the call that hears of it has the error, and a read after it finds the end.
///
/// - Tutorials: `read` returns 0 when the peer has finished.
/// - Seen: the write fails with `ConnectionReset`. Then a read brings zero bytes, and no error.
/// - Source: tcp(7); socket(7), `SO_ERROR`: the pending error is cleared when it is returned.
// ANCHOR: once
#[cfg(target_os = "linux")]
#[test]
fn a_reset_is_told_once() -> io::Result<()> {
    let (mut client, server) = pair()?;
    socket2::Socket::from(server).set_linger(Some(Duration::ZERO))?;
    facts::until(|| facts::has_hung_up(&client));
    let told = client.write_all(b"hello").unwrap_err();
    assert_eq!(told.kind(), ErrorKind::ConnectionReset);
    assert_eq!(receive(&mut client)?, "", "as if it had finished");
    Ok(())
}
// ANCHOR_END: once
only_if!(
    target_os = "linux",
    a_reset_is_told_once,
    "that a reset has come before anybody is told is seen on Linux only"
);

/// Two programs that write before they read can wait for each other for ever.
///
/// Each one's kernel is full of what the other one does not take.
///
/// - Tutorials: send first, then receive.
/// - Seen: with 64 MiB to write on each side, both writes wait until their timeout.
/// - Source: RFC 9293, section 3.8.6: what is not read closes the window.
#[test]
fn two_who_write_before_they_read_wait_for_each_other() -> io::Result<()> {
    let (one, other) = pair()?;
    let write = |mut stream: &TcpStream| {
        stream.set_write_timeout(Some(Duration::from_millis(300)))?;
        stream.write_all(&vec![0; 64 << 20])
    };
    // Neither is closed before both have ended.
    let ended = thread::scope(|scope| {
        [&one, &other].map(|stream| scope.spawn(move || write(stream))).map(|it| it.join().unwrap())
    });
    for ended in ended {
        let kind = ended.unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut));
    }
    Ok(())
}

/// A `BufReader` reads more than one line, and who makes a new one for each line loses the rest.
///
/// - Seen: of three lines in one segment, the first reader takes all and gives one. The next reader waits.
/// - Source: `std::io::BufReader`: dropping it discards its buffer.
// ANCHOR: buffer
#[test]
fn a_new_buffer_for_each_line_loses_lines() -> io::Result<()> {
    let (mut client, server) = pair()?;
    client.write_all(b"one\ntwo\nthree\n")?;
    let mut line = String::new();
    BufReader::new(&server).read_line(&mut line)?;
    assert_eq!(line, "one\n");

    client.write_all(b"four\n")?;
    line.clear();
    BufReader::new(&server).read_line(&mut line)?;
    assert_eq!(line, "four\n", "and where are the others?");
    Ok(())
}
// ANCHOR_END: buffer

/// `read_line` and `lines` take a line that was cut for a whole one.
///
/// - Tutorials: `for line in reader.lines()`.
/// - Seen: `transfer 10` of a `transfer 1000` that was cut is a line, and no error.
/// - Source: `std::io::BufRead::read_line`: until a newline or EOF is reached.
#[test]
fn lines_takes_a_cut_line_for_a_whole_one() -> io::Result<()> {
    let (mut client, server) = pair()?;
    client.write_all(b"hello\ntransfer 10")?;
    drop(client);
    let lines: Vec<String> = BufReader::new(server).lines().collect::<io::Result<_>>()?;
    assert_eq!(lines, ["hello", "transfer 10"]);
    Ok(())
}

/// A terminal keeps what is typed until Enter, and shows it by itself.
///
/// Nobody who reads knows what is half typed, so nobody can show it again.
///
/// - Tutorials: read the keyboard character by character with `read`.
/// - Seen: three keys are shown, and a `read` would wait. With Enter all four bytes are there. Without
///   `ICANON` each key is.
/// - Source: termios(3), canonical mode, `ECHO`.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_hands_over_whole_lines_and_shows_keys_by_itself() -> io::Result<()> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    let (mut person, mut program) = terminal()?;
    person.write_all(b"hel")?;
    shows(&mut person, "hel")?;
    assert!(!has_input(&program, Duration::ZERO)?);
    person.write_all(b"\r")?;
    shows(&mut program, "hel\n")?;

    let mut modes = tcgetattr(&program)?;
    modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    tcsetattr(&program, OptionalActions::Now, &modes)?;
    person.write_all(b"h")?;
    shows(&mut program, "h")
}
only_if!(
    target_os = "linux",
    a_terminal_hands_over_whole_lines_and_shows_keys_by_itself,
    "macOS does the same, say its documents, and Windows has consoles"
);

/// What is printed goes to where the cursor is, also in the middle of what is half typed.
///
/// - Seen: `hel`, a line of the program behind it, and `lo` on the next line. The terminal hands over
///   `hello`, and nobody can read it.
/// - Source: termios(3): input and output are two queues.
#[cfg(target_os = "linux")]
#[test]
fn what_is_printed_is_shown_in_the_middle_of_what_is_half_typed() -> io::Result<()> {
    let (mut person, mut program) = terminal()?;
    person.write_all(b"hel")?;
    shows(&mut person, "hel")?;
    program.write_all(b"still there?\n")?;
    shows(&mut person, "still there?\r\n")?;
    person.write_all(b"lo\r")?;
    shows(&mut program, "hello\n")?;
    shows(&mut person, "lo\r\n")
}
only_if!(
    target_os = "linux",
    what_is_printed_is_shown_in_the_middle_of_what_is_half_typed,
    "macOS does the same, say its documents, and Windows has consoles"
);

/// A terminal obeys the control characters that it is sent, whoever has thought of them.
///
/// - Tutorials: `print(data)`.
/// - Seen: 13 bytes of a peer clear the screen and leave a line of their own choice.
/// - Source: ECMA-48, ED and CUP; as a terminal's library understands them.
#[cfg(target_os = "linux")]
#[test]
fn a_peer_can_rule_the_terminal() {
    let mut screen = vt100::Parser::default();
    screen.process(b"balance: 12 euros\r\n");
    let line = b"\x1b[2J\x1b[Hpaid\r\n";
    assert_eq!(line.len(), 13);
    screen.process(line);
    assert_eq!(screen.screen().contents(), "paid");
}
only_if!(
    target_os = "linux",
    a_peer_can_rule_the_terminal,
    "the library that reads the sequences is built here only"
);

/// Both ends of a new terminal: the person's, and the program's.
#[cfg(target_os = "linux")]
fn terminal() -> io::Result<(std::fs::File, std::fs::File)> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&person)?;
    unlockpt(&person)?;
    let name = ptsname(&person, Vec::new())?;
    let name = name.to_str().map_err(io::Error::other)?;
    let program = std::fs::OpenOptions::new().read(true).write(true).open(name)?;
    Ok((person.into(), program))
}

/// Whether there is something to read at an end, at the latest after so long.
#[cfg(target_os = "linux")]
fn has_input(end: &std::fs::File, most: Duration) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, poll};

    let most = most.try_into().map_err(io::Error::other)?;
    Ok(poll(&mut [PollFd::new(end, PollFlags::IN)], Some(&most))? == 1)
}

/// Reads this at an end, however it comes.
#[cfg(target_os = "linux")]
fn shows(end: &mut std::fs::File, text: &str) -> io::Result<()> {
    let mut came = vec![0; text.len()];
    for byte in came.chunks_mut(1) {
        assert!(has_input(end, DEADLINE)?, "nothing came within {DEADLINE:?}");
        end.read_exact(byte)?;
    }
    assert_eq!(String::from_utf8_lossy(&came), text);
    Ok(())
}
