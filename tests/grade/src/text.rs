//! Text that others wrote, made safe to show, and cut to a width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How wide a terminal is taken to be.
pub const COLUMNS: usize = 80;

/// The text with everything visible that could steer a terminal, turn the direction of writing, or
/// is no character of XML. Lines and tabs stay.
pub fn plain(text: &str) -> String {
    shown(&text.replace("\r\n", "\n"), |character| matches!(character, '\n' | '\t'))
}

/// The same on one line.
pub fn one_line(text: &str) -> String {
    shown(text, |_| false)
}

fn shown(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && !keep(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether one does not see the character, but what it does: controls, marks that turn or join
/// text, breaks of lines, and what no text may hold.
fn is_hidden(character: char) -> bool {
    let is_mark = matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e007f}'
    );
    character.is_control() || is_mark
}

/// How many columns of a terminal the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most so many columns, with a sign where it was cut.
pub fn shortened(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut short, mut taken) = (String::new(), 1);
    for character in text.chars() {
        taken += character.width().unwrap_or(0);
        if taken > columns {
            break;
        }
        short.push(character);
    }
    short.truncate(short.trim_end().len());
    short + "…"
}

/// The text in exactly so many columns.
pub fn padded(text: &str, columns: usize) -> String {
    let short = shortened(text, columns);
    let missing = columns.saturating_sub(width(&short));
    short + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::{one_line, padded, plain, shortened, width};

    #[test]
    fn what_steers_a_terminal_is_shown_and_not_done() {
        assert_eq!(
            plain("\u{1b}[31mred\u{7}\n\tnext\r\nlast\r"),
            "\\u{1b}[31mred\\u{7}\n\tnext\nlast\\r"
        );
        assert_eq!(one_line("two\nlines\0"), "two\\nlines\\u{0}");
        assert_eq!(
            one_line("right\u{202e}tfel \u{9b}31m \u{ffff}"),
            "right\\u{202e}tfel \\u{9b}31m \\u{ffff}"
        );
    }

    #[test]
    fn what_people_write_stays() {
        for text in ["José", "Jose\u{301}", "李雷", "a \"quoted\" C:\\path", "😀"] {
            assert_eq!(one_line(text), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_to_its_columns() {
        assert_eq!(shortened("every one", 9), "every one");
        assert_eq!(shortened("every one", 7), "every…");
        assert_eq!(shortened("李雷李雷", 6), "李雷…");
        assert_eq!(width(&padded("李雷李雷", 6)), 6);
        assert_eq!(padded("ab", 4), "ab  ");
    }
}
