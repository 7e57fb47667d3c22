//! Lab 06: every datagram carries its return address.

use std::net::{Ipv4Addr, UdpSocket};

use harness::{Lab, Sign, lab};
use predicates::prelude::*;
use predicates::str::contains;
use rstest::{fixture, rstest};

const EARLIER: &str = "the address of an earlier datagram is used again";

#[fixture]
fn lab() -> Lab {
    lab!()
}

// The server, with clients of the check.

#[rstest]
#[case::ascii("hello", "HELLO")]
#[case::several_words("good morning, socket", "GOOD MORNING, SOCKET")]
#[case::without_capitals("你好", "你好")]
#[case::more_letters_in_the_reply("straße", "STRASSE")]
fn the_server_answers_in_upper_case(mut lab: Lab, #[case] message: &str, #[case] reply: &str) {
    lab.hint(
        "the reply comes from another socket, or is not made of what came",
        "One socket for all",
    );
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send(message);
    client.expect(reply);
    server.expect_running();
}

#[rstest]
#[case::two(2)]
#[case::three(3)]
#[case::twenty(20)]
fn every_client_gets_its_own_answer(mut lab: Lab, #[case] clients: usize) {
    lab.hint(EARLIER, "The return address");
    let server = lab.server();
    for number in 1..=clients {
        let mut client = lab.datagram_client(server.addr());
        client.send(&format!("from client {number}"));
        client.expect(&format!("FROM CLIENT {number}"));
    }
    server.expect_running();
}

#[rstest]
#[case::one(1)]
#[case::ten(10)]
fn two_clients_can_talk_by_turns(mut lab: Lab, #[case] rounds: usize) {
    lab.hint(EARLIER, "The return address");
    let server = lab.server();
    let mut first = lab.datagram_client(server.addr());
    let mut second = lab.datagram_client(server.addr());
    for round in 1..=rounds {
        first.send(&format!("first {round}"));
        second.send(&format!("second {round}"));
        second.expect(&format!("SECOND {round}"));
        first.expect(&format!("FIRST {round}"));
    }
}

#[rstest]
fn no_client_hears_what_another_was_told(mut lab: Lab) {
    lab.hint(EARLIER, "The return address");
    let server = lab.server();
    let mut first = lab.datagram_client(server.addr());
    first.send("first");
    first.expect("FIRST");
    let mut second = lab.datagram_client(server.addr());
    second.send("second");
    second.expect("SECOND");
    first.expect_nothing();
}

#[rstest]
fn every_message_is_logged_with_the_address_of_its_sender(mut lab: Lab) {
    lab.hint("the log names one address for all", "The return address");
    let server = lab.server();
    for _ in 0..2 {
        let mut client = lab.datagram_client(server.addr());
        client.send("hello");
        client.expect("HELLO");
        server.expect_log("message", &client.addr());
    }
}

#[rstest]
fn two_datagrams_are_two_messages(mut lab: Lab) {
    lab.hint("what came is collected, as from a stream", "An empty datagram");
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send("hello");
    client.send("world");
    client.expect("HELLO");
    client.expect("WORLD");
    client.expect_nothing();
}

#[rstest]
fn a_short_message_after_a_long_one_is_answered_alone(mut lab: Lab) {
    lab.hint(
        "the reply is made of the whole buffer, not of the bytes that came",
        "One socket for all",
    );
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send("a long message");
    client.expect("A LONG MESSAGE");
    client.send("short");
    client.expect("SHORT");
}

#[rstest]
fn an_empty_datagram_is_answered_with_an_empty_datagram(mut lab: Lab) {
    lab.hint("an empty message is taken for nothing, or for the end", "An empty datagram");
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send("");
    client.expect("");
    server.expect_log("message", &client.addr());
}

#[rstest]
#[case::one(1)]
#[case::three(3)]
fn empty_datagrams_end_nothing(mut lab: Lab, #[case] count: usize) {
    lab.hint("the datagram is not answered, or not as it should be", "An empty datagram");
    lab.hint_on(
        Sign::Ended,
        "`recv_from` has returned 0, and the server takes it for the end",
        "An empty datagram",
    );
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    for _ in 0..count {
        client.send("");
        client.expect("");
    }
    client.send("hello");
    client.expect("HELLO");
    server.expect_running();
}

