//! Drawing a sequence: time runs downwards, and everybody has a line.

use crate::picture::{CHARACTER, GAP, LINE, PADDING, Picture, WIDTH, escape, length, wrap};
use crate::sequence::{Arrow, Sequence, Step};

/// The space between a side of the drawing and the nearest participant's line. A box is twice as wide.
const MARGIN: i32 = 54;
/// The same where a drawing may be wider than a phone.
const WIDE_MARGIN: i32 = 96;
/// Half the width of the bar that stands for a wait.
const BAR: i32 = 4;
/// A word that is longer by so little is left whole.
const SLACK: i32 = 7;
/// The length of an arrow's head. Its height is the same.
const HEAD: i32 = 10;
/// The look of what tears a connection down.
const DANGER: &str = r#" stroke="var(--danger, currentColor)""#;

/// Draws `sequence`, one step below the other, for a chapter.
pub fn draw(sequence: &Sequence) -> Picture {
    draw_on(sequence, WIDTH, MARGIN)
}

/// The same as wide as its lanes need, for a page of its own.
pub fn draw_wide(sequence: &Sequence) -> Picture {
    let lanes = i32::try_from(sequence.participants.len()).expect("a handful of participants");
    draw_on(sequence, WIDTH.max(2 * WIDE_MARGIN * lanes), WIDE_MARGIN)
}

fn draw_on(sequence: &Sequence, width: i32, margin: i32) -> Picture {
    let mut drawing = Drawing::new(&sequence.participants, width, margin);
    for step in &sequence.steps {
        drawing.step(step);
    }
    Picture { width, height: drawing.y, shapes: drawing.layers() }
}

/// A drawing in the making: rows from top to bottom, in layers that cover each other.
struct Drawing {
    /// Where the next row begins.
    y: i32,
    width: i32,
    margin: i32,
    /// The distance between two participants' lines.
    gap: i32,
    participants: Vec<Lane>,
    bars: String,
    shapes: String,
    texts: String,
}

/// Where a participant's line runs, since when it waits, and where it ends.
struct Lane {
    x: i32,
    waits: Option<i32>,
    end: Option<i32>,
}

impl Drawing {
    /// Begins with the names of the participants.
    fn new(names: &[String], width: i32, margin: i32) -> Self {
        let gaps = i32::try_from(names.len()).expect("a handful of participants") - 1;
        let gap = (width - 2 * margin) / gaps.max(1);
        let lane = |i| Lane { x: margin + i * gap, waits: None, end: None };
        let mut drawing = Self {
            y: 0,
            width,
            margin,
            gap,
            participants: (0..=gaps).map(lane).collect(),
            bars: String::new(),
            shapes: String::new(),
            texts: String::new(),
        };
        let mut below = 0;
        for (who, name) in names.iter().enumerate() {
            drawing.y = 1;
            drawing.boxed(who, name, r#" font-weight="bold""#);
            below = below.max(drawing.y);
        }
        drawing.y = below;
        drawing
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Message { from, to, arrow, label } => self.message(*from, *to, *arrow, label),
            Step::Blocked { who, label } => self.blocked(*who, label),
            Step::GoesOn { who } => self.goes_on(*who),
            Step::Note { who, text } => self.boxed(*who, text, ""),
            Step::Later { text } => self.later(text),
            Step::Ends { who } => self.participants[*who].end = Some(self.y),
        }
    }

