//! The person's side of a program: lines in, lines out.

use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};

use anyhow::{Context, Result, bail};

use crate::{MAX_MESSAGE, supervised};

/// The longest line read from standard input, in bytes, white space and all.
const MAX_LINE: u64 = 1 << 20;

/// Prints one event of a server's log, formatted as by `println!`.
#[macro_export]
macro_rules! log {
    ($($event:tt)*) => { $crate::log_line(format_args!($($event)*)) };
}

/// What [`log!`] calls.
pub fn log_line(event: fmt::Arguments) {
    print_line(&event.to_string());
}

/// Prints a line at once. A log that nobody reads any more must not end the service, so a line
/// that cannot be written is dropped.
pub(crate) fn print_line(line: &str) {
    let _ = write_line(&mut io::stdout().lock(), line);
}

pub(crate) fn error_line(line: &str) {
    let _ = write_line(&mut io::stderr().lock(), line);
}

/// Writes the line whole, so that lines of several programs in one terminal do not mix.
fn write_line(out: &mut impl Write, line: &str) -> io::Result<()> {
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}

/// Shows what a server has said as one line on standard output, whatever it has put into it.
///
/// Fails when standard output cannot be written: a line that nobody sees is lost.
pub fn show(said: &str) -> Result<()> {
    write_line(&mut io::stdout().lock(), &escaped(said)).context("cannot write to standard output")
}

/// A text with escapes for its control characters: a terminal obeys those.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            control if control.is_control() => escaped.extend(control.escape_default()),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Where a client takes its messages from and shows the replies: standard input and output.
pub struct Console {
    input: Box<dyn BufRead + Send>,
    /// What asks a person for a line. Where nobody is typing, nothing does.
    prompt: &'static [u8],
    max_message: usize,
}

impl Console {
    /// The console of this process. It prompts when a person is typing.
    pub fn new() -> Self {
        Self::with_max_message(MAX_MESSAGE)
    }

    /// The console of this process, for messages of at most `max_message` bytes.
    pub fn with_max_message(max_message: usize) -> Self {
        let (input, typed, prompt): (Box<dyn BufRead + Send>, bool, &[u8]) =
            match supervised::take_input() {
                Some((pipe, typed)) => {
                    (Box::new(BufReader::new(pipe)), typed, &[supervised::PROMPT])
                }
                None => (Box::new(BufReader::new(io::stdin())), io::stdin().is_terminal(), b"> "),
            };
        Self { input, prompt: if typed { prompt } else { b"" }, max_message }
    }

    /// A console whose lines come from somewhere else. It never prompts.
    pub fn of(input: impl Read + Send + 'static) -> Self {
        Self { input: Box::new(BufReader::new(input)), prompt: b"", max_message: MAX_MESSAGE }
    }

    /// The next message: one line without the white space around it; `None` at the end of input.
    ///
    /// A message of more than the allowed bytes ([`MAX_MESSAGE`] for most labs) is refused with a
    /// note, and the next line is taken instead. Fails when the input cannot be read, is not UTF-8,
    /// or has a line of a megabyte.
    pub fn message(&mut self) -> Result<Option<String>> {
        loop {
            // A prompt that cannot be shown is no reason not to read.
            let _ = io::stdout().write_all(self.prompt).and_then(|()| io::stdout().flush());
            let Some(line) = self.line().context("cannot read standard input")? else {
                return Ok(None);
            };
            let message = line.trim();
            if message.len() <= self.max_message {
                return Ok(Some(message.to_owned()));
            }
            let (length, most) = (message.len(), self.max_message);
            self.note(&format!("not sent: {length} bytes, a message has at most {most}"));
        }
    }

    /// Tells the person something that is not a reply, on standard error.
    pub fn note(&mut self, note: &str) {
        error_line(note);
    }

    /// Shows a reply as one line, whatever the server put into it.
    ///
    /// Fails when standard output cannot be written: a reply that nobody sees is lost.
    pub fn reply(&mut self, reply: &str) -> Result<()> {
        show(reply)
    }

    fn line(&mut self) -> Result<Option<String>> {
        let mut line = Vec::new();
        let length = self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if length as u64 == MAX_LINE {
            bail!("a line of more than {MAX_LINE} bytes");
        }
        Ok(if length == 0 { None } else { Some(String::from_utf8(line)?) })
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}
