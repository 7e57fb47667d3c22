//! The second proof: every starter fails the recorded checks and no others, by its flaw, and shows
//! the flaw when its demo runs.

use std::fs;

use course::{LABS, Lab};
use harness::{cargo, workspace};
use proofs::checks;
use proofs::{PROOFS, Proof, can_be_run, parallel, records};

/// How many starters are checked at a time. Some of them keep a processor busy.
const AT_A_TIME: usize = 4;

fn labs() -> impl Iterator<Item = (&'static Lab, &'static Proof)> {
    LABS.iter().zip(PROOFS).map(|(lab, (name, proof))| {
        assert_eq!(lab.name, *name);
        (lab, *proof)
    })
}

#[test]
fn every_starter_fails_the_recorded_checks_by_its_flaw() {
    parallel::each(labs(), AT_A_TIME, |(lab, proof)| {
        let program = cargo::program(lab.name).unwrap_or_else(|message| panic!("{message}"));
        let verdict = checks::of_program(lab.name, &program, &[]);
        let failed = verdict.failed();
        let record = format!("tests/starters/{}.failing.txt", lab.name);
        // Checks that this machine cannot run are recorded by one that can.
        let same = |recorded: &str, _: &str| {
            recorded.lines().filter(|check| !verdict.ignores(check)).eq(failed.iter().copied())
        };
        records::check(&record, &(failed.join("\n") + "\n"), same);

        let told = failed.iter().filter_map(|check| verdict.story(check));
        let named = told.filter(|story| story.contains(proof.flaw)).count() > 0;
        let shown = named || !can_be_run(lab.name);
        assert!(shown, "no story of {} names the flaw: {}", lab.name, proof.flaw);
    });
}

#[test]
fn every_starter_compiles_without_a_warning() {
    for lab in LABS {
        let mut cargo = cargo::command();
        cargo.args(["rustc", "-p", lab.name, "--bin", lab.name, "--quiet", "--color=never"]);
        cargo.arg("--target-dir").arg(cargo::target());
        let output = cargo.args(["--", "-D", "warnings"]).output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_starter_is_kept_as_it_is_handed_out() {
    for lab in LABS {
        let folder = workspace();
        let Some(files) = course::files_in(&lab.sources(&folder)) else { continue };
        for (name, text) in files {
            let copy = format!("tests/starters/{}/{name}", lab.name);
            records::check(&copy, &text, |left, right| left == right);
        }
        let copies = fs::read_dir(lab.starter(&folder)).expect("it is kept").count();
        let sources = fs::read_dir(lab.sources(&folder)).expect("it is handed out").count();
        assert_eq!(copies, sources, "tests/starters/{} holds other files than the lab", lab.name);
    }
}
