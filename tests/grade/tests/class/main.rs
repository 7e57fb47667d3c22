//! A whole class, graded: everybody has the marks they should, and nothing is left behind.
//!
//! ```text
//! CLASS=20 cargo test -p grade --test class -- --ignored --nocapture
//! ```
//!
//! It also says how long that took, and how much memory. The machine should have nothing else to do:
//! some wrong programs are wrong only if they are quick. Limits are complete on Linux only, so it is
//! there that a class is graded.

#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod common;
#[path = "../../src/submissions/ending.rs"]
#[allow(dead_code, reason = "only the size of a family is of use here")]
mod ending;
#[path = "../../src/submissions/family.rs"]
#[allow(dead_code, unused_imports, reason = "only the size of a family is of use here")]
mod family;
mod memory;
mod students;

use std::collections::BTreeMap;
use std::env;
use std::thread;
use std::time::{Duration, Instant};

use harness::cargo;

use common::class::Class;
use common::grader::Grader;
use common::kinds::LIMITS;
use common::marks::is_same;
use common::model::Submission;
use memory::Peak;
use students::{Student, students};

/// How many students are in the class, unless the variable `CLASS` says so.
const STUDENTS: usize = 200;
/// How many submissions are graded at a time.
const JOBS: u32 = 2;
/// How long the grader may take before the first submission, and how long for each.
const BEGIN: Duration = Duration::from_secs(600);
const EACH: Duration = Duration::from_secs(60);
/// How often its memory is looked at.
const LOOK: Duration = Duration::from_millis(200);

#[test]
#[ignore = "a class of 200: takes about 15 minutes; run with cargo test -p grade --test class -- --ignored"]
fn everybody_in_a_class_has_the_marks_they_should() {
    let number = env::var("CLASS").map_or(STUDENTS, |number| number.parse().expect("a number"));
    let students = students(number);
    let mut build = cargo::command();
    let wrong_programs = cargo::executable(build.args(["build", "-p", "proofs", "--bin", "wrong"]));
    let wrong_programs = wrong_programs.expect("the wrong programs compile");
    let class = Class::new();
    for student in &students {
        student.hands_in(&class, &wrong_programs);
    }

    let names: Vec<&str> = students.iter().map(|student| student.name.as_str()).collect();
    let grader = Grader::new();
    grade(&grader, &class, &names);

    let results = grader.results().into_iter().map(|graded| (graded.submission.clone(), graded));
    let results: BTreeMap<String, Submission> = results.collect();
    assert!(results.keys().eq(&names), "every submission has a line, and nobody else");
    let differences = students.iter().map(|one| one.work.differences(&results[&one.name]));
    let mut differences: Vec<String> = differences.flatten().collect();
    differences.extend(unjust(&students, &results));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let left = grader.left();
    assert!(left.is_empty(), "{left:?}");
}

/// Work whose points depend on who is faster: for a moment its port has no listener.
const LEFT_TO_CHANCE: &str = "listens_anew_for_each_client";

/// Who has other points than somebody with the same work.
fn unjust(students: &[Student], results: &BTreeMap<String, Submission>) -> Vec<String> {
    let mut points = BTreeMap::new();
    let certain = |student: &&Student| !student.work.name().ends_with(LEFT_TO_CHANCE);
    let others = students.iter().filter(certain).filter_map(|student| {
        let own = results[&student.name].points;
        let before = *points.entry(student.work.name()).or_insert(own);
        (!is_same(own, before)).then(|| format!("{}: {own} points, not {before}", student.name))
    });
    others.collect()
}

/// Grades them, in bounded time, and says what that has taken.
fn grade(grader: &Grader, class: &Class, names: &[&str]) {
    let number = u32::try_from(names.len()).expect("so many are no class");
    let (began, mut first, mut peak) = (Instant::now(), None, Peak::default());
    let mut running = grader.start(class.path(), names, JOBS, LIMITS);
    let status = loop {
        if let Some(status) = running.ended() {
            break status;
        }
        assert!(began.elapsed() < BEGIN + EACH * number, "the batch does not end");
        peak.sample(running.id());
        if first.is_none() && grader.out().metadata().is_ok_and(|out| out.len() > 0) {
            first = Some(began.elapsed());
        }
        thread::sleep(LOOK);
    };
    assert!(status.success(), "the grader ended with {status}");
    let (all, first) = (began.elapsed().as_secs_f64(), first.unwrap_or_default().as_secs_f64());
    println!(
        "{number} submissions in {all:.0} s, {:.1} a minute; the first after {first:.0} s\n\
         at most {} MiB of the grader's own, {} MiB in {} processes of all together",
        f64::from(number) * 60.0 / all,
        peak.grader >> 20,
        peak.all >> 20,
        peak.processes
    );
}
