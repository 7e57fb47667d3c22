//! Lab 02: zero bytes read means: the peer has finished.

use harness::{Lab, Sign, lab};
use rstest::{fixture, rstest};

const ZERO: &str = "`read` has returned 0, and the loop goes on";
const LEAVES: &str = "the client leaves after its first message";
const UNREAD: &str = "a read that returns no bytes is taken for a reply";
const UNLOGGED: &str = "the server ends without logging `finished PEER`";

#[fixture]
fn lab() -> Lab {
    lab!()
}

// The server, with a client of the check.

#[rstest]
#[case::one(1)]
#[case::two(2)]
#[case::a_hundred(100)]
fn the_server_answers_every_message_in_turn(mut lab: Lab, #[case] messages: usize) {
    lab.hint(
        "the reply is not made of the bytes of this read, and only those",
        "A loop on each side",
    );
    lab.hint_on(Sign::HungUp, "the loop ends too early", "A loop on each side");
    lab.hint_on(Sign::Ended, "the loop ends too early", "A loop on each side");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    for number in 1..=messages {
        client.send(&format!("message {number}"));
        client.expect(&format!("MESSAGE {number}"));
    }
    client.leave();
    server.expect_end();
}

#[rstest]
fn a_short_message_after_a_long_one_is_answered_alone(mut lab: Lab) {
    lab.hint(
        "the reply is made of the whole buffer, not of the bytes that were read",
        "A loop on each side",
    );
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send("a long message");
    client.expect("A LONG MESSAGE");
    client.send("short");
    client.expect("SHORT");
    server.expect_running();
}

#[rstest]
#[case::of_1024_bytes("a".repeat(1024))]
#[case::whose_reply_is_three_times_as_long("ΐ".repeat(512))]
fn the_server_answers_long_messages(mut lab: Lab, #[case] message: String) {
    lab.hint(
        "the buffer has no room for 1,024 bytes, or `write` sent only a part",
        "A loop on each side",
    );
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    for _ in 0..3 {
        client.send(&message);
        client.expect(&message.to_uppercase());
    }
    server.expect_running();
}

#[rstest]
#[case::without_a_word(0)]
#[case::after_one_message(1)]
#[case::after_three_messages(3)]
fn the_server_ends_when_the_client_has_left(mut lab: Lab, #[case] messages: usize) {
    lab.hint(UNLOGGED, "Zero bytes");
    lab.hint_on(Sign::Running, ZERO, "Zero bytes");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    for _ in 0..messages {
        client.send("hello");
        client.expect("HELLO");
    }
    let addr = client.addr();
    client.leave();
    server.expect_success();
    server.expect_log("finished", &addr);
}

#[rstest]
fn the_last_reply_arrives_after_the_client_has_finished_sending(mut lab: Lab) {
    lab.hint("the server ends before it has answered what it had read", "Finished is not gone");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send("last words");
    client.finish_sending();
    client.expect("LAST WORDS");
    client.expect_end();
    server.expect_success();
}

#[rstest]
fn the_server_ends_when_the_client_only_finishes_sending(mut lab: Lab) {
    lab.hint(UNLOGGED, "Finished is not gone");
    lab.hint_on(Sign::Running, ZERO, "Finished is not gone");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send("hello");
    client.expect("HELLO");
    client.finish_sending();
    client.expect_end();
    server.expect_success();
    server.expect_log("finished", &client.addr());
}

#[rstest]
fn the_server_ends_when_the_client_is_killed(lab: Lab) {
    lab.hint_on(Sign::Running, ZERO, "Zero bytes");
    let server = lab.server();
    let mut client = lab.client(server.addr());
    client.types("hello");
    client.expect_line("HELLO");
    client.kill();
    server.expect_end();
}

#[rstest]
fn the_server_logs_no_message_that_nobody_sent(mut lab: Lab) {
    lab.hint("the end of the stream is taken for an empty message", "Zero bytes");
    let server = lab.server();
    lab.connect(server.addr()).leave();
    server.expect_end();
    server.expect_no_log("message");
}

#[rstest]
fn the_server_refuses_bytes_that_are_no_text(mut lab: Lab) {
    lab.hint("bytes were taken for text without asking whether they are", "A loop on each side");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send_bytes(b"\xff");
    server.expect_error(&[&client.addr()]);
}

// The client, served by the check.

#[rstest]
#[case::one(1)]
#[case::two(2)]
#[case::a_hundred(100)]
fn the_client_sends_every_line_and_shows_every_reply(lab: Lab, #[case] messages: usize) {
    lab.hint("a message is sent before the reply to the last one is there", "A loop on each side");
    lab.hint_on(Sign::Ended, LEAVES, "A loop on each side");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    for number in 1..=messages {
        client.types(&format!("message {number}"));
    }
    client.end_input();
    let mut server = listener.accept();
    for number in 1..=messages {
        server.expect(&format!("message {number}"));
        server.send(&format!("MESSAGE {number}"));
    }
    for number in 1..=messages {
        client.expect_line(&format!("MESSAGE {number}"));
    }
    server.expect_end();
    client.expect_success();
}

#[rstest]
#[case::before_the_first_message(&[])]
#[case::after_one_message(&["hello"])]
fn the_end_of_input_ends_the_client(lab: Lab, #[case] lines: &[&str]) {
    lab.hint("`message()` has returned `None`, and the client goes on", "Finished is not gone");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let mut server = listener.accept();
    for line in lines {
        client.types(line);
        server.expect(line);
        server.send("A REPLY");
        client.expect_line("A REPLY");
    }
    client.end_input();
    server.expect_end();
    client.expect_success();
}

#[rstest]
#[case::instead_of_the_first_reply(0)]
#[case::instead_of_the_third_reply(2)]
fn the_client_says_that_the_server_hung_up(lab: Lab, #[case] answered: usize) {
    lab.hint(UNREAD, "Zero bytes");
    lab.hint_on(Sign::Running, UNREAD, "Zero bytes");
    lab.hint_on(Sign::Finished, LEAVES, "A loop on each side");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let mut server = listener.accept();
    for _ in 0..answered {
        client.types("hello");
        server.expect("hello");
        server.send("HELLO");
        client.expect_line("HELLO");
    }
    client.types("hello");
    server.expect("hello");
    server.leave();
    lab.hint_on(Sign::Finished, UNREAD, "Zero bytes");
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_shows_a_reply_of_3072_bytes(lab: Lab) {
    lab.hint(
        "the buffer has no room for a reply three times as long as its message",
        "A loop on each side",
    );
    lab.hint_on(Sign::Finished, LEAVES, "A loop on each side");
    let reply = "ΐ".repeat(512).to_uppercase();
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let mut server = listener.accept();
    for _ in 0..2 {
        client.types("hello");
        server.expect("hello");
        server.send(&reply);
        client.expect_line(&reply);
    }
    client.end_input();
    client.expect_success();
}

// Both together.

#[rstest]
fn a_whole_conversation_ends_on_both_sides(lab: Lab) {
    lab.hint("one side waits for something that the other does not send", "Who ends it");
    lab.hint_on(Sign::Finished, "one side leaves after the first message", "A loop on each side");
    let server = lab.server();
    let mut client = lab.client(server.addr());
    for line in ["good morning", "straße", "你好"] {
        client.types(line);
        client.expect_line(&line.to_uppercase());
    }
    client.end_input();
    client.expect_success();
    server.expect_success();
}
