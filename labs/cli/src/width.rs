//! How wide the terminal is, and lines that fit.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::process::Command;

/// How many columns the terminal has, if standard output is one. `stty` tells, and spares a newcomer the
/// build of a crate; where there is none, the terminal folds as it likes.
pub fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let terminal = File::open("/dev/tty").ok()?;
    let size = Command::new("stty").arg("size").stdin(terminal).output().ok()?;
    str::from_utf8(&size.stdout).ok()?.split_whitespace().nth(1)?.parse().ok()
}

/// How far a line goes in that continues another one.
const HANGING: usize = 4;

/// A text as the terminal has room for it: its lines folded, but for commands, which somebody copies.
pub fn fitted(text: &str) -> String {
    let Some(columns) = columns() else { return text.to_owned() };
    let room = columns.saturating_sub(HANGING);
    let line = |line: &str| match line.split_once(": ") {
        Some(("alone" | "draw", _)) => format!("{line}\n"),
        _ => folded(line, room).join(&format!("\n{:HANGING$}", "")) + "\n",
    };
    text.lines().map(line).collect()
}

/// A line in pieces of at most `room` columns, broken between words. Beyond ASCII nobody here knows how
/// many columns a character takes, so such a line is left to the terminal.
pub fn folded(line: &str, room: usize) -> Vec<&str> {
    let begin = line.len() - line.trim_start().len();
    let mut pieces = Vec::new();
    let mut rest = line;
    while rest.is_ascii() && rest.len() > room {
        let space = rest[..=room].rfind(' ').filter(|&space| space > 0);
        let Some(space) = space.filter(|&space| !pieces.is_empty() || space > begin) else { break };
        pieces.push(rest[..space].trim_end());
        rest = &rest[space + 1..];
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn a_line_is_folded_between_words() {
        assert_eq!(folded("vanished 127.0.0.1:9: gone", 12), ["vanished", "127.0.0.1:9:", "gone"]);
        assert_eq!(folded("it fits", 7), ["it fits"]);
        assert_eq!(folded("127.0.0.1:9999", 3), ["127.0.0.1:9999"]);
        assert_eq!(folded("    127.0.0.1:9999 there", 9), ["    127.0.0.1:9999 there"]);
        assert_eq!(folded("你好 你好", 3), ["你好 你好"]);
    }
}
