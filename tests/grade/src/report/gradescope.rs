//! Gradescope's `results.json`: one test a lab, because points are given by the lab.
//!
//! The fields are those of its "Autograder Specifications".

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::each::{self, Called};
use super::feedback::{around, title, told};
use crate::model::{Lab, State, Submission};
use crate::points::rounded;

#[derive(Serialize)]
struct Results {
    score: f64,
    /// In seconds.
    execution_time: f64,
    /// What concerns the whole submission.
    output: String,
    output_format: &'static str,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    score: f64,
    max_score: f64,
    status: &'static str,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
}

/// Writes the results of one submission to the file `out` or to the terminal, of several to files
/// in the folder `out`.
pub fn write(submissions: &[Submission], out: Option<&Path>) -> Result<()> {
    if submissions.is_empty() {
        return super::write(out, &json(&nothing())?);
    }
    let called = Called { prefix: "results", extension: "json" };
    each::write(submissions, out, &called, |submission| json(&results(submission)))
}

fn json(results: &Results) -> Result<String> {
    Ok(serde_json::to_string_pretty(results)? + "\n")
}

fn nothing() -> Results {
    let output = "nothing was graded".to_owned();
    Results { score: 0.0, execution_time: 0.0, output, output_format: "text", tests: Vec::new() }
}

fn results(submission: &Submission) -> Results {
    Results {
        score: rounded(submission.points),
        execution_time: submission.seconds.round(),
        output: around(submission),
        output_format: "text",
        tests: submission.labs.iter().map(test).collect(),
    }
}

fn test(lab: &Lab) -> Test {
    Test {
        name: title(lab),
        score: rounded(lab.points),
        max_score: rounded(lab.max_points),
        status: if lab.state == State::Done { "passed" } else { "failed" },
        output: told(lab),
        output_format: "text",
        visibility: "visible",
    }
}
