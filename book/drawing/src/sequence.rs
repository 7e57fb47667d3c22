//! The language of the diagrams in which time runs: one statement a line, as things happen.
//!
//! ```text
//! # a remark
//! title: One exchange
//! alt: What the drawing shows, for those who do not see it.
//! alt: Several such lines are joined.
//! participants: client | kernel | server
//! client -> kernel: SYN                   goes over the network
//! kernel --> server: accept returns       a system call, or its return
//! client -x server: "hello"               is lost on the way
//! client -! server: RST                   tears the connection down
//! server blocked in accept                here a wait begins
//! server goes on                          and here it ends
//! note server: prints the message         happens inside one participant
//! later: 212 ms                           for so long, nothing happens
//! server ends                             is no more
//! ```

use anyhow::{Context, Result, bail, ensure};

use crate::caption::Caption;
use crate::picture::broken;

/// How long a line of a text alternative is in a source, in bytes.
const ALT: usize = 100;

/// What one diagram shows.
#[derive(Default)]
pub struct Sequence {
    pub caption: Caption,
    /// From left to right.
    pub participants: Vec<String>,
    /// From top to bottom.
    pub steps: Vec<Step>,
}

/// One thing that happens. Participants are given by their place in the row.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Message { from: usize, to: usize, arrow: Arrow, label: String },
    Blocked { who: usize, label: String },
    GoesOn { who: usize },
    Note { who: usize, text: String },
    Later { text: String },
    Ends { who: usize },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrow {
    /// Over the network.
    Solid,
    /// Between a program and its kernel.
    Dashed,
    /// Over the network, and lost there.
    Lost,
    /// Over the network, and the end of a connection: a reset, or that nobody is there.
    Reset,
}

/// How each kind of arrow is written.
const SIGNS: [(&str, Arrow); 4] = [
    (" -> ", Arrow::Solid),
    (" --> ", Arrow::Dashed),
    (" -x ", Arrow::Lost),
    (" -! ", Arrow::Reset),
];

impl Sequence {
    /// Reads the source of a diagram.
    pub fn parse(source: &str) -> Result<Self> {
        let mut sequence = Self::default();
        sequence.caption = Caption::read(source, |line| sequence.take(line))?;
        ensure!(!sequence.participants.is_empty(), "it has no participants");
        Ok(sequence)
    }

    /// The source that this is read from: the same on every machine.
    pub fn source(&self) -> String {
        let Self { caption, participants, steps } = self;
        let mut source = format!("title: {}\n", caption.title);
        for line in broken(&caption.alt, |line| line.len() <= ALT) {
            source += &format!("alt: {line}\n");
        }
        source += &format!("participants: {}\n", participants.join(" | "));
        for step in steps {
            source += &self.statement(step);
            source.push('\n');
        }
        source
    }

    /// What happens, for those who do not see the drawing.
    pub fn in_words(&self) -> String {
        let name = |who: &usize| &self.participants[*who];
        let told = self.steps.iter().filter_map(|step| match step {
            Step::Note { who, text } => Some(format!("{}: {text}.", name(who))),
            Step::Blocked { who, label } => Some(format!("{} is {label}.", name(who))),
            Step::Message { from, to, arrow, label } => {
                let lost = if *arrow == Arrow::Lost { ", which nobody takes" } else { "" };
                Some(format!("{} to {}: {label}{lost}.", name(from), name(to)))
            }
            Step::Later { text } => Some(format!("({text})")),
            Step::GoesOn { .. } | Step::Ends { .. } => None,
        });
        told.collect::<Vec<_>>().join(" ")
    }

    fn statement(&self, step: &Step) -> String {
        let name = |who: &usize| &self.participants[*who];
        match step {
            Step::Message { from, to, arrow, label } => {
                let sign =
                    SIGNS.iter().find(|(_, known)| known == arrow).map_or("", |(sign, _)| sign);
                format!("{}{sign}{}: {label}", name(from), name(to))
            }
            Step::Blocked { who, label } => format!("{} {label}", name(who)),
            Step::GoesOn { who } => format!("{} goes on", name(who)),
            Step::Note { who, text } => format!("note {}: {text}", name(who)),
            Step::Later { text } => format!("later: {text}"),
            Step::Ends { who } => format!("{} ends", name(who)),
        }
    }

