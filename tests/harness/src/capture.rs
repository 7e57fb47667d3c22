//! What a program prints, kept within bounds however much that is.

use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How many lines are kept, and how many bytes of them. The rest is read, so that the program is
/// not held up, and counted.
const KEPT: usize = 5_000;
const KEPT_BYTES: usize = 4 << 20;
/// How long a kept line may be, in bytes; a datagram has 65,507, and each may become an escape.
const LONGEST: usize = 1 << 19;

/// One stream of a program's output, cut into lines. Clones see the same stream.
#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<(Mutex<Printed>, Condvar, AtomicUsize)>);

#[derive(Default)]
struct Printed {
    lines: Vec<String>,
    bytes: usize,
    closed: bool,
}

impl Capture {
    /// Reads `stream` until it closes, on a thread of its own.
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let capture = Self::default();
        let printed = capture.clone();
        thread::spawn(move || printed.read(BufReader::new(stream)));
        capture
    }

    /// Reads `stream` until it says where it listens, and then closes it: nobody reads what is
    /// written from then on.
    pub(crate) fn of_beginning(stream: impl Read + Send + 'static) -> Self {
        let capture = Self::default();
        let printed = capture.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(stream).split(b'\n').map_while(Result::ok);
            while let Some(mut line) = lines.next() {
                if line.starts_with(b"listening on ") {
                    // Before anybody learns that it listens, or its next line still finds a reader.
                    drop(lines);
                    printed.keep(&mut line);
                    break;
                }
                printed.keep(&mut line);
            }
            printed.printed().closed = true;
            printed.0.1.notify_all();
        });
        capture
    }

    /// A stream that nobody can read.
    pub(crate) fn of_nothing() -> Self {
        let capture = Self::default();
        capture.printed().closed = true;
        capture
    }

    fn read(&self, mut stream: impl BufRead) {
        let mut line = Vec::new();
        while let Ok(chunk) = stream.fill_buf()
            && !chunk.is_empty()
        {
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let length = end.map_or(chunk.len(), |end| end + 1);
            line.extend_from_slice(&chunk[..length]);
            stream.consume(length);
            if end.is_some() || line.len() >= LONGEST {
                self.keep(&mut line);
            }
        }
        if !line.is_empty() {
            self.keep(&mut line);
        }
        self.printed().closed = true;
        self.0.1.notify_all();
    }

    fn keep(&self, line: &mut Vec<u8>) {
        let mut printed = self.printed();
        if printed.lines.len() < KEPT && printed.bytes < KEPT_BYTES {
            let text = String::from_utf8_lossy(line);
            printed.bytes += text.len();
            printed.lines.push(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        self.0.2.fetch_add(1, Ordering::Relaxed);
        line.clear();
        self.0.1.notify_all();
    }

    fn printed(&self) -> MutexGuard<'_, Printed> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `found` finds what it looks for in the lines so far. `None` when the stream has
    /// closed without it, or no time is left.
    pub(crate) fn wait<T>(
        &self,
        time_left: impl Fn() -> Duration,
        mut found: impl FnMut(&[String]) -> Option<T>,
    ) -> Option<T> {
        let mut printed = self.printed();
        loop {
            if let Some(result) = found(&printed.lines) {
                return Some(result);
            }
            let left = time_left();
            if printed.closed || left.is_zero() {
                return None;
            }
            let woken = self.0.1.wait_timeout(printed, left);
            printed = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the stream has closed, or no time is left.
    pub(crate) fn wait_closed(&self, time_left: impl Fn() -> Duration) {
        self.wait(time_left, |_| None::<()>);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.printed().closed
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.printed().lines.clone()
    }

    /// How many lines were printed, kept or not. It takes no lock, so those who wait may ask.
    pub(crate) fn count(&self) -> usize {
        self.0.2.load(Ordering::Relaxed)
    }
}
