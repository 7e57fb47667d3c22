//! Drawing a sequence for a terminal: time runs downwards, and everybody has a line.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::picture::broken;
use crate::sequence::{Arrow, Sequence, Step};

/// How many columns a lane must have at least.
const NARROWEST: usize = 10;

/// Draws `sequence` in so many columns, a row a line. With colours, a reset is red.
pub fn draw(sequence: &Sequence, columns: usize, coloured: bool) -> String {
    let gap = (columns / sequence.participants.len().max(1)).max(NARROWEST);
    let lanes = (0..sequence.participants.len()).map(|i| Lane { x: i * gap, state: State::Busy });
    let lanes = lanes.collect();
    let mut drawing = Drawing { gap, columns, coloured, lanes, text: String::new() };
    drawing.names(&sequence.participants);
    for step in &sequence.steps {
        drawing.step(step);
    }
    drawing.text
}

struct Drawing {
    /// The distance between two participants' lines.
    gap: usize,
    columns: usize,
    coloured: bool,
    lanes: Vec<Lane>,
    /// What is drawn so far.
    text: String,
}

struct Lane {
    x: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Busy,
    Waits,
    Over,
}

impl Drawing {
    fn names(&mut self, names: &[String]) {
        let room = self.gap - 1;
        let names: Vec<_> = names.iter().map(|name| pieces(name, room)).collect();
        for line in 0..names.iter().map(Vec::len).max().unwrap_or(0) {
            let mut row = Row::new(self.columns);
            for (lane, name) in self.lanes.iter().zip(&names) {
                row.put(lane.x, name.get(line).map_or("", String::as_str));
            }
            self.text += &row.line("1", &(0..if self.coloured { self.columns } else { 0 }));
        }
        self.add(self.row());
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Message { from, to, arrow, label } => self.message(*from, *to, *arrow, label),
            Step::Blocked { who, label } => {
                self.lanes[*who].state = State::Waits;
                // The bar says already that it is blocked.
                let label = label.strip_prefix("blocked in ").unwrap_or(label);
                self.beside(*who, &format!("{label} …"));
            }
            Step::GoesOn { who } => self.lanes[*who].state = State::Busy,
            Step::Note { who, text } => self.beside(*who, text),
            Step::Later { text } => self.later(text),
            Step::Ends { who } => {
                let mut row = self.row();
                row.put(self.lanes[*who].x, "┴");
                self.add(row);
                self.lanes[*who].state = State::Over;
            }
        }
    }

    /// Rows in which nothing happens.
    fn later(&mut self, text: &str) {
        for line in pieces(&format!("({text})"), self.columns - 2) {
            let mut row = Row::new(self.columns);
            for lane in self.lanes.iter().filter(|lane| lane.state != State::Over) {
                row.put(lane.x, "┆");
            }
            row.put(2, &line);
            self.add(row);
        }
    }

    /// A row with an arrow, its label in it. Where there is no room for the label, it stands above.
    fn message(&mut self, from: usize, to: usize, arrow: Arrow, label: &str) {
        let (start, end) = (self.lanes[from].x, self.lanes[to].x);
        let (left, right) = (start.min(end), start.max(end));
        let room = right - left - 1;
        let fits = label.width() + 6 <= room;
        if !fits {
            for line in pieces(label, room.saturating_sub(2)) {
                let mut row = self.row();
                row.put(left + 1 + (room - line.width().min(room)) / 2, &line);
                self.reset(row, arrow, left + 1..right);
            }
        }
        let mut row = self.row();
        let shaft = if arrow == Arrow::Dashed { "╌" } else { "─" };
        row.put(left + 1, &shaft.repeat(room));
        if fits {
            row.put(left + 1 + (room - label.width() - 2) / 2, &format!(" {label} "));
        }
        match (arrow, end > start) {
            (Arrow::Lost, true) => row.put(right - 3, "✗  "),
            (Arrow::Lost, false) => row.put(left + 1, "  ✗"),
            (_, true) => row.put(right - 1, "▶"),
            (_, false) => row.put(left + 1, "◀"),
        }
        self.reset(row, arrow, left + 1..right);
    }

    /// Adds a row of which a part is red if it is a reset.
    fn reset(&mut self, row: Row, arrow: Arrow, place: Range<usize>) {
        let red = self.coloured && arrow == Arrow::Reset;
        self.text += &row.line("31", &(if red { place } else { 0..0 }));
    }

    /// Rows with a text beside a participant's line.
    fn beside(&mut self, who: usize, text: &str) {
        let x = self.lanes[who].x + 2;
        let last = who + 1 == self.lanes.len();
        let room = if last { self.columns.saturating_sub(x) } else { self.gap - 3 };
        for line in pieces(text, room.max(NARROWEST - 3)) {
            let mut row = self.row();
            row.put(x, &line);
            self.add(row);
        }
    }

    /// A row with nothing but the lines of the participants.
    fn row(&self) -> Row {
        let mut row = Row::new(self.columns);
        for lane in &self.lanes {
            match lane.state {
                State::Busy => row.put(lane.x, "│"),
                State::Waits => row.put(lane.x, "┃"),
                State::Over => {}
            }
        }
        row
    }

    fn add(&mut self, row: Row) {
        self.text += &row.line("", &(0..0));
    }
}