    fn take(&mut self, line: &str) -> Result<()> {
        match line.split_once(": ") {
            Some(("participants", names)) => {
                self.participants = names.split('|').map(|name| name.trim().to_owned()).collect();
            }
            Some(("later", text)) => self.steps.push(Step::Later { text: text.trim().to_owned() }),
            Some((subject, text)) => self.steps.push(self.says(subject, text.trim())?),
            None => self.steps.push(self.waits(line)?),
        }
        Ok(())
    }

    /// `note server: text`, or an arrow with its label.
    fn says(&self, subject: &str, text: &str) -> Result<Step> {
        if let Some(who) = subject.strip_prefix("note ") {
            return Ok(Step::Note { who: self.participant(who)?, text: text.to_owned() });
        }
        for (sign, arrow) in SIGNS {
            if let Some((from, to)) = subject.split_once(sign) {
                let (from, to) = (self.participant(from)?, self.participant(to)?);
                ensure!(from != to, "an arrow needs two participants");
                return Ok(Step::Message { from, to, arrow, label: text.to_owned() });
            }
        }
        bail!("neither a note nor an arrow")
    }

    /// `server blocked in accept`, `server goes on`, or `server ends`.
    fn waits(&self, line: &str) -> Result<Step> {
        if let Some(who) = line.strip_suffix(" ends") {
            return Ok(Step::Ends { who: self.participant(who)? });
        }
        if let Some(who) = line.strip_suffix(" goes on") {
            return Ok(Step::GoesOn { who: self.participant(who)? });
        }
        let (who, _) = line.split_once(" blocked ").context("not a statement")?;
        let label = line[who.len()..].trim().to_owned();
        Ok(Step::Blocked { who: self.participant(who)?, label })
    }

    fn participant(&self, name: &str) -> Result<usize> {
        let place = self.participants.iter().position(|participant| participant == name.trim());
        place.with_context(|| format!("there is no participant `{}`", name.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "title: T\nalt: A\nparticipants: client | server\n";

    #[test]
    fn a_label_may_hold_anything() {
        let sequence = Sequence::parse(&format!("{BEGIN}client -> server: a -> b: c")).unwrap();
        let [Step::Message { from: 0, to: 1, arrow: Arrow::Solid, label }] = &sequence.steps[..]
        else {
            panic!("not one message")
        };
        assert_eq!(label, "a -> b: c");
    }

    #[test]
    fn a_source_is_read_as_it_was_written() {
        let source = format!(
            "{BEGIN}client -! server: RST\nserver blocked in read\nserver goes on\nlater: 3 s\n\
             note client: x: y\nclient -x server: a -> b\nclient ends\n"
        );
        assert_eq!(Sequence::parse(&source).unwrap().source(), source);
    }

    #[test]
    fn words_tell_what_is_drawn() {
        let steps =
            "server blocked in read\nclient -x server: \"hi\"\nlater: 3 s\nnote client: ends";
        let words = "server is blocked in read. client to server: \"hi\", which nobody takes. (3 s) \
                     client: ends.";
        assert_eq!(Sequence::parse(&format!("{BEGIN}{steps}")).unwrap().in_words(), words);
    }

    #[test]
    fn a_wrong_statement_is_reported_with_its_line() {
        for (line, reason) in [
            ("client -> sever: SYN", "there is no participant `sever`"),
            ("client -> client: SYN", "an arrow needs two participants"),
            ("client => server: SYN", "neither a note nor an arrow"),
            ("server sleeps", "not a statement"),
        ] {
            let error = Sequence::parse(&format!("{BEGIN}{line}\n")).err().unwrap();
            assert_eq!(format!("{error:#}"), format!("line 4: `{line}`: {reason}"));
        }
    }
}
