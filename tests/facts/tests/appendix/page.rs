//! The appendix as a page of the book.

use std::collections::BTreeSet;

use crate::links::link;
use crate::sources::{Fact, Systems, Topic};

/// The pages: the file in `book/src`, how it begins, and the files of its facts in their order. A page
/// has what readers of one part meet, so that none gets too long.
pub const PAGES: [(&str, &str, &[&str]); 2] =
    [("facts.md", BEGIN, &PART_I), ("facts-2.md", BEGIN_OF_PART_II, &PART_II)];

const PART_I: [&str; 16] = [
    "addresses",
    "ports",
    "privileges",
    "connections",
    "queue",
    "streams",
    "endings",
    "descriptors",
    "interruptions",
    "datagrams",
    "broadcast",
    "cable",
    "text",
    "costs",
    "errors",
    "python",
];

const PART_II: [&str; 5] = ["framing", "deadlines", "crowds", "stopping", "turns"];

const BEGIN: &str = "\
# Facts {#facts}

What this book states about sockets is shown by tests. Here are all of them but those of
[part II](facts-2.md). Each begins with a statement that is true, and says where it comes from.
`cargo test -p facts` runs them all.

- **Tutorials** is what a tutorial for beginners says about it, in our words. It may be right.
- **Seen** is what the test saw on Linux 6.18, on loopback or on a network inside the machine. Times
  were measured apart: no test depends on them.
- **Source** is the document that promises it, or that should.
- **Systems** says where the test runs and was run, and why elsewhere it is ignored. Where nothing
  is said, it runs on every system, and was run on Linux.
- **Test** is the command that shows it to you.

";

const BEGIN_OF_PART_II: &str = "\
# Facts of part II {#facts-of-part-two}

What the chapters of part II state, beside what the [first page](facts.md) has, which also tells how to
read this one.

";

/// What comes before the name of a test.
const COMMAND: &str = "cargo test -p facts --test ";

/// A page, made from the sources.
pub fn render(begin: &str, topics: &[&'static str]) -> String {
    let topics: Vec<Topic> = topics.iter().copied().map(Topic::read).collect();
    let mut page = begin.to_owned();
    page += "| topic | facts |\n|---|---|\n";
    for Topic { name, title, facts, .. } in &topics {
        page += &format!("| [{title}](#{name}) | {} |\n", facts.len());
    }
    for Topic { name, title, introduction, facts } in &topics {
        page += &format!("\n## {title} {{#{name}}}\n\n{introduction}\n");
        for fact in facts {
            page += &render_fact(name, fact);
        }
    }
    page
}

fn render_fact(topic: &str, fact: &Fact) -> String {
    let statement = fact.statement.trim_end_matches('.');
    let mut text = format!("\n### {statement} {{#{}}}\n\n", fact.name);
    if let Some(remark) = &fact.remark {
        text += &format!("{remark}\n\n");
    }
    let mut item = |label: &str, said: &str| text += &format!("- **{label}:** {said}\n");
    if let Some(tutorials) = &fact.tutorials {
        item("Tutorials", tutorials);
    }
    if let Some(seen) = &fact.seen {
        item("Seen", seen);
    }
    item("Source", &format!("{}.", link(&fact.source)));
    if let Some(systems) = systems(&fact.systems) {
        item("Systems", &systems);
    }
    item("Test", &format!("`{COMMAND}{topic} {}`", fact.name));
    text
}

fn systems(systems: &Systems) -> Option<String> {
    match systems {
        Systems::All => None,
        Systems::Unix(reason) => Some(format!("Unix; run on Linux. {reason}.")),
        Systems::Linux(reason) => Some(format!("Linux, run. {}.", capitalised(reason))),
        Systems::Lan => Some("Linux, run in network namespaces of its own.".to_owned()),
    }
}

fn capitalised(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

/// The tests that the page names.
pub fn tests_in(page: &str) -> BTreeSet<String> {
    let commands = page.lines().filter_map(|line| line.split_once(COMMAND));
    commands
        .filter_map(|(_, test)| test.trim_end_matches('`').split_once(' '))
        .map(|(_, name)| name.to_owned())
        .collect()
}
