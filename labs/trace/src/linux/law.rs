//! Where a run breaks the law of its lab: where it departs from the recorded run of the solution, as the
//! recorded run of the starter does. What was typed, names, ports and lengths do not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use course::Lab;
use drawing::{Sequence, Step};

/// The words of a log, and the last one of lab 13's server. What else is printed may be anything.
const WORDS: [&str; 11] = [
    "byebye",
    "listening",
    "connected",
    "message",
    "finished",
    "vanished",
    "refused",
    "cut",
    "gave",
    "stopped",
    "error:",
];

/// Marks the place in a drawing where the law is broken, if it is. `caused` is the same run in the order of
/// causes, as runs are recorded.
pub fn mark(drawn: &mut Sequence, caused: &Sequence, lab: &Lab, workspace: &Path) {
    let recorded = |kind: &str| {
        let file = workspace.join(format!("book/runs/{}-{kind}.seq", &lab.name[3..]));
        Sequence::parse(&fs::read_to_string(file).ok()?).ok().map(|sequence| Shapes::of(&sequence))
    };
    let (Some(starter), Some(solution)) = (recorded("starter"), recorded("solution")) else {
        return;
    };
    let shapes = Shapes::of(caused);
    let Some(step) = shapes.departs(&starter, &solution) else { return };
    let Some(place) = place(drawn, caused, step) else { return };
    let text = format!("here the law is broken: {}", lab.law);
    drawn.caption.alt += &format!(" ({text}, at “{}”.)", shapes.0[step]);
    drawn.steps.insert(place + 1, Step::Later { text });
}

/// Where a step of `caused` stands in a drawing of the same run. Rows may be shared there, and waits left
/// out, so what counts is how much the same program has done before.
fn place(drawn: &Sequence, caused: &Sequence, step: usize) -> Option<usize> {
    let wanted = &caused.steps[step];
    let (name, _) = done(caused, wanted)?;
    let done = |sequence, other: &Step| {
        let is_alike =
            matches!(wanted, Step::Message { .. }) == matches!(other, Step::Message { .. });
        done(sequence, other).filter(|(who, _)| is_alike && *who == name).map(|(_, things)| things)
    };
    let before: usize = caused.steps[..step].iter().filter_map(|other| done(caused, other)).sum();
    let mut so_far = 0;
    drawn.steps.iter().position(|other| {
        let things = done(drawn, other);
        so_far += things.unwrap_or(0);
        so_far > before || things == Some(0) && so_far == before
    })
}

/// Who does what a step shows, and of how many calls, lines or segments it tells.
fn done<'a>(sequence: &'a Sequence, step: &Step) -> Option<(&'a str, usize)> {
    let (who, things) = match step {
        Step::Note { who, text } => (*who, text.split(", ").count()),
        Step::Message { from, .. } => (*from, 1),
        Step::Blocked { who, .. } => (*who, 0),
        Step::GoesOn { .. } | Step::Ends { .. } | Step::Later { .. } => return None,
    };
    Some((&sequence.participants[who], things))
}

/// The steps of a drawing, without what differs from run to run.
struct Shapes(Vec<String>);

impl Shapes {
    fn of(sequence: &Sequence) -> Self {
        let source = sequence.source();
        let steps = source.lines().skip_while(|line| !line.starts_with("participants: ")).skip(1);
        Self(steps.map(shape).collect())
    }

    /// The step at which these leave what both recorded runs have in common, as the starter does. A run
    /// that is told as that of the solution keeps the law, whatever calls it makes.
    fn departs(&self, starter: &Self, solution: &Self) -> Option<usize> {
        let common = starter.common(solution);
        let is_same = starter.0.get(..=common).is_some_and(|steps| self.0.starts_with(steps));
        let breaks = is_same && self.told() == starter.told() && self.told() != solution.told();
        breaks.then_some(common)
    }

