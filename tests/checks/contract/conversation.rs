//! What holds for every conversation over TCP: as many messages as the client likes, whatever they
//! are, each answered in turn.

use harness::{Event, Hint, Lab, Symptom, as_shown, lab};
use rstest::{fixture, rstest};

const TAKEN_FOR_ELSE: &str = "some message is taken for something else than a message";
const LEAVES: &str = "the client leaves before the end of its input";
const AHEAD: &str = "a line is not sent as it is, in one write, or is sent before the reply to the \
                     last one is there";
const UNSHOWN: &str = "the reply is not shown as it came, or a part of it";
const GOES_ON: &str = "`message()` has returned `None`, and the client goes on";
const HURRIES: &str = "silence is taken for the end: a read has a timeout, and people think";
const COUNTS: &str = "the conversation ends, or is answered no more, after some number of messages";
const KEEPS: &str = "something of each message is kept when it has been answered";

const CHANGED: &str = "the reply is not the message in upper case: something of it is left out, \
                       added or changed";
const REFUSED: &str = "a message of 1,024 bytes is refused, and the limit is above it";
const UNSENT: &str = "a line is not sent as soon as it is typed: it is taken for something else \
                      than a message, or the client waits for more";

const LIKELY: &[Hint] = &[];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY, super::LIKELY)
}

/// From here on, whatever ends does so because somebody thinks.
fn somebody_thinks(lab: &Lab) {
    for symptom in [Symptom::Exited, Symptom::ExitedOk, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, HURRIES, "your-turn"));
    }
}

// The server, with a client of the check.

#[rstest]
fn the_server_answers_whatever_the_message_is(mut lab: Lab) {
    let mut texts = vec![lab.text()];
    texts.extend(lab.texts().of_every_kind());
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&texts[0]);
    client.expect(&texts[0].to_uppercase());
    for symptom in [Symptom::NoReply, Symptom::Disconnected, Symptom::ExitedOk] {
        lab.likely(Hint::new(symptom, TAKEN_FOR_ELSE, "your-turn"));
    }
    lab.likely(Hint::new(Symptom::WrongContent, CHANGED, "your-turn"));
    for text in &texts[1..] {
        client.send(text);
        client.expect(&text.to_uppercase());
    }
    let messages = texts.iter().map(|text| Event::Message(text));
    let events: Vec<_> = [Event::Connected].into_iter().chain(messages).collect();
    server.expect_log(&client.addr(), &events);
    server.expect_running();
}

#[rstest]
#[case::white_space(" \t ")]
#[case::with_a_newline("one\ntwo\n")]
#[case::with_carriage_returns("one\r\ntwo\r\n")]
fn the_server_answers_a_foreign_client_to_the_byte(mut lab: Lab, #[case] text: &str) {
    lab.likely(Hint::new(Symptom::NoReply, TAKEN_FOR_ELSE, "your-turn"));
    lab.likely(Hint::new(Symptom::WrongContent, CHANGED, "your-turn"));
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    for _ in 0..2 {
        client.send(text);
        client.expect(&text.to_uppercase());
    }
}

#[rstest]
#[case::of_1024_bytes("a".repeat(1024))]
#[case::whose_reply_is_three_times_as_long("ΐ".repeat(512))]
fn the_server_answers_long_messages(mut lab: Lab, #[case] message: String) {
    lab.likely(Hint::new(
        Symptom::WrongContent,
        "the buffer has no room for 1,024 bytes, or `write` sent only a part",
        "your-turn",
    ));
    lab.likely(Hint::new(Symptom::Disconnected, REFUSED, "your-turn"));
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    for _ in 0..40 {
        client.send(&message);
        client.expect_in_one_piece(&message.to_uppercase());
    }
    server.expect_running();
}

#[rstest]
fn a_client_may_think_between_two_messages(mut lab: Lab) {
    let (one, other) = (lab.text(), lab.text());
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&one);
    client.expect(&one.to_uppercase());
    client.think(&server);
    somebody_thinks(&lab);
    client.send(&other);
    client.expect(&other.to_uppercase());
    let events = [Event::Connected, Event::Message(&one), Event::Message(&other)];
    server.expect_log(&client.addr(), &events);
    server.expect_running();
}

/// Far more than anybody counts, and what is kept of each would show.
#[rstest]
fn a_conversation_may_have_a_thousand_messages(mut lab: Lab) {
    const FIRST: usize = 20;
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    for symptom in [Symptom::Disconnected, Symptom::ExitedOk, Symptom::NoReply] {
        lab.likely(Hint::new(symptom, COUNTS, "your-turn"));
    }
    lab.likely(Hint::new(Symptom::Grew, KEEPS, "your-turn"));
    let mut before = Vec::new();
    // So many, and some more that nobody can foresee.
    for count in 0..1_050 + lab.texts().number(100) {
        if count == FIRST {
            before = server.possessions();
        }
        let text = lab.text();
        client.send(&text);
        client.expect(&text.to_uppercase());
    }
    server.expect_no_more_than(&before);
}