    /// A row with an arrow, its label above it.
    fn message(&mut self, from: usize, to: usize, arrow: Arrow, label: &str) {
        let forward = if to > from { 1 } else { -1 };
        let start = self.edge(from, forward);
        let end = self.edge(to, -forward);
        let danger = if arrow == Arrow::Reset { DANGER } else { "" };
        let middle = i32::midpoint(start, end);
        self.text(
            label,
            middle,
            (end - start).abs() - 2 * PADDING,
            &danger.replace("stroke", "fill"),
        );
        self.y += HEAD / 2;
        let (end, tip) = if arrow == Arrow::Lost {
            let end = start + (end - start) * 2 / 3;
            (end, self.cross(end))
        } else {
            (end, self.head(end, forward, arrow))
        };
        let look = if arrow == Arrow::Dashed { r#" stroke-dasharray="4 3""# } else { danger };
        self.shapes += &format!("<path d=\"M{start} {}H{end}\"{look}/>\n{tip}", self.y);
        self.y += GAP;
    }

    fn head(&self, end: i32, forward: i32, arrow: Arrow) -> String {
        let (back, half) = (end - forward * HEAD, HEAD / 2);
        let (y, top, bottom) = (self.y, self.y - half, self.y + half);
        let fill =
            if arrow == Arrow::Reset { "var(--danger, currentColor)" } else { "currentColor" };
        format!(
            "<path d=\"M{back} {top}L{end} {y}L{back} {bottom}z\" fill=\"{fill}\" stroke=\"none\"/>\n"
        )
    }

    fn cross(&self, end: i32) -> String {
        let (left, top) = (end - HEAD / 2, self.y - HEAD / 2);
        format!("<path d=\"M{left} {top}l{HEAD} {HEAD}m0-{HEAD}l-{HEAD} {HEAD}\"/>\n")
    }

    /// A row with a text in a box, on the participant's line.
    fn boxed(&mut self, who: usize, text: &str, style: &str) {
        let (x, top) = (self.participants[who].x, self.y);
        let width = self.gap.min(2 * self.margin) - PADDING;
        self.y += PADDING / 2;
        self.text(text, x, width - PADDING, style);
        self.y += PADDING / 2;
        self.shapes += &format!(
            "<rect x=\"{}\" y=\"{top}\" width=\"{width}\" height=\"{}\" rx=\"3\" fill=\"var(--bg, none)\"/>\n",
            x - width / 2,
            self.y - top,
        );
        self.y += GAP;
    }

    /// A row in which a wait begins. It is named beside its bar, on the side where there is room.
    fn blocked(&mut self, who: usize, label: &str) {
        let last = who + 1 == self.participants.len();
        let (side, anchor) = if last { (-1, "end") } else { (1, "start") };
        self.participants[who].waits = Some(self.y);
        let beside = self.edge(who, side) + side * PADDING;
        let style = format!(r#" text-anchor="{anchor}" font-style="italic""#);
        self.text(label, beside, self.gap - BAR - 2 * PADDING, &style);
        self.y += GAP;
    }

    /// A row in which nothing happens for a while.
    fn later(&mut self, text: &str) {
        let text = format!("· · ·   {text}   · · ·");
        self.text(&text, self.width / 2, self.width, r#" font-style="italic""#);
        self.y += GAP;
    }

    /// Ends a wait with the row above.
    fn goes_on(&mut self, who: usize) {
        let lane = &mut self.participants[who];
        if let Some(since) = lane.waits.take() {
            self.bars += &format!(
                "<rect x=\"{}\" y=\"{since}\" width=\"{}\" height=\"{}\"/>\n",
                lane.x - BAR,
                2 * BAR,
                self.y - GAP + HEAD / 2 - since,
            );
        }
    }

    /// Where an arrow touches the participant's line or bar, on the left (-1) or right side (1).
    fn edge(&self, who: usize, side: i32) -> i32 {
        let lane = &self.participants[who];
        lane.x + side * lane.waits.map_or(0, |_| BAR)
    }

    /// Writes `text` in lines of at most `width`, and moves on below them.
    fn text(&mut self, text: &str, x: i32, width: i32, style: &str) {
        for line in wrap(text, width).iter().flat_map(|line| pieces(line, width)) {
            self.y += LINE;
            // A word of capitals, as an error has for a name, is wider than it is reckoned.
            let capitals = line.bytes().filter(u8::is_ascii_uppercase).count();
            let reckoned = length(&line) + i32::try_from(capitals).unwrap_or(0) * 2;
            let wide = capitals > 8 && !line.contains(' ') && reckoned > width;
            let fit = if wide {
                format!(
                    r#" textLength="{}" lengthAdjust="spacingAndGlyphs""#,
                    length(&line).min(width)
                )
            } else {
                String::new()
            };
            let (baseline, line) = (self.y - 4, escape(&line));
            self.texts += &format!("<text x=\"{x}\" y=\"{baseline}\"{style}{fit}>{line}</text>\n");
        }
    }

    /// Ends the waits that are still going on, and puts the layers together.
    fn layers(mut self) -> String {
        let mut lanes = String::new();
        for who in 0..self.participants.len() {
            self.goes_on(who);
            let Lane { x, end, .. } = self.participants[who];
            lanes += &format!("<path d=\"M{x} 1V{}\"/>\n", end.unwrap_or(self.y));
        }
        let Self { bars, shapes, texts, .. } = self;
        format!(
            r#"<g stroke-opacity="0.6">
{lanes}</g>
<g fill="var(--links, currentColor)">
{bars}</g>
<g stroke-width="1.5">
{shapes}</g>
<g fill="currentColor" stroke="var(--bg, none)" stroke-width="4" paint-order="stroke">
{texts}</g>
"#
        )
    }
}

/// A line that fits, or a long word in pieces that nearly do.
fn pieces(line: &str, width: i32) -> Vec<String> {
    if length(line) <= width + SLACK {
        return vec![line.to_owned()];
    }
    let mut pieces = vec![String::new()];
    for character in line.chars() {
        if pieces.last().is_some_and(|piece| length(piece) + CHARACTER > width) {
            pieces.push(String::new());
        }
        pieces.last_mut().expect("there is a first").push(character);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The drawing of a diagram with these statements.
    fn drawn(statements: &str) -> String {
        let source = format!("title: T\nalt: A\nparticipants: client | server\n{statements}");
        draw(&Sequence::parse(&source).unwrap()).shapes
    }

    #[test]
    fn text_is_escaped() {
        assert!(drawn("client -> server: 1 < 2").contains(">1 &lt; 2</text>"));
    }

    #[test]
    fn a_long_word_is_broken() {
        let drawing = drawn(&format!("note client: {}", "x".repeat(40)));
        let longest = drawing.split("</text>").filter_map(|text| text.rsplit('>').next());
        assert!(longest.map(str::len).max() < Some(20), "{drawing}");
    }

    #[test]
    fn a_lost_message_does_not_arrive() {
        let server = format!("L{} ", WIDTH - MARGIN);
        assert!(drawn("client -> server: x").contains(&server));
        assert!(!drawn("client -x server: x").contains(&server));
    }

    #[test]
    fn a_wait_without_end_lasts_to_the_bottom() {
        let bars = |drawing: String| drawing.matches(r#"width="8""#).count();
        assert_eq!(bars(drawn("client -> server: x")), 0);
        assert_eq!(bars(drawn("server blocked in read\nclient -> server: x")), 1);
    }
}
