//! More ways to count the time of a message or a reply, and to keep whom it was given up on.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};

use super::{converse, ending, read_by};
use crate::frame::{read_frame, write_frame};
use crate::server_patience;
use crate::timed::{Deadline, Timed};

fn in_time(stream: &TcpStream) -> Timed<'_> {
    Timed { stream, deadline: Deadline::after(server_patience()) }
}

/// Writes each reply in the same way.
fn write_by<W: Write>(
    stream: &TcpStream,
    peer: SocketAddr,
    writer: impl Fn() -> W,
) -> io::Result<()> {
    while let Some(message) = read_frame(&mut in_time(stream), MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        write_frame(&mut writer(), &message.to_uppercase())?;
    }
    Ok(())
}

/// The first thing that comes begins the time anew.
struct BeginsAnew<'a>(Timed<'a>, bool);

impl Read for BeginsAnew<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        if mem::take(&mut self.1) {
            self.0.deadline = Deadline::after(server_patience());
        }
        Ok(length)
    }
}

pub fn begins_anew_with_the_first_bytes(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || Ok(BeginsAnew(in_time(stream), true)))
}

/// What one message has not used, the next one has as well.
pub fn adds_up_the_patience(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let mut until = Instant::now();
    loop {
        until += server_patience();
        let deadline = Deadline::after(until.saturating_duration_since(Instant::now()));
        let message = read_frame(&mut Timed { stream, deadline }, MAX_MESSAGE)?;
        let Some(message) = message else { return Ok(()) };
        log!("message {peer} {message:?}");
        write_frame(&mut in_time(stream), &message.to_uppercase())?;
    }
}

/// Each write waits as long as the whole reply may.
struct EachWrite<'a>(&'a TcpStream);

impl Write for EachWrite<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        in_time(self.0).write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn has_a_deadline_for_each_write(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    write_by(stream, peer, || EachWrite(stream))
}

/// A call that a signal has interrupted is made again as it was, or is an error.
struct Interrupted<'a>(&'a TcpStream, Deadline, fn(&TcpStream, &[u8]) -> io::Result<usize>);

impl Write for Interrupted<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match (Timed { stream: self.0, deadline: self.1 }).write(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => (self.2)(self.0, buffer),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn gives_a_reply_up_at_a_signal(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let again = |_: &TcpStream, _: &[u8]| Err(ErrorKind::TimedOut.into());
    write_by(stream, peer, || Interrupted(stream, Deadline::after(server_patience()), again))
}

pub fn writes_again_with_all_the_time(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    write_by(stream, peer, || {
        Interrupted(stream, Deadline::after(server_patience()), |stream, buffer| {
            in_time(stream).write(buffer)
        })
    })
}

/// A read that a signal has interrupted begins anew.
struct ReadsAgain<'a>(Timed<'a>);

impl Read for ReadsAgain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    self.0.deadline = Deadline::after(server_patience());
                }
                read => return read,
            }
        }
    }
}

pub fn reads_again_with_all_the_time(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || Ok(ReadsAgain(in_time(stream))))
}

/// What is left until a deadline, made into something that std takes.
struct Rounded<'a>(&'a TcpStream, Instant, fn(Duration) -> Duration);

impl Read for Rounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = (self.2)(self.1.saturating_duration_since(Instant::now()));
        self.0.set_read_timeout(Some(left))?;
        self.0.read(buffer)
    }
}

pub fn makes_a_millisecond_of_nothing(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let some = |left: Duration| left.max(Duration::from_millis(1));
    read_by(stream, peer, || Ok(Rounded(stream, Instant::now() + server_patience(), some)))
}

pub fn counts_whole_milliseconds(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let whole =
        |left: Duration| Duration::from_millis(u64::try_from(left.as_millis()).unwrap_or(0));
    read_by(stream, peer, || {
        if server_patience().is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(Rounded(stream, Instant::now() + server_patience(), whole))
    })
}

/// Asks whether there is room until there is.
struct Spins<'a>(&'a TcpStream, Instant);

