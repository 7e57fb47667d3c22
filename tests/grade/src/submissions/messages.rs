//! What cargo says while it builds, one JSON message a line.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use serde::Deserialize;

/// The longest message that is read. Nothing that is needed is longer.
const LONGEST: u64 = 1 << 20;
/// How much is kept of what the compiler says of one lab, in bytes.
pub const WORDS: usize = 4096;

/// What came out of a build, by the name of the target.
#[derive(Default)]
pub struct Built {
    /// The programs that this build has made.
    pub programs: BTreeMap<String, PathBuf>,
    /// The compiler's errors.
    pub words: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    #[serde(rename = "message")]
    diagnostic: Option<Diagnostic>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

/// Reads cargo's messages to their end.
pub fn read(stream: impl Read) -> Built {
    let mut stream = BufReader::new(stream);
    let mut built = Built::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        match stream.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return built,
            // A part of a longer message is none.
            Ok(_) => {
                if let Ok(message) = serde_json::from_slice(&line) {
                    built.take(message);
                }
            }
        }
    }
}

impl Built {
    fn take(&mut self, message: Message) {
        let Some(Target { name }) = message.target else { return };
        if let Some(program) = message.executable {
            self.programs.insert(name, program);
        } else if let Some(Diagnostic { level, rendered: Some(rendered) }) = message.diagnostic
            && level == "error"
        {
            add(self.words.entry(name).or_default(), &rendered);
        }
    }
}

/// Adds to words as much as is kept of them.
fn add(words: &mut String, more: &str) {
    let room = WORDS.saturating_sub(words.len());
    words.push_str(cut(more, room));
}

/// The beginning of a text: at most `room` bytes.
pub fn cut(text: &str, room: usize) -> &str {
    let end = (0..=room.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}
