//! Lab 04: writing nothing sends nothing.

use harness::{Hint, Lab, Peer, Process, Resource, Symptom, as_shown, lab};
use rstest::{fixture, rstest};

#[cfg(target_os = "linux")]
#[path = "contract/accept.rs"]
mod accept;
#[path = "contract/client.rs"]
mod client;
#[path = "contract/command_line.rs"]
mod command_line;
#[path = "contract/conversation.rs"]
mod conversation;
#[cfg(target_os = "linux")]
#[path = "contract/patience.rs"]
mod patience;
#[path = "contract/service.rs"]
mod service;
#[path = "contract/waiting.rs"]
mod waiting;

#[cfg(not(target_os = "linux"))]
harness::ignored!(accept, "only Linux lets one program limit another's descriptors");
#[cfg(not(target_os = "linux"))]
harness::ignored!(patience, "only Linux lets one program shorten another's timeouts");

const SENT: &str = "an empty message was written, and the client waits for its reply";
const ENDS: &str = "an empty line ends the client";
const NOT_NOTHING: &str = "for an empty line something was sent, or a line that says something was \
                           skipped or changed";
const NOT_AS_GIVEN: &str = "the server is not as it was given";

const STAYS: &str = "an empty message was written, and its reply is waited for, or the end of input \
                     is not taken for the end";
const UNSENT: &str = "a line is not sent as soon as it is typed: the client waits for more";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::any("the client sends, or shows, something else than it should", "your-turn"),
    Hint::new(Symptom::NoReply, UNSENT, "your-turn").of_the_client(),
    Hint::new(
        Symptom::WrongLine,
        "for an empty line something was printed where only replies \
        belong: `console.note` prints on standard error",
        "your-turn",
    ),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

/// Types lines into a client of the lab, and expects that only those with something to say reach
/// the server, in turn.
#[track_caller]
fn converse(lab: &mut Lab, section: &'static str, lines: &[&str]) -> Process {
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    if lines.iter().any(|line| line.trim().is_empty()) {
        lab.likely(Hint::new(Symptom::NoReply, SENT, section));
        lab.likely(Hint::new(Symptom::StillRunning, STAYS, section));
        lab.likely(Hint::new(Symptom::StillOpen, STAYS, section));
        lab.likely(Hint::new(Symptom::Disconnected, ENDS, "nothing-or-the-end"));
        lab.likely(Hint::new(Symptom::ExitedOk, ENDS, "nothing-or-the-end"));
        lab.likely(Hint::new(Symptom::WrongContent, NOT_NOTHING, "your-turn"));
    }
    for line in lines {
        client.types(line);
    }
    client.end_input();
    let mut server = None;
    for said in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        let server = server.get_or_insert_with(|| listener.accept());
        let reply = lab.texts().reply();
        server.expect(said);
        server.send(&reply);
        client.expect_line(&as_shown(&reply));
    }
    if let Some(mut server) = server {
        server.expect_eof();
        server.close();
    }
    client.expect_success();
    listener.expect_nothing_sent();
    client
}

#[rstest]
#[case::first(&["", "hello"])]
#[case::in_the_middle(&["hello", "", "again"])]
#[case::last(&["hello", ""])]
#[case::many(&["", "", "", "hello", "", "", "again", ""])]
#[case::alone(&[""])]
fn an_empty_line_is_not_sent_and_the_conversation_goes_on(mut lab: Lab, #[case] lines: &[&str]) {
    converse(&mut lab, "empty-write", lines);
}

#[rstest]
#[case::spaces("     ")]
#[case::tabs("\t\t")]
#[case::both(" \t \t ")]
#[case::an_ideographic_space("\u{3000}")]
#[case::a_space_that_does_not_break("\u{a0}")]
fn a_line_of_white_space_is_empty(mut lab: Lab, #[case] blank: &str) {
    converse(&mut lab, "blank", &[blank, "hello"]);
}

#[rstest]
#[case::once(1)]
#[case::five_times(5)]
#[case::forty_times(40)]
fn the_person_is_told_each_time_that_nothing_was_sent(mut lab: Lab, #[case] times: usize) {
    let lines: Vec<&str> = [""].repeat(times).into_iter().chain(["hello"]).collect();
    let client = converse(&mut lab, "your-turn", &lines);
    let silent = "an empty line, the first or a later one, is skipped without a word";
    lab.likely(Hint::new(Symptom::Untold, silent, "your-turn"));
    client.expect_complaints(times);
}

