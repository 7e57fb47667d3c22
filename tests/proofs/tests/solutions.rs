//! The first proof: every solution passes every check of its lab.

use course::LABS;
use proofs::can_be_run;
use proofs::checks;

#[test]
fn every_solution_passes_every_check() {
    for lab in LABS {
        let verdict = checks::of_solution(lab.name);
        assert_eq!(verdict.failed(), [""; 0], "{}", verdict.printed());
        let count = verdict.passed().len();
        assert!(count >= 10 || !can_be_run(lab.name), "{} has only {count} checks", lab.name);
    }
}
