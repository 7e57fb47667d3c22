//! Lab 09: one read is not one message.

use harness::{Hint, Lab, Peer, Resource, Symptom, frame, lab};
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
#[path = "contract/frames.rs"]
mod frames;
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

const NO_FRAME: &str = "what is read or written is no frame: four bytes of length, most significant \
                        first, and then so many bytes of text";
const ENDS: &str = "what one client sends ends the service";
const WRONG_END: &str = "the end of the stream inside a frame, the end between two, a frame that is no \
                         message and an error of the connection are not told apart";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(Symptom::WrongContent, NO_FRAME, "a-frame"),
    Hint::new(Symptom::Disconnected, NO_FRAME, "a-frame"),
    Hint::new(Symptom::NoReply, NO_FRAME, "a-frame"),
    Hint::new(Symptom::Exited, ENDS, "your-turn").of_the_server(),
    Hint::new(Symptom::ExitedOk, ENDS, "your-turn").of_the_server(),
    Hint::new(Symptom::MissingEvent, WRONG_END, "four-endings"),
    Hint::new(Symptom::WrongEvent, WRONG_END, "four-endings"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

// The given clients, whose bytes never pass through the student's file.

#[rstest]
fn the_hasty_client_has_all_three_messages_answered(mut lab: Lab) {
    let lost = "of several frames that one read brings only the first is answered";
    lab.likely(Hint::any(lost, "many-in-one"));
    let server = lab.server();
    let mut hasty = lab.start(&["hasty", server.addr()]);
    hasty.expect_line("sent 3 messages in one write, received 3");
    hasty.expect_success();
    lab.exchange(&server);
}

#[rstest]
fn the_slow_client_has_its_message_answered(mut lab: Lab) {
    let cut = "a frame that comes in pieces is taken for one that was cut";
    lab.likely(Hint::any(cut, "one-in-many"));
    let server = lab.server();
    let mut slow = lab.start(&["slow", server.addr()]);
    slow.expect_line("sent a message in 11 writes, received \"NO RUSH\"");
    slow.expect_success();
    lab.exchange(&server);
}

// The client, served by the check.

const CUT_REPLY: &str = "a reply that comes in pieces is taken for several, or for none";
const BELIEVED: &str = "the client believes whatever a server sends";

/// A client of the lab that has sent a line, and its server.
fn asked(lab: &mut Lab) -> (harness::Process, harness::Listener, Peer) {
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let line = lab.text();
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    (client, listener, server)
}

#[rstest]
#[case::byte_by_byte(1)]
#[case::in_twos(2)]
#[case::in_fives(5)]
fn a_reply_may_come_in_pieces(mut lab: Lab, #[case] size: usize) {
    let (mut client, _listener, mut server) = asked(&mut lab);
    for symptom in [Symptom::Exited, Symptom::ExitedOk, Symptom::WrongContent, Symptom::NoReply] {
        lab.likely(Hint::new(symptom, CUT_REPLY, "one-in-many"));
    }
    let reply = "你好 ΐ👋";
    let bytes = frame(reply);
    server.send_in_pieces(&bytes.chunks(size).collect::<Vec<_>>());
    client.expect_line(reply);
    client.end_input();
    server.expect_eof();
    client.expect_success();
}

#[rstest]
fn two_replies_may_come_at_once(mut lab: Lab) {
    let (mut client, _listener, mut server) = asked(&mut lab);
    let ahead = "what was read ahead of one reply is lost for the next";
    lab.likely(Hint::any(ahead, "many-in-one"));
    server.send_together(&["one", "two"]);
    client.expect_line("one");
    let line = lab.text();
    client.types(&line);
    server.expect(&line);
    client.expect_line("two");
}

#[rstest]
fn an_empty_line_is_an_empty_message_and_its_reply_an_empty_line(mut lab: Lab) {
    let (mut client, _listener, mut server) = asked(&mut lab);
    lab.likely(Hint::any("an empty message is taken for nothing, or for the end", "a-frame"));
    server.send("");
    client.expect_line("");
    client.types("");
    server.expect("");
    server.send("so be it");
    client.expect_line("so be it");
}

/// How a server disappoints a client that waits for its reply.
type Disappointment = fn(Peer);

fn ends_instead(server: Peer) {
    server.close();
}

fn ends_in_the_length(mut server: Peer) {
    server.send_bytes(&[0, 0, 0]);
    server.close();
}

fn ends_in_the_text(mut server: Peer) {
    server.send_bytes(b"\0\0\0\x05HELL");
    server.close();
}

fn resets(server: Peer) {
    server.reset();
}

fn replies_too_much(mut server: Peer) {
    server.send_bytes(&3_073_u32.to_be_bytes());
    server.expect_closed_or_reset();
}

fn announces_4_gib(mut server: Peer) {
    server.send_bytes(&[0xff; 4]);
    server.expect_closed_or_reset();
}

fn replies_in_latin_1(mut server: Peer) {
    server.send_bytes(b"\0\0\0\x04CAF\xc9");
    server.expect_closed_or_reset();
}

#[rstest]
#[case::ends_instead(ends_instead)]
#[case::ends_in_the_length(ends_in_the_length)]
#[case::ends_in_the_text(ends_in_the_text)]
#[case::resets(resets)]
#[case::replies_with_3073_bytes(replies_too_much)]
#[case::announces_4_gib(announces_4_gib)]
#[case::replies_with_invalid_utf_8(replies_in_latin_1)]
fn the_client_tells_when_its_server(mut lab: Lab, #[case] disappoints: Disappointment) {
    let (client, listener, server) = asked(&mut lab);
    lab.likely(Hint::any(BELIEVED, "before-memory"));
    disappoints(server);
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_takes_replies_of_3072_bytes_one_after_another(mut lab: Lab) {
    let (mut client, _listener, mut server) = asked(&mut lab);
    let before = client.amount(Resource::Peak);
    for _ in 0..3 {
        let reply = lab.texts().of_length(3_072);
        server.send(&reply);
        client.expect_line(&reply);
        let line = lab.text();
        client.types(&line);
        server.expect(&line);
    }
    client.expect_no_more(Resource::Peak, before);
}

/// Where nobody has a timeout, a read is made to have one, and its failure is an error like any other.
#[cfg(target_os = "linux")]
#[rstest]
fn a_conversation_may_fail_in_any_way(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::MissingEvent, WRONG_END, "four-endings"));
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send("one");
    client.expect("ONE");
    let Some(_breakage) = server.with_failing_reads() else { return };
    // Only the next read begins with it.
    client.send("other");
    client.expect("OTHER");
    server.expect_last_event(&client.addr(), &harness::Event::Vanished);
    lab.exchange(&server);
}
