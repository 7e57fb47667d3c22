//! What holds for every service that answers datagrams: each is one message, whatever it is.

use harness::{DatagramPeer, Event, Hint, Lab, Symptom, lab};
use rstest::{fixture, rstest};

const TAKEN_FOR_ELSE: &str = "some message is taken for something else than a message";
const CHANGED: &str = "the reply is not the message in upper case: something of it is left out, \
                       added or changed";
const EMPTY: &str = "an empty message is taken for nothing, or for the end";
const ROOM: &str = "the buffer has no room for it, and what does not fit is thrown away";
const ENDS: &str = "a datagram that is not UTF-8 ends the service";
const UNSENT: &str = "an error of `send_to` ends the service";

const LIKELY: &[Hint] = &[];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY, super::LIKELY)
}

#[rstest]
fn the_server_answers_whatever_the_message_is(mut lab: Lab) {
    let mut texts = vec![lab.text()];
    texts.extend(lab.texts().of_every_kind());
    texts.extend(
        [" \t ", "a line\n", "a line\r\n", "two\nlines", "two\r\nlines"].map(str::to_owned),
    );
    lab.likely(Hint::new(Symptom::WrongContent, CHANGED, "your-turn"));
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    for text in &texts {
        client.send(text);
        client.expect(&text.to_uppercase());
        for symptom in [Symptom::NoReply, Symptom::Exited, Symptom::ExitedOk] {
            lab.likely(Hint::new(symptom, TAKEN_FOR_ELSE, "your-turn"));
        }
    }
    client.expect_nothing();
    let events: Vec<Event> = texts.iter().map(|text| Event::Message(text)).collect();
    server.expect_log(&client.addr(), &events);
    server.expect_running();
}

#[rstest]
#[case::one(1)]
#[case::thirty(30)]
fn an_empty_datagram_is_answered_with_an_empty_datagram(mut lab: Lab, #[case] count: usize) {
    for symptom in [Symptom::NoReply, Symptom::Exited, Symptom::ExitedOk, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, EMPTY, "your-turn"));
    }
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    for _ in 0..count {
        client.send("");
        client.expect("");
        let same = "a datagram that is the same as the one before is left out";
        lab.likely(Hint::new(Symptom::NoReply, same, "your-turn"));
    }
    server.expect_log(&client.addr(), &vec![Event::Message(""); count]);
    lab.exchange(&server);
    server.expect_running();
}

#[rstest]
#[case::of_17_bytes(17)]
#[case::of_1025_bytes(1_025)]
#[case::of_9000_bytes(9_000)]
fn the_server_answers_a_long_datagram_whole(mut lab: Lab, #[case] length: usize) {
    lab.likely(Hint::new(Symptom::WrongContent, ROOM, "your-turn"));
    let text = lab.texts().of_length(length);
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
    lab.exchange(&server);
}

#[rstest]
#[case::latin_1(b"caf\xe9")]
#[case::half_a_character(b"\xe4\xbd")]
#[case::no_text_at_all(b"\xff\xfe\x00")]
fn invalid_utf_8_is_told_and_not_answered(mut lab: Lab, #[case] message: &[u8]) {
    lab.likely(Hint::new(Symptom::Exited, ENDS, "your-turn"));
    lab.likely(Hint::new(Symptom::ExitedOk, ENDS, "your-turn"));
    let mut server = lab.server();
    server.mark_output();
    let mut stranger = lab.datagram_client(server.addr());
    stranger.send_bytes(message);
    lab.exchange(&server);
    let unasked = "bytes that are no text are answered, or taken for some";
    lab.likely(Hint::any(unasked, "your-turn"));
    stranger.expect_nothing();
    server.expect_no_log(&format!("message {}", stranger.addr()));
    let untold = "that a datagram was not UTF-8 is not logged";
    lab.likely(Hint::new(Symptom::Untold, untold, "your-turn"));
    server.expect_told();
    server.expect_no_log(&format!("message {}", stranger.addr()));
    is_not_held_against(&mut lab, &mut stranger);
}

