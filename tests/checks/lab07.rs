//! Lab 07: a datagram arrives whole, once, or not at all, and nobody tells you.

use std::net::{Ipv4Addr, UdpSocket};

use harness::{DatagramPeer, Lab, Sign, lab};
use predicates::prelude::*;
use predicates::str::contains;
use rstest::{fixture, rstest};

const NO_DEADLINE: &str = "a lost reply is waited for without end";
const UNCONNECTED: &str = "the socket is not connected, so it hears of no closed port";

#[fixture]
fn lab() -> Lab {
    lab!()
}

/// A text in which no part looks like another.
fn text(length: usize) -> String {
    let numbers = (10_000..).flat_map(|number: u32| format!("{number}x").into_bytes());
    numbers.take(length).map(char::from).collect()
}

// The server, with clients of the check.

#[rstest]
#[case::of_16_bytes(16)]
#[case::of_17_bytes(17)]
#[case::of_1025_bytes(1_025)]
#[case::of_9000_bytes(9_000)]
fn the_server_answers_a_datagram_whole(mut lab: Lab, #[case] length: usize) {
    lab.hint("the buffer has no room for it, and what does not fit is thrown away", "Whole");
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    client.send(&text(length));
    client.expect(&text(length).to_uppercase());
    client.send("hello");
    client.expect("HELLO");
}

#[rstest]
fn the_server_answers_every_copy(mut lab: Lab) {
    lab.hint("a message that came twice is answered once, and that reply may be lost", "Once");
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    for _ in 0..3 {
        client.send("again");
        client.expect("AGAIN");
    }
}

#[rstest]
fn every_client_gets_its_own_answer(mut lab: Lab) {
    lab.hint("the address of an earlier datagram is used again", "Your turn");
    let server = lab.server();
    let mut first = lab.datagram_client(server.addr());
    let mut second = lab.datagram_client(server.addr());
    first.send("first");
    second.send("second");
    second.expect("SECOND");
    first.expect("FIRST");
}

#[rstest]
#[case::empty(b"")]
#[case::no_text(b"caf\xe9")]
fn a_strange_datagram_ends_nothing(mut lab: Lab, #[case] message: &[u8]) {
    lab.hint("the datagram is not answered, or not as it should be", "Your turn");
    lab.hint_on(Sign::Ended, "what one datagram causes ends the service", "Your turn");
    let server = lab.server();
    let stranger = lab.datagram_client(server.addr());
    stranger.send_bytes(message);
    let mut client = lab.datagram_client(server.addr());
    client.send("hello");
    client.expect("HELLO");
    server.expect_running();
}

#[rstest]
fn the_server_listens_where_it_is_told_and_nowhere_else(lab: Lab) {
    lab.hint("it binds another address than the one it is given", "Your turn");
    let server = lab.server();
    server.expect_only_on(Ipv4Addr::LOCALHOST.into());
}

#[rstest]
fn the_server_names_an_address_in_use(lab: Lab) {
    lab.hint("the error of `bind` is not passed on with the address", "Your turn");
    let squatter = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    let addr = squatter.local_addr().expect("it is bound").to_string();
    lab.step(&format!("the check receives on {addr}, so it is in use"));
    lab.start("your server", &["server", &addr]).expect_error(&["listen", &addr]);
}

// The client, served by the check. A busy machine may make it send again where it need not, so the
// check takes further copies of a message for what they are.

#[rstest]
#[case::ascii("hello", "HELLO")]
#[case::without_capitals("你好", "你好")]
#[case::white_space_around("  hello\t", "HELLO")]
fn the_client_shows_the_reply(lab: Lab, #[case] line: &str, #[case] reply: &str) {
    lab.hint("a reply in time is a reply", "Not at all");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types(line);
    server.expect(line.trim());
    server.send(reply);
    client.expect_line(reply);
    client.end_input();
    client.expect_success();
}

#[rstest]
#[case::the_first(1)]
#[case::two(2)]
fn a_message_whose_reply_is_lost_is_sent_again(lab: Lab, #[case] lost: usize) {
    lab.hint("a lost reply is waited for without end, or given up too early", "Not at all");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("hello");
    for _ in 0..=lost {
        server.expect("hello");
    }
    server.send("HELLO");
    client.expect_line("HELLO");
    client.end_input();
    client.expect_success();
}

