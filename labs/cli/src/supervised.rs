//! Being started by a program that must not leave anything behind: the demo, or the checks.
//!
//! Such a parent holds the other end of standard input. It closes that end by ending, however it
//! ends, and then this process ends too. The end of *input* is therefore marked by a byte,
//! [`END_OF_INPUT`], and not by closing.

use std::env;
use std::io::{self, BufRead, PipeReader, Write};
use std::process;
use std::sync::{Arc, Mutex};
use std::thread;

/// The environment variable by which a parent asks for this. `typed` says that a person is typing,
/// any other value that nobody is.
pub const VARIABLE: &str = "SOCKET_LABS_PARENT";

/// The environment variable by which the demo tells each part its name, for whoever watches it.
pub const PART: &str = "SOCKET_LABS_PART";

/// What the demo says of a part that it stops at its own end, for whoever watches it.
pub const STOPPED: &str = "was stopped: the demo is over";

/// Marks the end of input: the byte that Ctrl-D is on a terminal (EOT).
pub const END_OF_INPUT: u8 = 4;

/// Asks a parent that has a person typing to show a prompt (ENQ). A `> ` could be part of a reply.
pub const PROMPT: u8 = 5;

/// Interrupts the process, as a person does: the byte that Ctrl-C is on a terminal (ETX).
pub const INTERRUPT: u8 = 3;

/// The status of a process that an interrupt has ended, as shells tell it: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// What the parent sends, up to the end of input.
static INPUT: Mutex<Option<(PipeReader, bool)>> = Mutex::new(None);

/// What happens when the parent interrupts.
static ACTION: Mutex<Option<Arc<dyn Fn() + Send + Sync>>> = Mutex::new(None);

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

/// From now on an interrupt of the parent does `action`, in a thread of its own. Before, it ends the
/// process.
pub fn at_interrupt(action: impl Fn() + Send + Sync + 'static) {
    if let Ok(mut known) = ACTION.lock() {
        *known = Some(Arc::new(action));
    }
}

/// Does what is done at an interrupt.
fn interrupt() {
    match ACTION.lock().ok().and_then(|known| known.clone()) {
        Some(action) => drop(thread::spawn(move || action())),
        None => process::exit(INTERRUPTED),
    }
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
        if chunk.contains(&INTERRUPT) {
            interrupt();
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
