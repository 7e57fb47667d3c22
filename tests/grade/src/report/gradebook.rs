//! CSV for a gradebook: one row a submission, one column a lab.

use anyhow::Result;
use csv::Writer;

use super::labs;
use crate::model::Submission;
use crate::points::rounded;
use crate::text::one_line;

/// The submissions and their points, with a header. A lab that a submission does not have is empty.
pub fn csv(submissions: &[Submission]) -> Result<String> {
    let labs = labs(submissions);
    let mut writer = Writer::from_writer(Vec::new());
    let mut header = vec!["submission", "points", "max_points"];
    header.extend(&labs);
    header.extend(["notes", "course", "checks"]);
    writer.write_record(header.into_iter().map(harmless))?;
    for submission in submissions {
        let mut row = vec![harmless(&submission.submission)];
        row.push(rounded(submission.points).to_string());
        row.push(rounded(submission.max_points).to_string());
        for name in &labs {
            let lab = submission.labs.iter().find(|lab| lab.lab == *name);
            row.push(lab.map(|lab| rounded(lab.points).to_string()).unwrap_or_default());
        }
        row.push(harmless(&submission.notes.join("; ")));
        row.push(harmless(&submission.course));
        row.push(harmless(&submission.checks));
        writer.write_record(row)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// A cell that no spreadsheet takes for a formula: one that looks like it is marked as text.
fn harmless(text: &str) -> String {
    let text = one_line(text);
    // The wide forms are the same signs on a Chinese or Japanese keyboard.
    let signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    if text.trim_start().starts_with(signs) { format!("'{text}") } else { text }
}
