//! The hints of a chapter, one more at each call.

use std::fs;

use anyhow::{Context, Result, ensure};
use course::Lab;

use crate::text::wrapped;

/// Shows one hint more than the last time, and where to read on.
///
/// How many were seen is kept in `target/progress`. After the last one it begins again.
pub fn show(lab: &Lab) -> Result<()> {
    let course = harness::workspace();
    let chapter = course.join("book/src").join(lab.chapter);
    let text = fs::read_to_string(&chapter)
        .with_context(|| format!("cannot read {}", chapter.display()))?;
    let hints = hints(&text);
    ensure!(!hints.is_empty(), "book/src/{} has no hints", lab.chapter);

    let seen = course.join("target/progress").join(format!("{}.hints", lab.name));
    let before: usize = fs::read_to_string(&seen)
        .ok()
        .and_then(|seen| seen.trim().parse().ok())
        .filter(|&seen| seen < hints.len())
        .unwrap_or(0);
    for (number, (question, answer)) in hints.iter().enumerate().take(before + 1) {
        println!("{}. {question}", number + 1);
        for paragraph in answer.split("\n\n") {
            print!("{}", wrapped(paragraph, 3));
        }
    }
    match hints.len() - before - 1 {
        0 => println!("\nThat was the last. The chapter: book/src/{}#why", lab.chapter),
        left => println!("\n{left} more: cargo run -p progress -- hint {}", lab.name),
    }
    // A count that cannot be kept costs a repetition.
    let folder = seen.parent().context("it is in a folder")?;
    let _ = fs::create_dir_all(folder).and_then(|()| fs::write(&seen, (before + 1).to_string()));
    Ok(())
}

/// The questions and answers below the heading `Hints`.
fn hints(chapter: &str) -> Vec<(String, String)> {
    let section = chapter.split("\n## Hints").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let details = section.split("<details><summary>").skip(1);
    details
        .filter_map(|details| {
            let (question, rest) = details.split_once("</summary>")?;
            let (answer, _) = rest.split_once("</details>")?;
            Some((plain(question), answer.trim().to_owned()))
        })
        .collect()
}

/// A question without the marks of a page.
fn plain(question: &str) -> String {
    let marks = [("<code>", "`"), ("</code>", "`"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    marks.iter().fold(question.to_owned(), |text, (mark, plain)| text.replace(mark, plain))
}

#[cfg(test)]
mod tests {
    use course::LABS;

    use super::*;

    #[test]
    fn every_chapter_has_hints_that_can_be_shown() {
        for lab in LABS {
            let chapter = harness::workspace().join("book/src").join(lab.chapter);
            let hints = hints(&fs::read_to_string(chapter).expect("it is there"));
            assert!(hints.len() >= 2, "{}", lab.name);
            for (question, answer) in hints {
                assert!(!question.contains('<') || question.contains('`'), "{question}");
                assert!(!answer.is_empty() && !answer.contains("</"), "{answer}");
            }
        }
    }
}
