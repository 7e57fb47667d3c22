//! Given: the keyboard. On a terminal this program takes each key, and not only whole lines.

use std::io::{self, Cursor, IsTerminal, Read};
use std::process;

use anyhow::{Context, Result};
use cli::Console;
use crossterm::event::{self, KeyCode, KeyModifiers};

use crate::{half, screen};

/// The one keyboard there is: its `message()` waits for the next line that is typed.
pub fn open() -> Result<Console> {
    match (io::stdin().is_terminal(), io::stdout().is_terminal()) {
        (true, true) => screen::open().context("cannot use the terminal")?,
        (true, false) => return Ok(Console::of(io::stdin())),
        _ => return Ok(Console::new()),
    }
    Ok(Console::of(Keys(Cursor::default())))
}

/// The keys that are pressed, as lines, of which this is the last one.
struct Keys(Cursor<Vec<u8>>);

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() == self.0.get_ref().len() as u64 {
            self.0 = Cursor::new(next_line()?.into_bytes());
        }
        self.0.read(buffer)
    }
}

/// Waits for a whole line, with its end. Nothing is the end of the input.
fn next_line() -> io::Result<String> {
    loop {
        let Some(key) = event::read()?.as_key_press_event() else { continue };
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('d') if is_control => return end(),
            KeyCode::Char('c') if is_control => {
                screen::close();
                process::exit(130) // as shells tell of Ctrl-C
            }
            KeyCode::Enter => return half::enter(),
            KeyCode::Char(typed) if !is_control => half::edit(|half| half.push(typed))?,
            KeyCode::Backspace => half::edit(|half| _ = half.pop())?,
            _ => {}
        }
    }
}

/// Half a line is one now. If there is none the input ends, and the keys are the terminal's again.
fn end() -> io::Result<String> {
    if !half::is_empty() {
        return half::enter();
    }
    screen::close();
    Ok(String::new())
}