impl Write for Spins<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        loop {
            self.0.set_nonblocking(true)?;
            let written = self.0.write(buffer);
            self.0.set_nonblocking(false)?;
            let waits = written.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
            if !waits || Instant::now() > self.1 {
                return written;
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn spins_until_there_is_room(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    write_by(stream, peer, || Spins(stream, Instant::now() + server_patience()))
}

/// What is done with a stream that was given up.
fn and_then(stream: &TcpStream, peer: SocketAddr, keep: impl Fn(TcpStream)) -> io::Result<()> {
    let result = converse(stream, peer);
    if result.as_ref().is_err_and(|error| ending(error) == "gave up") {
        stream.try_clone().map(keep)?;
    }
    result
}

pub fn keeps_whom_it_gave_up(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    and_then(stream, peer, |stream| {
        let _ = stream.shutdown(Shutdown::Both);
        mem::forget(stream);
    })
}

/// Waits for the end of whom it has given up, beside everything else.
pub fn lingers_for_whom_it_gave_up(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    and_then(stream, peer, |mut stream| {
        thread::spawn(move || {
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.set_read_timeout(None);
            io::copy(&mut stream, &mut io::sink())
        });
    })
}

/// Reads on while replies are not taken, and keeps them.
pub fn keeps_the_replies(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let (sender, replies) = channel::<String>();
    let theirs = stream.try_clone()?;
    let writes = thread::spawn(move || {
        replies.iter().try_for_each(|reply| write_frame(&mut in_time(&theirs), &reply))
    });
    while let Some(message) = read_frame(&mut in_time(stream), MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        let _ = sender.send(message.to_uppercase());
    }
    drop(sender);
    writes.join().unwrap_or(Ok(()))
}

/// What nobody reads, `println!` panics on.
pub fn prints_whom_it_gave_up(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        log!("connected {peer}");
        match converse(&stream, peer) {
            Ok(()) => log!("finished {peer}"),
            Err(error) if ending(&error) == "gave up" => println!("gave up {peer}"),
            Err(error) => log!("{} {peer}: {error}", ending(&error)),
        }
    }
}

/// A stream whose calls wait until a moment, each in its own wrong way.
struct Until<'a> {
    stream: &'a TcpStream,
    at: Instant,
    interrupted: u32,
    fault: Signals,
}

#[derive(Clone, Copy, PartialEq)]
enum Signals {
    Taken,
    RepeatedWithTheOldTimeout,
    GivenUpAtTheThird,
}

impl<'a> Until<'a> {
    fn new(stream: &'a TcpStream, fault: Signals) -> Self {
        Self { stream, at: Instant::now() + server_patience(), interrupted: 0, fault }
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        loop {
            match self.stream.read(buffer).map_err(|error| (error.kind(), error)) {
                Err((ErrorKind::WouldBlock, _)) => return Err(ErrorKind::TimedOut.into()),
                Err((ErrorKind::Interrupted, _))
                    if self.fault == Signals::RepeatedWithTheOldTimeout => {}
                Err((ErrorKind::Interrupted, _)) if self.interrupted == 2 => {
                    return Err(ErrorKind::TimedOut.into());
                }
                read => {
                    let is_signal = matches!(read, Err((ErrorKind::Interrupted, _)));
                    self.interrupted +=
                        u32::from(is_signal && self.fault == Signals::GivenUpAtTheThird);
                    return read.map_err(|(_, error)| error);
                }
            }
        }
    }
}

impl Write for Until<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let left = Some(self.left()?).filter(|_| buffer.len() > 128);
        self.stream.set_write_timeout(left)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is small goes into the buffers, or so it is believed.
pub fn waits_for_small_writes(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    write_by(stream, peer, || Until::new(stream, Signals::Taken))
}

pub fn repeats_with_the_old_timeout(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || Ok(Until::new(stream, Signals::RepeatedWithTheOldTimeout)))
}

pub fn gives_up_at_the_third_signal(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || Ok(Until::new(stream, Signals::GivenUpAtTheThird)))
}

/// Who has had two replies, and is silent, has finished.
pub fn takes_silence_after_two_for_the_end(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let mut answered = 0;
    loop {
        let message = match read_frame(&mut in_time(stream), MAX_MESSAGE) {
            Err(error) if error.kind() == ErrorKind::TimedOut && answered >= 2 => return Ok(()),
            message => message?,
        };
        let Some(message) = message else { return Ok(()) };
        log!("message {peer} {message:?}");
        write_frame(&mut in_time(stream), &message.to_uppercase())?;
        answered += 1;
    }
}
