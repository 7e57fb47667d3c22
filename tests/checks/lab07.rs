//! Lab 07: a datagram arrives whole, once, or not at all, and nobody tells you.

use harness::{DatagramPeer, Hint, Lab, Process, Resource, Symptom, as_shown, lab};
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

const FOREVER: &str = "a lost reply is waited for without end";
const ONE_SOCKET: &str = "all messages share one socket, where old replies wait";
const UNCONNECTED: &str = "a refusal is taken for a lost reply, or the socket is not connected, so \
                           it hears of no closed port";
const OTHER_NUMBERS: &str = "the deadline, or the number of tries, is another than the given \
                             `deadline()` and `tries()`";
const TIME_IS_UP: &str = "that the time is up is an error of `recv` as well, `WouldBlock` or `TimedOut`: it is no \
                          reason to end before all tries are made";
const COPIES: &str = "more than one copy is sent before the deadline is over";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::any("a datagram is not sent or shown as it is", "your-turn"),
    Hint::new(
        Symptom::WrongContent,
        "a buffer has no room for it, or what came is not what was \
        asked for",
        "whole",
    ),
    Hint::new(Symptom::NoReply, "no datagram comes, or not where it is waited for", "not-at-all"),
    Hint::new(Symptom::StillRunning, FOREVER, "not-at-all"),
    Hint::new(Symptom::Untold, "what goes wrong is not told", "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

/// From here on, a failure has this cause, also where the same comes twice.
fn likely(lab: &Lab, cause: &'static str, section: &'static str) {
    lab.likely(Hint::any(cause, section));
    lab.likely(Hint::new(Symptom::Twice, cause, section));
}

/// A client whose deadline does not pass in the time of a check: nothing is sent again.
#[track_caller]
fn patient(lab: &Lab, addr: &str) -> Process {
    lab.start_with(&[("DEADLINE", "60000"), ("TRIES", "4")], &["client", addr])
}

/// A client whose deadline passes at once, and that tries so often.
#[track_caller]
fn hasty(lab: &Lab, addr: &str, tries: &str) -> Process {
    lab.likely(Hint::new(Symptom::Exited, TIME_IS_UP, "not-at-all").of_the_client());
    lab.start_with(&[("DEADLINE", "20"), ("TRIES", tries)], &["client", addr])
}

// The server, with clients of the check.

#[rstest]
fn the_server_answers_every_copy(mut lab: Lab) {
    let once = "a message that came twice is answered once, and that reply may be lost";
    lab.likely(Hint::new(Symptom::NoReply, once, "once").after_a_message());
    let text = lab.text();
    let server = lab.server();
    let mut client = lab.datagram_client(server.addr());
    for _ in 0..3 {
        client.send(&text);
        client.expect(&text.to_uppercase());
    }
}

#[rstest]
#[case::empty(b"")]
#[case::invalid_utf_8(b"caf\xe9")]
fn a_strange_datagram_ends_nothing(mut lab: Lab, #[case] message: &[u8]) {
    let server = lab.server();
    lab.datagram_client(server.addr()).send_bytes(message);
    lab.exchange(&server);
    server.expect_running();
}

// The client, served by the check.

#[rstest]
fn the_client_sends_every_line_once_and_shows_every_reply(mut lab: Lab) {
    let mut lines = lab.texts().of_every_kind();
    lines.extend([String::new(), "  hello\t".to_owned()]);
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    for line in lines {
        let reply = lab.texts().reply();
        client.types(&line);
        server.expect(line.trim());
        lab.likely(Hint::any(COPIES, "not-at-all"));
        server.expect_nothing();
        lab.likely(Hint::any("a reply in time is a reply", "not-at-all"));
        server.send(&reply);
        client.expect_line(&as_shown(&reply));
    }
    client.end_input();
    client.expect_success();
}

#[rstest]
fn before_the_deadline_nothing_is_sent_again(mut lab: Lab) {
    let (line, reply) = (lab.text(), lab.texts().reply());
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    client.types(&line);
    server.expect(&line);
    likely(&lab, OTHER_NUMBERS, "not-at-all");
    server.think(&client);
    server.expect_nothing();
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
}

#[rstest]
#[case::once("1", 1)]
#[case::twice("2", 2)]
#[case::ten_times("10", 10)]
fn after_so_many_tries_the_client_gives_up(
    mut lab: Lab,
    #[case] tries: &str,
    #[case] count: usize,
) {
    likely(&lab, OTHER_NUMBERS, "not-at-all");
    lab.likely(Hint::new(
        Symptom::VagueError,
        "the error does not say how often the client tried",
        "your-turn",
    ));
    let line = lab.text();
    let mut server = lab.datagram_server();
    let mut client = hasty(&lab, &server.addr(), tries);
    client.types(&line);
    server.expect(&line);
    lab.likely(Hint::new(Symptom::NoReply, FOREVER, "not-at-all"));
    for _ in 1..count {
        server.expect(&line);
        lab.likely(Hint::new(Symptom::NoReply, OTHER_NUMBERS, "not-at-all"));
    }
    client.expect_end();
    server.expect_nothing();
    client.expect_error(&[&server.addr(), tries]);
}

/// More than a counter of one byte can hold, each so short that a longer one would take too long.
#[rstest]
fn there_may_be_hundreds_of_short_tries(mut lab: Lab) {
    likely(&lab, OTHER_NUMBERS, "not-at-all");
    let line = lab.text();
    let mut server = lab.datagram_server();
    let hurried = [("DEADLINE", "1"), ("TRIES", "260")];
    let mut client = lab.start_with(&hurried, &["client", &server.addr()]);
    client.types(&line);
    lab.likely(Hint::new(Symptom::Exited, OTHER_NUMBERS, "not-at-all"));
    for _ in 0..260 {
        server.expect(&line);
    }
    client.expect_end();
    server.expect_nothing();
    client.expect_error(&[&server.addr(), "260"]);
}

#[rstest]
fn the_last_try_is_waited_for_as_well(mut lab: Lab) {
    let line = lab.text();
    let mut server = lab.datagram_server();
    let patient = [("DEADLINE", "800"), ("TRIES", "2")];
    let mut client = lab.start_with(&patient, &["client", &server.addr()]);
    client.types(&line);
    server.expect(&line);
    server.expect(&line);
    let last = "after its last try the client does not wait";
    lab.likely(Hint::new(Symptom::Exited, last, "not-at-all"));
    client.waits_for_a_message();
    server.send("A REPLY");
    client.expect_line("A REPLY");
}

#[rstest]
fn nothing_is_kept_of_messages_that_were_answered(mut lab: Lab) {
    lab.likely(Hint::any("the socket of each message is kept", "once"));
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    exchange(&mut lab, &mut server, &mut client, 10);
    let before = client.amount(Resource::Descriptors);
    for _ in 0..20 {
        exchange(&mut lab, &mut server, &mut client, 10);
    }
    client.expect_no_more(Resource::Descriptors, before);
}

#[rstest]
#[case::the_first(1)]
#[case::five(5)]
fn a_message_whose_reply_is_lost_is_sent_again(mut lab: Lab, #[case] lost: usize) {
    lab.likely(Hint::new(Symptom::NoReply, FOREVER, "not-at-all"));
    let line = lab.text();
    let mut server = lab.datagram_server();
    // A deadline that is long enough for the answer, and short enough for six.
    let mut client =
        lab.start_with(&[("DEADLINE", "150"), ("TRIES", "6")], &["client", &server.addr()]);
    client.types(&line);
    server.expect(&line);
    for _ in 0..lost {
        server.expect(&line);
        lab.likely(Hint::new(Symptom::NoReply, OTHER_NUMBERS, "not-at-all"));
    }
    server.send("A REPLY");
    client.expect_line("A REPLY");
    client.end_input();
    client.expect_success();
}

#[rstest]
fn a_reply_may_be_lost_after_a_dozen_that_were_not(mut lab: Lab) {
    let mut server = lab.datagram_server();
    let mut client =
        lab.start_with(&[("DEADLINE", "1000"), ("TRIES", "3")], &["client", &server.addr()]);
    for _ in 0..12 {
        exchange(&mut lab, &mut server, &mut client, 20);
    }
    lab.likely(Hint::new(Symptom::NoReply, FOREVER, "not-at-all"));
    let line = lab.text();
    client.types(&line);
    server.expect(&line);
    server.expect(&line);
    server.send("A REPLY");
    client.expect_line("A REPLY");
}

#[rstest]
fn every_try_of_a_message_comes_from_the_same_socket(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::NoReply, FOREVER, "not-at-all"));
    let line = lab.text();
    let mut server = lab.datagram_server();
    let mut client = hasty(&lab, &server.addr(), "4");
    client.types(&line);
    server.expect(&line);
    let first = server.other();
    for _ in 0..2 {
        server.expect(&line);
        let again = server.other();
        let own = "each try has a socket of its own, so a late reply to the one before is lost";
        lab.likely(Hint::any(own, "once"));
        lab.expect(
            again == first,
            &format!("the message again from {first}"),
            &format!("it came from {again}"),
        );
    }
}

