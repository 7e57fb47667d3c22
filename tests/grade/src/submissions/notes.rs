//! What the instructor should know of a submission, kept short.

/// How many notes are kept. The rest is counted.
const KEPT: usize = 10;
/// How long a note may be, in bytes.
const LONGEST: usize = 300;

#[derive(Default)]
pub struct Notes {
    kept: Vec<String>,
    more: usize,
}

impl Notes {
    pub fn add(&mut self, note: impl Into<String>) {
        if self.kept.len() == KEPT {
            self.more += 1;
        } else {
            // A file's name may hold anything, and must not look like another line.
            let note: String = note.into().chars().map(visible).collect();
            self.kept.push(super::messages::cut(&note, LONGEST).to_owned());
        }
    }

    pub fn into_vec(mut self) -> Vec<String> {
        if self.more > 0 {
            self.kept.push(format!("and {} more like these", self.more));
        }
        self.kept
    }
}

fn visible(character: char) -> char {
    if character.is_control() { '?' } else { character }
}
