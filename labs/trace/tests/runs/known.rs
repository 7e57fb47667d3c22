//! Drawings of which it is known what they must show.

use std::collections::BTreeSet;
use std::process::Command;

use course::LABS;

use crate::tracer::{hostile, run, trace, workspace};

/// What a program shows, without what no two runs have in common: ports, counts, the order of lines.
fn settled(shown: &str) -> BTreeSet<String> {
    let (demo, _) = shown.split_once("\n\n").unwrap_or((shown, ""));
    let words = demo.lines().map(|line| line.chars().filter(|c| !c.is_ascii_digit()).collect());
    words.collect()
}

#[test]
#[cfg_attr(not(network), ignore = "this system gives no network namespace to this user")]
fn a_read_that_fails_with_a_reset_follows_a_reset() {
    let traced = trace(&["solution05"]);
    let (before, after) = traced.seq.split_once("rude client -! server: RST\n").expect("a reset");
    assert!(after.starts_with("server goes on\nnote server: recv = ECONNRESET\n"), "{after}");
    assert!(!before.contains("ECONNRESET\n"), "{before}");
    let resets = traced.seq.matches(" -! ").count();
    assert_eq!(resets, traced.seq.matches("= ECONNRESET\n").count(), "{}", traced.seq);
}

#[test]
#[cfg_attr(not(network), ignore = "this system gives no network namespace to this user")]
fn what_nobody_takes_does_not_arrive() {
    let traced = trace(&["solution05"]);
    let lost = "server -x rude client: \"NEVER MIND\"\n";
    assert!(traced.seq.contains(lost) && traced.seq.matches(" -x ").count() == 1, "{}", traced.seq);
}

#[test]
#[cfg_attr(not(network), ignore = "this system gives no network namespace to this user")]
fn as_many_bytes_are_drawn_as_both_ends_count() {
    for package in ["solution02", "solution03", "solution06"] {
        let traced = trace(&[package]);
        let counted = [traced.bytes("send"), traced.bytes("recv"), traced.bytes_on_the_wire()];
        assert!(counted[0] >= 10 && counted == [counted[0]; 3], "{package}: {counted:?}");
    }
}

#[test]
#[cfg_attr(not(network), ignore = "this system gives no network namespace to this user")]
fn a_flood_is_counted_whole_and_drawn_in_a_few_rows() {
    let traced = trace(&[&hostile(), "bytes", "64"]);
    let whole = 64 << 20;
    assert!(traced.shown().contains(&format!("{whole} bytes\n")), "{}", traced.shown());
    assert_eq!(traced.bytes("send"), whole);
    assert_eq!(traced.bytes("recv"), whole);
    assert!(traced.shown().lines().count() < 100, "{}", traced.shown());
}

#[test]
fn a_demo_does_the_same_with_and_without_trace() {
    for lab in LABS.iter().filter(|lab| lab.can_be_run()) {
        let package = lab.solution();
        let traced = trace(&[&package]);
        let program = workspace().join("target/debug").join(&package);
        let alone = run(Command::new(program));
        assert_eq!(traced.output.status.code(), alone.status.code(), "{package}");
        let alone = String::from_utf8_lossy(&alone.stdout).into_owned();
        assert_eq!(settled(&traced.shown()), settled(&alone), "{package}");
    }
}

#[test]
fn a_check_has_a_lane() {
    let traced = trace(&["solution01::both_end_after_one_exchange"]);
    assert!(traced.shown().contains("test result: ok"), "{}", traced.shown());
    assert!(traced.seq.contains("participants: the check"), "{}", traced.seq);
}

#[test]
fn a_wrong_command_line_is_told_the_usage() {
    for words in [vec![], vec!["--nothing", "lab01"], vec!["--svg"]] {
        assert_eq!(trace(&words).output.status.code(), Some(2), "{words:?}");
    }
    for (word, error) in [("lab99", "there is no lab"), ("solution01::nothing", "has no check")] {
        let told = String::from_utf8_lossy(&trace(&[word]).output.stderr).into_owned();
        assert!(told.starts_with("error: ") && told.contains(error), "{told}");
    }
}