/// What stands in each column. Of a wide character the second column is `None`.
struct Row(Vec<Option<char>>);

impl Row {
    fn new(columns: usize) -> Self {
        Self(vec![Some(' '); columns])
    }

    fn put(&mut self, mut x: usize, text: &str) {
        for character in text.chars() {
            let width = character.width().unwrap_or(0);
            if width == 0 || x + width > self.0.len() {
                continue;
            }
            self.0[x] = Some(character);
            if width == 2 {
                self.0[x + 1] = None;
            }
            x += width;
        }
    }

    /// The row as a line, with the columns `place` in a colour.
    fn line(self, colour: &str, place: &Range<usize>) -> String {
        let mut line = String::new();
        for (column, character) in self.0.into_iter().enumerate() {
            if column == place.start && !place.is_empty() {
                line += &format!("\x1b[{colour}m");
            }
            if column == place.end && !place.is_empty() {
                line += "\x1b[0m";
            }
            line.extend(character);
        }
        let line = line.trim_end();
        let open = !place.is_empty() && !line.ends_with("\x1b[0m") && !line.contains("\x1b[0m");
        format!("{line}{}\n", if open { "\x1b[0m" } else { "" })
    }
}

/// `text` in lines of at most `room` columns, broken between words where that can be.
pub(crate) fn pieces(text: &str, room: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    for line in broken(text, |line| line.width() <= room) {
        let mut piece = String::new();
        for character in line.chars() {
            if piece.width() + character.width().unwrap_or(0) > room && !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push(character);
        }
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(statements: &str, columns: usize) -> String {
        let source = format!("title: T\nalt: A\nparticipants: client | server\n{statements}");
        draw(&Sequence::parse(&source).unwrap(), columns, false)
    }

    #[test]
    fn a_wait_is_a_bar_until_it_ends() {
        let drawing = drawn(
            "server blocked in accept\nclient -> server: SYN\nserver goes on\nnote server: x",
            60,
        );
        let expected = "\
client                        server
│                             │
│                             ┃ accept …
│──────────── SYN ───────────▶┃
│                             │ x
";
        assert_eq!(drawing, expected);
    }

    #[test]
    fn a_lost_message_does_not_arrive_and_who_has_ended_has_no_line() {
        let drawing = drawn("client ends\nserver -x client: \"y\"", 40);
        assert!(drawing.ends_with("┴                   │\n   ✗──── \"y\" ───────│\n"), "{drawing}");
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        let statements = format!(
            "note server: {0}\nclient -> server: 你好{0}\nnote client: 你{0}\nlater: 3 s",
            "word ".repeat(20)
        );
        for columns in [20, 41, 80] {
            let drawing = drawn(&statements, columns);
            assert!(drawing.lines().all(|line| line.width() <= columns), "{drawing}");
        }
    }

    #[test]
    fn a_reset_is_red_where_there_are_colours() {
        let source = "title: T\nalt: A\nparticipants: a | b\na -! b: RST";
        let sequence = Sequence::parse(source).unwrap();
        assert!(draw(&sequence, 40, true).contains("\x1b[31m──"));
        assert!(!draw(&sequence, 40, false).contains('\x1b'));
    }
}
