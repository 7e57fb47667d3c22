//! The source of a diagram: what it says in words, and its statements, one a line.

use anyhow::{Context, Result, ensure};

/// What a diagram says in words.
#[derive(Default)]
pub struct Caption {
    pub title: String,
    /// The text alternative. Several lines of it in the source are one text.
    pub alt: String,
}

impl Caption {
    /// Reads a source. Every statement but `title: …` and `alt: …` is handed to `take`.
    pub fn read(source: &str, mut take: impl FnMut(&str) -> Result<()>) -> Result<Self> {
        let mut caption = Self::default();
        for (number, line) in (1..).zip(source.lines().map(str::trim)) {
            match line.split_once(": ") {
                _ if line.is_empty() || line.starts_with('#') => {}
                Some(("title", text)) => text.clone_into(&mut caption.title),
                Some(("alt", text)) => caption.go_on(text),
                _ => take(line).with_context(|| format!("line {number}: `{line}`"))?,
            }
        }
        ensure!(!caption.title.is_empty(), "it has no title");
        ensure!(!caption.alt.is_empty(), "it has no text alternative");
        Ok(caption)
    }

    fn go_on(&mut self, text: &str) {
        if !self.alt.is_empty() {
            self.alt.push(' ');
        }
        self.alt.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_alternatives_are_one_text() {
        let caption = Caption::read("title: T\nalt: A\nalt: B", |_| Ok(())).unwrap();
        assert_eq!(caption.alt, "A B");
    }

    #[test]
    fn remarks_and_empty_lines_are_no_statements() {
        let mut statements = Vec::new();
        let source = "# a remark\ntitle: T\n\nalt: A\n a -> b: c\n";
        Caption::read(source, |line| {
            statements.push(line.to_owned());
            Ok(())
        })
        .unwrap();
        assert_eq!(statements, ["a -> b: c"]);
    }

    #[test]
    fn a_diagram_without_words_is_refused() {
        for (source, reason) in
            [("alt: A", "it has no title"), ("title: T", "it has no text alternative")]
        {
            let error = Caption::read(source, |_| Ok(())).err().unwrap();
            assert_eq!(error.to_string(), reason);
        }
    }
}
