//! Lab 04: writing nothing sends nothing.

use harness::{Lab, Process, Sign, lab};
use rstest::{fixture, rstest};

const SENT: &str = "an empty message was written, and the client waits for its reply";
const SENT_AGAIN: &str =
    "an empty line was written, the first or a later one, and the client waits for its reply";
const NOT_NOTHING: &str = "for an empty line something was sent, or printed where only replies \
                           belong: `console.note` prints on standard error";

#[fixture]
fn lab() -> Lab {
    lab!()
}

/// Types lines into a client of the lab, and expects that only those with something to say reach
/// the server, in turn.
fn converse(lab: &Lab, section: &str, lines: &[&str]) -> Process {
    lab.hint("a line that says something is not sent as it is, or its reply not shown", section);
    if lines.iter().any(|line| line.trim().is_empty()) {
        let in_a_row = lines.windows(2).any(|pair| pair == ["", ""]);
        let sent = if in_a_row { SENT_AGAIN } else { SENT };
        lab.hint_on(Sign::Silence, sent, section);
        lab.hint_on(Sign::Running, sent, section);
        lab.hint_on(Sign::Ended, "an empty line ends the client", "Nothing, or the end");
        lab.hint_on(Sign::Difference, NOT_NOTHING, "Your turn");
    }
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    for line in lines {
        client.types(line);
    }
    client.end_input();
    let mut server = listener.accept();
    for said in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        server.expect(said);
        server.send(&said.to_uppercase());
        client.expect_line(&said.to_uppercase());
    }
    server.expect_end();
    client.expect_success();
    client
}

#[rstest]
#[case::first(&["", "hello"])]
#[case::in_the_middle(&["hello", "", "again"])]
#[case::last(&["hello", ""])]
#[case::many(&["", "", "", "hello", "", "", "again", ""])]
#[case::alone(&[""])]
fn an_empty_line_is_not_sent_and_the_conversation_goes_on(lab: Lab, #[case] lines: &[&str]) {
    converse(&lab, "What an empty write sends", lines);
}

#[rstest]
#[case::spaces("     ")]
#[case::tabs("\t\t")]
#[case::both(" \t \t ")]
#[case::an_ideographic_space("\u{3000}")]
#[case::a_space_that_does_not_break("\u{a0}")]
fn a_line_of_white_space_is_empty(lab: Lab, #[case] blank: &str) {
    converse(&lab, "Blank is empty too", &[blank, "hello"]);
}

#[rstest]
fn the_person_is_told_that_nothing_was_sent(lab: Lab) {
    let client = converse(&lab, "Your turn", &["", "hello"]);
    lab.hint_on(Sign::Difference, "the empty line is skipped without a word", "Your turn");
    client.expect_complaint(&[]);
}

#[rstest]
#[case::one(1)]
#[case::a_hundred(100)]
fn every_other_line_is_sent_as_before(lab: Lab, #[case] messages: usize) {
    let lines: Vec<String> = (1..=messages).map(|number| format!("message {number}")).collect();
    converse(&lab, "Your turn", &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[rstest]
#[case::a_word_with_space_around("  hello  ")]
#[case::words_with_space_between("hello   there")]
#[case::a_single_letter("a")]
fn white_space_is_only_cut_at_the_ends(lab: Lab, #[case] line: &str) {
    converse(&lab, "Blank is empty too", &[line]);
}

#[rstest]
fn the_end_of_input_still_ends_the_client(lab: Lab) {
    converse(&lab, "Nothing, or the end", &[]);
}

#[rstest]
fn the_client_still_says_that_the_server_hung_up(lab: Lab) {
    lab.hint("an empty reply is taken for something to skip", "Nothing, or the end");
    lab.hint_on(Sign::Finished, "an empty line ends the client", "Nothing, or the end");
    lab.hint_on(Sign::Silence, SENT, "What an empty write sends");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("");
    client.types("hello");
    let mut server = listener.accept();
    server.expect("hello");
    server.leave();
    client.expect_error(&[&listener.addr()]);
}

// The server is given. It must not suffer from clients that never heard of this lab.

#[rstest]
fn a_client_killed_after_an_empty_line_leaves_the_server_well(mut lab: Lab) {
    lab.hint("the server is not as it was given", "Who is protected");
    let server = lab.server();
    let mut client = lab.client(server.addr());
    client.types("hello");
    client.expect_line("HELLO");
    client.types("");
    client.kill();
    if cfg!(windows) {
        return; // There a killed client leaves with a reset, which is lab 05.
    }
    let mut next = lab.connect(server.addr());
    next.send("hello");
    next.expect("HELLO");
}

#[rstest]
fn a_client_that_waits_after_nothing_keeps_only_its_own_turn(mut lab: Lab) {
    lab.hint("the server is not as it was given", "Who is protected");
    let server = lab.server();
    let mut naive = lab.connect(server.addr());
    naive.send("");
    let mut patient = lab.connect(server.addr());
    patient.send("hello");
    naive.send("at last");
    naive.expect("AT LAST");
    naive.leave();
    patient.expect("HELLO");
    server.expect_running();
}

#[rstest]
fn a_whole_conversation_with_empty_lines_ends_on_both_sides(mut lab: Lab) {
    lab.hint("more than the empty lines is left out", "Your turn");
    lab.hint_on(Sign::Silence, SENT, "What an empty write sends");
    lab.hint_on(Sign::Ended, "an empty line ends the client", "Nothing, or the end");
    lab.hint_on(Sign::Difference, NOT_NOTHING, "Your turn");
    let server = lab.server();
    let mut client = lab.client(server.addr());
    for line in ["", "good morning", "   ", "straße", ""] {
        client.types(line);
    }
    client.end_input();
    client.expect_line("GOOD MORNING");
    client.expect_line("STRASSE");
    client.expect_success();
    let mut next = lab.connect(server.addr());
    next.send("hello");
    next.expect("HELLO");
}
