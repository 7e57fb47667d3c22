//! Texts that nobody guesses, drawn anew in each run.
//!
//! A story names the seed that they were drawn from, and the environment variable [`SEED`] draws
//! the same again.

use std::env;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use fastrand::Rng;

/// The environment variable that holds a seed.
pub const SEED: &str = "SOCKET_LABS_SEED";

/// The longest message, in bytes.
pub const LONGEST: usize = 1_024;

/// What this run draws from. Every check has a stream of its own, whatever else runs.
static OF_THE_RUN: LazyLock<u64> = LazyLock::new(|| {
    let asked = env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    // A number that is easy to copy is enough.
    asked.unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000)
});

/// Words that programs have been seen to take for something else.
const COMMANDS: [&str; 12] =
    ["bye", "quit", "exit", "?", "help", "0", "stop", "end", ".", "hello", "EOF", "message"];

/// Letters that are more than one byte, change their length in upper case, or consist of several.
const LETTERS: [&str; 16] = [
    "ß",
    "ŉ",
    "ΐ",
    "ﬀ",
    "é",
    "e\u{301}",
    "你",
    "好",
    "ж",
    "ا",
    "👋",
    "👨\u{200d}👩\u{200d}👧",
    "ı",
    "ǆ",
    "Ω",
    "a\u{308}",
];

/// A source of texts.
pub struct Texts {
    rng: Rng,
}

impl Texts {
    /// The texts of one check, and the seed to repeat them with.
    pub(crate) fn of(check: &str) -> (Self, u64) {
        let mut hasher = DefaultHasher::new();
        (*OF_THE_RUN, check).hash(&mut hasher);
        (Self { rng: Rng::with_seed(hasher.finish()) }, *OF_THE_RUN)
    }

    /// A text of one to four words that no program knows before.
    pub fn any(&mut self) -> String {
        let words: Vec<String> = (0..self.rng.usize(1..=4)).map(|_| self.word()).collect();
        words.join(" ")
    }

    /// A text of exactly so many bytes, without white space at its ends.
    pub fn of_length(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            text += &self.word();
            text.push(' ');
        }
        while text.len() > bytes {
            text.pop();
        }
        // What was cut may have ended in a blank, or in the middle of a longer letter.
        let text = text.trim_end();
        format!("{text}{}", "x".repeat(bytes - text.len()))
    }

    /// Texts of every kind that some program is known to stumble over, none of them empty: words
    /// that look like commands, the same text twice, blanks and tabs inside, zero bytes, the character
    /// that stands for bytes that are none, digits, letters of every length, and lengths over the whole
    /// range.
    pub fn of_every_kind(&mut self) -> Vec<String> {
        let [one, other, third] = [self.word(), self.word(), self.word()];
        let mut texts: Vec<String> = COMMANDS.map(str::to_owned).into();
        texts.extend([one.clone(), one.clone()]);
        texts.extend([format!("{one}   {other}"), format!("{one}\t{other}")]);
        texts.extend([format!("{third}\0{other}"), format!("\0{third}\0\0")]);
        texts.extend(["\0", "\u{1b}", "\u{200b}"].map(str::to_owned));
        texts.push(format!("\u{feff}{one}\u{feff}"));
        texts.extend([self.digits(), format!("-{}", self.digits())]);
        texts.extend([format!("!{one}, \"{other}\": \\{one}; %s {{}}"), one.to_uppercase()]);
        texts.extend(LETTERS.map(|letter| format!("{one}{letter}{other}{letter}")));
        texts.extend(
            [1, 2, 15, 16, 17, 64, 100, 128, 255, 256, 512, 1_000, 1_023, LONGEST]
                .map(|length| self.of_length(length)),
        );
        let anywhere = self.rng.usize(1..=LONGEST);
        texts.push(self.of_length(anywhere));
        texts.extend(LETTERS.map(str::to_owned));
        texts.push(format!("{other}\u{fffd}"));
        // Letters that lie across every border at which a buffer may end.
        texts.extend([format!("x{}", "é".repeat(511)), "你".repeat(341)]);
        texts
    }

    /// A reply that no client can make of its message: a few words, blanks around them, and a control
    /// character or an escape between.
    pub fn reply(&mut self) -> String {
        let [one, other] = [self.word(), self.word()];
        let between = ["\n", "\t", "\u{1b}[1m", " ", "\r\n", "\0"][self.rng.usize(..6)];
        format!(" {one}{between}{other} ß ")
    }

    /// Replies of every kind that some client is known to stumble over: white space alone, line ends at
    /// the end, and lengths over the whole range.
    pub fn replies_of_every_kind(&mut self) -> Vec<String> {
        let one = self.word();
        let mut replies: Vec<String> = [" ", " \t ", "\n"].map(str::to_owned).into();
        replies.extend(["\n", "\r\n", " ", "\0"].map(|end| format!("{one}{end}")));
        replies.extend(
            [1, 100, 512, 1_000, 1_023, LONGEST, LONGEST + 1, 2_000, 2_048, 3_000, 3 * LONGEST - 1]
                .map(|length| self.of_length(length)),
        );
        replies
    }

    /// Whether something is to be done that nobody can foresee.
    pub fn number(&mut self, below: usize) -> usize {
        self.rng.usize(..below)
    }

    fn word(&mut self) -> String {
        (0..self.rng.usize(3..=9)).map(|_| self.rng.lowercase()).collect()
    }

    fn digits(&mut self) -> String {
        (0..self.rng.usize(2..=9)).map(|_| self.rng.digit(10)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_no_text_has_blank_ends() {
        let (mut one, seed) = Texts::of("check");
        let (mut other, again) = Texts::of("check");
        assert_eq!(seed, again);
        let texts = one.of_every_kind();
        assert_eq!(texts, other.of_every_kind());
        assert!(texts.iter().all(|text| text.trim() == text && !text.is_empty()));
        assert!(texts.iter().all(|text| text.len() <= LONGEST));
        assert_eq!(one.of_length(512).len(), 512);
    }
}
