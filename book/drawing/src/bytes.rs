//! The language of the diagrams that show what lies side by side: one row a line.
//!
//! ```text
//! # a remark
//! title: Two reads into one buffer
//! alt: What the drawing shows, for those who do not see it.
//! first read, 9 bytes: new "wonderful"              a box for each byte
//! second read, 5 bytes: new "hello" | "rful"        what is new, what was there before
//! on the wire: headers | new "hello"                a box with a word for what is in it
//! the rest: gone "rful" | gone no copy of it        what is not there, or no longer
//! ```

use anyhow::{Context, Result, ensure};

use crate::caption::Caption;

/// What one diagram shows.
pub struct Bytes {
    pub caption: Caption,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// Some boxes side by side, and what they are.
pub struct Row {
    pub label: String,
    pub parts: Vec<Part>,
}

/// What is drawn in one manner.
#[derive(Debug, PartialEq)]
pub struct Part {
    pub state: State,
    pub content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    There,
    /// There since this row, or what the row is about.
    New,
    /// Not there, or not any more.
    Gone,
}

#[derive(Debug, PartialEq)]
pub enum Content {
    /// A box for each.
    Bytes(String),
    /// One box, and what is in it.
    Named(String),
}

impl Bytes {
    /// Reads the source of a diagram.
    pub fn parse(source: &str) -> Result<Self> {
        let mut rows = Vec::new();
        let caption = Caption::read(source, |line| {
            rows.push(Row::parse(line)?);
            Ok(())
        })?;
        ensure!(!rows.is_empty(), "it has no rows");
        Ok(Self { caption, rows })
    }
}

impl Row {
    fn parse(line: &str) -> Result<Self> {
        let (label, parts) = line.split_once(": ").context("not a row: it has no `: `")?;
        let parts = parts.split(" | ").map(Part::parse).collect::<Result<_>>()?;
        Ok(Self { label: label.to_owned(), parts })
    }
}

impl Part {
    fn parse(text: &str) -> Result<Self> {
        let (state, text) = match text.trim().split_once(' ') {
            Some(("new", rest)) => (State::New, rest),
            Some(("gone", rest)) => (State::Gone, rest),
            _ => (State::There, text.trim()),
        };
        let content = match text.strip_prefix('"') {
            Some(rest) => Content::Bytes(rest.strip_suffix('"').context("a `\"` is open")?.into()),
            None => Content::Named(text.to_owned()),
        };
        ensure!(!matches!(text, "" | "\"\""), "a box without content");
        Ok(Self { state, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_a_state_and_a_content() {
        let bytes = Content::Bytes("hello".to_owned());
        let part = Part { state: State::New, content: bytes };
        assert_eq!(Part::parse("new \"hello\" ").unwrap(), part);
        let named = Content::Named("IP header".to_owned());
        assert_eq!(Part::parse("IP header").unwrap(), Part { state: State::There, content: named });
    }

    #[test]
    fn a_wrong_row_is_reported_with_its_line() {
        for (line, reason) in [
            ("hello", "not a row: it has no `: `"),
            ("read: \"hello", "a `\"` is open"),
            ("read: \"\"", "a box without content"),
        ] {
            let error = Bytes::parse(&format!("title: T\nalt: A\n{line}\n")).err().unwrap();
            assert_eq!(format!("{error:#}"), format!("line 3: `{line}`: {reason}"));
        }
    }
}
