//! Between the terminal and a part: each direction is relayed by a thread of its own.

use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::process::ChildStdin;
use std::sync::mpsc::SyncSender;

use crate::supervised::END_OF_INPUT;

/// The longest line shown whole, in bytes.
const LONGEST: usize = 1 << 16;
/// What a part prints to ask the person for a line.
const PROMPT: &[u8] = b"> ";

/// Something that happened on stage; the number says to which part.
pub(crate) enum Event {
    Line(usize, String),
    Prompt(usize),
    /// The part has closed its output: it has ended, or is about to.
    Silent(usize),
    /// The person ended a line, so the cursor is at the left again.
    Typed,
    /// The person's input has ended. The pipe it went into must stay open.
    EndOfInput(ChildStdin),
}

/// Hands what the person types, or pipes in, to their part.
pub(crate) fn input(mut pipe: ChildStdin, sender: &SyncSender<Event>) {
    let mut typed = io::stdin().lock();
    while let Ok(chunk) = typed.fill_buf()
        && !chunk.is_empty()
    {
        let length = chunk.len();
        // The byte that marks the end must not come from within, as it cannot on a terminal.
        let text: Vec<u8> = chunk.iter().copied().filter(|&byte| byte != END_OF_INPUT).collect();
        typed.consume(length);
        if sender.send(Event::Typed).is_err() || pipe.write_all(&text).is_err() {
            return;
        }
    }
    let _ = pipe.write_all(&[END_OF_INPUT]);
    let _ = sender.send(Event::EndOfInput(pipe));
}

/// Cuts what a part prints into lines, and prompts if it is one that `prompts`.
pub(crate) fn output(index: usize, prompts: bool, pipe: PipeReader, sender: &SyncSender<Event>) {
    let mut output = BufReader::new(pipe);
    let mut line = Vec::new();
    // Whether the line may begin with a prompt: where the answer was typed ahead, both are one.
    let mut may_prompt = prompts;
    while let Ok(chunk) = output.fill_buf()
        && !chunk.is_empty()
    {
        let end = chunk.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(chunk.len(), |end| end + 1);
        line.extend_from_slice(&chunk[..length]);
        output.consume(length);
        if may_prompt && line.starts_with(PROMPT) {
            line.drain(..PROMPT.len());
            may_prompt = false;
            let _ = sender.send(Event::Prompt(index));
        }
        if end.is_some() || line.len() >= LONGEST {
            let text = String::from_utf8_lossy(&line);
            let _ = sender.send(Event::Line(index, text.trim_end_matches(['\r', '\n']).to_owned()));
            line.clear();
            may_prompt = prompts;
        }
    }
    if !line.is_empty() {
        let _ = sender.send(Event::Line(index, String::from_utf8_lossy(&line).into_owned()));
    }
    let _ = sender.send(Event::Silent(index));
}