/// What one datagram has caused stays with that datagram.
#[track_caller]
fn is_not_held_against(lab: &mut Lab, client: &mut DatagramPeer) {
    let held = "what one datagram has caused is held against the client that sent it";
    lab.likely(Hint::any(held, "your-turn"));
    let text = lab.text();
    client.send(&text);
    client.expect(&text.to_uppercase());
}

/// What it looks like when something goes wrong again and again, and somebody pays for it.
fn costs(lab: &Lab, slow: &'static str, ends: &'static str) {
    for symptom in [Symptom::NoReply, Symptom::Slow] {
        lab.likely(Hint::new(symptom, slow, "your-turn"));
    }
    for symptom in [Symptom::Exited, Symptom::ExitedOk] {
        lab.likely(Hint::new(symptom, ends, "your-turn"));
    }
}

#[rstest]
fn a_thousand_datagrams_that_are_not_utf_8_cost_nobody_anything(mut lab: Lab) {
    let mut server = lab.server();
    let before = lab.possessions(&server);
    server.mark_output();
    let stranger = lab.datagram_client(server.addr());
    let slow = "a datagram that is not UTF-8 makes the next client wait: it is over, and no reason \
                for a pause";
    costs(&lab, slow, ENDS);
    // Few enough at a time for any buffer.
    for _ in 0..22 {
        for _ in 0..50 {
            stranger.send_bytes(b"\xff");
        }
        lab.exchange(&server);
    }
    let only_some = "not every datagram that is not UTF-8 is logged";
    lab.likely(Hint::new(Symptom::Untold, only_some, "your-turn"));
    server.expect_told_times(22 * 50);
    let kept = "something of each datagram that is not UTF-8 is kept";
    lab.likely(Hint::new(Symptom::Grew, kept, "your-turn"));
    server.expect_no_more_than(&before);
}

/// They arrive in their order on loopback, and are few enough for any buffer.
#[rstest]
fn what_one_client_sends_is_logged_in_its_order(mut lab: Lab) {
    let server = lab.server();
    let client = lab.datagram_client(server.addr());
    let texts: Vec<String> = (0..50).map(|number| format!("number {number}")).collect();
    for text in &texts {
        client.send(text);
    }
    let events: Vec<Event> = texts.iter().map(|text| Event::Message(text)).collect();
    server.expect_log(&client.addr(), &events);
}

/// Where one datagram can be that long: macOS sends at most 9,216 bytes unless it is told otherwise.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn the_longest_datagram_is_answered_whole(mut lab: Lab) {
    lab.likely(Hint::any("the buffer has no room for 65,507 bytes", "your-turn"));
    let text = lab.texts().of_length(65_507);
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
}

/// A letter of two bytes, which takes six in upper case.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn a_reply_that_is_too_long_to_send_is_told(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::Exited, UNSENT, "your-turn"));
    lab.likely(Hint::new(Symptom::ExitedOk, UNSENT, "your-turn"));
    let mut server = lab.server();
    server.mark_output();
    let mut client = lab.datagram_client(server.addr());
    let text = "ΐ".repeat(32_753);
    client.send(&text);
    lab.exchange(&server);
    lab.likely(Hint::any("a reply that is too long is cut, or answered with another", "your-turn"));
    client.expect_nothing();
    lab.likely(Hint::new(Symptom::Untold, "an error of `send_to` is not logged", "your-turn"));
    server.expect_told();
    let late = "a message is logged only when it could be answered";
    lab.likely(Hint::new(Symptom::MissingEvent, late, "your-turn"));
    server.expect_log(&client.addr(), &[Event::Message(&text)]);
    is_not_held_against(&mut lab, &mut client);
}

#[cfg(not(target_os = "macos"))]
#[rstest]
fn fifty_replies_that_cannot_be_sent_cost_the_next_client_nothing(mut lab: Lab) {
    let server = lab.server();
    let client = lab.datagram_client(server.addr());
    let text = "ΐ".repeat(32_753);
    let slow = "a reply that cannot be sent makes the next client wait: it is over, and no reason to \
                pause, or to try again";
    costs(&lab, slow, UNSENT);
    for _ in 0..50 {
        client.send(&text);
        lab.exchange(&server);
    }
}
