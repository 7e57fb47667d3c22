//! A grader that does not come to its own end.

use std::time::Duration;

use rustix::process::Signal;

use crate::common::class::Class;
use crate::common::deeds::HANGS_WITH_A_CHILD;
use crate::common::grader::{Grader, within};
use crate::common::model::State;

/// How long the keepers may take to end everything once the grader has gone.
const GONE: Duration = Duration::from_secs(30);

fn class() -> Class {
    let class = Class::new();
    class.student("a_quick").solves("lab01");
    class.student("b_hanging").serves_after(HANGS_WITH_A_CHILD);
    class
}

const NAMES: &[&str] = &["a_quick", "b_hanging"];

/// A killed grader leaves its folder to the next one, which grades what is left to grade. Ctrl-C
/// leaves nothing.
#[test]
fn a_killed_grader_leaves_no_process_and_an_interrupted_one_nothing_but_results() {
    let class = class();
    let grader = Grader::new();
    let plays = || grader.processes().iter().any(|process| process.contains("/debug/lab03 in "));

    let mut killed = grader.start(class.path(), NAMES, 1, &[]);
    killed.until("the second submission plays", plays);
    killed.signal(Signal::KILL);
    killed.wait();
    let gone = within(GONE, || grader.processes().is_empty().then_some(()));
    assert!(gone.is_some(), "{:#?}", grader.processes());
    let [left] = &grader.files()[..] else { panic!("a killed grader cannot remove its folder") };

    let mut interrupted = grader.start(class.path(), NAMES, 1, &["--resume"]);
    interrupted.until("the second submission plays", plays);
    assert!(!left.exists(), "the next grader removes what a killed one has left");
    interrupted.signal(Signal::INT);
    assert_eq!(interrupted.wait().code(), Some(130));
    let left = grader.left();
    assert!(left.is_empty(), "{left:?}");
    let results = grader.results();
    let names: Vec<&str> = results.iter().map(|graded| graded.submission.as_str()).collect();
    assert_eq!(names, ["a_quick"]);
    assert_eq!(results[0].labs[0].state, State::Done);
}
