//! Lab 06: every datagram carries its return address.

use harness::{Hint, Lab, Symptom, as_shown, lab};
use rstest::{fixture, rstest};

#[path = "contract/client.rs"]
mod client;
#[path = "contract/command_line.rs"]
mod command_line;
#[path = "contract/datagrams.rs"]
mod datagrams;
#[cfg(target_os = "linux")]
#[path = "contract/receive.rs"]
mod receive;
#[path = "contract/service.rs"]
mod service;
#[path = "contract/waiting.rs"]
mod waiting;

#[cfg(not(target_os = "linux"))]
harness::ignored!(receive, "only Linux lets one program reach another's socket");

const EARLIER: &str = "an answer goes to the address of an earlier datagram, or the datagrams of others are \
                       not heard";
const ENDS: &str = "what one datagram causes ends the service";
const NOT_WHAT_CAME: &str = "the reply is not made of what came, and only of that";
const EMPTY: &str = "an empty message is taken for nothing, or for the end";
const NOT_AS_GIVEN: &str = "the client was changed: it is right as it is handed out";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(
        Symptom::NoReply,
        "the datagram is not answered, or the answer goes elsewhere",
        "return-address",
    ),
    Hint::new(Symptom::WrongContent, NOT_WHAT_CAME, "one-socket-for-all"),
    Hint::new(Symptom::Exited, ENDS, "what-can-fail").of_the_server(),
    Hint::new(Symptom::ExitedOk, ENDS, "what-can-fail").of_the_server(),
    Hint::new(
        Symptom::MissingEvent,
        "a message is not logged with the address of its sender",
        "return-address",
    ),
    Hint::new(
        Symptom::WrongEvent,
        "the log has another text, or names one address for all",
        "return-address",
    ),
    Hint::new(Symptom::Untold, "what goes wrong is not logged", "what-can-fail"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

// The server, with clients of the check.

#[rstest]
#[case::two(2)]
#[case::three(3)]
#[case::twenty(20)]
fn every_client_gets_its_own_answer(mut lab: Lab, #[case] clients: usize) {
    let server = lab.server();
    lab.exchange(&server);
    lab.likely(Hint::new(Symptom::NoReply, EARLIER, "return-address"));
    for _ in 1..clients {
        lab.exchange(&server);
    }
    server.expect_running();
}

#[rstest]
#[case::one(1)]
#[case::ten(10)]
fn two_clients_can_talk_by_turns(mut lab: Lab, #[case] rounds: usize) {
    lab.likely(Hint::new(Symptom::NoReply, EARLIER, "return-address").after_a_message());
    lab.likely(Hint::new(Symptom::WrongContent, EARLIER, "return-address"));
    let server = lab.server();
    let mut first = lab.datagram_client(server.addr());
    let mut second = lab.datagram_client(server.addr());
    for _ in 0..rounds {
        let (one, other) = (lab.text(), lab.text());
        first.send(&one);
        second.send(&other);
        second.expect(&other.to_uppercase());
        first.expect(&one.to_uppercase());
    }
}

#[rstest]
fn no_client_hears_what_another_was_told(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::NoReply, EARLIER, "return-address").after_a_message());
    let (one, other) = (lab.text(), lab.text());
    let server = lab.server();
    let mut first = lab.datagram_client(server.addr());
    first.send(&one);
    first.expect(&one.to_uppercase());
    let mut second = lab.datagram_client(server.addr());
    second.send(&other);
    second.expect(&other.to_uppercase());
    second.expect_nothing();
    lab.likely(Hint::new(Symptom::WrongContent, EARLIER, "return-address"));
    first.expect_nothing();
}

#[rstest]
fn two_datagrams_are_two_messages(mut lab: Lab) {
    let collected = "what came is collected, as from a stream";
    lab.likely(Hint::new(Symptom::WrongContent, collected, "empty-datagram"));
    let (one, other) = (lab.text(), lab.text());
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send(&one);
    client.send(&other);
    client.expect(&one.to_uppercase());
    client.expect(&other.to_uppercase());
    client.expect_nothing();
}

#[rstest]
#[case::one(1)]
#[case::twenty(20)]
fn clients_that_have_gone_do_no_harm(mut lab: Lab, #[case] gone: usize) {
    let server = lab.server();
    let mut ports = Vec::new();
    for _ in 0..gone {
        let client = lab.datagram_client(server.addr());
        client.send("farewell");
        ports.push(client.close());
    }
    lab.exchange(&server);
    server.expect_running();
}

#[rstest]
fn a_killed_client_does_no_harm(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let mut first = lab.client(server.addr());
    first.types(&text);
    first.expect_line(&text.to_uppercase());
    first.kill();
    lab.exchange(&server);
}

/// Only Unix can stop a program for a while, so that its socket's buffer overflows for certain.
#[cfg(unix)]
#[rstest]
fn a_burst_loses_datagrams_and_not_the_server(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let noisy = lab.datagram_client(server.addr());
    server.suspend();
    noisy.send_burst("noise", 3_000);
    server.resume();
    let mut client = lab.datagram_client(server.addr());
    client.ask_until_answered(&text, &text.to_uppercase());
    server.expect_running();
}

#[cfg(not(unix))]
harness::ignored!(
    a_burst_loses_datagrams_and_not_the_server,
    "only Unix stops a program for a while"
);

// The client, served by the check. It is given.

#[rstest]
fn the_client_sends_every_line_as_one_datagram(mut lab: Lab) {
    lab.likely(Hint::any(NOT_AS_GIVEN, "your-turn"));
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    let mut lines = lab.texts().of_every_kind();
    lines.extend([String::new(), "  hello\t".to_owned(), String::new()]);
    let mut replies = lab.texts().replies_of_every_kind().into_iter();
    for line in lines {
        let reply = replies.next().unwrap_or_else(|| lab.texts().reply());
        client.types(&line);
        server.expect(line.trim());
        server.send(&reply);
        client.expect_line(&as_shown(&reply));
    }
    client.end_input();
    client.expect_success();
    server.expect_nothing();
}

#[rstest]
fn the_client_waits_for_a_server_that_thinks(mut lab: Lab) {
    lab.likely(Hint::any(NOT_AS_GIVEN, "your-turn"));
    let (text, reply) = (lab.text(), lab.texts().reply());
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types(&text);
    server.expect(&text);
    server.think(&client);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
}

#[rstest]
fn the_client_of_a_server_on_loopback_is_open_to_nobody_else(lab: Lab) {
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("hello");
    server.expect("hello");
    lab.expect_only_on(&client, server.other());
}

// Both together.

#[rstest]
fn clients_of_the_lab_are_answered_by_turns(lab: Lab) {
    let server = lab.server();
    let mut first = lab.client(server.addr());
    let mut second = lab.client(server.addr());
    for line in ["good morning", "", "straße"] {
        let (cause, section) =
            if line.is_empty() { (EMPTY, "empty-datagram") } else { (EARLIER, "return-address") };
        for client in [&mut first, &mut second] {
            client.types(line);
            client.expect_line(&line.to_uppercase());
            lab.likely(Hint::new(Symptom::NoReply, cause, section));
        }
    }
    for client in [&mut first, &mut second] {
        client.end_input();
        client.expect_success();
    }
    server.expect_running();
}
