//! How two texts differ, and how a text is written down.

/// How what came differs from what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    None,
    /// So many bytes too many, all of them zero: a buffer was sent whole.
    Zeros(usize),
    /// One byte too many: a newline.
    Newline,
    /// Right in upper case. The first byte that differs.
    Lower(usize),
    /// In upper case letter for letter, where some letters become several.
    OneForOne(usize),
    /// So many bytes too many.
    Longer(usize),
    /// So many bytes missing at the end.
    Shorter(usize),
    /// From this byte on.
    From(usize),
}

/// Compares what was sent with what came.
pub(crate) fn difference(expected: &[u8], came: &[u8]) -> Difference {
    let common = expected.iter().zip(came).take_while(|(left, right)| left == right).count();
    match (&expected[common..], &came[common..]) {
        ([], []) => Difference::None,
        ([], rest) if rest.iter().all(|&byte| byte == 0) => Difference::Zeros(rest.len()),
        ([], b"\n") => Difference::Newline,
        _ if is_upper(came, expected, str::to_uppercase) => Difference::Lower(common),
        _ if is_upper(expected, came, one_for_one) => Difference::OneForOne(common),
        ([], rest) => Difference::Longer(rest.len()),
        (rest, []) => Difference::Shorter(rest.len()),
        _ => Difference::From(common),
    }
}

/// Compares lines that a client shows: there a zero byte is an escape of five letters.
pub(crate) fn difference_of_lines(expected: &str, came: &str) -> Difference {
    match came.strip_prefix(expected) {
        Some(rest) if !rest.is_empty() && rest.split("\\u{0}").all(str::is_empty) => {
            Difference::Zeros(rest.len() / "\\u{0}".len())
        }
        _ => difference(expected.as_bytes(), came.as_bytes()),
    }
}

fn is_upper(text: &[u8], upper: &[u8], to_upper: fn(&str) -> String) -> bool {
    str::from_utf8(text).is_ok_and(|text| to_upper(text).as_bytes() == upper)
}

/// What `char::to_uppercase().next()` makes of a text that may be in upper case already. Only an
/// expansion can be told from that, so the expected text is folded back first.
fn one_for_one(upper: &str) -> String {
    upper.replace("SS", "S")
}

/// The texts of frames, if the bytes are some, whole, and the rest of the bytes. A frame is four bytes of
/// length, most significant first, and so many bytes; those of this course are shorter than 64 KiB.
pub(crate) fn frames(mut bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut frames = Vec::new();
    while let [0, 0, high, low, rest @ ..] = bytes
        && let Some((text, rest)) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())
    {
        frames.push(text);
        bytes = rest;
    }
    (frames, bytes)
}

/// Bytes as text, with escapes for what is no text or cannot be seen.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        shown.extend(chunk.valid().chars().flat_map(escape));
        for byte in chunk.invalid() {
            shown += &format!("\\x{byte:02x}");
        }
    }
    shown
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_as_text() {
        assert_eq!(escaped("straße\n".as_bytes()), r"straße\n");
        assert_eq!(escaped(b"caf\xe9\0"), r"caf\xe9\u{0}");
        assert_eq!(escaped(" \u{a0}".as_bytes()), r" \u{a0}");
    }

    #[test]
    fn a_difference_that_says_it_all_is_known() {
        assert_eq!(difference(b"HELLO", b"HELLO\0\0"), Difference::Zeros(2));
        assert_eq!(difference(b"HELLO", b"HELLO\n"), Difference::Newline);
        assert_eq!(difference(b"STRASSE", "STRAßE".as_bytes()), Difference::Lower(4));
        assert_eq!(difference(b"STRASSE", b"STRASE"), Difference::OneForOne(5));
        assert_eq!(difference(b"HELLO", b"HELL"), Difference::Shorter(1));
        assert_eq!(difference(b"HELLO", b"HELP!"), Difference::From(3));
        assert_eq!(difference_of_lines("HI", "HI\\u{0}\\u{0}\\u{0}"), Difference::Zeros(3));
    }
}
