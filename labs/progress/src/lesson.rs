//! What a lab that is right has taught.

use std::fs;

use course::Lab;

use crate::labs;
use crate::text::wrapped;

/// How many mistakes are named.
const NAMED: usize = 5;

/// The law, the mistakes that were not made, and where to go from here.
pub fn of(lab: &Lab) -> String {
    let course = harness::workspace();
    let mut told = format!("the law\n{}", wrapped(lab.law, 2));
    let mistakes = fs::read_to_string(lab.mistakes(&course)).unwrap_or_default();
    let count = mistakes.lines().count();
    if count > NAMED {
        told += &format!("\nits checks know {count} wrong programs, and yours is none of them:\n");
        // From all over the list, which is in the order of what they are about.
        for mistake in mistakes.lines().step_by(count.div_ceil(NAMED)) {
            told += &wrapped(&mistake.replace('_', " "), 2);
        }
    }
    told +=
        &format!("\nread the end of its chapter\n  book/src/{}#what-you-now-know\n", lab.chapter);
    let solution = lab.solution();
    if course.join("solutions").join(lab.name).is_dir() {
        told += &format!(
            "compare with the finished program\n  cargo run -p {solution}\n  git diff --no-index labs/{0}/src solutions/{0}/src\n",
            lab.name
        );
    }
    if let Some(next) = labs().into_iter().skip_while(|other| other.name != lab.name).nth(1) {
        told += &format!("next: {}\n  cargo run -p {}\n", next.name, next.name);
    }
    told
}
