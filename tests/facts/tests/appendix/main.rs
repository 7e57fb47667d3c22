//! The book's appendix of facts is made from their sources, and it agrees with what runs.

mod links;
mod page;
mod sources;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use harness::{cargo, workspace};

/// Rewrites the appendix instead of comparing it, when set.
const BLESS: &str = "BLESS";

/// The pages of the appendix as they are in the book, or as they were just written.
static STORED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let pages = page::PAGES.iter().map(|(name, begin, topics)| {
        let file = workspace().join("book/src").join(name);
        if env::var_os(BLESS).is_some() {
            fs::write(&file, page::render(begin, topics)).expect("the workspace is ours");
        }
        fs::read_to_string(file).unwrap_or_default().replace("\r\n", "\n")
    });
    pages.collect()
});

#[test]
fn the_appendix_is_what_the_sources_say() {
    for ((name, begin, topics), stored) in page::PAGES.iter().zip(STORED.iter()) {
        let now = page::render(begin, topics);
        let first = stored.lines().zip(now.lines()).find(|(stored, now)| stored != now);
        assert!(
            *stored == now,
            "{name} is not what tests/facts says. The first lines that differ: {first:#?}\n\
             To write it again: {BLESS}=1 cargo test -p facts --test appendix"
        );
    }
}

#[test]
fn the_appendix_has_every_fact_that_runs_and_no_other() {
    let listed = page::tests_in(&STORED.concat());
    let mut real = tests_listed_by(cargo::command().args(["test", "-q", "-p", "facts", "--"]));
    let here = env::current_exe().expect("a test has a path");
    for own in tests_listed_by(&mut Command::new(here)) {
        real.remove(&own);
    }
    let (only_listed, only_real) = (listed.difference(&real), real.difference(&listed));
    assert!(
        listed == real,
        "in the appendix only: {:#?}\nin the tests only: {:#?}",
        only_listed.collect::<Vec<_>>(),
        only_real.collect::<Vec<_>>()
    );
}

#[test]
fn references_become_links() {
    for (reference, link) in [
        ("RFC 768.", "[RFC 768](https://www.rfc-editor.org/rfc/rfc768)"),
        (
            "RFC 9293, section 3.5; what is no reference.",
            "[RFC 9293, section 3.5](https://www.rfc-editor.org/rfc/rfc9293#section-3.5); \
             what is no reference",
        ),
        (
            "RFC 1122, section 4.2.2.13, page 87.",
            "[RFC 1122, section 4.2.2.13, page 87](https://www.rfc-editor.org/rfc/rfc1122#page-87)",
        ),
        (
            "socket(7), `SO_LINGER`.",
            "[socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html), `SO_LINGER`",
        ),
    ] {
        assert_eq!(links::link(reference), link);
    }
}

/// The names of the tests that a test program lists.
fn tests_listed_by(program: &mut Command) -> BTreeSet<String> {
    let output = program.arg("--list").output().expect("cargo and this program can run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8_lossy(&output.stdout);
    list.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}