#[rstest]
#[case::from_the_beginning(&[])]
#[case::after_two_messages(&["one", "two"])]
fn after_four_tries_the_client_gives_up(lab: Lab, #[case] answered: &[&str]) {
    lab.hint("there is no limit to the tries, or another than `TRIES`", "Not at all");
    lab.hint_on(Sign::Unanswered, NO_DEADLINE, "Not at all");
    lab.hint_on(Sign::Unnamed, "the error does not say how often the client tried", "Your turn");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    for message in answered {
        client.types(message);
        server.expect_next(message);
        server.send("A REPLY");
        client.expect_line("A REPLY");
    }
    client.types("hello");
    server.expect_next("hello");
    for _ in 1..4 {
        server.expect("hello");
    }
    client.expect_end();
    server.expect_nothing();
    client.expect_error(&[&server.addr(), "4"]);
}

#[rstest]
fn every_try_of_a_message_comes_from_the_same_socket(lab: Lab) {
    lab.hint("each try has a socket of its own, so a late reply to the one before is lost", "Once");
    lab.hint_on(Sign::Unanswered, NO_DEADLINE, "Not at all");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("hello");
    server.expect("hello");
    let first = server.other();
    for _ in 0..2 {
        server.expect("hello");
        let again = server.other();
        lab.expect(
            again == first,
            &format!("the message again from {first}"),
            &format!("it came from {again}"),
        );
    }
    server.send("HELLO");
    client.expect_line("HELLO");
}

#[rstest]
fn a_doubled_reply_is_not_taken_for_the_next(lab: Lab) {
    lab.hint("all messages share one socket, where old replies wait", "Once");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    for message in ["one", "two", "three"] {
        client.types(message);
        server.expect_next(message);
        server.send(&message.to_uppercase());
        server.send(&message.to_uppercase());
        client.expect_line(&message.to_uppercase());
    }
    client.end_input();
    client.expect_success();
}

#[rstest]
fn a_late_reply_is_not_taken_for_the_next(lab: Lab) {
    lab.hint("all messages share one socket, where old replies wait", "Once");
    lab.hint_on(Sign::Unanswered, NO_DEADLINE, "Not at all");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("one");
    server.expect("one");
    server.expect("one");
    let asked_from = server.other();
    server.send("ONE");
    client.expect_line("ONE");

    client.types("two");
    server.expect_next("two");
    let mut answer = "TWO";
    if server.other() == asked_from {
        // The system may have picked the same port again. It does not a third time.
        server.send(answer);
        client.expect_line(answer);
        client.types("three");
        server.expect_next("three");
        answer = "THREE";
    }
    server.send_late("ONE", asked_from);
    server.send(answer);
    client.expect_line(answer);
}

#[rstest]
fn every_message_has_a_socket_of_its_own(lab: Lab) {
    lab.hint("all messages share one socket, where old replies wait", "Once");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    let mut ports = Vec::new();
    for message in ["one", "two", "three"] {
        client.types(message);
        server.expect_next(message);
        ports.push(server.other());
        server.send(&message.to_uppercase());
        client.expect_line(&message.to_uppercase());
    }
    // By chance the system picks the same port twice in a row, but not three times.
    ports.dedup();
    let came = format!("all of them came from {}", ports[0]);
    lab.expect(ports.len() > 1, "three messages to come from several ports", &came);
}

#[rstest]
fn an_answer_from_a_stranger_is_ignored(lab: Lab) {
    lab.hint("the socket is not connected, so it hears everybody", "From whom");
    let mut server = lab.datagram_server();
    let stranger = lab.stranger();
    let mut client = lab.client(&server.addr());
    for message in ["one", "two"] {
        client.types(message);
        server.expect_next(message);
        stranger.send_unasked("FORGED", server.other());
        server.send(&message.to_uppercase());
        client.expect_line(&message.to_uppercase());
    }
}

#[rstest]
fn a_closed_port_is_reported(lab: Lab) {
    lab.hint("a refusal is taken for a lost reply, or the socket is not connected", "From whom");
    lab.hint_on(Sign::Running, UNCONNECTED, "From whom");
    let port = lab.closed_port();
    let mut client = lab.client(port.addr());
    client.types("hello");
    client.expect_error(&[port.addr(), REFUSED]);
}

#[rstest]
fn a_server_that_has_gone_is_reported(lab: Lab) {
    lab.hint("a refusal is taken for a lost reply, or the socket is not connected", "From whom");
    lab.hint_on(Sign::Running, UNCONNECTED, "From whom");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("hello");
    server.expect("hello");
    server.send("HELLO");
    client.expect_line("HELLO");
    let addr = server.addr();
    let _port = server.leave();
    client.types("are you there?");
    client.expect_error(&[&addr, REFUSED]);
}

/// What the system says of a closed port. Other systems say it in other words, or not at all.
const REFUSED: &str = if cfg!(target_os = "linux") { "refused" } else { "" };

