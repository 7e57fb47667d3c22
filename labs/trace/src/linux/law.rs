//! Where a run breaks the law of its lab: where it departs from the recorded run of the solution, as the
//! recorded run of the starter does. What was typed, names, ports and lengths do not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use course::Lab;
use drawing::{Sequence, Step};

/// The words of a log. What else is printed may be anything.
const WORDS: [&str; 8] =
    ["listening", "connected", "message", "finished", "vanished", "refused", "cut", "error:"];

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
    let Some((step, times)) = Shapes::of(caused).departs(&starter, &solution) else { return };
    let drawn_steps = Shapes::of(drawn).0;
    let places = drawn_steps.iter().enumerate().filter(|(_, shape)| **shape == step);
    let Some((place, _)) = places.into_iter().nth(times) else { return };
    let text = format!("here the law is broken: {}", lab.law);
    drawn.caption.alt += &format!(" ({text}, at “{step}”.)");
    drawn.steps.insert(place + 1, Step::Later { text });
}

/// The steps of a drawing, without what differs from run to run.
struct Shapes(Vec<String>);

impl Shapes {
    fn of(sequence: &Sequence) -> Self {
        let source = sequence.source();
        let steps = source.lines().skip_while(|line| !line.starts_with("participants: ")).skip(1);
        Self(steps.map(shape).collect())
    }

    /// The step at which these leave what both recorded runs have in common, as the starter does, and how
    /// many of the same form come before. A run that is told as that of the solution keeps the law,
    /// whatever calls it makes.
    fn departs(&self, starter: &Self, solution: &Self) -> Option<(String, usize)> {
        let common = starter.common(solution);
        let step = starter.0.get(common)?;
        let is_same = self.0.get(..=common) == starter.0.get(..=common);
        let breaks = is_same && self.told() == starter.told() && self.told() != solution.told();
        let before =
            self.0[..common.min(self.0.len())].iter().filter(|shape| *shape == step).count();
        breaks.then(|| (step.clone(), before))
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
