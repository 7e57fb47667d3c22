//! Waiting for a connection until a deadline, and no longer.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The moment at which somebody's patience ends.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "who waits for ever has no use for it")]
pub struct Deadline {
    at: Instant,
    patience: Duration,
}

/// A connection whose reads and writes wait until a deadline, all of them together.
pub struct Timed<'a> {
    pub stream: &'a TcpStream,
    #[allow(dead_code, reason = "who waits for ever has no use for it")]
    pub deadline: Deadline,
}

impl Deadline {
    /// The moment when `patience` will have passed.
    pub fn after(patience: Duration) -> Self {
        Self { at: Instant::now() + patience, patience }
    }
}

/// Connects to `addr`, whichever of its addresses takes it. Fails when none has until the
/// deadline: `TimedOut`, if it has passed.
pub fn connect(addr: &str, _deadline: Deadline) -> io::Result<TcpStream> {
    // TODO(lab10): where nobody answers, this waits until the kernel gives up, which takes
    // minutes. `TcpStream::connect_timeout` takes one address: what do you do with a name that
    // has several?
    TcpStream::connect(addr)
}

impl Read for Timed<'_> {
    /// Waits for bytes. Fails with `TimedOut` when none has come until the deadline.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // TODO(lab10): this waits for ever, and so does `write` below. Let both wait for what is
        // left until the deadline. Why is that less with each call, and what if nothing is left?
        self.stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    /// Waits until there is room for bytes. Fails with `TimedOut` when there was none until the
    /// deadline.
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
