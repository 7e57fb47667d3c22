//! XML as `JUnit` has it: one test suite for each lab of each submission.

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::in_words;
use crate::model::{Check, Lab, Outcome, State, Submission};
use crate::points::rounded;
use crate::text::{one_line, plain};

/// All submissions as one report.
pub fn report(submissions: &[Submission]) -> Result<String> {
    let mut report = Report::new("Socket Labs");
    for submission in submissions {
        for lab in &submission.labs {
            report.add_test_suite(suite(submission, lab));
        }
        if submission.labs.is_empty() {
            report.add_test_suite(nothing(submission));
        }
    }
    Ok(report.to_string()?)
}

fn suite(submission: &Submission, lab: &Lab) -> TestSuite {
    let name = format!("{}/{}", one_line(&submission.submission), one_line(&lab.lab));
    let mut suite = described(&name, submission);
    suite.add_property(("points", rounded(lab.points).to_string().as_str()));
    suite.add_property(("max_points", rounded(lab.max_points).to_string().as_str()));
    for check in &lab.results {
        suite.add_test_case(case(&name, &check.name, status(lab, check)));
    }
    if lab.results.is_empty() {
        suite.add_test_case(case(&name, "checks", without_results(lab)));
    }
    if !lab.words.is_empty() {
        suite.set_system_err(plain(&lab.words));
    }
    suite
}

/// A suite that says of what, and with what, it was graded.
fn described(name: &str, submission: &Submission) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_property(("course", one_line(&submission.course).as_str()));
    suite.add_property(("checks", one_line(&submission.checks).as_str()));
    for note in &submission.notes {
        suite.add_property(("note", one_line(note).as_str()));
    }
    suite
}

/// A submission of which there is nothing but its notes.
fn nothing(submission: &Submission) -> TestSuite {
    let name = one_line(&submission.submission);
    let mut suite = described(&name, submission);
    suite.add_test_case(case(&name, "checks", not_run("no lab was graded")));
    suite
}

fn case(suite: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(one_line(name), status);
    case.set_classname(suite.replace('/', "."));
    case
}

fn status(lab: &Lab, check: &Check) -> TestCaseStatus {
    match check.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => failure(&check.story),
        Outcome::Ignored => skipped("this machine cannot run it"),
        Outcome::NotRun => not_run(in_words(lab.state)),
    }
}

fn without_results(lab: &Lab) -> TestCaseStatus {
    let words = in_words(lab.state);
    if lab.state == State::NotStarted { skipped(words) } else { not_run(words) }
}

/// The story is the text of the failure, its first line the message.
fn failure(story: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type("check");
    status.set_message(one_line(story.lines().next().unwrap_or_default()));
    status.set_description(plain(story));
    status
}

fn not_run(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("not run").set_message(format!("not run: {reason}"));
    status
}

fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(reason);
    status
}
