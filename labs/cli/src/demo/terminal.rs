//! What the terminal shows of a demo: each line under the name of who printed it, a prompt below.

use std::env;
use std::io::{self, IsTerminal, Write};

use crate::console::print_line;
use crate::lab::Lab;
use crate::width::{columns, folded};

/// How often the same line is shown in a row before the rest is only counted.
const SHOWN: usize = 3;
/// The colours of those who print, in order of appearance: what ANSI calls them, as far as they
/// can be read on black and on white.
const COLOURS: [&str; 5] = ["36", "35", "34", "33", "32"];

pub(crate) struct Terminal {
    /// Under what name the demo itself speaks.
    narrator: &'static str,
    /// Those who print, in order of appearance.
    names: Vec<&'static str>,
    /// How many columns the longest name takes.
    width: usize,
    coloured: bool,
    /// How many columns the terminal has, where there is one that tells.
    columns: Option<usize>,
    /// The line shown last, and how often it came in a row.
    last: (String, usize),
    /// Who prompts, and is not shown to yet.
    prompting: Option<&'static str>,
    /// Whose prompt stands on the current line of the terminal.
    prompt: Option<&'static str>,
    /// Whether somebody is there to answer a prompt.
    typing: bool,
}

impl Terminal {
    pub(crate) fn new(lab: &Lab) -> Self {
        let narrator = lab.package();
        let names: Vec<_> = lab.demo.iter().map(|part| part.name).collect();
        let width = names.iter().chain([&narrator]).map(|name| name.len()).max().unwrap_or(0);
        let coloured = io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
        let (columns, last) = (columns(), (String::new(), 0));
        let (prompting, prompt, typing) = (None, None, true);
        Self { narrator, names, width, coloured, columns, last, prompting, prompt, typing }
    }

    /// Prints what happened to a process.
    pub(crate) fn tell(&mut self, line: &str) {
        self.leave_prompt();
        self.print(self.narrator, line);
    }

    /// Prints a line under a name. Of the same line in a row, the first few are shown and the rest
    /// counted.
    pub(crate) fn print(&mut self, name: &str, line: &str) {
        let line = self.marked(name, line);
        if line == self.last.0 {
            self.last.1 += 1;
            if self.last.1 > SHOWN {
                return;
            }
        } else {
            if self.last.1 > SHOWN {
                let times = self.last.1 - SHOWN;
                print_line(&self.marked("", &format!("(the same line {times} times more)")));
            }
            self.last = (line.clone(), 1);
        }
        if let Some(name) = self.prompt.take() {
            print_line("");
            self.prompting = Some(name);
        }
        print_line(&line);
    }

    /// Somebody prompts. A prompt that stands there already serves for the next line as well.
    pub(crate) fn prompt(&mut self, name: &'static str) {
        if self.prompt.is_none() && self.typing {
            self.prompting = Some(name);
        }
    }

    /// Whether somebody prompts, and is not shown to yet.
    pub(crate) fn owes_prompt(&self) -> bool {
        self.prompting.is_some()
    }

    /// Shows the prompt of who prompts.
    pub(crate) fn show_prompt(&mut self) {
        self.prompt = self.prompting.take();
        if let Some(name) = self.prompt {
            let prompt = self.marked(name, "> ");
            let mut out = io::stdout().lock();
            let _ = write!(out, "{prompt}").and_then(|()| out.flush());
        }
    }

    /// The person has answered, and ended the line on which the prompt stood.
    pub(crate) fn answered(&mut self) {
        (self.prompting, self.prompt) = (None, None);
    }

    /// Nobody will answer a prompt any more.
    pub(crate) fn end_prompts(&mut self) {
        self.typing = false;
        self.leave_prompt();
    }

    /// Leaves the line on which a prompt stands.
    fn leave_prompt(&mut self) {
        self.prompting = None;
        if self.prompt.take().is_some() {
            print_line("");
        }
    }

    /// A line under a name. What does not fit beside the names goes on below itself.
    fn marked(&self, name: &str, line: &str) -> String {
        let (begin, end) = self.colour(name);
        let width = self.width;
        let room = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(width + 3));
        let margin = format!("\n{:width$} │ ", "");
        format!("{begin}{name:width$} │{end} {}", folded(line, room).join(&margin))
    }

    /// The escape sequences around a name: the demo's own is bold, the others have their colours.
    fn colour(&self, name: &str) -> (String, &'static str) {
        let index = self.names.iter().position(|&known| known == name);
        match index {
            _ if !self.coloured => (String::new(), ""),
            Some(index) => (format!("\x1b[{}m", COLOURS[index % COLOURS.len()]), "\x1b[0m"),
            None => ("\x1b[1m".to_owned(), "\x1b[0m"),
        }
    }
}
