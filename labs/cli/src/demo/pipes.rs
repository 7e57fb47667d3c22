//! Between the terminal and a process: each direction is relayed by a thread of its own.

use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::mem;
use std::process::ChildStdin;
use std::sync::mpsc::SyncSender;

use crate::supervised::{END_OF_INPUT, INTERRUPT, PROMPT};

/// The longest line shown whole, in bytes.
const LONGEST: usize = 1 << 16;

/// Something that happened; the number says to which process.
pub(crate) enum Event {
    Line(usize, String),
    /// It asks the person for a line.
    Prompt(usize),
    /// It has closed its output: it has ended, or is about to.
    Closed(usize),
    /// The person ended a line, so the cursor is at the left again.
    Typed,
    /// The person's input has ended.
    EndOfInput,
}

/// Hands what the person types, or pipes in, to their process.
pub(crate) fn input(mut pipe: ChildStdin, sender: &SyncSender<Event>) {
    let mut typed = io::stdin().lock();
    while let Ok(chunk) = typed.fill_buf()
        && !chunk.is_empty()
    {
        let length = chunk.len();
        // The bytes that say something to the process must not come from within, as on a terminal.
        let is_text = |byte: &u8| ![END_OF_INPUT, INTERRUPT].contains(byte);
        let text: Vec<u8> = chunk.iter().copied().filter(is_text).collect();
        typed.consume(length);
        if sender.send(Event::Typed).is_err() || pipe.write_all(&text).is_err() {
            return;
        }
    }
    let _ = pipe.write_all(&[END_OF_INPUT]);
    let _ = sender.send(Event::EndOfInput);
    // It is closed when this program ends, and the process ends by that (`supervised.rs`).
    mem::forget(pipe);
}

/// Cuts what a process prints into lines and prompts.
pub(crate) fn output(index: usize, pipe: PipeReader, sender: &SyncSender<Event>) {
    let mut output = BufReader::new(pipe);
    let mut line = Vec::new();
    while let Ok(chunk) = output.fill_buf()
        && !chunk.is_empty()
    {
        let end = chunk.iter().position(|&byte| byte == b'\n' || byte == PROMPT);
        let prompts = end.is_some_and(|end| chunk[end] == PROMPT);
        line.extend_from_slice(&chunk[..end.unwrap_or(chunk.len())]);
        let length = end.map_or(chunk.len(), |end| end + 1);
        output.consume(length);
        if line.len() >= LONGEST || !line.is_empty() && prompts || end.is_some() && !prompts {
            let _ = sender.send(Event::Line(index, text(&line)));
            line.clear();
        }
        if prompts {
            let _ = sender.send(Event::Prompt(index));
        }
    }
    if !line.is_empty() {
        let _ = sender.send(Event::Line(index, text(&line)));
    }
    let _ = sender.send(Event::Closed(index));
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches('\r').to_owned()
}
