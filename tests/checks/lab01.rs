//! Lab 01: accept gives you a new socket.

use std::net::{Ipv4Addr, TcpListener};

use harness::{Lab, Sign, lab};
use predicates::prelude::*;
use predicates::str::contains;
use rstest::{fixture, rstest};

const WAITS: &str =
    "the server still waits: `read_to_string` returns only when the client has closed";
const DROPPED: &str = "what `accept` returned is dropped before the reply is written";
const UNSENT: &str = "nothing was sent before the client waits for a reply";

/// A letter of two bytes, which takes six in upper case.
const GROWS: &str = "ΐ";

#[fixture]
fn lab() -> Lab {
    lab!()
}

// The server, asked by a client of the check.

#[rstest]
#[case::ascii("hello", "HELLO")]
#[case::several_words("good morning, socket", "GOOD MORNING, SOCKET")]
#[case::nothing_to_change("42", "42")]
#[case::without_capitals("你好", "你好")]
#[case::more_letters_in_the_reply("straße", "STRASSE")]
fn the_server_answers_in_upper_case(mut lab: Lab, #[case] message: &str, #[case] reply: &str) {
    lab.hint(
        "the reply is not made of the bytes that were read, and only those",
        "How long is a message?",
    );
    lab.hint_on(Sign::HungUp, DROPPED, "One socket for each client");
    lab.hint_on(Sign::Ended, DROPPED, "One socket for each client");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(message);
    client.expect(reply);
    client.expect_end();
    server.expect_success();
}

#[rstest]
#[case::ascii("a".repeat(1024))]
#[case::a_reply_three_times_as_long(GROWS.repeat(512))]
fn the_server_takes_a_message_of_1024_bytes(mut lab: Lab, #[case] message: String) {
    lab.hint(
        "the buffer has no room for 1,024 bytes, or `write` sent only a part",
        "How long is a message?",
    );
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&message);
    client.expect(&message.to_uppercase());
    server.expect_success();
}

#[rstest]
fn the_server_logs_the_address_of_its_client(mut lab: Lab) {
    lab.hint(
        "the server does not log `connected` and `message`, each with the address from `accept`",
        "Your turn",
    );
    lab.hint_on(Sign::Running, WAITS, "How long is a message?");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send("hello");
    server.expect_success();
    server.expect_log("connected", &client.addr());
    server.expect_log("message", &client.addr());
}

#[rstest]
fn the_server_survives_a_client_without_a_word(mut lab: Lab) {
    lab.hint("a read that returns no bytes is no error", "One socket for each client");
    let server = lab.server();
    lab.connect(server.addr()).leave();
    server.expect_end();
}

#[rstest]
#[case::latin_1(b"caf\xe9")]
#[case::half_a_character(b"\xe4\xbd")]
fn the_server_refuses_bytes_that_are_no_text(mut lab: Lab, #[case] message: &[u8]) {
    lab.hint("bytes were taken for text without asking whether they are", "Bytes and text");
    lab.hint_on(Sign::Running, WAITS, "How long is a message?");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send_bytes(message);
    server.expect_error(&[&client.addr()]);
}

#[rstest]
fn the_server_listens_where_it_is_told_and_nowhere_else(lab: Lab) {
    lab.hint("it binds another address than the one it is given", "One address, one listener");
    let server = lab.server();
    server.expect_only_on(Ipv4Addr::LOCALHOST.into());
}

#[rstest]
fn the_server_names_an_address_in_use(lab: Lab) {
    lab.hint("the error of `bind` is not passed on with the address", "When it goes wrong");
    let squatter = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let addr = squatter.local_addr().expect("it is bound").to_string();
    lab.step(&format!("the check listens on {addr}, so it is in use"));
    lab.start("your server", &["server", &addr]).expect_error(&["listen", &addr]);
}

// The client, served by the check.

