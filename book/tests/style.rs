//! How the pages are written: what CONTRIBUTING asks for under "Rules for text", where a program can
//! see it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Words to avoid, and what they do to a reader. A `*` stands for any one word.
const AVOID: [(&str, &str); 13] = [
    ("simply", "it is not, for whoever is stuck"),
    ("just", "say how little, how late or how near"),
    ("easy", "that is for the reader to find"),
    ("easily", "that is for the reader to find"),
    ("obviously", "then leave it out, or give the reason"),
    ("of course", "then leave it out, or give the reason"),
    ("basically", "leave it out"),
    ("note that", "leave it out"),
    ("in order to", "say \"to\""),
    ("powerful", "praise"),
    ("seamless", "praise"),
    ("robust", "say what it survives"),
    ("is no * and no", "say what it is"),
];

/// The headings of the list of chapters are no places to go to.
const LIST: &str = "SUMMARY.md";

#[test]
fn every_page_is_written_as_contributing_asks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_page =
        |file: &PathBuf| file.extension().is_some_and(|it| it == "md") && !file.ends_with(LIST);
    let mut complaints = Vec::new();
    for file in files.filter(is_page).collect::<BTreeSet<_>>() {
        let name = file.file_name().unwrap().display();
        let page = fs::read_to_string(&file).unwrap();
        complaints.extend(faults(&page).map(|fault| format!("{name}, {fault}")));
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn each_fault_is_found() {
    for (page, fault) in [
        ("It is **simply** there.", "line 1: simply"),
        ("One.\n\nThis was, *of\ncourse*, read.", "line 3: of course"),
        ("A socket is no protocol\nand no cable.", "line 1: is no * and no"),
        ("# Title", "line 1: no {#anchor}"),
        ("# One {#a}\n## Two {#a}", "line 2: another {#a}"),
        ("## Why {#why}\n\n{{#include ../diagrams/01-one.svg}}", "line 3: no sentence"),
        ("Look:\n\n{{#include ../diagrams/1.svg}}\n\n{{#include ../diagrams/2.svg}}", "line 5: no"),
    ] {
        let found: Vec<_> = faults(page).collect();
        assert!(found.len() == 1 && found[0].starts_with(fault), "{page:?}: {found:?}");
    }
    let sound = "# A {#a}\n\nAdjust `just` this:\n\n```text\n# just\n```\n\n\
                 {{#include ../diagrams/01-one.svg}}";
    assert_eq!(faults(sound).collect::<Vec<_>>(), [""; 0]);
}

/// What is wrong with a page, each with its line.
fn faults(page: &str) -> impl Iterator<Item = String> {
    let mut anchors = BTreeSet::new();
    let mut after_a_sentence = false;
    paragraphs(page).into_iter().flat_map(move |(line, paragraph)| {
        let mut faults: Vec<String> = words_to_avoid(&paragraph).collect();
        if paragraph.starts_with('#') {
            match anchor(&paragraph) {
                None => faults.push(format!("no {{#anchor}}: {paragraph}")),
                Some(anchor) if anchors.insert(anchor.to_owned()) => {}
                Some(anchor) => faults.push(format!("another {{#{anchor}}}")),
            }
        }
        let is_drawing = paragraph.starts_with("{{#include ../") && paragraph.ends_with(".svg}}");
        if is_drawing && !after_a_sentence {
            faults.push(format!("no sentence before {paragraph}"));
        }
        after_a_sentence = !paragraph.starts_with(['#', '{']);
        faults.into_iter().map(move |fault| format!("line {line}: {fault}"))
    })
}

fn words_to_avoid(paragraph: &str) -> impl Iterator<Item = String> {
    let said = AVOID.iter().filter(move |(words, _)| says(paragraph, words));
    said.map(|(words, why)| format!("{words} ({why})"))
}

/// The paragraphs of a page, each with the number of its first line. A block of code is none, and
/// a heading is one by itself.
fn paragraphs(page: &str) -> Vec<(usize, String)> {
    let mut paragraphs: Vec<(usize, String)> = Vec::new();
    let (mut code, mut goes_on) = (false, false);
    for (number, line) in (1..).zip(page.lines()) {
        if line.starts_with("```") {
            code = !code;
            goes_on = false;
        } else if !code && goes_on && !line.starts_with('#') && !line.is_empty() {
            let (_, paragraph) = paragraphs.last_mut().expect("it goes on");
            *paragraph += &format!(" {line}");
        } else if !code && !line.is_empty() {
            paragraphs.push((number, line.to_owned()));
            goes_on = !line.starts_with('#');
        } else {
            goes_on = false;
        }
    }
    paragraphs
}

/// What a heading is called by in links: `## Check {#check}`.
fn anchor(heading: &str) -> Option<&str> {
    heading.strip_suffix('}')?.split_once(" {#").map(|(_, anchor)| anchor)
}

/// Whether a text says this, code apart.
fn says(text: &str, phrase: &str) -> bool {
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" x ").to_lowercase();
    let words = prose.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let fits = |(asked, word): (&&str, &&str)| *asked == "*" || asked == word;
    words.windows(phrase.len()).any(|some| phrase.iter().zip(some).all(fits))
}
