//! What students read is as the course promises: small, consistent, and in step with the table of labs.

use std::fs;
use std::path::Path;

use course::{LABS, Lab, files_in};
use harness::workspace;

/// The longest file that is given, and that a student edits, in lines.
const GIVEN: usize = 60;
const EDITED: usize = 80;
/// Where what a lab begins with is nearly that long already.
const LONGER: [(&str, usize); 1] = [("lab12", 100)];
/// The widest line, in columns, and the longest function, in lines of code.
const COLUMNS: usize = 100;
const FUNCTION: usize = 20;

fn read(path: impl AsRef<Path>) -> String {
    let file = workspace().join(path);
    let text = fs::read_to_string(&file);
    text.unwrap_or_else(|error| panic!("{}: {error}", file.display())).replace("\r\n", "\n")
}

fn sources(lab: &Lab, home: &str) -> Vec<(String, String)> {
    let folder = workspace().join(home).join(lab.name).join("src");
    files_in(&folder).unwrap_or_else(|| panic!("{} is missing", folder.display()))
}

#[test]
fn a_solution_differs_only_in_the_files_a_student_edits() {
    for lab in LABS {
        let (handed_out, solved) = (sources(lab, "labs"), sources(lab, "solutions"));
        for ((name, starter), (other, solution)) in handed_out.iter().zip(&solved) {
            assert_eq!(name, other, "{} has other files", lab.name);
            let differs = starter != solution;
            assert_eq!(differs, lab.edits.contains(&name.as_str()), "{} {name}", lab.name);
        }
        assert_eq!(handed_out.len(), solved.len(), "{}", lab.name);
    }
}

#[test]
fn a_starter_has_one_to_three_todos_and_a_solution_none() {
    for lab in LABS {
        let mark = format!("TODO({})", lab.name);
        let count = |home: &str, mark: &str| {
            sources(lab, home).iter().map(|(_, text)| text.matches(mark).count()).sum::<usize>()
        };
        let todos = count("labs", &mark);
        assert!((1..=3).contains(&todos), "{} has {todos} times {mark}", lab.name);
        assert_eq!(todos, count("labs", "TODO"), "{} has a TODO without its name", lab.name);
        assert_eq!(count("solutions", "TODO"), 0, "{}", lab.name);
    }
}

#[test]
fn every_file_and_function_is_small_enough_to_read() {
    for lab in LABS {
        for home in ["labs", "solutions"] {
            for (name, text) in sources(lab, home) {
                // What a student has written in one lab is given in later ones.
                let is_edited = LABS.iter().any(|lab| lab.edits.contains(&name.as_str()));
                let longer = LONGER.iter().find(|(name, _)| *name == lab.name);
                let edited = longer.map_or(EDITED, |(_, lines)| *lines);
                let limit = if is_edited { edited } else { GIVEN };
                let lines = text.lines().count();
                assert!(lines <= limit, "{home}/{} {name} has {lines} lines", lab.name);
                for line in text.lines() {
                    assert!(line.chars().count() <= COLUMNS, "{home}/{} {name}: {line}", lab.name);
                }
                for (function, lines) in functions(&text) {
                    assert!(lines <= FUNCTION, "{home}/{} {name} {function}: {lines}", lab.name);
                }
            }
        }
    }
}

/// The functions and methods of a formatted file, with their lines of code.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    // What ends the function that is being read: a brace below its first letter.
    let mut end = None;
    for line in text.lines() {
        let code = line.trim();
        if end.is_none()
            && ["fn ", "pub fn ", "pub(crate) fn "].iter().any(|it| code.starts_with(it))
        {
            found.push((code.to_owned(), 0));
            end = Some(format!("{}}}", &line[..line.len() - line.trim_start().len()]));
        }
        if let Some((_, lines)) = found.last_mut()
            && end.is_some()
            && !code.is_empty()
            && !code.starts_with("//")
        {
            *lines += 1;
        }
        if end.as_deref() == Some(line) {
            end = None;
        }
    }
    found
}

#[test]
fn every_program_names_the_law_and_the_chapter_of_its_lab() {
    for lab in LABS {
        let main = read(format!("labs/{}/src/main.rs", lab.name));
        assert!(main.contains(&format!("law: {:?}", lab.law)), "{}", lab.name);
        assert!(main.contains(&format!("chapter: {:?}", lab.chapter)), "{}", lab.name);
    }
}

