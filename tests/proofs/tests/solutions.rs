//! The first proof: every solution passes every check of its lab.

use course::LABS;
use proofs::checks;
use proofs::is_playable;

#[test]
fn every_solution_passes_every_check() {
    for lab in LABS {
        let verdict = checks::of_solution(lab.name);
        assert_eq!(verdict.failed(), [""; 0], "{}", verdict.printed());
        let count = verdict.passed().len();
        assert!(count >= 10 || !is_playable(lab.name), "{} has only {count} checks", lab.name);
    }
}