#[rstest]
#[case::one(1)]
#[case::twenty(20)]
fn clients_that_have_gone_do_no_harm(mut lab: Lab, #[case] gone: usize) {
    lab.hint("the datagram is not answered, or not as it should be", "What can fail");
    lab.hint_on(Sign::Unanswered, EARLIER, "The return address");
    lab.hint_on(
        Sign::Ended,
        "an error of `recv_from` or `send_to` ends the service",
        "What can fail",
    );
    let server = lab.server();
    let mut ports = Vec::new();
    for _ in 0..gone {
        let client = lab.datagram_client(server.addr());
        client.send("farewell");
        ports.push(client.leave());
    }
    let mut client = lab.datagram_client(server.addr());
    client.send("hello");
    client.expect("HELLO");
    server.expect_running();
}

#[rstest]
fn a_killed_client_does_no_harm(mut lab: Lab) {
    lab.hint("the datagram is not answered, or not as it should be", "What can fail");
    lab.hint_on(Sign::Unanswered, EARLIER, "The return address");
    lab.hint_on(
        Sign::Ended,
        "an error of `recv_from` or `send_to` ends the service",
        "What can fail",
    );
    let server = lab.server();
    let mut first = lab.client(server.addr());
    first.types("hello");
    first.expect_line("HELLO");
    first.kill();
    let mut next = lab.datagram_client(server.addr());
    next.send("hello");
    next.expect("HELLO");
}

#[rstest]
#[case::latin_1(b"caf\xe9")]
#[case::half_a_character(b"\xe4\xbd")]
fn bytes_that_are_no_text_are_logged_and_not_answered(mut lab: Lab, #[case] message: &[u8]) {
    lab.hint("the datagram is not answered, or not as it should be", "What can fail");
    lab.hint_on(Sign::Ended, "one datagram that is no text ends the service", "What can fail");
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send_bytes(message);
    server.expect_more_after("listening on", server.addr());
    client.send("hello");
    client.expect("HELLO");
    server.expect_running();
}

#[rstest]
fn bytes_that_are_no_text_do_not_harm_others(mut lab: Lab) {
    lab.hint("the datagram is not answered, or not as it should be", "What can fail");
    lab.hint_on(Sign::Unanswered, EARLIER, "The return address");
    lab.hint_on(Sign::Ended, "one datagram that is no text ends the service", "What can fail");
    let server = lab.server();
    let stranger = lab.datagram_client(server.addr());
    let mut client = lab.datagram_client(server.addr());
    for _ in 0..3 {
        stranger.send_bytes(b"\xff\xfe\x00");
        client.send("hello");
        client.expect("HELLO");
    }
    server.expect_running();
}

/// macOS sends datagrams of at most 9,216 bytes unless it is told otherwise.
#[cfg(not(target_os = "macos"))]
mod the_longest_datagram {
    use super::{Lab, Sign, lab, rstest};

    #[rstest]
    fn is_answered_whole(mut lab: Lab) {
        lab.hint("the buffer has no room for 65,507 bytes", "How long can it be?");
        let server = lab.server();
        let mut client = lab.datagram_client(server.addr());
        client.send(&"a".repeat(65_507));
        client.expect(&"A".repeat(65_507));
    }

    #[rstest]
    fn may_have_a_reply_that_is_too_long_to_send(mut lab: Lab) {
        lab.hint("the datagram is not answered, or not as it should be", "What can fail");
        lab.hint_on(Sign::Ended, "an error of `send_to` ends the service", "What can fail");
        let server = lab.server();
        let mut client = lab.datagram_client(server.addr());
        // Two bytes each, and six in upper case.
        client.send(&"ΐ".repeat(32_753));
        client.send("hello");
        client.expect("HELLO");
        server.expect_running();
    }
}

#[cfg(target_os = "macos")]
harness::ignored!(the_longest_datagram, "macOS sends at most 9,216 bytes by default");

/// Only Unix can stop a program for a while, so that its socket's buffer overflows for certain.
#[cfg(unix)]
#[rstest]
fn a_burst_loses_datagrams_and_not_the_server(mut lab: Lab) {
    lab.hint("the datagram is not answered, or not as it should be", "What can fail");
    lab.hint_on(Sign::Unanswered, EARLIER, "The return address");
    lab.hint_on(
        Sign::Ended,
        "an error of `recv_from` or `send_to` ends the service",
        "What can fail",
    );
    let server = lab.server();
    let noisy = lab.datagram_client(server.addr());
    server.suspend();
    noisy.send_burst("noise", 3_000);
    server.resume();
    let mut client = lab.datagram_client(server.addr());
    client.ask_until_answered("hello", "HELLO");
    server.expect_running();
}

