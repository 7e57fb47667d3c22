//! Given: waiting for a connection until a deadline, and no longer.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// The moment at which somebody's patience ends.
#[derive(Clone, Copy)]
pub struct Deadline {
    at: Instant,
    patience: Duration,
}

/// A connection whose reads and writes wait until a deadline, all of them together.
pub struct Timed<'a> {
    pub stream: &'a TcpStream,
    pub deadline: Deadline,
}

impl Deadline {
    /// The moment when `patience` will have passed.
    pub fn after(patience: Duration) -> Self {
        Self { at: Instant::now() + patience, patience }
    }

    /// What is left until then: more than nothing. Fails with `TimedOut` when it has passed.
    fn left(self) -> io::Result<Duration> {
        let left = self.at.saturating_duration_since(Instant::now());
        // For std a timeout of zero is an error of the caller.
        if left.is_zero() { Err(self.passed()) } else { Ok(left) }
    }

    /// What a call fails with that has waited too long: `WouldBlock` on Unix, `TimedOut` on
    /// Windows. Other errors stay as they are, a `TimedOut` of the kernel's own as well.
    fn named(self, error: io::Error) -> io::Error {
        match error.kind() {
            ErrorKind::WouldBlock => self.passed(),
            ErrorKind::TimedOut if self.left().is_err() => self.passed(),
            _ => error,
        }
    }

    fn passed(self) -> io::Error {
        io::Error::new(ErrorKind::TimedOut, format!("not within {:?}", self.patience))
    }
}

/// Connects to `addr`, whichever of its addresses takes it. Fails when none has until the
/// deadline: `TimedOut`, if it has passed.
pub fn connect(addr: &str, deadline: Deadline) -> io::Result<TcpStream> {
    let mut last = ErrorKind::InvalidInput.into();
    for addr in addr.to_socket_addrs()? {
        match TcpStream::connect_timeout(&addr, deadline.left()?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = deadline.named(error),
        }
    }
    Err(last)
}

impl Read for Timed<'_> {
    /// Waits for bytes. Fails with `TimedOut` when none has come until the deadline.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.deadline.left()?))?;
        self.stream.read(buffer).map_err(|error| self.deadline.named(error))
    }
}

impl Write for Timed<'_> {
    /// Waits until there is room for bytes. Fails with `TimedOut` when there was none until the
    /// deadline.
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.deadline.left()?))?;
        self.stream.write(buffer).map_err(|error| self.deadline.named(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
