//! Programs that would not be drawn, or would not end.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::tracer::{TOO_LONG, command, hostile, trace};

/// How many lines a drawing may have at most, whatever was drawn.
const MOST: usize = 1_200;

#[test]
fn a_busy_program_gives_a_bounded_drawing() {
    for (what, number) in
        [("connections", "3000"), ("threads", "500"), ("forks", "60"), ("failing", "100000")]
    {
        let traced = trace(&[&hostile(), what, number]);
        assert!(traced.output.status.success(), "{what}: {}", traced.shown());
        let lines = traced.shown().lines().count();
        assert!((1..MOST).contains(&lines), "{what}: {lines} lines");
    }
}

#[test]
fn a_loop_is_one_row() {
    let traced = trace(&[&hostile(), "failing", "5000"]);
    let shown = traced.shown().replace('\n', " ");
    assert!(shown.contains("recv = EAGAIN, nothing came in time, 5,000 times"), "{shown}");
}

#[test]
fn a_program_that_is_stopped_and_killed_does_not_hold_the_tracer() {
    let traced = trace(&[&hostile(), "stopped"]);
    assert!(traced.output.status.success(), "{}", traced.shown());
    assert!(traced.shown().contains("ended by SIGKILL"), "{}", traced.shown());
}

#[test]
fn a_program_that_may_not_trace_is_told_why() {
    // What is traced already, nobody else may trace.
    let traced = trace(&[env!("CARGO_BIN_EXE_trace"), &hostile(), "failing", "1"]);
    let told = String::from_utf8_lossy(&traced.output.stderr).into_owned();
    assert!(told.starts_with("error: this system lets nobody trace a program: EPERM"), "{told}");
    assert_eq!((told.lines().count(), traced.output.status.code()), (1, Some(1)), "{told}");
}

#[test]
fn who_is_left_behind_is_ended() {
    let traced = trace(&[&hostile(), "leaves"]);
    let shown = traced.shown();
    let left = shown.lines().find_map(|line| line.strip_prefix("left ")).expect("a child");
    assert!(!runs(left), "{left} still runs:\n{shown}");
}

#[test]
fn nothing_outlives_a_tracer_that_is_killed() {
    let (mut tracer, _) = waiting();
    let program = child_of(tracer.id());
    kill("-KILL", &tracer.id().to_string());
    tracer.wait().expect("it is ours");
    wait_until(|| !runs(&program));
}

#[test]
fn ctrl_c_ends_the_program_and_is_drawn() {
    let (mut tracer, mut output) = waiting();
    let program = child_of(tracer.id());
    kill("-INT", &format!("-{}", tracer.id()));
    let mut drawn = String::new();
    output.read_to_string(&mut drawn).expect("it draws");
    assert!(drawn.contains("ended by SIGINT"), "{drawn}");
    assert_eq!(tracer.wait().expect("it is ours").code(), Some(130));
    assert!(!runs(&program));
}

/// A tracer in a process group of its own, whose program waits for ever.
fn waiting() -> (Child, BufReader<impl Read>) {
    harness::interrupts::are_heard();
    let mut tracer = command();
    tracer.args([&hostile(), "waits"]).stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    let mut tracer = tracer.spawn().expect("it starts");
    let mut output = BufReader::new(tracer.stdout.take().expect("a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).expect("it is ready");
    assert_eq!(line, "ready\n");
    (tracer, output)
}

/// Whether a process is there, and is more than a note for its parent.
fn runs(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|fields| !fields.is_empty() && !fields.starts_with('Z'))
}

fn child_of(tracer: u32) -> String {
    let children = std::fs::read_to_string(format!("/proc/{tracer}/task/{tracer}/children"));
    children.expect("Linux tells").trim().to_owned()
}

fn kill(signal: &str, process: &str) {
    let status = Command::new("kill").args([signal, "--", process]).status();
    assert!(status.expect("there is a kill").success());
}

fn wait_until(holds: impl Fn() -> bool) {
    let end = Instant::now() + TOO_LONG;
    while !holds() {
        assert!(Instant::now() < end, "not even after {TOO_LONG:?}");
        thread::sleep(Duration::from_millis(1));
    }
}
