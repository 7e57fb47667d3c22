//! Text on a terminal.

/// How many columns any line has at most.
pub const COLUMNS: usize = 60;

/// A text in lines of at most [`COLUMNS`] columns, each with so many blanks before it.
pub fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let columns = indent + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && columns > COLUMNS {
            lines += &format!("{:indent$}{line}\n", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines + &format!("{:indent$}{line}\n", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_indented_and_cut_between_words() {
        let text = "word ".repeat(30);
        let lines = wrapped(&text, 7);
        assert!(lines.lines().all(|line| line.len() <= COLUMNS && line.starts_with("       word")));
        assert_eq!(lines.split_whitespace().count(), 30);
        assert_eq!(wrapped("one", 2), "  one\n");
    }
}