#[rstest]
fn a_doubled_reply_is_not_taken_for_the_next(mut lab: Lab) {
    likely(&lab, ONE_SOCKET, "once");
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    // So many that no handful of sockets, taken in turn, keeps them apart.
    for _ in 0..40 {
        let (line, reply) = (lab.text(), lab.texts().reply());
        client.types(&line);
        server.expect(&line);
        server.send(&reply);
        server.send(&reply);
        client.expect_line(&as_shown(&reply));
    }
    client.end_input();
    client.expect_success();
}

#[rstest]
fn a_late_reply_is_not_taken_for_the_next(lab: Lab) {
    likely(&lab, ONE_SOCKET, "once");
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    client.types("one");
    server.expect("one");
    let asked_from = server.other();
    server.send("ONE");
    client.expect_line("ONE");

    client.types("two");
    server.expect("two");
    let mut answer = "TWO";
    if server.other() == asked_from {
        // The system may have picked the same port again. It does not a third time.
        server.send(answer);
        client.expect_line(answer);
        client.types("three");
        server.expect("three");
        answer = "THREE";
    }
    server.send_late("ONE", asked_from);
    server.send(answer);
    client.expect_line(answer);
}

#[rstest]
fn every_message_has_a_socket_of_its_own(lab: Lab) {
    likely(&lab, ONE_SOCKET, "once");
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    let mut ports = Vec::new();
    for message in ["one", "two", "three"] {
        client.types(message);
        server.expect(message);
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
fn two_clients_have_ports_of_their_own(mut lab: Lab) {
    lab.likely(Hint::any(
        "the client binds a port of its own choice: with port 0 the system picks a free one",
        "your-turn",
    ));
    let mut server = lab.datagram_server();
    let mut clients = [patient(&lab, &server.addr()), patient(&lab, &server.addr())];
    let lines = [lab.text(), lab.text()];
    for (client, line) in clients.iter_mut().zip(&lines) {
        client.types(line);
        server.expect(line);
    }
    let _taken = server;
}

#[rstest]
fn an_answer_from_a_stranger_is_ignored(lab: Lab) {
    lab.likely(Hint::any("the socket is not connected, so it hears everybody", "from-whom"));
    let mut server = lab.datagram_server();
    let stranger = lab.stranger();
    let mut client = patient(&lab, &server.addr());
    for message in ["one", "two"] {
        client.types(message);
        server.expect(message);
        stranger.send_unasked("FORGED", server.other());
        server.send(&message.to_uppercase());
        client.expect_line(&message.to_uppercase());
    }
}

/// The deadline is far away, so what is reported in time is reported at once.
#[rstest]
fn a_closed_port_is_reported_at_once(lab: Lab) {
    lab.likely(Hint::any(UNCONNECTED, "from-whom"));
    let port = lab.closed_port();
    let mut client = patient(&lab, &port.addr());
    client.types("hello");
    client.expect_error(&[&port.addr(), REFUSED]);
}

#[rstest]
fn a_server_that_has_gone_is_reported_at_once(lab: Lab) {
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    client.types("hello");
    server.expect("hello");
    server.send("HELLO");
    client.expect_line("HELLO");
    let addr = server.addr();
    let _port = server.close();
    lab.likely(Hint::any(UNCONNECTED, "from-whom"));
    client.types("are you there?");
    client.expect_error(&[&addr, REFUSED]);
}

/// It answered nothing while it was there, so only a later try finds out.
#[rstest]
fn a_server_that_goes_between_two_tries_is_reported_at_once(lab: Lab) {
    let mut server = lab.datagram_server();
    let client = [("DEADLINE", "20"), ("TRIES", "1000")];
    let mut client = lab.start_with(&client, &["client", &server.addr()]);
    client.types("hello");
    server.expect("hello");
    let addr = server.addr();
    let _port = server.close();
    let late = "a refusal is told at the first try only, or without the address";
    lab.likely(Hint::any(late, "from-whom"));
    lab.likely(Hint::new(Symptom::VagueError, late, "from-whom"));
    client.expect_error(&[&addr, REFUSED]);
}

/// What the system says of a closed port. Other systems say it in other words, or not at all.
const REFUSED: &str = if cfg!(target_os = "linux") { "refused" } else { "" };

/// Whoever is stopped in a receive that has a timeout finds it interrupted when they go on.
#[cfg(unix)]
#[rstest]
#[case::once(1)]
#[case::again_and_again(8)]
fn an_interrupted_receive_is_no_ending(mut lab: Lab, #[case] stops: usize) {
    let (line, reply) = (lab.text(), lab.texts().reply());
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    client.types(&line);
    server.expect(&line);
    let stopped = "`Interrupted`, as after Ctrl-Z and `fg`, is taken for the end";
    lab.likely(Hint::any(stopped, "not-at-all"));
    lab.likely(Hint::new(Symptom::Exited, stopped, "not-at-all"));
    // A stop that comes before the last one is over is none.
    for _ in 0..stops {
        client.waits_for_a_message();
        client.suspend();
        client.resume();
    }
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
    // A copy that was sent meanwhile would come before this.
    let other = lab.text();
    client.types(&other);
    server.expect(&other);
}

/// The reply comes while the client is stopped, and when it goes on its deadline has passed.
#[cfg(unix)]
#[rstest]
fn a_reply_that_came_during_a_stop_is_a_reply(mut lab: Lab) {
    let (line, reply) = (lab.text(), lab.texts().reply());
    let mut server = lab.datagram_server();
    let mut client =
        lab.start_with(&[("DEADLINE", "900"), ("TRIES", "1")], &["client", &server.addr()]);
    client.types(&line);
    server.expect(&line);
    let stopped = "the clock is looked at after a stop, and not the socket, where the reply is";
    lab.likely(Hint::new(Symptom::Exited, stopped, "not-at-all"));
    client.waits_for_a_message();
    client.suspend();
    server.send(&reply);
    client.is_left_alone();
    client.resume();
    client.expect_line(&as_shown(&reply));
}

/// Only Linux tells what another program waits for. Who waits in several calls waits less in each.
#[cfg(target_os = "linux")]
#[rstest]
#[case::for_the_only_try("1")]
#[case::for_the_first_of_four("4")]
fn a_client_waits_no_longer_than_the_deadline(mut lab: Lab, #[case] tries: &str) {
    lab.likely(Hint::new(Symptom::Other, OTHER_NUMBERS, "not-at-all"));
    let line = lab.text();
    let mut server = lab.datagram_server();
    let mut client =
        lab.start_with(&[("DEADLINE", "60000"), ("TRIES", tries)], &["client", &server.addr()]);
    client.types(&line);
    server.expect(&line);
    client.waits_for_a_message();
    let Some(wait) = client.read_timeout() else { return };
    let came = format!("it waits for {wait:?}");
    lab.expect(wait.as_secs_f64() <= 60.0, "a wait of 60 s at most", &came);
}

#[rstest]
fn the_client_shows_whatever_the_reply_is(mut lab: Lab) {
    let mut replies = lab.texts().replies_of_every_kind();
    replies.extend([String::new(), "\0\0".to_owned()]);
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    lab.likely(Hint::any("the reply is not shown as it came, or a part of it", "whole"));
    for reply in replies {
        let line = lab.text();
        client.types(&line);
        server.expect(&line);
        server.send(&reply);
        client.expect_line(&as_shown(&reply));
    }
}

/// A line is sent whole and its reply is shown whole.
#[track_caller]
fn exchange(lab: &mut Lab, server: &mut DatagramPeer, client: &mut Process, length: usize) {
    let text = lab.texts().of_length(length);
    client.types(&text);
    server.expect(&text);
    server.send(&text.to_uppercase());
    client.expect_line(&text.to_uppercase());
}

#[rstest]
#[case::of_1025_bytes(1_025)]
#[case::of_9000_bytes(9_000)]
#[cfg_attr(not(target_os = "macos"), case::of_65507_bytes(65_507))]
fn the_client_sends_and_shows_long_datagrams(mut lab: Lab, #[case] length: usize) {
    lab.likely(Hint::any("a buffer has no room for it, or the console refuses it", "whole"));
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    exchange(&mut lab, &mut server, &mut client, length);
    exchange(&mut lab, &mut server, &mut client, 5);
}

#[rstest]
fn the_client_refuses_65508_bytes_and_takes_the_next_line(lab: Lab) {
    lab.likely(Hint::any("a message that fits into no datagram was sent all the same", "whole"));
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
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
    lab.likely(Hint::any("an empty datagram is taken for a lost one", "not-at-all"));
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    for line in ["", "hello"] {
        client.types(line);
        server.expect(line);
        server.send(&line.to_uppercase());
        client.expect_line(&line.to_uppercase());
    }
}

#[rstest]
fn a_reply_of_invalid_utf_8_is_an_error(mut lab: Lab) {
    lab.likely(Hint::any("bytes were taken for text without asking `str::from_utf8`", "your-turn"));
    let vague = "the error does not say whose reply it was";
    lab.likely(Hint::new(Symptom::VagueError, vague, "your-turn"));
    let line = lab.text();
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    client.types(&line);
    server.expect(&line);
    server.send_bytes(b"\xff\xfe");
    client.expect_error(&[&server.addr()]);
}

#[rstest]
fn the_end_of_input_ends_the_client(lab: Lab) {
    lab.likely(Hint::any("`message()` has returned `None`, and the client goes on", "your-turn"));
    let mut server = lab.datagram_server();
    let mut client = patient(&lab, &server.addr());
    client.end_input();
    client.expect_success();
    server.expect_nothing();
}

// Both together.

#[rstest]
fn a_long_line_comes_back_in_upper_case(mut lab: Lab) {
    lab.likely(Hint::any("one of the buffers has no room for it", "whole"));
    let server = lab.server();
    let mut client = lab.client(server.addr());
    for length in [5, 9_000, 17] {
        let text = lab.texts().of_length(length);
        client.types(&text);
        client.expect_line(&text.to_uppercase());
    }
    client.end_input();
    client.expect_success();
    server.expect_running();
}

#[rstest]
fn every_line_gets_its_reply_from_a_lossy_server(lab: Lab) {
    lab.likely(Hint::any("a lost reply is waited for, or a doubled one is shown", "once"));
    lab.likely(Hint::new(Symptom::NoReply, FOREVER, "not-at-all"));
    let lossy = lab.service("lossy", "127.0.0.1:0");
    let mut client = lab.client(lossy.addr());
    for number in 1..=6 {
        client.types(&format!("message {number}"));
        client.expect_line(&format!("MESSAGE {number}"));
    }
    client.end_input();
    client.expect_success();
}
