//! Text in upper case, as the servers of the labs answer it.

/// Unicode, SpecialCasing.txt: one letter can become several.
#[test]
fn upper_case_can_have_more_characters() {
    assert_eq!("straße".to_uppercase(), "STRASSE");
}

/// Unicode, SpecialCasing.txt, U+0390: it becomes a letter and two accents.
#[test]
fn a_character_of_two_bytes_can_take_six_in_upper_case() {
    let small = "\u{390}";
    let capital = small.to_uppercase();
    assert_eq!(capital, "\u{399}\u{308}\u{301}");
    assert_eq!((small.len(), capital.len()), (2, 6));
}

/// Unicode, SpecialCasing.txt. So a reply is at most three times as long as its message.
#[test]
fn no_character_takes_more_than_three_times_its_bytes_in_upper_case() {
    for character in '\0'..=char::MAX {
        let length: usize = character.to_uppercase().map(char::len_utf8).sum();
        assert!(length <= 3 * character.len_utf8(), "{character:?} takes {length} bytes");
    }
}