#[rstest]
#[case::ascii("hello", "HELLO")]
#[case::without_capitals("你好", "你好")]
#[case::more_letters_in_the_reply("straße", "STRASSE")]
#[case::white_space_around("  hello\t", "HELLO")]
fn the_client_sends_the_message_and_shows_the_reply(
    lab: Lab,
    #[case] line: &str,
    #[case] reply: &str,
) {
    lab.hint(
        "the line is not sent as it is, without white space around it",
        "How long is a message?",
    );
    lab.hint_on(Sign::Silence, UNSENT, "Who waits for whom");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(line);
    let mut server = listener.accept();
    server.expect(line.trim());
    server.send(reply);
    client.expect_line(reply);
    client.expect_success();
}

#[rstest]
fn the_client_sends_all_of_a_long_message(lab: Lab) {
    lab.hint("the message, or the reply, was cut on its way", "How long is a message?");
    lab.hint_on(Sign::Silence, UNSENT, "Who waits for whom");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&GROWS.repeat(512));
    let mut server = listener.accept();
    server.expect(&GROWS.repeat(512));
    server.send(&GROWS.repeat(512).to_uppercase());
    client.expect_line(&GROWS.repeat(512).to_uppercase());
    client.expect_success();
}

#[rstest]
fn the_client_refuses_a_message_of_1025_bytes(lab: Lab) {
    lab.hint("the limit of `Console` was left out", "How long is a message?");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&"a".repeat(1025));
    client.end_input();
    listener.accept().expect_gone();
    client.expect_success();
    client.expect_complaint(&["1025 bytes", "1024"]);
}

#[rstest]
fn the_client_says_that_the_server_hung_up(lab: Lab) {
    lab.hint("a read that returns no bytes is no reply", "How long is a message?");
    lab.hint_on(Sign::Silence, UNSENT, "Who waits for whom");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("hello");
    let mut server = listener.accept();
    server.expect("hello");
    server.leave();
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_refuses_a_reply_that_is_no_text(lab: Lab) {
    lab.hint("bytes were taken for text without asking whether they are", "Bytes and text");
    lab.hint_on(Sign::Silence, UNSENT, "Who waits for whom");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("hello");
    let mut server = listener.accept();
    server.expect("hello");
    server.send_bytes(b"\xff\xfe");
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_names_a_closed_port(lab: Lab) {
    lab.hint("the error of `connect` is not passed on with the address", "When it goes wrong");
    let port = lab.closed_port();
    let mut client = lab.client(port.addr());
    client.types("hello");
    client.expect_error(&["connect", port.addr()]);
}

// Both together, and the command line.

#[rstest]
fn both_end_after_one_exchange(lab: Lab) {
    lab.hint("one side waits for something that the other does not send", "Who waits for whom");
    lab.hint_on(
        Sign::Difference,
        "the reply is not made of the bytes that were read, and only those",
        "How long is a message?",
    );
    let server = lab.server();
    let mut client = lab.client(server.addr());
    client.types("hello");
    client.expect_line("HELLO");
    client.expect_success();
    server.expect_success();
}

#[rstest]
#[case::server("server", "listen")]
#[case::client("client", "connect")]
fn an_address_that_is_none_is_named(lab: Lab, #[case] role: &str, #[case] operation: &str) {
    lab.command()
        .args([role, "nowhere"])
        .assert()
        .code(1)
        .stderr(contains("error: ").and(contains(operation)).and(contains("nowhere")));
}

#[rstest]
#[case::no_such_role(&["waiter"])]
#[case::no_such_option(&["server", "--loud"])]
#[case::one_word_too_many(&["server", "127.0.0.1:0", "again"])]
fn a_wrong_command_line_is_answered_with_the_usage(lab: Lab, #[case] arguments: &[&str]) {
    lab.command().args(arguments).assert().code(2).stderr(contains("usage:"));
}

#[rstest]
fn help_names_the_law_the_chapter_and_the_check(lab: Lab) {
    let law = contains("accept gives you a new socket");
    let rest = contains("01-one-exchange.md").and(contains("cargo test"));
    lab.command().arg("--help").assert().success().stdout(law.and(rest));
}
