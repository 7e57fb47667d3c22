//! # Text
//!
//! Upper case, as the servers of the labs answer it.

/// Upper case can have more characters.
///
/// - Tutorials: an example reads the reply into a buffer as large as that of the message.
/// - Seen: `straße`, 6 characters, becomes `STRASSE`, 7.
/// - Source: Unicode, SpecialCasing.txt.
#[test]
fn upper_case_can_have_more_characters() {
    assert_eq!("straße".to_uppercase(), "STRASSE");
}

/// A character of two bytes can take six in upper case.
///
/// - Seen: U+0390 becomes a letter and two accents.
/// - Source: Unicode, SpecialCasing.txt.
#[test]
fn a_character_of_two_bytes_can_take_six_in_upper_case() {
    let small = "\u{390}";
    let capital = small.to_uppercase();
    assert_eq!(capital, "\u{399}\u{308}\u{301}");
    assert_eq!((small.len(), capital.len()), (2, 6));
}

/// No character takes more than three times its bytes in upper case.
///
/// So a reply is at most three times as long as its message.
///
/// - Seen: all of them were tried.
/// - Source: Unicode, SpecialCasing.txt.
#[test]
fn no_character_takes_more_than_three_times_its_bytes_in_upper_case() {
    for character in '\0'..=char::MAX {
        let length: usize = character.to_uppercase().map(char::len_utf8).sum();
        assert!(length <= 3 * character.len_utf8(), "{character:?} takes {length} bytes");
    }
}
