//! A grader that does not come to its own end.

use std::time::Duration;

use rustix::process::Signal;

use crate::class::Class;
use crate::grader::{Grader, within};
use crate::model::State;

/// How long the keepers may take to end everything once the grader has gone.
const GONE: Duration = Duration::from_secs(30);

const HANGS: &str = r#"
    let child = std::process::Command::new(std::env::current_exe()?).arg("server").spawn()?;
    drop(child);
    loop { std::thread::park(); }
"#;

fn class() -> Class {
    let class = Class::new();
    class.student("a_quick").solves("lab01");
    class.student("b_hanging").serves_after(HANGS);
    class
}

const NAMES: &[&str] = &["a_quick", "b_hanging"];

/// A killed grader leaves its folder to the next one, and Ctrl-C leaves nothing.
#[test]
fn a_killed_grader_leaves_no_process_and_an_interrupted_one_nothing_but_results() {
    let class = class();
    let grader = Grader::new();
    let plays = || grader.processes().iter().any(|process| process.contains("/debug/lab03 in "));

    let mut killed = grader.start(class.path(), NAMES, &[]);
    killed.until("the second submission plays", plays);
    killed.signal(Signal::KILL);
    killed.wait();
    let gone = within(GONE, || grader.processes().is_empty().then_some(()));
    assert!(gone.is_some(), "{:#?}", grader.processes());
    let [left] = &grader.homes()[..] else { panic!("a killed grader cannot remove its folder") };
    std::fs::rename(grader.out(), grader.out().with_extension("killed")).expect("it was written");

    let mut interrupted = grader.start(class.path(), NAMES, &[]);
    interrupted.until("the second submission plays", plays);
    assert!(!left.exists(), "the next grader removes what a killed one has left");
    interrupted.signal(Signal::INT);
    assert_eq!(interrupted.wait().code(), Some(130));
    assert!(grader.processes().is_empty(), "{:#?}", grader.processes());
    assert!(grader.homes().is_empty(), "{:?}", grader.homes());
    let results = grader.results();
    let names: Vec<&str> = results.iter().map(|graded| graded.submission.as_str()).collect();
    assert_eq!(names, ["a_quick"]);
    assert_eq!(results[0].labs[0].state, State::Done);
}