#[rstest]
fn the_server_is_idle_between_two_messages(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
    server.expect_idle();
}

// The client, served by the check.

/// What is likely wrong with a client that is served by the check.
fn likely_of_the_client(lab: &Lab) {
    lab.likely(Hint::new(Symptom::WrongContent, AHEAD, "your-turn"));
    lab.likely(Hint::new(Symptom::NoReply, UNSENT, "your-turn"));
    for symptom in [Symptom::ExitedOk, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, LEAVES, "your-turn"));
    }
}

/// A client of the lab has every line answered by the check, in turn, and leaves at the end of
/// input.
#[track_caller]
fn has_every_line_answered(mut lab: Lab, lines: &[String], typed_ahead: bool) {
    likely_of_the_client(&lab);
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    if typed_ahead {
        for line in lines {
            client.types(line);
        }
    }
    let mut server = None;
    for line in lines {
        if !typed_ahead {
            client.types(line);
        }
        let mut peer = listener.next(server.take());
        let reply = lab.texts().reply();
        peer.expect_in_one_piece(line);
        peer.send(&reply);
        lab.likely(Hint::new(Symptom::WrongContent, UNSHOWN, "your-turn"));
        client.expect_line(&as_shown(&reply));
        lab.likely(Hint::new(Symptom::WrongContent, AHEAD, "your-turn"));
        server = Some(peer);
    }
    client.end_input();
    lab.likely(Hint::new(Symptom::StillOpen, GOES_ON, "your-turn"));
    lab.likely(Hint::new(Symptom::StillRunning, GOES_ON, "your-turn"));
    if let Some(mut server) = server {
        server.expect_eof();
        // A client may wait until the server has closed as well.
        server.close();
    }
    client.expect_success();
}

#[rstest]
#[case::one(1)]
#[case::two(2)]
#[case::three_hundred(300)]
fn the_client_sends_every_line_and_shows_every_reply(mut lab: Lab, #[case] messages: usize) {
    let lines: Vec<String> = (0..messages).map(|_| lab.text()).collect();
    has_every_line_answered(lab, &lines, true);
}

#[rstest]
fn the_client_sends_whatever_is_typed(mut lab: Lab) {
    let lines = lab.texts().of_every_kind();
    has_every_line_answered(lab, &lines, false);
}

#[rstest]
fn the_end_of_input_ends_the_client(lab: Lab) {
    lab.likely(Hint::any(GOES_ON, "your-turn"));
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.end_input();
    client.expect_success();
    listener.expect_nothing_sent();
}

#[rstest]
fn the_client_shows_a_reply_of_3072_bytes(mut lab: Lab) {
    likely_of_the_client(&lab);
    let reply = "ΐ".repeat(512).to_uppercase();
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let line = lab.text();
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    server.send(&reply);
    lab.likely(Hint::new(
        Symptom::WrongContent,
        "the buffer has no room for a reply three times as long as its message",
        "your-turn",
    ));
    client.expect_line(&reply);
}

#[rstest]
fn the_client_shows_whatever_the_reply_is(mut lab: Lab) {
    likely_of_the_client(&lab);
    let replies = lab.texts().replies_of_every_kind();
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let mut server = None;
    for reply in replies {
        let line = lab.text();
        client.types(&line);
        let mut peer = listener.next(server.take());
        peer.expect(&line);
        lab.likely(Hint::new(Symptom::NoReply, UNSHOWN, "your-turn"));
        lab.likely(Hint::new(Symptom::WrongContent, UNSHOWN, "your-turn"));
        peer.send(&reply);
        client.expect_line(&as_shown(&reply));
        likely_of_the_client(&lab);
        server = Some(peer);
    }
}

#[rstest]
fn a_reply_that_is_not_utf_8_is_an_error(mut lab: Lab) {
    likely_of_the_client(&lab);
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let line = lab.text();
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    lab.likely(Hint::any("bytes that are no text are shown as some", "your-turn"));
    server.send_no_text();
    client.expect_error(&[]);
}

#[rstest]
fn a_server_may_think(mut lab: Lab) {
    likely_of_the_client(&lab);
    let (text, reply) = (lab.text(), lab.texts().reply());
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&text);
    let mut server = listener.accept();
    server.expect(&text);
    somebody_thinks(&lab);
    server.think(&client);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
}

#[rstest]
fn a_person_may_think_between_two_lines(mut lab: Lab) {
    likely_of_the_client(&lab);
    let (one, other, reply) = (lab.text(), lab.text(), lab.texts().reply());
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&one);
    let mut server = listener.accept();
    server.expect(&one);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
    client.waits_for_its_user();
    somebody_thinks(&lab);
    client.types(&other);
    let mut server = listener.next(Some(server));
    server.expect(&other);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
}
