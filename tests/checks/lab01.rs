//! Lab 01: accept gives you a new socket.

use harness::{Event, Hint, Lab, Peer, Symptom, as_shown, lab};
use rstest::{fixture, rstest};

#[path = "contract/client.rs"]
mod client;
#[path = "contract/command_line.rs"]
mod command_line;
#[path = "contract/waiting.rs"]
mod waiting;

const DROPPED: &str = "the connection is closed before the reply is written: what `accept` returned \
                       is dropped, or `read` had a buffer without room and returned 0 at once";
const READS_ON: &str = "the server waits for more: `read_to_string` and `read_to_end` return only \
                        when the client has closed, a line reader only at a newline";
const CLIENT_READS_ON: &str = "the client waits for more than the reply: `read_to_string` and \
                               `read_to_end` return only when the server has closed";
const UNSENT: &str = "nothing was sent before the client waits for a reply";
const UNASKED: &str = "bytes were taken for text without asking whether they are";
const WITHOUT_PEER: &str = "the error is not passed on with the peer's address";
const NOT_WHAT_WAS_READ: &str = "the reply is not made of the bytes that were read, and only those";
const UNSHOWN: &str = "the reply is not shown as it came, or a part of it";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(Symptom::WrongContent, NOT_WHAT_WAS_READ, "how-long"),
    Hint::new(Symptom::Disconnected, DROPPED, "new-socket").before_any_message(),
    Hint::new(Symptom::ExitedOk, DROPPED, "new-socket").before_any_message(),
    Hint::new(Symptom::NoReply, READS_ON, "who-waits").of_the_server(),
    Hint::new(Symptom::StillRunning, READS_ON, "who-waits").of_the_server(),
    Hint::new(Symptom::MissingEvent, "an event is not logged with the peer's address", "your-turn"),
    Hint::new(Symptom::WrongEvent, "the log has another text, or another address", "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

/// A letter of two bytes, which takes six in upper case.
const GROWS: &str = "ΐ";

// The server, asked by a client of the check.

#[track_caller]
fn is_answered(lab: &mut Lab, message: &str) {
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(message);
    client.expect_in_one_piece(&message.to_uppercase());
    client.expect_eof();
    server.expect_success();
    server.expect_log(&client.addr(), &[Event::Connected, Event::Message(message)]);
}

#[rstest]
#[case::ascii("hello")]
#[case::several_words("good morning, socket")]
#[case::without_capitals("你好")]
#[case::more_letters_in_the_reply("straße")]
fn the_server_answers_in_upper_case_and_ends(mut lab: Lab, #[case] message: &str) {
    is_answered(&mut lab, message);
}

/// A server takes one message, so each of these texts takes one. They share the work.
#[rstest]
fn the_server_answers_whatever_the_message_is(
    mut lab: Lab,
    #[values(0, 1, 2, 3, 4, 5)] part: usize,
) {
    let taken = "some message is taken for something else";
    for symptom in [Symptom::NoReply, Symptom::Disconnected, Symptom::ExitedOk] {
        lab.likely(Hint::new(symptom, taken, "how-long").after_a_message());
    }
    for message in lab.texts().of_every_kind().iter().skip(part).step_by(6) {
        is_answered(&mut lab, message);
    }
}

#[rstest]
fn the_server_answers_white_space_as_it_is(mut lab: Lab) {
    let trimmed = "white space around a message is cut off, though its sender meant it";
    lab.likely(Hint::new(Symptom::Disconnected, trimmed, "how-long"));
    lab.likely(Hint::new(Symptom::ExitedOk, trimmed, "how-long"));
    is_answered(&mut lab, " \t ");
}

#[rstest]
#[case::in_ascii("a".repeat(1024))]
#[case::whose_reply_is_three_times_as_long(GROWS.repeat(512))]
fn the_server_takes_a_message_of_1024_bytes(mut lab: Lab, #[case] message: String) {
    lab.likely(Hint::new(
        Symptom::WrongContent,
        "the buffer has no room for 1,024 bytes, or `write` sent only a part",
        "how-long",
    ));
    is_answered(&mut lab, &message);
}

#[rstest]
fn the_server_survives_a_client_without_a_word(mut lab: Lab) {
    lab.likely(Hint::any("a read that returns no bytes is no error", "new-socket"));
    let server = lab.server();
    lab.connect(server.addr()).close();
    server.expect_end();
}

#[rstest]
fn the_server_survives_a_client_that_resets(mut lab: Lab) {
    let server = lab.server();
    lab.connect(server.addr()).reset();
    server.expect_end();
}

#[rstest]
#[case::latin_1(b"caf\xe9")]
#[case::half_a_character(b"\xe4\xbd")]
fn the_server_refuses_invalid_utf_8(mut lab: Lab, #[case] message: &[u8]) {
    lab.likely(Hint::any(UNASKED, "bytes-and-text"));
    lab.likely(Hint::new(Symptom::StillRunning, READS_ON, "who-waits"));
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    lab.likely(Hint::new(Symptom::VagueError, WITHOUT_PEER, "when-it-goes-wrong"));
    client.send_bytes(message);
    server.expect_error(&[&client.addr()]);
    lab.likely(Hint::new(Symptom::WrongEvent, UNASKED, "bytes-and-text"));
    server.expect_no_log(&format!("message {}", client.addr()));
}

// The client, served by the check.

/// A client is asked for a line, sends it, and shows the reply.
#[track_caller]
fn is_shown(lab: &Lab, line: &str, reply: &str) {
    lab.likely(Hint::new(Symptom::NoReply, UNSENT, "who-waits").before_any_message());
    lab.likely(Hint::new(Symptom::NoReply, CLIENT_READS_ON, "who-waits").after_a_message());
    lab.likely(Hint::new(
        Symptom::WrongContent,
        "the line is not sent as it is, without white space around it, in one write",
        "how-long",
    ));
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(line);
    let mut server = listener.accept();
    server.expect_in_one_piece(line.trim());
    server.send(reply);
    // As a server of this lab does: the client may read until then.
    server.close();
    lab.likely(Hint::new(Symptom::WrongContent, UNSHOWN, "how-long"));
    client.expect_line(&as_shown(reply));
    client.expect_success();
}

#[rstest]
#[case::ascii("hello")]
#[case::without_capitals("你好")]
#[case::white_space_around("  hello\t")]
fn the_client_sends_the_message_and_shows_the_reply(mut lab: Lab, #[case] line: &str) {
    let reply = lab.texts().reply();
    is_shown(&lab, line, &reply);
}

#[rstest]
fn the_client_sends_whatever_is_typed(mut lab: Lab, #[values(0, 1, 2, 3, 4, 5)] part: usize) {
    for line in lab.texts().of_every_kind().iter().skip(part).step_by(6) {
        let reply = lab.texts().reply();
        is_shown(&lab, line, &reply);
    }
}

#[rstest]
fn the_client_shows_a_reply_of_3072_bytes(lab: Lab) {
    is_shown(&lab, &GROWS.repeat(512), &GROWS.repeat(512).to_uppercase());
}

#[rstest]
fn the_client_waits_for_a_server_that_thinks(mut lab: Lab) {
    let (line, reply) = (lab.text(), lab.texts().reply());
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    for symptom in [Symptom::Exited, Symptom::ExitedOk, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, "a read has a timeout, and this server thinks", "who-waits"));
    }
    server.think(&client);
    server.send(&reply);
    server.close();
    client.expect_line(&as_shown(&reply));
}

