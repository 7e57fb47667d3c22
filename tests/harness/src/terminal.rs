//! A terminal, played by the check: a pseudoterminal, `pty(7)`, and what stands on its screen.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use vt100::Parser;

use crate::Process;
use crate::record::{Actor, Verb};

/// The size of the screen.
const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(60).unwrap();

/// How often the screen is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Both ends of a pseudoterminal.
pub(crate) struct Pty {
    /// The person's end.
    keys: File,
    /// The program's end.
    line: File,
    /// What the terminal itself does at first with what is typed.
    modes: LocalModes,
}

impl Pty {
    pub(crate) fn new() -> io::Result<Self> {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&keys)?;
        unlockpt(&keys)?;
        let name = ptsname(&keys, Vec::new())?;
        let name = std::ffi::OsStr::from_bytes(name.as_bytes());
        let line = OpenOptions::new().read(true).write(true).open(name)?;
        let size =
            Winsize { ws_row: ROWS.get(), ws_col: COLUMNS.get(), ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&line, size)?;
        let modes = tcgetattr(&line)?.local_modes;
        Ok(Self { keys: keys.into(), line, modes })
    }

    /// Makes it a command's input and output. What is said on standard error is no part of the screen.
    pub(crate) fn belongs_to(&self, command: &mut Command) -> io::Result<()> {
        command.stdin(self.line.try_clone()?).stdout(self.line.try_clone()?);
        command.stderr(Stdio::piped());
        Ok(())
    }

    /// Whether it does with what is typed what it did at first.
    fn is_as_before(&self) -> bool {
        tcgetattr(&self.line).is_ok_and(|modes| modes.local_modes == self.modes)
    }
}

/// A program on a terminal.
pub struct Terminal {
    pty: Pty,
    process: Process,
    screen: Arc<Mutex<Parser>>,
}

impl Terminal {
    pub(crate) fn new(pty: Pty, process: Process) -> io::Result<Self> {
        let screen = Arc::new(Mutex::new(Parser::new(ROWS, COLUMNS, 0)));
        let (shown, seen) = (pty.keys.try_clone()?, Arc::clone(&screen));
        thread::spawn(move || follow(shown, &seen));
        Ok(Self { pty, process, screen })
    }

    /// Types a text, and does not press Enter yet.
    pub fn types_half(&mut self, text: &str) {
        self.did(format!("typed {text:?} on a terminal, and not Enter"));
        self.press(text);
    }

    /// Presses a key that is no letter, which the terminal knows by these bytes.
    pub fn presses(&mut self, name: &str, key: &str) {
        self.did(format!("pressed {name}"));
        self.press(key);
    }

    fn did(&self, what: String) {
        self.process.recorder.step(&Actor::Check, Verb::Did(what));
    }

    /// A program that has ended takes no keys; what it should have done is expected elsewhere.
    fn press(&mut self, keys: &str) {
        let _ = self.pty.keys.write_all(keys.as_bytes());
    }

    /// Expects that these are the last lines on the screen.
    #[track_caller]
    pub fn expect_screen(&self, last: &[&str]) {
        let ends_so = |lines: &[String]| {
            lines.len() >= last.len() && lines[lines.len() - last.len()..] == *last
        };
        let recorder = &self.process.recorder;
        let mut lines = self.lines();
        while !ends_so(&lines) && !recorder.is_over() {
            thread::sleep(LOOK);
            lines = self.lines();
        }
        let expected = format!("the screen to end with {last:?}");
        recorder.expect(ends_so(&lines), &expected, &format!("there stands {lines:?}"));
    }

    /// Expects that it ends, and leaves the terminal as it was.
    #[track_caller]
    pub fn expect_left_as_before(&self) {
        self.process.expect_end();
        self.process.recorder.expect(
            self.pty.is_as_before(),
            "the terminal to be as before",
            "it is not: what is typed is not shown any more, or handed over key by key",
        );
    }

    /// What stands on the screen, without blank lines at the end.
    fn lines(&self) -> Vec<String> {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        screen.screen().contents().lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// Keeps a screen as it is shown, until the program and the check have left it.
fn follow(mut shown: File, screen: &Mutex<Parser>) {
    let mut bytes = [0; 4096];
    while let Ok(length) = shown.read(&mut bytes)
        && length > 0
    {
        screen.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..length]);
    }
}
