mod copy;

use anstream::adapter::strip_str;
use course::LABS;

use super::progress::{Progress, Row, row};
use super::table::render;
use crate::text::width;

/// What libtest prints when lab 01 is done, lab 02 is on its way, lab 03 does not compile and lab
/// 08 lacks a network.
const PRINTED: &str = "
running 9 tests
test every_lab_is_graded_as_it_is_now ... ok
test lab01::the_server_answers::case_1_ascii ... ok
test lab01::the_server_answers::case_2_long ... ok
test lab02::the_client_ends ... FAILED
test lab02::the_server_ends ... ok
test lab02::the_server_waits ... FAILED
test lab03::every_client_is_served ... FAILED
test lab08::everybody_hears ... ok
test lab08::on_a_lan ... ignored, needs a network of its own

failures:

---- lab02::the_client_ends stdout ----

thread 'lab02::the_client_ends' panicked at tests/checks/lab02.rs:9:5:
the client did not end

---- lab03::every_client_is_served stdout ----

thread 'lab03::every_client_is_served' panicked at tests/checks/lab03.rs:9:5:
lab03 does not compile:

error: expected one of `!` or `::`

failures:
    lab02::the_client_ends

test result: FAILED. 5 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out
";

fn board(printed: &str, touched: &[&str]) -> Vec<Row> {
    LABS.iter().map(|lab| row(lab, !touched.contains(&lab.name), printed.as_bytes())).collect()
}

fn shown(rows: &[Row]) -> String {
    strip_str(&render(rows)).to_string()
}

#[test]
fn each_lab_is_as_far_as_its_checks_say() {
    let rows = board(PRINTED, &["lab01", "lab02", "lab03", "lab08"]);
    let expected = [
        Progress::Checked { passed: 2, total: 2 },
        Progress::Checked { passed: 1, total: 3 },
        Progress::DoesNotCompile,
        Progress::NotStarted,
    ];
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!(&row.progress, expected, "{}", row.lab.name);
    }
    assert!(rows[7].lacks && !rows[0].lacks);
}

#[test]
fn a_lab_that_was_put_back_shows_no_checks() {
    assert_eq!(board(PRINTED, &[])[0].progress, Progress::NotStarted);
}

#[test]
fn only_the_last_run_counts() {
    let before =
        PRINTED.replace("lab01::the_server_answers::case_1_ascii ... ok", "lab01::old ... FAILED");
    let rows = board(&(before + PRINTED), &["lab01"]);
    assert_eq!(rows[0].progress, Progress::Checked { passed: 2, total: 2 });
}

#[test]
fn the_board_is_read_without_colour_in_eighty_columns() {
    let board = shown(&board(PRINTED, &["lab01", "lab02", "lab03", "lab08"]));
    for line in board.lines() {
        assert!(width(line) <= 80, "{line}");
    }
    let lines: Vec<&str> = board.lines().collect();
    assert!(lines[1].starts_with("lab01  accept gives you a new socket  "), "{board}");
    assert!(lines[1].ends_with("########## done"), "{board}");
    assert!(lines[2].ends_with("###------- 1 of 3 checks"), "{board}");
    assert!(lines[3].ends_with("           does not compile"), "{board}");
    assert!(lines[4].ends_with("           not started"), "{board}");
    assert!(lines[7].starts_with("lab07  a datagram arrives whole, once, or not"), "{board}");
    assert!(board.contains("lab08: some checks cannot run on this machine\n"), "{board}");
}

#[test]
fn the_next_thing_to_do_is_the_first_lab_that_is_not_done() {
    let last = |board: String| board.lines().last().expect("a line").to_owned();
    let first = last(shown(&board(PRINTED, &[])));
    assert_eq!(first, "next: lab01: read book/src/01-one-exchange.md, then: cargo test lab01");
    let second = last(shown(&board(PRINTED, &["lab01", "lab02"])));
    assert_eq!(second, "next: lab02: read book/src/02-conversation.md, then: cargo test lab02");

    let done = LABS.iter().map(|lab| format!("test {}::it_works ... ok\n", lab.name));
    let printed: String = done.collect();
    let all: Vec<&str> = LABS.iter().map(|lab| lab.name).collect();
    assert_eq!(last(shown(&board(&printed, &all))), "Every lab is done.");
}

#[test]
fn colours_are_there_for_a_terminal() {
    assert!(render(&board(PRINTED, &["lab01"])).contains("\u{1b}[32m"));
}

#[test]
fn a_bar_is_full_only_when_all_is_done() {
    let row = |passed, total| Row {
        lab: &LABS[0],
        progress: Progress::Checked { passed, total },
        lacks: false,
    };
    assert!(shown(&[row(99, 100)]).contains("#########- 99 of 100 checks"));
    assert!(shown(&[row(0, 9)]).contains("---------- 0 of 9 checks"));
    assert!(shown(&[row(0, 0)]).contains("---------- 0 of 0 checks"));
}
