//! What a program prints, kept within bounds however much that is.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::text::thousands;

/// How many lines are kept. The rest is read, so that the program is not held up, and counted.
const KEPT: usize = 5_000;
/// How long a kept line may be, in bytes; a reply has at most 3,072, a datagram 65,507.
const LONGEST: usize = 1 << 18;
/// How many lines of a program a story shows, from the beginning and from the end.
const SHOWN: usize = 12;
/// How much of a line it shows, in characters.
const WIDEST: usize = 160;

/// One stream of a program's output, cut into lines. Clones see the same stream.
#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<(Mutex<Printed>, Condvar)>);

#[derive(Default)]
struct Printed {
    lines: Vec<String>,
    lost: usize,
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
        if printed.lines.len() < KEPT {
            let text = String::from_utf8_lossy(line);
            printed.lines.push(text.trim_end_matches(['\r', '\n']).to_owned());
        } else {
            printed.lost += 1;
        }
        line.clear();
        self.0.1.notify_all();
    }

    fn printed(&self) -> MutexGuard<'_, Printed> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `found` finds what it looks for in the lines so far. `None` when the stream has
    /// closed without it, or the deadline has passed.
    pub(crate) fn wait<T>(
        &self,
        deadline: Instant,
        found: impl Fn(&[String]) -> Option<T>,
    ) -> Option<T> {
        let mut printed = self.printed();
        loop {
            if let Some(result) = found(&printed.lines) {
                return Some(result);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if printed.closed || left.is_zero() {
                return None;
            }
            let woken = self.0.1.wait_timeout(printed, left);
            printed = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the stream has closed; false if the deadline came first.
    pub(crate) fn wait_closed(&self, deadline: Instant) -> bool {
        self.wait(deadline, |_| None::<()>);
        self.printed().closed
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.printed().closed
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.printed().lines.clone()
    }

    /// How many lines were printed, kept or not.
    pub(crate) fn count(&self) -> usize {
        let printed = self.printed();
        printed.lines.len() + printed.lost
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

/// The lines as a story shows them: repeats counted, the middle of a long output left out.
impl fmt::Display for Capture {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let printed = self.printed();
        if printed.lines.is_empty() {
            writeln!(out, "  (nothing)")?;
        }
        let runs: Vec<_> = printed.lines.chunk_by(|left, right| left == right).collect();
        let middle = SHOWN..runs.len().saturating_sub(SHOWN).max(SHOWN);
        for (index, run) in runs.iter().enumerate() {
            if index == middle.start && !middle.is_empty() {
                let left_out: usize = runs[middle.clone()].iter().map(|run| run.len()).sum();
                writeln!(out, "  … {} lines …", thousands(left_out))?;
            }
            if !middle.contains(&index) {
                let line: String = run[0].chars().take(WIDEST).collect();
                let cut = if line.len() < run[0].len() { "…" } else { "" };
                match run.len() {
                    1 => writeln!(out, "  {line}{cut}")?,
                    times => writeln!(out, "  {line}{cut}   ({} times)", thousands(times))?,
                }
            }
        }
        if printed.lost > 0 {
            writeln!(out, "  … and {} lines more", thousands(printed.lost))?;
        }
        Ok(())
    }
}
