//! The appendices are complete: no call, error or term is without what its page promises.

use std::fs;

use harness::workspace;

/// The calls and names that readers know from Python tutorials.
const CALLS: &[&str] = &[
    "socket",
    "bind",
    "listen",
    "accept",
    "connect",
    "connect_ex",
    "send",
    "sendall",
    "recv",
    "recvfrom",
    "sendto",
    "close",
    "getsockname",
    "setblocking",
    "settimeout",
    "gettimeout",
    "setsockopt",
    "AF_INET",
    "AF_UNIX",
    "SOCK_STREAM",
    "SOCK_DGRAM",
    "SOCK_RAW",
];

fn read(path: &str) -> String {
    let text = fs::read_to_string(workspace().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

/// The sections of a page, each with its heading, without its anchor.
fn sections<'a>(page: &'a str, mark: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    page.split(mark).skip(1).map(|section| {
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        (heading.split(" {#").next().unwrap_or(heading), text)
    })
}

#[test]
fn every_call_of_the_tutorials_has_its_line_in_python_and_in_rust() {
    let page = read("book/src/python.md");
    let facts = read("tests/facts/tests/python.rs");
    for call in CALLS {
        let heading = format!("`{call}`");
        let section = sections(&page, "\n### ").find(|(found, _)| *found == heading);
        let (_, section) = section.unwrap_or_else(|| panic!("python.md has no heading {heading}"));
        let anchor = call.to_lowercase();
        let include = format!("{{{{#include ../../tests/facts/tests/python.rs:{anchor}}}}}");
        assert!(section.contains("```python\n"), "{call} has no line in Python");
        assert!(section.contains(&include), "{call} has no line in Rust");
        for mark in ["ANCHOR", "ANCHOR_END"] {
            let mark = format!("// {mark}: {anchor}\n");
            assert_eq!(facts.matches(&mark).count(), 1, "python.rs has no {mark}");
        }
    }
}

#[test]
fn every_error_of_the_page_is_made_by_a_fact() {
    let page = read("book/src/errors.md");
    let facts = ["errors", "interruptions"];
    let facts = facts.map(|file| read(&format!("tests/facts/tests/{file}.rs"))).concat();
    for (heading, section) in sections(&page, "\n## ") {
        if heading == "How to read an entry" {
            continue;
        }
        assert!(facts.contains(&format!("is_told(\"{heading}\", ")), "no fact makes {heading:?}");
        assert!(section.contains("\n- Rust: ") && section.contains("\n- Linux: "), "{heading}");
        assert!(section.contains("**Likely:**") && section.contains("**Then:**"), "{heading}");
    }
}

#[test]
fn what_a_student_searches_for_is_on_the_page_of_errors() {
    let page = read("book/src/errors.md");
    for word in ["10054", "Connection reset", "TIME_WAIT", "EADDRINUSE", "os error 98"] {
        assert!(page.contains(word), "errors.md does not hold {word:?}");
    }
}

#[test]
fn every_difference_between_systems_says_how_it_is_known() {
    let page = read("book/src/systems.md");
    let lines = page.lines().filter(|line| line.starts_with("- ") && !line.starts_with("- **"));
    let known = ["(run)", "(run on Linux", "(emulated)", "(from documents)"];
    let mut count = 0;
    for line in lines {
        let last = line.rfind('(').map_or("", |start| &line[start..]);
        assert!(known.iter().any(|mark| last.starts_with(mark)), "how is it known? {line}");
        count += 1;
    }
    assert!(count > 50, "only {count} differences were found");
}

#[test]
fn the_glossary_is_in_order_and_every_entry_is_short_and_leads_somewhere() {
    let page = read("book/src/glossary.md");
    let mut entries: Vec<(&str, &str)> = Vec::new();
    let lines: Vec<&str> = page.lines().collect();
    for pair in lines.windows(2) {
        if let Some(meaning) = pair[1].strip_prefix(": ") {
            entries.push((pair[0], meaning));
        }
    }
    assert!(entries.len() >= 40, "there are {} terms", entries.len());
    for ((one, _), (next, _)) in entries.iter().zip(&entries[1..]) {
        assert!(one.to_lowercase() < next.to_lowercase(), "{next:?} comes after {one:?}");
    }
    for (term, meaning) in entries {
        let (text, link) = meaning.rsplit_once(": [").expect("an entry ends with a link");
        let sentences = text.matches(". ").count() + 1;
        assert!(sentences <= 2, "{term:?} takes {sentences} sentences");
        assert!(link.contains("](") && link.ends_with(")."), "{term:?} leads nowhere");
    }
}
