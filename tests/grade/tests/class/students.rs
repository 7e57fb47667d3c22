//! The class: which submissions are in it, and what each should come to.

use std::path::Path;

use proofs::{NAME, PROOFS, Wrong, can_be_run};

use crate::common::class::Class;
use crate::common::kinds::{KINDS, Kind};
use crate::common::marks::{Expected, Marks};
use crate::common::model::{Outcome, State, Submission};

/// Takes neighbours in the table far apart, so that every part of the class is a mixture. A prime
/// number, so that all are taken before one is taken again.
const STRIDE: usize = 53;

/// A student, whose number in the class is the beginning of the name.
pub struct Student {
    pub name: String,
    pub work: Work,
}

/// What a student hands in.
#[derive(Clone, Copy)]
pub enum Work {
    /// One of the table.
    Of(&'static Kind),
    /// Every lab is right, but for one role of one lab: that is played by a wrong program.
    WrongIn(&'static str, &'static Wrong),
}

/// Every work that there is.
fn works() -> Vec<Work> {
    let wrong = PROOFS.iter().filter(|(lab, _)| can_be_run(lab));
    let wrong = wrong.flat_map(|(lab, proof)| proof.wrong.iter().map(|it| Work::WrongIn(lab, it)));
    KINDS.iter().map(Work::Of).chain(wrong).collect()
}

/// So many students, always with the same works.
pub fn students(number: usize) -> Vec<Student> {
    let works = works();
    assert!(!works.len().is_multiple_of(STRIDE), "some works would never be taken");
    let student = |index: usize| {
        let work = works[index * STRIDE % works.len()];
        Student { name: format!("{index:03}_{}", work.name()), work }
    };
    (0..number).map(student).collect()
}

impl Student {
    /// Makes up the submission. All files have the same old date, as in an archive.
    pub fn hands_in(&self, class: &Class, wrong_programs: &Path) {
        let copy = class.student(&self.name);
        let copy = match self.work {
            Work::Of(kind) => (kind.make)(copy),
            Work::WrongIn(lab, wrong) => {
                copy.solves_all().plays_after(lab, &plays(lab, wrong, wrong_programs))
            }
        };
        copy.dates_back();
    }
}

impl Work {
    pub fn name(self) -> String {
        match self {
            Self::Of(kind) => kind.name.to_owned(),
            Self::WrongIn(lab, wrong) => format!("{lab}_{}", wrong.name),
        }
    }

    /// In what the marks differ from what they should be.
    pub fn differences(self, graded: &Submission) -> Vec<String> {
        match self {
            Self::Of(kind) => kind.expected.differences(graded),
            Self::WrongIn(lab, wrong) => {
                let labs = &[(lab, Marks::Fewer(State::Failed))];
                let expected = Expected { labs, others: Marks::All, told: &[] };
                let mut differences = expected.differences(graded);
                differences.extend(not_caught(lab, wrong, graded));
                differences
            }
        }
    }
}

/// Lets the lab become a wrong program if it is to play a role that this has. Wrong programs use
/// what the manifest of a lab does not have, so they cannot be a part of it.
fn plays(lab: &str, wrong: &Wrong, wrong_programs: &Path) -> String {
    let roles: Vec<&str> = wrong.roles.iter().map(|(role, _)| *role).collect();
    let name = format!("{lab}/{}", wrong.name);
    let program = wrong_programs.to_string_lossy();
    format!(
        r#"
    let role = std::env::args().nth(1).unwrap_or_default();
    if {roles:?}.contains(&role.as_str()) {{
        let mut wrong = std::process::Command::new({program:?});
        wrong.args(std::env::args_os().skip(1)).env({NAME:?}, {name:?});
        panic!("{{}}", std::os::unix::process::CommandExt::exec(&mut wrong));
    }}"#
    )
}

/// The checks that do not catch a wrong program, though they should.
fn not_caught(lab: &str, wrong: &Wrong, graded: &Submission) -> Vec<String> {
    let results = graded.labs.iter().filter(|graded| graded.lab == lab);
    let results: Vec<_> = results.flat_map(|graded| &graded.results).collect();
    let catches = |name: &str| {
        let check = results.iter().find(|check| check.name == name);
        check.is_some_and(|check| match check.outcome {
            Outcome::Failed => check.story.contains(wrong.says),
            // This machine cannot run it.
            Outcome::Ignored => true,
            _ => false,
        })
    };
    let missed = wrong.caught_by.iter().filter(|name| !catches(name));
    missed.map(|name| format!("{}: {name} does not catch it", graded.submission)).collect()
}