/// A line is sent whole and its reply is shown whole.
fn exchange(server: &mut DatagramPeer, client: &mut harness::Process, length: usize) {
    client.types(&text(length));
    server.expect_next(&text(length));
    server.send(&text(length).to_uppercase());
    client.expect_line(&text(length).to_uppercase());
}

#[rstest]
#[case::of_1025_bytes(1_025)]
#[case::of_9000_bytes(9_000)]
fn the_client_sends_and_shows_long_datagrams(lab: Lab, #[case] length: usize) {
    lab.hint("a buffer has no room for it, or the console refuses it", "Whole");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    exchange(&mut server, &mut client, length);
    exchange(&mut server, &mut client, 5);
}

#[rstest]
fn the_client_refuses_65508_bytes_and_takes_the_next_line(lab: Lab) {
    lab.hint("a message that fits into no datagram was sent all the same", "Whole");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types(&"a".repeat(65_508));
    client.types("hello");
    server.expect("hello");
    server.send("HELLO");
    client.expect_line("HELLO");
    client.expect_complaint(&["65508", "65507"]);
    client.end_input();
    client.expect_success();
}

#[rstest]
fn an_empty_reply_is_a_reply(lab: Lab) {
    lab.hint("an empty datagram is taken for a lost one", "Not at all");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("");
    server.expect("");
    server.send("");
    client.expect_line("");
    client.types("hello");
    server.expect_next("hello");
    server.send("HELLO");
    client.expect_line("HELLO");
}

#[rstest]
fn a_reply_that_is_no_text_is_an_error(lab: Lab) {
    lab.hint("bytes were taken for text without asking `str::from_utf8`", "Your turn");
    lab.hint_on(Sign::Unnamed, "the error does not say whose reply it was", "Your turn");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.types("hello");
    server.expect("hello");
    server.send_bytes(b"\xff\xfe");
    client.expect_error(&[&server.addr()]);
}

#[rstest]
fn the_end_of_input_ends_the_client(lab: Lab) {
    lab.hint("`message()` has returned `None`, and the client goes on", "Your turn");
    let mut server = lab.datagram_server();
    let mut client = lab.client(&server.addr());
    client.end_input();
    client.expect_success();
    server.expect_nothing();
}

/// macOS sends datagrams of at most 9,216 bytes unless it is told otherwise.
#[cfg(not(target_os = "macos"))]
mod the_longest_datagram {
    use super::{Lab, Sign, exchange, lab, rstest, text};

    #[rstest]
    fn is_answered_whole(mut lab: Lab) {
        lab.hint("the buffer has no room for 65,507 bytes", "Whole");
        let server = lab.server();
        let mut client = lab.datagram_client(server.addr());
        client.send(&text(65_507));
        client.expect(&text(65_507).to_uppercase());
    }

    #[rstest]
    fn may_have_a_reply_that_fits_into_none(mut lab: Lab) {
        lab.hint("the datagram is not answered, or not as it should be", "Your turn");
        lab.hint_on(Sign::Ended, "what one datagram causes ends the service", "Your turn");
        let server = lab.server();
        let mut client = lab.datagram_client(server.addr());
        client.send(&"ΐ".repeat(32_753));
        client.send("hello");
        client.expect("HELLO");
        server.expect_running();
    }

    #[rstest]
    fn is_sent_and_shown_by_the_client(lab: Lab) {
        lab.hint("a buffer has no room for it, or the console refuses it", "Whole");
        let mut server = lab.datagram_server();
        let mut client = lab.client(&server.addr());
        exchange(&mut server, &mut client, 65_507);
    }
}

#[cfg(target_os = "macos")]
harness::ignored!(the_longest_datagram, "macOS sends at most 9,216 bytes by default");

// Both together, and addresses that are none.

#[rstest]
fn a_long_line_comes_back_in_upper_case(lab: Lab) {
    lab.hint("one of the buffers has no room for it", "Whole");
    let server = lab.server();
    let mut client = lab.client(server.addr());
    for length in [5, 9_000, 17] {
        client.types(&text(length));
        client.expect_line(&text(length).to_uppercase());
    }
    client.end_input();
    client.expect_success();
    server.expect_running();
}

#[rstest]
fn every_line_gets_its_reply_from_a_lossy_server(lab: Lab) {
    lab.hint("a lost reply is waited for, or a doubled one is shown", "Once");
    lab.hint_on(Sign::Silence, NO_DEADLINE, "Not at all");
    let lossy = lab.service("the lossy server", "lossy", "127.0.0.1:0");
    let mut client = lab.client(lossy.addr());
    for number in 1..=6 {
        client.types(&format!("message {number}"));
        client.expect_line(&format!("MESSAGE {number}"));
    }
    client.end_input();
    client.expect_success();
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
