//! Given: the keyboard. On a terminal this program takes each key, and not only whole lines.

use std::io::{self, Cursor, IsTerminal, Read};
use std::process;

use anyhow::{Context, Result};
use cli::Console;
use crossterm::event::{self, KeyCode, KeyModifiers};

use crate::screen;

/// The status of a program that Ctrl-C has ended, as shells tell it.
const INTERRUPTED: i32 = 130;

/// The one keyboard there is: its `message()` waits for the next line that is typed.
pub fn open() -> Result<Console> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Ok(Console::new());
    }
    screen::open().context("cannot use the terminal")?;
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

/// Waits for a whole line, with its end. Nothing is the end of the input: Ctrl-D.
fn next_line() -> io::Result<String> {
    loop {
        let Some(key) = event::read()?.as_key_press_event() else { continue };
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('d') if is_control => return Ok(String::new()),
            KeyCode::Char('c') if is_control => {
                screen::close();
                process::exit(INTERRUPTED)
            }
            KeyCode::Char(typed) if !is_control => screen::edit(|half| half.push(typed))?,
            KeyCode::Backspace => screen::edit(|half| _ = half.pop())?,
            KeyCode::Enter => return screen::enter(),
            _ => {}
        }
    }
}