#[test]
fn every_lab_has_its_chapter_and_its_row() {
    let summary = read("book/src/SUMMARY.md");
    let readme = read("README.md");
    for lab in LABS {
        let number = &lab.name[3..];
        let chapter = read(format!("book/src/{}", lab.chapter));
        let title = format!("# Lab {number}: {} {{#{}}}\n", lab.law, lab.name);
        assert!(chapter.starts_with(&title), "{} does not begin with {title}", lab.chapter);
        let entry = format!("[Lab {number}: {}]({})", lab.law, lab.chapter);
        assert!(summary.contains(&entry), "book/src/SUMMARY.md has no {entry}");
        let row = format!("| {} | {} |", lab.name, lab.law);
        let row = readme.lines().find(|line| line.starts_with(&row));
        let row = row.unwrap_or_else(|| panic!("README.md has no row for {}", lab.name));
        assert!(row.contains(&format!("| {} min |", lab.minutes)), "{row}");
        assert!(chapter.contains(&format!("{} minutes", lab.minutes)), "{}", lab.chapter);
    }
}

/// What helps to learn, in the order in which every chapter has it, and under the same anchors.
const AIDS: [&str; 12] = [
    "You will be able to:",
    "## See it fail {#see-it-fail}",
    "## Predict {#predict}",
    "## Why {#why}",
    "## See it on the wire {#on-the-wire}",
    "## Your turn {#your-turn}",
    "## Hints {#hints}",
    "## Check {#check}",
    "## What you now know {#what-you-now-know}",
    "## When something is wrong {#when-something-is-wrong}",
    "## Quick questions {#quick-questions}",
    "## Go further {#go-further}",
];

#[test]
fn every_chapter_has_its_aids_in_their_order() {
    for lab in LABS {
        let (name, text) = (lab.chapter, read(format!("book/src/{}", lab.chapter)));
        let aids = text.lines().filter(|line| line.starts_with("## ") || AIDS.contains(line));
        assert_eq!(aids.collect::<Vec<_>>(), AIDS, "{name}");
        let folded = |heading| section(&text, heading).matches("<details><summary>").count();
        assert_eq!(folded("## Predict {#predict}"), 1, "{name}: a prediction has one answer");
        assert!(folded("## Hints {#hints}") >= 3, "{name} has too few hints");
        assert!(
            (3..=5).contains(&folded("## Quick questions {#quick-questions}")),
            "{name}: three to five questions"
        );
        let symptoms = section(&text, "## When something is wrong {#when-something-is-wrong}");
        assert!(symptoms.contains("| you see | likely | how to tell |"), "{name} has no symptoms");
        let diagrams = text.matches("{{#include ../diagrams/").count();
        assert!(diagrams >= 2, "{name} has too few diagrams");
    }
}

/// What stands under a heading of a chapter, up to the next of its kind.
fn section<'a>(chapter: &'a str, heading: &str) -> &'a str {
    let (_, rest) = chapter.split_once(&format!("\n{heading}\n")).expect("the heading is there");
    rest.split("\n## ").next().unwrap_or(rest)
}

#[test]
fn every_section_that_a_check_sends_to_is_in_the_chapter() {
    for lab in LABS {
        let mut checks = vec![read(format!("tests/checks/{}.rs", lab.name))];
        let contract =
            checks[0].split("#[path = \"").skip(1).filter_map(|path| path.split('"').next());
        let contract: Vec<String> =
            contract.map(|path| read(format!("tests/checks/{path}"))).collect();
        checks.extend(contract);
        let sections: Vec<&str> = checks.iter().flat_map(|text| sections(text)).collect();
        assert!(!sections.is_empty(), "{} sends nobody to its chapter", lab.name);
        for section in sections {
            let (page, section) = section.split_once('#').unwrap_or((lab.chapter, section));
            let anchor = format!("{{#{section}}}");
            let page_text = read(format!("book/src/{page}"));
            assert!(page_text.contains(&anchor), "{page} has no section {anchor}");
        }
    }
}

/// The sections that hints name: the last word of each, if it is written there, or pages with an
/// anchor.
fn sections(checks: &str) -> impl Iterator<Item = &str> {
    let pages = checks.split('"').filter(|text| text.contains(".md#"));
    let hints = checks.split("Hint::").skip(1).filter_map(|hint| hint.split(')').next());
    let last = |hint: &str| hint.trim_end().trim_end_matches(',').ends_with('"');
    hints.filter(move |hint| last(hint)).filter_map(|hint| hint.rsplit('"').nth(1)).chain(pages)
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = read("README.md");
    for shown in ["01-starter.txt", "01-solution.txt"] {
        let printed = read(format!("book/src/output/{shown}"));
        assert!(readme.contains(&printed), "README.md does not hold book/src/output/{shown}");
    }
}
