//! How bytes and lines are shown in a story.

/// How much of a text is shown, in characters.
const SHOWN: usize = 60;

/// What zero bytes behind a reply say.
pub(crate) const WHOLE_BUFFER: &str = "the whole buffer was sent, not only what was read";

/// What a newline behind a message says.
pub(crate) const NEWLINE: &str = "a newline was added, and a message is sent without one";

/// What a reply says that would be right in upper case.
pub(crate) const LOWER: &str =
    "not every letter is in upper case: `str::to_uppercase` knows them all, and some become two";

/// Bytes as escaped text, a long one cut with its length.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        shown.extend(chunk.valid().chars().flat_map(escape));
        for byte in chunk.invalid() {
            shown += &format!("\\x{byte:02x}");
        }
    }
    if shown.chars().count() <= SHOWN {
        return format!("\"{shown}\"");
    }
    let start: String = shown.chars().take(SHOWN).collect();
    format!("\"{start}…\" ({})", self::bytes(bytes.len()))
}

fn escape(character: char) -> Vec<char> {
    match character {
        '"' | '\\' => character.escape_default().collect(),
        control if control.is_control() => control.escape_default().collect(),
        // Other white space than the common one looks like it.
        space if space.is_whitespace() && space != ' ' => space.escape_unicode().collect(),
        plain => vec![plain],
    }
}

/// Points out where two texts part, in words: they may be too long to show whole.
pub(crate) fn difference(expected: &[u8], came: &[u8]) -> String {
    let common = expected.iter().zip(came).take_while(|(left, right)| left == right).count();
    match (common == expected.len(), common == came.len()) {
        (true, true) => "they are the same".to_owned(),
        (true, false) if came[common..].iter().all(|&byte| byte == 0) => {
            let count = bytes(came.len() - common);
            format!("{count} too many, all of them zero: {WHOLE_BUFFER}")
        }
        (true, false) if came[common..] == *b"\n" => format!("1 byte too many: {NEWLINE}"),
        _ if is_lower(expected, came) => {
            format!("they differ from byte {} on: {LOWER}", thousands(common))
        }
        (true, false) => format!("{} too many", bytes(came.len() - common)),
        (false, true) if common == 0 => "nothing came".to_owned(),
        (false, true) if expected.len() - common == 1 => "the last byte is missing".to_owned(),
        (false, true) => format!("the last {} are missing", bytes(expected.len() - common)),
        (false, false) => format!("they differ from byte {} on", thousands(common)),
    }
}

fn is_lower(expected: &[u8], came: &[u8]) -> bool {
    str::from_utf8(came).is_ok_and(|came| came.to_uppercase().as_bytes() == expected)
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{} bytes", thousands(count)) }
}

/// A number with its thousands apart.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{LOWER, NEWLINE, difference, quote, thousands};

    #[test]
    fn text_is_quoted_as_text() {
        assert_eq!(quote("straße\n".as_bytes()), r#""straße\n""#);
        assert_eq!(quote(b"caf\xe9\0"), r#""caf\xe9\u{0}""#);
        assert_eq!(quote(" \u{a0}".as_bytes()), r#"" \u{a0}""#);
    }

    #[test]
    fn a_long_text_is_cut_and_measured() {
        assert_eq!(quote(&[b'a'; 1500]), format!("\"{}…\" (1,500 bytes)", "a".repeat(60)));
    }

    #[test]
    fn a_difference_is_told_in_words() {
        assert_eq!(difference(b"HELLO", b"HELL"), "the last byte is missing");
        assert_eq!(difference(b"HELLO", b"HELP!"), "they differ from byte 3 on");
        assert_eq!(difference(b"HELLO", b"HELLOHELLO"), "5 bytes too many");
        assert!(difference(b"HELLO", b"HELLO\n").ends_with(NEWLINE));
        assert!(difference(b"STRASSE", "STRAßE".as_bytes()).ends_with(LOWER));
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
