//! Records: files that hold what a run printed, kept true by running it again.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

/// Rewrites the records instead of comparing them, when set.
pub const BLESS: &str = "BLESS";

/// Compares a file of the workspace with what it should hold, as `same` sees it.
///
/// Fails with both texts, and with what to do about it.
pub fn check(path: &str, now: &str, same: impl Fn(&str, &str) -> bool) {
    let file = harness::workspace().join(path);
    let record = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    if env::var_os(BLESS).is_some() && !same(&record, now) {
        fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).expect("the workspace is ours");
        fs::write(&file, now).expect("the workspace is ours");
        return;
    }
    assert!(
        same(&record, now),
        "{path} is not what a run prints any more.\n\nrecorded:\n{record}\nnow:\n{now}\n\
         If the new text is right: {BLESS}=1 cargo test -p proofs"
    );
}

/// The hosts whose ports a run takes as they come.
const HOSTS: [&str; 2] = ["127.0.0.1", "127.255.255.255"];

/// Gives the addresses in a text ports that do not change from run to run: 50001 is the first.
pub fn settle_ports(text: &str) -> String {
    let mut ports = BTreeMap::new();
    let mut settled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(':') {
        settled += before;
        settled.push(':');
        rest = after;
        if HOSTS.iter().any(|host| before.ends_with(host)) {
            let digits = after.chars().take_while(char::is_ascii_digit).count();
            let (port, after) = after.split_at(digits);
            let next = 50_001 + ports.len();
            match port {
                "" | "0" | "7878" => settled += port,
                _ => settled += &ports.entry(port.to_owned()).or_insert(next).to_string(),
            }
            rest = after;
        }
    }
    settled + rest
}

/// The demo of a solution, as one of the student's own lab would look.
pub fn as_the_students_own(demo: &str, lab: &str) -> String {
    let solution = lab.replacen("lab", "solution", 1);
    let lines = || demo.lines().map(|line| line.split_once(" │ ").unwrap_or(("", line)));
    let renamed = |speaker: &str| speaker.trim().replace(&solution, lab);
    let width = lines().map(|(speaker, _)| renamed(speaker).len()).max().unwrap_or(0);
    let line = |(speaker, said): (&str, &str)| {
        format!("{:width$} │ {}\n", renamed(speaker), said.replace(&solution, lab))
    };
    lines().map(line).collect()
}

/// Whether two demos say the same, but for the reason of an error. Programs that run at the same
/// time are heard in any order, so each is compared with itself; how often a line was repeated does
/// not matter.
pub fn same_demo(left: &str, right: &str) -> bool {
    speeches(left) == speeches(right)
}

fn speeches(demo: &str) -> BTreeMap<String, Vec<String>> {
    let mut speeches: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in demo.lines() {
        let (speaker, said) = line.split_once(" │ ").unwrap_or(("", line));
        let said = without_numbers(without_reason(said));
        let speech = speeches.entry(speaker.trim().to_owned()).or_default();
        if !speech.contains(&said) {
            speech.push(said);
        }
    }
    speeches
}

/// Whether two stories are the same but for ports and counts, and for the reason of an error.
pub fn same_story(left: &str, right: &str) -> bool {
    told(left) == told(right)
}

fn told(story: &str) -> Vec<String> {
    // What a program waits in depends on when one looks.
    let settled = |line: &str| line.split(", and waits in ").next().unwrap_or(line).to_owned();
    // Only Linux draws.
    let lines = story.lines().filter(|line| !line.starts_with("draw: "));
    lines.map(|line| without_numbers(without_reason(&settled(line)))).collect()
}

/// What a program says up to the reason of its error: a server that is about to end refuses a
/// client, or resets it.
fn without_reason(said: &str) -> &str {
    said.split_inclusive("error: ").next().unwrap_or(said)
}

/// Numbers tell ports and counts, which depend on the order in which the programs were heard.
fn without_numbers(line: &str) -> String {
    let mut kept = String::new();
    for character in line.chars() {
        match character {
            digit if digit.is_ascii_digit() || (digit == ',' && kept.ends_with('#')) => {
                if !kept.ends_with('#') {
                    kept.push('#');
                }
            }
            other => kept.push(other),
        }
    }
    kept
}
