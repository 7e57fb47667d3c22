//! What all drawings share: an SVG that a chapter includes.
//!
//! The page lends it its font and its colours: a drawing names none, only variables of the themes.
//! All widths are mere arithmetic, so a drawing is the same on every machine.

use unicode_width::UnicodeWidthStr;

use crate::caption::Caption;

/// The width of a chapter's drawings: that of its text on a phone, where theirs then keeps its size.
pub const WIDTH: i32 = 360;
/// The height of a line of text, and roughly the width of a character in it.
pub const LINE: i32 = 16;
pub const CHARACTER: i32 = 7;
/// The free space below each row.
pub const GAP: i32 = 12;
/// The free space around a text.
pub const PADDING: i32 = 6;

/// What is drawn below a caption.
pub struct Picture {
    pub width: i32,
    pub height: i32,
    /// The shapes, one a line, and those first that others cover.
    pub shapes: String,
}

impl Picture {
    /// The whole drawing. The `name` tells its ids from those of another on the same page.
    pub fn svg(&self, caption: &Caption, name: &str) -> String {
        let Self { width, height, shapes } = self;
        let title = escape(&caption.title);
        let alt = escape(&caption.alt);
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="diagram" width="{width}" viewBox="0 0 {width} {height}" font-size="13" text-anchor="middle" fill="none" stroke="currentColor" role="img" aria-labelledby="{name}-title {name}-desc">
<title id="{name}-title">{title}</title>
<desc id="{name}-desc">{alt}</desc>
{shapes}</svg>
"#
        )
    }
}

/// Breaks `text` between words into lines of at most `width`. A longer word has a line to itself.
pub fn wrap(text: &str, width: i32) -> Vec<String> {
    broken(text, |line| length(line) <= width)
}

/// The width of a text.
pub fn length(text: &str) -> i32 {
    i32::try_from(text.width()).map_or(i32::MAX, |columns| columns.saturating_mul(CHARACTER))
}

/// Breaks `text` between words into lines that fit. A longer word has a line to itself.
pub fn broken(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                *line += " ";
                *line += word;
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `text` as it is written in an SVG.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caption_is_escaped() {
        let caption = Caption { title: "<T>".to_owned(), alt: "A & B".to_owned() };
        let drawing =
            Picture { width: WIDTH, height: 1, shapes: String::new() }.svg(&caption, "name");
        for text in [">&lt;T&gt;</title>", ">A &amp; B</desc>"] {
            assert!(drawing.contains(text), "no {text} in {drawing}");
        }
    }

    #[test]
    fn a_long_text_takes_several_lines() {
        assert_eq!(wrap("accept returns at once", 100), ["accept returns", "at once"]);
        assert_eq!(wrap("127.0.0.1:52814 is long", 70), ["127.0.0.1:52814", "is long"]);
    }
}
