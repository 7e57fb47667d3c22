//! What a person sees who runs a lab without arguments, and that nothing is left behind.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use course::LABS;
use harness::cargo;
use predicates::prelude::*;
use predicates::str::contains;
use proofs::checks;
use proofs::{PROOFS, Proof, can_be_run, parallel, records};

/// Far more than any demo takes: only one that never ends fails by it.
const TOO_LONG: Duration = Duration::from_secs(30);

/// How many run at a time. Some of them keep a processor busy.
const AT_A_TIME: usize = 4;

fn runnable() -> impl Iterator<Item = &'static (&'static str, &'static Proof)> {
    PROOFS.iter().filter(|(lab, _)| can_be_run(lab))
}

fn program(package: &str) -> PathBuf {
    cargo::program(package).unwrap_or_else(|message| panic!("{message}"))
}

fn example(package: &str, name: &str) -> PathBuf {
    let mut cargo = cargo::command();
    cargo.args(["build", "-p", package, "--example", name]);
    cargo::executable(&mut cargo).unwrap_or_else(|message| panic!("{message}"))
}

/// Runs the demo with one line of input, and gives back what it showed.
fn demo(program: &Path) -> String {
    let mut demo = assert_cmd::Command::new(program);
    demo.env("RUST_BACKTRACE", "0").write_stdin("hello\n").timeout(TOO_LONG);
    let assert = demo.assert().success().stdout(contains("panicked").not()).stderr("");
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

#[test]
fn every_starter_shows_its_flaw_when_its_demo_runs() {
    parallel::each(runnable(), AT_A_TIME, |(lab, proof)| {
        let shown = demo(&program(lab));
        assert!(shown.contains(proof.demo), "{lab} shows no {:?}:\n{shown}", proof.demo);
        let number = &lab[3..];
        let record = format!("book/src/output/{number}-starter.txt");
        records::check(&record, &records::settle_ports(&shown), records::same_demo);
    });
}

#[test]
fn every_solution_shows_the_reply_when_its_demo_runs() {
    for lab in LABS.iter().filter(|lab| can_be_run(lab.name)) {
        let shown = demo(&program(&lab.solution()));
        // A sender has no reply. What it says is shown by those who hear it.
        let (role, heard) = if shown.contains("sender") {
            ("receiver", " \"hello\"\n")
        } else {
            ("client", "│ HELLO\n")
        };
        assert!(shown.contains(role) && shown.contains(heard), "{shown}");
        let fails = |line: &str| line.starts_with(role) && line.contains("│ error:");
        assert!(!shown.lines().any(fails), "{shown}");
        let record = format!("book/src/output/{}-solution.txt", &lab.name[3..]);
        let shown = records::as_the_students_own(&shown, lab.name);
        records::check(&record, &records::settle_ports(&shown), records::same_demo);
    }
}

#[test]
fn the_worked_example_greets_and_ends() {
    let shown = demo(&example("lab01", "greeting"));
    assert!(shown.contains("\"byebye\"") && shown.contains("\"hihi\""), "{shown}");
    assert!(!shown.contains("still running"), "{shown}");
    records::check(
        "book/src/output/01-greeting.txt",
        &records::settle_ports(&shown),
        records::same_demo,
    );
}

#[test]
fn a_demo_ends_though_one_part_floods_and_the_others_stay() {
    let mut demo = Command::new(example("proofs", "flood"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it was built");
    let mut shown = demo.stdout.take().expect("it is a pipe");
    let deadline = Instant::now() + TOO_LONG;
    // As slow as a terminal, so that there is always one more line to show.
    while shown.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
        thread::sleep(Duration::from_millis(10));
        if Instant::now() > deadline {
            demo.kill().expect("it is ours");
            panic!("it still runs after {TOO_LONG:?}");
        }
    }
    assert!(demo.wait().expect("it is ours").success());
}

#[test]
#[cfg_attr(windows, ignore = "Windows words its errors differently from what the book shows")]
fn the_story_that_a_chapter_shows_is_told() {
    parallel::each(runnable(), AT_A_TIME, |(lab, proof)| {
        let verdict = checks::of_program(lab, &program(lab), &[proof.shown]);
        let story = verdict.story(proof.shown).expect("the starter fails the check it shows");
        let record = format!("book/src/output/{}-failure.txt", &lab[3..]);
        let story = records::settle_ports(&story) + "\n";
        records::check(&record, &story, records::same_story);
    });
}

/// Only Linux shows the environment of other processes, by which they are found here.
#[cfg(target_os = "linux")]
mod nothing_is_left {
    use std::fs;
    use std::io::{BufRead, BufReader, Write};

    use super::{Command, Instant, LABS, Path, Stdio, TOO_LONG, can_be_run, program, thread};

    const MARK: &str = "SOCKET_LABS_MARK";

    /// The processes that were started with this mark, directly or not.
    fn marked(mark: &str) -> Vec<String> {
        let wanted = format!("{MARK}={mark}");
        let processes = fs::read_dir("/proc").expect("Linux has it").flatten();
        let is_marked = |path: &Path| {
            let environment = fs::read(path.join("environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == wanted.as_bytes())
        };
        let found = processes.filter(|process| is_marked(&process.path()));
        found.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn when_a_demo_is_over() {
        let labs = LABS.iter().filter(|lab| can_be_run(lab.name));
        for package in labs.flat_map(|lab| [lab.name.to_owned(), lab.solution()]) {
            let mut demo = assert_cmd::Command::new(program(&package));
            demo.env(MARK, format!("over-{package}")).write_stdin("hello\n").timeout(TOO_LONG);
            demo.assert().success();
            assert_eq!(marked(&format!("over-{package}")), [""; 0], "{package}");
        }
    }

    #[test]
    fn when_a_demo_is_killed() {
        let mut demo = Command::new(program("solution03"))
            .env(MARK, "killed")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it was built");
        writeln!(demo.stdin.as_mut().expect("it is a pipe"), "hello").expect("the demo runs");
        let output = BufReader::new(demo.stdout.take().expect("it is a pipe"));
        let answered = output.lines().map_while(Result::ok).any(|line| line.ends_with("│ HELLO"));
        assert!(answered);
        assert!(marked("killed").len() >= 3, "the demo, its server and its client are running");

        demo.kill().expect("it is ours");
        demo.wait().expect("it is ours");
        let deadline = Instant::now() + TOO_LONG;
        while !marked("killed").is_empty() {
            assert!(Instant::now() < deadline, "still running: {:?}", marked("killed"));
            thread::yield_now();
        }
    }
}
