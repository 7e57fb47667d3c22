//! What is known of one submission once it is graded: a line of the JSON Lines, and the source of
//! every other report.

#![allow(clippy::struct_field_names, reason = "a field is called as readers of the JSON call it")]

use serde::{Deserialize, Serialize};

/// One student's copy of the course, graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// The name of its folder.
    pub submission: String,
    /// The version of the course it was graded with.
    pub course: String,
    /// A digest of the checks it was graded with: `sha256:` and 64 hexadecimal digits.
    pub checks: String,
    /// The sum of its labs' points, and of what they are worth.
    pub points: f64,
    pub max_points: f64,
    /// What the instructor should know: files that were edited and not used, links that were not
    /// followed, a limit that was reached.
    pub notes: Vec<String>,
    /// Every lab of the course, in its order.
    pub labs: Vec<Lab>,
    /// How long grading took, in seconds.
    pub seconds: f64,
}

/// One lab of a submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// `lab03`.
    pub lab: String,
    pub state: State,
    pub points: f64,
    pub max_points: f64,
    /// How many checks it passed, how many of them all pass as handed out, and how many count.
    pub passed: usize,
    pub handed_out: usize,
    pub total: usize,
    /// What the compiler said, if the lab does not compile; else why it was stopped, or nothing.
    pub words: String,
    /// Every check, in the order of its name. None if the lab is missing or not started.
    pub results: Vec<Check>,
}

/// How far a lab is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is no folder with labs, so nothing can be graded.
    Missing,
    /// The files are as handed out, or missing.
    NotStarted,
    /// The compiler refuses it.
    DoesNotCompile,
    /// Some checks do not pass.
    Failed,
    /// Every check passes.
    Done,
    /// It reached a limit before all checks were run. Those that were not run count as failed.
    Stopped,
}

/// One check of a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name in the lab's module: `every_client_is_served::case_1_one_after_another`.
    pub name: String,
    pub outcome: Outcome,
    /// The story of a failure, as the student would read it; else nothing.
    pub story: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed,
    /// This machine cannot run it. It counts for nothing.
    Ignored,
    /// The lab was stopped before, or does not compile.
    NotRun,
}
