//! Drawing bytes as rows of boxes.

use crate::bytes::{Bytes, Content, Part, Row, State};
use crate::picture::{GAP, LINE, PADDING, Picture, WIDTH, escape, length, wrap};

/// The width of a byte's box, and the height of every box.
const BYTE: i32 = 17;
const HEIGHT: i32 = 24;
/// Half of what the widest line needs beside its place.
const EDGE: i32 = 1;

/// Draws `bytes`, one row below the other.
pub fn draw(bytes: &Bytes) -> Picture {
    let mut drawing = Drawing::default();
    for row in &bytes.rows {
        drawing.row(row);
    }
    let Drawing { y, boxes, texts, .. } = drawing;
    let shapes = format!(
        r#"<g stroke-width="1.5">
{boxes}</g>
<g fill="currentColor" stroke="none">
{texts}</g>
"#
    );
    Picture { width: WIDTH, height: y, shapes }
}

/// A drawing in the making, from the left to the right and from top to bottom.
#[derive(Default)]
struct Drawing {
    /// Where the next box begins.
    x: i32,
    y: i32,
    boxes: String,
    texts: String,
}

impl Drawing {
    /// A row below its label.
    fn row(&mut self, row: &Row) {
        for line in wrap(&row.label, WIDTH) {
            self.y += LINE;
            self.text(&line, EDGE, self.y - 4, r#" text-anchor="start""#);
        }
        self.x = EDGE;
        self.y += PADDING / 2;
        for part in &row.parts {
            self.part(part);
        }
        self.y += HEIGHT + GAP;
    }

    fn part(&mut self, part: &Part) {
        match &part.content {
            Content::Named(name) => {
                // Bold letters are an eighth wider.
                self.boxed(name, length(name) * 9 / 8 + 2 * PADDING, part.state, "");
            }
            Content::Bytes(bytes) => {
                let font = r#" font-family="var(--mono-font, monospace)""#;
                for byte in bytes.chars() {
                    self.boxed(&byte.to_string(), BYTE, part.state, font);
                }
            }
        }
    }

    /// The next box of a row. Where there is no room for it, the row goes on below.
    fn boxed(&mut self, text: &str, width: i32, state: State, font: &str) {
        if self.x + width > WIDTH - EDGE {
            self.x = EDGE;
            self.y += HEIGHT;
        }
        let (x, y) = (self.x, self.y);
        let (look, weight) = match state {
            State::There => ("", ""),
            State::New => {
                (r#" fill="var(--links, none)" fill-opacity="0.2""#, r#" font-weight="bold""#)
            }
            State::Gone => (r#" stroke-dasharray="3 3" stroke-opacity="0.6""#, ""),
        };
        self.boxes +=
            &format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\"{look}/>\n");
        self.text(text, x + width / 2, y + HEIGHT - 2 - PADDING, &format!("{font}{weight}"));
        self.x += width;
    }

    fn text(&mut self, text: &str, x: i32, baseline: i32, style: &str) {
        let text = escape(text);
        self.texts += &format!("<text x=\"{x}\" y=\"{baseline}\"{style}>{text}</text>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(row: &str) -> String {
        draw(&Bytes::parse(&format!("title: T\nalt: A\n{row}")).unwrap()).shapes
    }

    #[test]
    fn every_byte_has_a_box_and_a_name_has_one() {
        let boxes = |row| drawn(row).matches("<rect ").count();
        assert_eq!(boxes("read: \"hello\""), 5);
        assert_eq!(boxes("read: hello"), 1);
        assert_eq!(boxes("read: headers | new \"hello\""), 6);
    }

    #[test]
    fn what_is_new_and_what_is_gone_can_be_seen() {
        let [there, new, gone] = ["a: \"x\"", "a: new \"x\"", "a: gone \"x\""].map(drawn);
        assert!(new.contains("fill-opacity") && new.contains("bold"), "{new}");
        assert!(gone.contains("dasharray"), "{gone}");
        assert!(!there.contains("fill-opacity") && !there.contains("dasharray"), "{there}");
    }

    #[test]
    fn a_row_that_is_too_wide_goes_on_below() {
        let rows = |count| {
            let picture = drawn(&format!("a: \"{}\"", "x".repeat(count)));
            picture.matches(&format!("<rect x=\"{EDGE}\" ")).count()
        };
        assert_eq!(rows(21), 1);
        assert_eq!(rows(22), 2);
    }

    #[test]
    fn text_is_escaped() {
        assert!(drawn("a < b: \"&\"").contains(">a &lt; b</text>"));
        assert!(drawn("a < b: \"&\"").contains(">&amp;</text>"));
    }
}