#[cfg(not(unix))]
harness::ignored!(
    a_burst_loses_datagrams_and_not_the_server,
    "only Unix stops a program for a while"
);

#[rstest]
fn the_server_listens_where_it_is_told_and_nowhere_else(lab: Lab) {
    lab.hint("it binds another address than the one it is given", "Your turn");
    let server = lab.server();
    server.expect_only_on(Ipv4Addr::LOCALHOST.into());
}

#[rstest]
fn the_server_names_an_address_in_use(lab: Lab) {
    lab.hint("the error of `bind` is not passed on with the address", "What can fail");
    let squatter = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    let addr = squatter.local_addr().expect("it is bound").to_string();
    lab.step(&format!("the check receives on {addr}, so it is in use"));
    lab.start("your server", &["server", &addr]).expect_error(&["listen", &addr]);
}

// The client, served by the check.

#[rstest]
#[case::ascii("hello", "HELLO")]
#[case::without_capitals("你好", "你好")]
#[case::white_space_around("  hello\t", "HELLO")]
fn the_client_sends_a_line_as_one_datagram(lab: Lab, #[case] line: &str, #[case] reply: &str) {
    lab.hint("the client was changed: it is right as it is handed out", "Your turn");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types(line);
    server.expect(line.trim());
    server.send(reply);
    client.expect_line(reply);
    client.end_input();
    client.expect_success();
    server.expect_nothing();
}

#[rstest]
fn the_client_sends_an_empty_line_as_an_empty_datagram(lab: Lab) {
    lab.hint("the client was changed: it is right as it is handed out", "An empty datagram");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    for line in ["", "hello", ""] {
        client.types(line);
        server.expect(line);
        server.send(&line.to_uppercase());
        client.expect_line(&line.to_uppercase());
    }
    client.end_input();
    client.expect_success();
}

#[rstest]
fn the_client_refuses_a_message_of_1025_bytes(lab: Lab) {
    lab.hint("the client was changed: it is right as it is handed out", "Your turn");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types(&"a".repeat(1025));
    client.types("hello");
    server.expect("hello");
    client.expect_complaint(&["1025 bytes", "1024"]);
}

#[rstest]
#[case::before_the_first_message(&[])]
#[case::after_one_message(&["hello"])]
fn the_end_of_input_ends_the_client(lab: Lab, #[case] lines: &[&str]) {
    lab.hint("the client was changed: it is right as it is handed out", "Your turn");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    for line in lines {
        client.types(line);
        server.expect(line);
        server.send("A REPLY");
        client.expect_line("A REPLY");
    }
    client.end_input();
    client.expect_success();
    server.expect_nothing();
}

#[rstest]
fn the_client_of_a_server_on_loopback_is_open_to_nobody_else(lab: Lab) {
    lab.hint("the client's socket is bound to 0.0.0.0", "Your turn");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("hello");
    server.expect("hello");
    lab.expect_client_only_on(server.other());
}

// Both together, and addresses that are none.

#[rstest]
fn clients_of_the_lab_are_answered_by_turns(lab: Lab) {
    let first_gets = "the first client gets all the answers";
    lab.hint(first_gets, "The return address");
    let server = lab.server();
    let mut first = lab.client(server.addr());
    let mut second = lab.client(server.addr());
    for line in ["good morning", "", "straße"] {
        if line.is_empty() {
            let skipped = "an empty message is taken for nothing, or for the end";
            lab.hint_on(Sign::Silence, skipped, "An empty datagram");
        } else {
            lab.hint_on(Sign::Silence, first_gets, "The return address");
        }
        for client in [&mut first, &mut second] {
            client.types(line);
            client.expect_line(&line.to_uppercase());
        }
    }
    for client in [&mut first, &mut second] {
        client.end_input();
        client.expect_success();
    }
    server.expect_running();
}

#[rstest]
#[case::server("server", "listen")]
#[case::client("client", "send")]
fn an_address_that_is_none_is_named(lab: Lab, #[case] role: &str, #[case] operation: &str) {
    lab.command()
        .args([role, "nowhere"])
        .assert()
        .code(1)
        .stderr(contains("error: ").and(contains(operation)).and(contains("nowhere")));
}
