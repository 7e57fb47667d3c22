//! A lab as a blank page: the student's files with their doc comments and signatures, and bodies that
//! do nothing yet. The same checks grade it.

use std::fs;

use anyhow::{Context, Result};
use course::Lab;

use crate::reset;

/// Lays the blank page of a lab of this copy. What was there is kept beside it, as by `reset`.
pub fn lay(lab: &Lab) -> Result<()> {
    let course = harness::workspace();
    reset::put_back_lab(lab, &course)?;
    let sources = lab.sources(&course);
    for file in lab.edits {
        let path = sources.join(file);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        fs::write(&path, of(&text)).with_context(|| format!("cannot write {}", path.display()))?;
        println!("labs/{}/src/{file} is blank.", lab.name);
    }
    Ok(())
}

/// A file whose functions have lost their bodies, but for those that cannot fail. What they say of
/// themselves, and what the file imports, stays.
fn of(text: &str) -> String {
    let mut blank = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !is_signature(line) {
            if !line.trim_start().starts_with("// TODO") {
                blank += &format!("{line}\n");
            }
            continue;
        }
        let mut signature = format!("{line}\n");
        while !signature.ends_with("{\n") {
            let Some(line) = lines.next() else { break };
            signature += &format!("{line}\n");
        }
        blank += &signature;
        if let Some(body) = body(&signature) {
            let indent = &line[..line.len() - line.trim_start().len()];
            // As everything in these files does, a function ends with a bracket of its own.
            let end = format!("{indent}}}");
            let _ = lines.by_ref().take_while(|line| *line != end).count();
            blank += &format!("{indent}    {body}\n{end}\n");
        }
    }
    // Nothing is used yet.
    blank.replacen("\n\n", "\n\n#![allow(unused, reason = \"a blank page\")]\n\n", 1)
}

fn is_signature(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("fn ") || line.starts_with("pub fn ")
}

/// What a function without a body of its own returns, if it can say so by an error.
fn body(signature: &str) -> Option<&'static str> {
    let (_, returned) = signature.rsplit_once("->").unwrap_or_default();
    match returned.trim_start() {
        returned if returned.starts_with("Result") => {
            Some("Err(anyhow::anyhow!(\"not written yet\"))")
        }
        returned if returned.starts_with("io::Result") => {
            Some("Err(io::Error::other(\"not written yet\"))")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use course::LABS;

    use super::*;

    #[test]
    fn every_file_that_a_student_edits_can_be_blank() {
        for lab in LABS {
            for file in lab.edits {
                let starter = lab.starter(&harness::workspace()).join(file);
                let starter = fs::read_to_string(starter).expect("it is handed out");
                let blank = of(&starter);
                let count = |text: &str| text.lines().filter(|line| is_signature(line)).count();
                assert_eq!(count(&blank), count(&starter), "{}/{file}", lab.name);
                let can_fail = starter.matches("Result<").count();
                assert_eq!(blank.matches("not written yet").count(), can_fail, "{blank}");
                assert!(!blank.contains("TODO"), "{blank}");
                let comments = |text: &str| {
                    text.lines().filter(|line| line.trim_start().starts_with("///")).count()
                };
                assert_eq!(comments(&blank), comments(&starter), "{}/{file}", lab.name);
            }
        }
    }
}
