//! Lab 02: zero bytes read means: the peer has finished.

use harness::{Event, Hint, Lab, Peer, Symptom, as_shown, lab};
use rstest::{fixture, rstest};

#[path = "contract/client.rs"]
mod client;
#[path = "contract/command_line.rs"]
mod command_line;
#[path = "contract/conversation.rs"]
mod conversation;
#[cfg(target_os = "linux")]
#[path = "contract/patience.rs"]
mod patience;
#[path = "contract/waiting.rs"]
mod waiting;

#[cfg(not(target_os = "linux"))]
harness::ignored!(patience, "only Linux lets one program shorten another's timeouts");

const ZERO: &str = "`read` has returned 0, and the loop goes on";
const ENDS_EARLY: &str = "the loop ends before the client has finished; a `read` into a buffer \
                          without room returns 0 as well";
const LEAVES: &str = "the client leaves before the end of its input";
const UNREAD: &str = "a read that returns no bytes is taken for a reply";
const GONE: &str = "a message that cannot be sent is taken for the end of the conversation";
const WITHOUT_PEER: &str = "the error is not passed on with the peer's address";
const UNASKED: &str = "bytes were taken for text without asking whether they are";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(
        Symptom::WrongContent,
        "the reply is not made of the bytes of this read, and only \
        those",
        "two-loops",
    ),
    Hint::new(Symptom::Disconnected, ENDS_EARLY, "two-loops"),
    Hint::new(Symptom::ExitedOk, ENDS_EARLY, "two-loops"),
    Hint::new(Symptom::StillRunning, ZERO, "zero-bytes"),
    Hint::new(Symptom::StillOpen, ZERO, "zero-bytes"),
    Hint::new(
        Symptom::MissingEvent,
        "an event is not logged, or not with the peer's address",
        "your-turn",
    ),
    Hint::new(
        Symptom::WrongEvent,
        "the end of the stream is taken for an empty message, or the \
        log has another text",
        "zero-bytes",
    ),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

// The server, with a client of the check.

#[rstest]
#[case::without_a_word(0)]
#[case::after_one_message(1)]
#[case::after_three_messages(3)]
#[case::after_a_hundred_messages(100)]
fn the_server_ends_when_the_client_has_left(mut lab: Lab, #[case] messages: usize) {
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let texts: Vec<String> = (0..messages).map(|_| lab.text()).collect();
    for text in &texts {
        client.send(text);
        client.expect(&text.to_uppercase());
    }
    let addr = client.addr();
    client.close();
    server.expect_success();
    let messages = texts.iter().map(|text| Event::Message(text));
    let events = [Event::Connected].into_iter().chain(messages).chain([Event::Finished]);
    server.expect_log(&addr, &events.collect::<Vec<_>>());
}

#[rstest]
fn the_last_reply_arrives_after_the_client_has_finished_sending(mut lab: Lab) {
    let early = "the server ends before it has answered what it had read";
    lab.likely(Hint::new(Symptom::Disconnected, early, "half-close"));
    lab.likely(Hint::new(Symptom::ExitedOk, early, "half-close"));
    let text = lab.text();
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.shutdown_write();
    client.expect(&text.to_uppercase());
    client.expect_eof();
    server.expect_success();
}

#[rstest]
fn the_server_ends_when_the_client_only_finishes_sending(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
    client.shutdown_write();
    client.expect_eof();
    server.expect_success();
    server.expect_log(&client.addr(), &[Event::Connected, Event::Message(&text), Event::Finished]);
}

#[rstest]
fn the_server_ends_when_the_client_is_killed(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let mut client = lab.client(server.addr());
    client.types(&text);
    client.expect_line(&text.to_uppercase());
    client.kill();
    server.expect_end();
}

#[rstest]
#[case::alone(b"\xff")]
#[case::latin_1(b"caf\xe9")]
#[case::half_a_character(b"\xe4\xbd")]
fn the_server_refuses_invalid_utf_8(mut lab: Lab, #[case] message: &[u8]) {
    lab.likely(Hint::any(UNASKED, "two-loops"));
    lab.likely(Hint::new(Symptom::VagueError, WITHOUT_PEER, "your-turn"));
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send_bytes(message);
    server.expect_error(&[&client.addr()]);
    server.expect_log(&client.addr(), &[Event::Connected]);
}

// The client, served by the check.

#[rstest]
#[case::instead_of_the_first_reply(0, Peer::close)]
#[case::instead_of_the_third_reply(2, Peer::close)]
#[case::by_a_reset(2, Peer::reset)]
fn the_client_says_that_the_server_hung_up(
    mut lab: Lab,
    #[case] answered: usize,
    #[case] hang_up: fn(Peer),
) {
    lab.likely(Hint::new(Symptom::StillRunning, UNREAD, "zero-bytes"));
    lab.likely(Hint::new(Symptom::ExitedOk, LEAVES, "two-loops"));
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let line = lab.text();
    client.types(&line);
    let mut server = listener.accept();
    for _ in 0..answered {
        let reply = lab.texts().reply();
        server.expect(&line);
        server.send(&reply);
        client.expect_line(&as_shown(&reply));
        client.types(&line);
    }
    server.expect(&line);
    hang_up(server);
    lab.likely(Hint::new(Symptom::ExitedOk, UNREAD, "zero-bytes"));
    lab.likely(Hint::new(Symptom::WrongContent, UNREAD, "zero-bytes"));
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_says_that_the_server_has_gone_before_it_sends(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::ExitedOk, LEAVES, "your-turn"));
    let (line, reply) = (lab.text(), lab.texts().reply());
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
    client.goes_on();
    lab.likely(Hint::new(Symptom::ExitedOk, GONE, "your-turn"));
    server.reset();
    client.types(&line);
    client.expect_error(&[&listener.addr()]);
}

// Both together.

#[rstest]
fn a_whole_conversation_ends_on_both_sides(mut lab: Lab) {
    lab.likely(Hint::new(
        Symptom::NoReply,
        "one side waits for something that the other does not send",
        "who-ends-it",
    ));
    lab.likely(Hint::new(
        Symptom::ExitedOk,
        "one side leaves after the first message",
        "two-loops",
    ));
    let texts = [lab.text(), "straße".to_owned(), "你好".to_owned()];
    let server = lab.server();
    let mut client = lab.client(server.addr());
    for line in texts {
        client.types(&line);
        client.expect_line(&line.to_uppercase());
    }
    client.end_input();
    client.expect_success();
    server.expect_success();
}