#[rstest]
fn seventy_thousand_empty_lines_do_no_harm(mut lab: Lab) {
    let adds_up = "something is kept, counted or called once more for each empty line";
    for symptom in [Symptom::Exited, Symptom::Grew, Symptom::NoReply] {
        lab.likely(Hint::new(symptom, adds_up, "your-turn"));
    }
    let (one, other, reply) = (lab.text(), lab.text(), lab.texts().reply());
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&one);
    let mut server = listener.accept();
    server.expect(&one);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
    let before = client.amount(Resource::Descriptors);
    // More than a counter of two bytes can hold.
    client.types(&"\n".repeat(70_000 - 1));
    client.types(&other);
    server.expect(&other);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
    client.expect_no_more(Resource::Descriptors, before);
}

#[rstest]
fn a_server_may_think_after_an_empty_line(mut lab: Lab) {
    let left = "an empty line leaves something behind: a deadline, or a socket that does not block";
    lab.likely(Hint::any(left, "your-turn"));
    lab.likely(Hint::new(Symptom::Exited, left, "your-turn"));
    lab.likely(Hint::new(Symptom::ExitedOk, ENDS, "nothing-or-the-end"));
    let (text, reply) = (lab.text(), lab.texts().reply());
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("");
    client.types(&text);
    let mut server = listener.accept();
    server.expect(&text);
    server.think(&client);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
}

/// A client of the lab that has had a line answered, and its server.
#[track_caller]
fn answered(lab: &mut Lab) -> (Process, Peer) {
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let line = lab.text();
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    server.send("A REPLY");
    client.expect_line("A REPLY");
    (client, server)
}

#[rstest]
fn the_person_is_told_at_once_and_of_nothing_else(mut lab: Lab) {
    let (mut client, _server) = answered(&mut lab);
    let early = client.complaints();
    let late =
        "an empty line is skipped without a word, or the person is told of it only at the end";
    lab.likely(Hint::any(late, "your-turn"));
    client.types("");
    client.expect_complaints(early + 1);
}

#[rstest]
fn an_empty_line_reads_nothing(mut lab: Lab) {
    let (mut client, mut server) = answered(&mut lab);
    lab.likely(Hint::any("for an empty line something is read, and thrown away", "your-turn"));
    server.send("EARLY");
    let told = client.complaints();
    client.types("");
    client.expect_complaints(told + 1);
    let line = lab.text();
    client.types(&line);
    server.expect(&line);
    client.expect_line("EARLY");
}

#[rstest]
fn an_empty_line_does_not_hide_that_the_server_has_left(mut lab: Lab) {
    let (mut client, server) = answered(&mut lab);
    let asks =
        "an empty line asks whether the server is still there, and ends the client without a word";
    lab.likely(Hint::new(Symptom::ExitedOk, asks, "nothing-or-the-end"));
    let addr = server.addr();
    server.close();
    client.types("");
    client.types(&lab.text());
    client.expect_error(&[&addr]);
}

#[rstest]
#[case::a_word_with_space_around("  hello  ")]
#[case::words_with_space_between("hello   there")]
#[case::a_single_letter("a")]
#[case::a_single_letter_beyond_ascii("ß")]
#[case::punctuation("?!")]
fn white_space_is_only_cut_at_the_ends(mut lab: Lab, #[case] line: &str) {
    converse(&mut lab, "blank", &["", line]);
}

#[rstest]
fn the_client_still_says_that_the_server_hung_up(mut lab: Lab) {
    lab.likely(Hint::any(
        "a read that returns no bytes is taken for something to skip",
        "nothing-or-the-end",
    ));
    lab.likely(Hint::new(Symptom::NoReply, SENT, "empty-write"));
    let line = lab.text();
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("");
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    server.close();
    client.expect_error(&[&listener.addr()]);
}

// The server is given. It must not suffer from clients that never heard of this lab.

#[rstest]
fn a_client_that_waits_after_nothing_keeps_only_its_own_turn(mut lab: Lab) {
    lab.likely(Hint::any(NOT_AS_GIVEN, "who-is-protected"));
    let texts = [lab.text(), lab.text()];
    let server = lab.server();
    let mut naive = lab.connect(server.addr());
    naive.send("");
    let mut patient = lab.connect(server.addr());
    patient.send(&texts[0]);
    naive.send(&texts[1]);
    naive.expect(&texts[1].to_uppercase());
    naive.close();
    patient.expect(&texts[0].to_uppercase());
    server.expect_running();
}

#[rstest]
fn a_whole_conversation_with_empty_lines_ends_on_both_sides(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::NoReply, SENT, "empty-write"));
    lab.likely(Hint::new(Symptom::ExitedOk, ENDS, "nothing-or-the-end"));
    let server = lab.server();
    let mut client = lab.client(server.addr());
    for line in ["", "good morning", "   ", "straße", ""] {
        client.types(line);
    }
    client.end_input();
    client.expect_line("GOOD MORNING");
    client.expect_line("STRASSE");
    client.expect_success();
    lab.exchange(&server);
}
