//! What the terminal shows of a cast: each line under the name of who said it, a prompt below them.

use std::io::{self, Write};

use crate::Lab;
use crate::console::print_line;

/// How often the same line is shown in a row before the rest is only counted.
const SHOWN: usize = 3;

pub(crate) struct Screen {
    /// Who tells how the parts end.
    narrator: &'static str,
    /// How many columns the longest name takes.
    width: usize,
    /// The line shown last, and how often it came in a row.
    last: (String, usize),
    /// Who prompts, and is not shown to yet.
    prompting: Option<&'static str>,
    /// Whose prompt stands on the current line of the terminal.
    prompt: Option<&'static str>,
}

impl Screen {
    pub(crate) fn new(lab: &Lab) -> Self {
        let narrator = lab.package();
        let names = lab.cast.iter().map(|part| part.name).chain([narrator]);
        let width = names.map(str::len).max().unwrap_or(0);
        Self { narrator, width, last: (String::new(), 0), prompting: None, prompt: None }
    }

    /// Prints what happened to a part.
    pub(crate) fn narrate(&mut self, line: &str) {
        self.close_prompt();
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
        if self.prompt.is_none() {
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

    /// Nobody will answer: leaves the line on which a prompt stands.
    pub(crate) fn close_prompt(&mut self) {
        self.prompting = None;
        if self.prompt.take().is_some() {
            print_line("");
        }
    }

    fn marked(&self, name: &str, line: &str) -> String {
        let width = self.width;
        format!("{name:width$} │ {line}")
    }
}
