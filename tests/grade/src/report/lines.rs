//! JSON Lines: one graded submission a line. Files of several runs follow one another.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::graded_with;
use crate::model::Submission;
use crate::text::one_line;

/// What was read, each submission once, in the order of their names.
pub struct Merged {
    pub submissions: Vec<Submission>,
    /// What the instructor should know of the files.
    pub warnings: Vec<String>,
}

/// Reads files in their order. The last word on a submission counts.
pub fn read(files: &[PathBuf]) -> Result<Merged> {
    let (mut by_name, mut warnings) = (BTreeMap::new(), Vec::new());
    for file in files {
        for submission in read_file(file, &mut warnings)? {
            let name = submission.submission.clone();
            if by_name.insert(name.clone(), submission).is_some() {
                let name = one_line(&name);
                warnings.push(format!("{name} was graded more than once: the last time counts"));
            }
        }
    }
    let mut submissions: Vec<Submission> = by_name.into_values().collect();
    submissions.sort_by_cached_key(|submission| submission.submission.to_lowercase());
    if graded_with(&submissions).len() > 1 {
        warnings.push("not all were graded with the same course and checks".to_owned());
    }
    let same = |pair: &[Submission]| (pair[0].max_points - pair[1].max_points).abs() < 0.01;
    if !submissions.windows(2).all(same) {
        warnings.push("not all can have the same number of points".to_owned());
    }
    Ok(Merged { submissions, warnings })
}

/// The submissions as they were read, one a line.
pub fn text(submissions: &[Submission]) -> Result<String> {
    let lines = submissions.iter().map(|submission| Ok(serde_json::to_string(submission)? + "\n"));
    lines.collect()
}

fn read_file(file: &Path, warnings: &mut Vec<String>) -> Result<Vec<Submission>> {
    let cannot_read = || format!("cannot read {}", file.display());
    let mut reader = BufReader::new(File::open(file).with_context(cannot_read)?);
    let (mut submissions, mut line) = (Vec::new(), Vec::new());
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).with_context(cannot_read)? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(&line) {
            Ok(submission) => submissions.push(submission),
            // Only the last line of a file can end without a newline.
            Err(_) if !line.ends_with(b"\n") => warnings.push(format!(
                "{}:{number} ends in the middle and is left out: the run was ended before it was done",
                file.display()
            )),
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("{}:{number} is not a graded submission", file.display())
                });
            }
        }
    }
    Ok(submissions)
}
