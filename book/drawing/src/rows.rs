//! Drawing bytes for a terminal. What is new stands between thick lines, what is gone between dotted
//! ones.

use unicode_width::UnicodeWidthStr;

use crate::bytes::{Bytes, Content, Part, State};

/// Draws `bytes` in so many columns, one row below the other.
pub fn draw(bytes: &Bytes, columns: usize) -> String {
    let mut text = String::new();
    for row in &bytes.rows {
        text += &format!("{}:\n", row.label);
        let mut line = String::new();
        for piece in row.parts.iter().flat_map(boxes) {
            if line.width() + piece.width() > columns {
                text += &format!("{line}\n");
                line.clear();
            }
            line += &piece;
        }
        text += &format!("{line}\n\n");
    }
    text
}

/// A box for each byte, or one around a name.
fn boxes(part: &Part) -> Vec<String> {
    let side = match part.state {
        State::There => '│',
        State::New => '┃',
        State::Gone => '┊',
    };
    match &part.content {
        Content::Named(name) => vec![format!("{side} {name} {side}")],
        Content::Bytes(bytes) => {
            let mut boxes: Vec<_> = bytes.chars().map(|byte| format!("{side}{byte}")).collect();
            if let Some(last) = boxes.last_mut() {
                last.push(side);
            }
            boxes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_box_and_a_long_row_goes_on_below() {
        let bytes = Bytes::parse("title: T\nalt: A\na: new \"he\" | \"lo\" | gone x").unwrap();
        assert_eq!(draw(&bytes, 80), "a:\n┃h┃e┃│l│o│┊ x ┊\n\n");
        assert_eq!(draw(&bytes, 7), "a:\n┃h┃e┃│l\n│o│\n┊ x ┊\n\n");
    }
}
