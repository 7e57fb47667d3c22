//! Being started by a program that must not leave anything behind: the demo, or the checks.
//!
//! Such a parent holds the other end of standard input. It closes that end by ending, however it
//! ends, and then this process ends too. The end of *input* is therefore marked by a byte,
//! [`END_OF_INPUT`], and not by closing.

use std::env;
use std::io::{self, BufRead, PipeReader, Write};
use std::process;
use std::sync::Mutex;
use std::thread;

/// The environment variable by which a parent asks for this. `typed` says that a person is typing,
/// any other value that nobody is.
pub const VARIABLE: &str = "SOCKET_LABS_PARENT";

/// The environment variable by which the demo tells each part its name, for whoever watches it.
pub const PART: &str = "SOCKET_LABS_PART";

/// Marks the end of input: the byte that Ctrl-D is on a terminal (EOT).
pub const END_OF_INPUT: u8 = 4;

/// Asks a parent that has a person typing to show a prompt (ENQ). A `> ` could be part of a reply.
pub const PROMPT: u8 = 5;

/// What the parent sends, up to the end of input.
static INPUT: Mutex<Option<(PipeReader, bool)>> = Mutex::new(None);

/// Starts the watchdog if the parent asked for one.
pub(crate) fn start() {
    let Ok(value) = env::var(VARIABLE) else { return };
    let Ok((reader, writer)) = io::pipe() else { return };
    if let Ok(mut input) = INPUT.lock() {
        *input = Some((reader, value == "typed"));
    }
    thread::spawn(move || {
        // Reading fails or ends: either way the parent has gone.
        let _ = relay(Box::new(writer));
        process::exit(1);
    });
}

/// The input of a supervised process, and whether a person is typing it. There is one to take.
pub(crate) fn take_input() -> Option<(PipeReader, bool)> {
    INPUT.lock().ok()?.take()
}

/// Hands on standard input until the parent closes it.
fn relay(writer: Box<dyn Write>) -> io::Result<()> {
    let mut writer = Some(writer);
    let mut input = io::stdin().lock();
    loop {
        let chunk = input.fill_buf()?;
        let length = chunk.len();
        if length == 0 {
            return Ok(());
        }
        let end = chunk.iter().position(|&byte| byte == END_OF_INPUT);
        if let Some(pipe) = &mut writer {
            // The role need not read its input. This thread reads on all the same.
            let _ = pipe.write_all(&chunk[..end.unwrap_or(length)]);
        }
        if end.is_some() {
            writer = None;
        }
        input.consume(length);
    }
}
