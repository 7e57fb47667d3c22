//! Gradescope's `results.json`: one test a lab, because points are given by the lab.
//!
//! The fields are those of its "Autograder Specifications".

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use harness::course::LABS;
use serde::Serialize;

use super::in_words;
use crate::model::{Lab, Outcome, State, Submission};
use crate::points::rounded;
use crate::text::{one_line, plain};

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
/// in the folder `out`, each called as its submission.
pub fn write(submissions: &[Submission], out: Option<&Path>) -> Result<()> {
    match (submissions, out) {
        ([], _) => super::write(out, &json(&nothing())?),
        ([one], out) if !out.is_some_and(Path::is_dir) => super::write(out, &json(&results(one))?),
        (several, out) => {
            ensure!(out.is_some(), "{} submissions: name a folder with --out", several.len());
            write_each(several, out.unwrap_or(Path::new(".")))
        }
    }
}

fn write_each(submissions: &[Submission], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut taken = BTreeSet::new();
    for submission in submissions {
        let file = folder.join(file_name(&submission.submission, &mut taken));
        super::write(Some(&file), &json(&results(submission))?)?;
    }
    Ok(())
}

/// A name that every system takes, and that leads nowhere else. Some tell no case apart.
fn file_name(submission: &str, taken: &mut BTreeSet<String>) -> String {
    let tame = |character: char| {
        let is_tame = character.is_alphanumeric() || matches!(character, '-' | '_' | '@');
        if is_tame { character } else { '_' }
    };
    // Windows keeps short names such as CON for itself; none begins like this.
    let name: String = submission.chars().take(60).map(tame).collect();
    let name = format!("results-{name}");
    let unique =
        (1..).map(|count| if count == 1 { name.clone() } else { format!("{name}-{count}") });
    let free = unique.into_iter().find(|name| taken.insert(name.to_lowercase()));
    format!("{}.json", free.expect("there are more numbers than submissions"))
}

fn json(results: &Results) -> Result<String> {
    Ok(serde_json::to_string_pretty(results)? + "\n")
}

fn nothing() -> Results {
    let output = "nothing was graded".to_owned();
    Results { score: 0.0, execution_time: 0.0, output, output_format: "text", tests: Vec::new() }
}

fn results(submission: &Submission) -> Results {
    let mut output = String::new();
    for note in &submission.notes {
        output += &format!("{}\n", one_line(note));
    }
    output += &format!("course {}\n", one_line(&submission.course));
    output += &format!("checks {}\n", one_line(&submission.checks));
    Results {
        score: rounded(submission.points),
        execution_time: submission.seconds.round(),
        output,
        output_format: "text",
        tests: submission.labs.iter().map(test).collect(),
    }
}

fn test(lab: &Lab) -> Test {
    let row = LABS.iter().find(|row| row.name == lab.lab);
    let law = row.map_or(String::new(), |row| format!(": {}", row.law));
    Test {
        name: one_line(&lab.lab) + &law,
        score: rounded(lab.points),
        max_score: rounded(lab.max_points),
        status: if lab.state == State::Done { "passed" } else { "failed" },
        output: told(lab),
        output_format: "text",
        visibility: "visible",
    }
}

/// What the student reads of a lab: how far it is, what the compiler said, and every story.
fn told(lab: &Lab) -> String {
    let mut told = in_words(lab.state).to_owned();
    if lab.total > 0 {
        told += &format!("\n{} of {} checks passed", lab.passed, lab.total);
    }
    if !lab.words.is_empty() {
        told += &format!("\n\n{}", plain(&lab.words));
    }
    for check in lab.results.iter().filter(|check| check.outcome == Outcome::Failed) {
        told += &format!("\n\n---- {} ----\n{}", one_line(&check.name), plain(&check.story));
    }
    told
}