    /// How many steps two runs have in common from the beginning on.
    fn common(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).take_while(|(one, other)| one == other).count()
    }

    /// What each program says of itself, once each.
    fn told(&self) -> BTreeSet<&str> {
        self.0.iter().map(String::as_str).filter(|shape| shape.contains('»')).collect()
    }
}

/// A step up to the first text that a peer has sent, without names and numbers but 0.
fn shape(step: &str) -> String {
    if let Some((who, line)) = step.split_once(": » ") {
        let word = line.split(' ').next().unwrap_or_default();
        return format!("{who}: » {}", if WORDS.contains(&word) { word } else { "…" });
    }
    let step = step.split('"').next().unwrap_or_default().replace(", many times", ", # times");
    let names = step.split(" ‹").enumerate();
    let without = names.map(|(part, text)| match (part, text.split_once('›')) {
        (0, _) | (_, None) => text,
        (_, Some((_, rest))) => rest,
    });
    let words: Vec<_> = without.collect::<String>().split(' ').map(number).collect();
    words.join(" ")
}

/// A number as `#`, but for 0, which means something.
fn number(word: &str) -> String {
    let digits = word.trim_end_matches(',');
    let is_number = digits.starts_with(|letter: char| ('1'..='9').contains(&letter))
        && digits.chars().all(|letter| letter.is_ascii_digit() || letter == ',');
    if is_number { word.replacen(digits, "#", 1) } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(name: &str) -> Shapes {
        let file = format!("{}/../../book/runs/{name}.seq", env!("CARGO_MANIFEST_DIR"));
        let source = fs::read_to_string(file).expect("it is recorded");
        Shapes::of(&Sequence::parse(&source).expect("it is a drawing"))
    }

    #[test]
    fn each_starter_breaks_its_law_and_no_solution_does() {
        for lab in course::LABS.iter().map(|lab| &lab.name[3..]) {
            let [starter, solution] =
                ["starter", "solution"].map(|kind| recorded(&format!("{lab}-{kind}")));
            assert!(starter.departs(&starter, &solution).is_some(), "lab{lab}");
            assert!(solution.departs(&starter, &solution).is_none(), "solution{lab}");
        }
    }

    /// As one that reads everything at once, and keeps what it does not need yet.
    #[test]
    fn who_calls_as_the_starter_and_tells_what_the_solution_tells_keeps_the_law() {
        let [starter, solution] = [recorded("09-starter"), recorded("09-solution")];
        let told = solution.told().into_iter().map(str::to_owned);
        let same = starter.0[..=starter.common(&solution)].iter().cloned();
        let other = Shapes(same.chain(told).collect());
        assert!(other.departs(&starter, &solution).is_none());
        assert!(other.0.starts_with(&starter.0[..=starter.common(&solution)]));
    }

    #[test]
    fn a_place_is_found_where_rows_are_shared_and_waits_are_left_out() {
        let drawing = |steps: &str| {
            let source = format!("title: T\nalt: A\nparticipants: client | server\n{steps}");
            Sequence::parse(&source).expect("it is a drawing")
        };
        let caused = drawing(
            "server blocked in recv\nserver goes on\nnote server: recv = 1\nnote server: close, close\n\
             client blocked in recv",
        );
        let drawn = drawing(
            "note server: recv = 1\nserver -> client: FIN\nnote server: close\nnote client: recv = 0\n\
             note server: close",
        );
        assert_eq!(place(&drawn, &caused, 3), Some(2));
        assert_eq!(place(&drawn, &caused, 4), Some(3));
        let segments =
            drawing("client -> server: SYN\nnote client: connect = 0\nclient -> server: FIN");
        assert_eq!(place(&segments, &segments, 2), Some(2));
    }

    #[test]
    fn what_was_typed_and_how_long_it_is_does_not_count() {
        assert_eq!(
            shape("note server: recv = 5 \"hello\""),
            shape("note server: recv = 11 \"good\"")
        );
        assert_ne!(
            shape("note server: recv = 0, end of stream"),
            shape("note server: recv = 5, end of stream")
        );
    }
}