#[rstest]
fn the_client_refuses_a_message_of_1025_bytes(lab: Lab) {
    lab.likely(Hint::any("the limit of `Console` was left out", "how-long"));
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&"a".repeat(1025));
    client.end_input();
    client.expect_success();
    client.expect_complaint(&["1025 bytes", "1024"]);
    listener.expect_nothing_sent();
}

#[rstest]
#[case::by_closing(Peer::close)]
#[case::by_a_reset(Peer::reset)]
fn the_client_says_that_the_server_hung_up(mut lab: Lab, #[case] hang_up: fn(Peer)) {
    lab.likely(Hint::any("a read that returns no bytes is no reply", "how-long"));
    lab.likely(Hint::new(Symptom::NoReply, UNSENT, "who-waits"));
    let line = lab.text();
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    hang_up(server);
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_refuses_a_reply_of_invalid_utf_8(mut lab: Lab) {
    lab.likely(Hint::any(UNASKED, "bytes-and-text"));
    lab.likely(Hint::new(Symptom::NoReply, UNSENT, "who-waits"));
    lab.likely(Hint::new(Symptom::StillRunning, CLIENT_READS_ON, "who-waits"));
    let line = lab.text();
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    server.send_bytes(b"\xff\xfe");
    server.close();
    lab.likely(Hint::new(Symptom::VagueError, WITHOUT_PEER, "when-it-goes-wrong"));
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_names_a_closed_port(lab: Lab) {
    let passed_on = "the error of `connect` is not passed on with the address";
    lab.likely(Hint::any(passed_on, "when-it-goes-wrong"));
    let port = lab.closed_port();
    let mut client = lab.client(&port.addr());
    client.types("hello");
    client.expect_error(&[&port.addr()]);
}

// Both together.

#[rstest]
fn both_end_after_one_exchange(mut lab: Lab) {
    let line = lab.text();
    lab.likely(Hint::new(
        Symptom::NoReply,
        "one side waits for what the other does not send, or \
        waits for more than was sent",
        "who-waits",
    ));
    let server = lab.server();
    let mut client = lab.client(server.addr());
    client.types(&line);
    client.expect_line(&line.to_uppercase());
    client.expect_success();
    server.expect_success();
}
