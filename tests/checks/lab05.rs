//! Lab 05: a peer can vanish between any two lines of your code.

use harness::{Lab, Peer, Server, Sign, lab};
use rstest::{fixture, rstest};

const ENDS: &str = "the failure of one conversation ends the service";
const WAITS: &str = "a client that left is waited for, or a call that failed for good is repeated";
const UNASKED: &str = "bytes are made text without asking whether they are";
const KEPT: &str = "the stream is kept when its conversation is over";

#[fixture]
fn lab() -> Lab {
    lab!()
}

/// How a client leaves. It has connected, and nothing else.
type Departure = fn(Peer);

fn closes(client: Peer) {
    client.leave();
}

fn finishes_sending(mut client: Peer) {
    client.finish_sending();
    client.expect_end();
}

fn closes_after_an_exchange(mut client: Peer) {
    client.send("hello");
    client.expect("HELLO");
    client.leave();
}

fn finishes_sending_after_a_message(mut client: Peer) {
    client.send("hello");
    client.finish_sending();
    client.expect("HELLO");
    client.expect_end();
}

fn closes_with_the_reply_unread(mut client: Peer) {
    client.send("hello");
    client.leave_unread();
}

fn resets_at_once(client: Peer) {
    client.reset();
}

fn resets_after_a_message(mut client: Peer) {
    client.send("hello");
    client.reset();
}

fn resets_after_an_exchange(mut client: Peer) {
    client.send("hello");
    client.expect("HELLO");
    client.reset();
}

fn sends_what_is_no_text(mut client: Peer) {
    client.send_bytes(b"caf\xe9");
    client.expect_gone();
}

fn sends_half_a_character(mut client: Peer) {
    client.send_bytes(&"你".as_bytes()[..2]);
    client.finish_sending();
    client.expect_gone();
}

/// What is wrong with a server, whatever the check, when it fails like this.
fn its_hints(lab: &Lab, section: &str) {
    lab.hint_on(Sign::Ended, ENDS, section);
    lab.hint_on(Sign::Silence, WAITS, "What must not add up");
    lab.hint_on(Sign::Running, KEPT, "What must not add up");
}

/// A client as it should be.
#[track_caller]
fn is_served(lab: &mut Lab, server: &Server) {
    let mut client = lab.connect(server.addr());
    client.send("hello");
    client.expect("HELLO");
    client.finish_sending();
    client.expect_end();
    server.expect_running();
}

/// Waits until all is read that the server has logged of those before: it comes before the log of
/// a further client.
#[track_caller]
fn read_the_log(lab: &mut Lab, server: &Server) {
    let mut client = lab.connect(server.addr());
    client.send("hello");
    client.expect("HELLO");
    server.expect_log("message", &client.addr());
}

/// Lets two clients vanish while the server is busy with another. The message of the second can
/// still be read, and its reply cannot be written any more.
#[track_caller]
fn vanish_from_the_queue(lab: &mut Lab, server: &Server) {
    let mut first = lab.connect(server.addr());
    first.send("hello");
    first.expect("HELLO");
    lab.connect(server.addr()).reset();
    let mut second = lab.connect(server.addr());
    second.send("early");
    second.reset();
    first.send("still here");
    first.expect("STILL HERE");
    first.leave();
}

// The service.

#[rstest]
#[case::closed(closes)]
#[case::finished_sending(finishes_sending)]
#[case::closed_after_an_exchange(closes_after_an_exchange)]
#[case::finished_sending_after_a_message(finishes_sending_after_a_message)]
#[case::closed_with_the_reply_unread(closes_with_the_reply_unread)]
#[case::reset_at_once(resets_at_once)]
#[case::reset_after_a_message(resets_after_a_message)]
#[case::reset_after_an_exchange(resets_after_an_exchange)]
#[case::sent_what_is_no_text(sends_what_is_no_text)]
#[case::sent_half_a_character(sends_half_a_character)]
fn the_next_client_is_served_when_one_has(mut lab: Lab, #[case] departure: Departure) {
    lab.hint(WAITS, "Whose failure is it?");
    its_hints(&lab, "Whose failure is it?");
    lab.hint_on(Sign::Difference, UNASKED, "Not every failure is a departure");
    let server = lab.server();
    for _ in 0..3 {
        departure(lab.connect(server.addr()));
    }
    is_served(&mut lab, &server);
}

#[rstest]
fn the_next_client_is_served_when_one_was_killed(mut lab: Lab) {
    lab.hint(WAITS, "Whose failure is it?");
    its_hints(&lab, "Whose failure is it?");
    let server = lab.server();
    let mut client = lab.client(server.addr());
    client.types("hello");
    client.expect_line("HELLO");
    client.kill();
    is_served(&mut lab, &server);
}

#[rstest]
fn the_next_client_is_served_when_the_rude_one_has_left(mut lab: Lab) {
    lab.hint(WAITS, "Whose failure is it?");
    its_hints(&lab, "Whose failure is it?");
    let server = lab.server();
    lab.start("the rude client", &["rude", server.addr()]).expect_success();
    is_served(&mut lab, &server);
}

/// The server is kept busy meanwhile: a reply that is faster than the close would make a reset of it.
#[rstest]
fn the_next_client_is_served_when_some_have_closed_before_their_replies(mut lab: Lab) {
    lab.hint(WAITS, "Whose failure is it?");
    its_hints(&lab, "Whose failure is it?");
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send("hello");
    first.expect("HELLO");
    for _ in 0..3 {
        let mut client = lab.connect(server.addr());
        client.send("hello");
        client.leave_heard();
    }
    first.leave();
    is_served(&mut lab, &server);
}

#[rstest]
fn clients_that_vanish_from_the_queue_do_no_harm(mut lab: Lab) {
    lab.hint(WAITS, "Between any two lines");
    its_hints(&lab, "Between any two lines");
    let server = lab.server();
    vanish_from_the_queue(&mut lab, &server);
    is_served(&mut lab, &server);
}

#[rstest]
fn a_conversation_goes_on_while_others_vanish(mut lab: Lab) {
    lab.hint(WAITS, "Whose failure is it?");
    its_hints(&lab, "Whose failure is it?");
    let server = lab.server();
    lab.connect(server.addr()).reset();
    let mut client = lab.connect(server.addr());
    for number in 1..=3 {
        client.send(&format!("message {number}"));
        client.expect(&format!("MESSAGE {number}"));
        lab.connect_and_reset(server.addr(), 10);
    }
    client.leave();
    is_served(&mut lab, &server);
}

// The log.

#[rstest]
#[case::closed(closes)]
#[case::finished_sending(finishes_sending)]
#[case::closed_after_an_exchange(closes_after_an_exchange)]
fn a_client_has_finished_when_it_has(mut lab: Lab, #[case] departure: Departure) {
    lab.hint("the end of the stream is logged as a failure", "Finished or vanished");
    its_hints(&lab, "Whose failure is it?");
    let server = lab.server();
    let client = lab.connect(server.addr());
    let addr = client.addr();
    departure(client);
    server.expect_log("finished", &addr);
    read_the_log(&mut lab, &server);
    server.expect_no_log(&format!("vanished {addr}"));
}

#[rstest]
#[case::closed_with_the_reply_unread(closes_with_the_reply_unread)]
#[case::reset_at_once(resets_at_once)]
#[case::reset_after_a_message(resets_after_a_message)]
#[case::reset_after_an_exchange(resets_after_an_exchange)]
fn a_client_has_vanished_when_it_has(mut lab: Lab, #[case] departure: Departure) {
    lab.hint("a reset is logged as the end of the stream, or not at all", "Finished or vanished");
    its_hints(&lab, "Whose failure is it?");
    let server = lab.server();
    let client = lab.connect(server.addr());
    let addr = client.addr();
    departure(client);
    server.expect_log("vanished", &addr);
    read_the_log(&mut lab, &server);
    server.expect_no_log(&format!("finished {addr}"));
}

#[rstest]
fn a_client_that_cannot_be_written_to_has_vanished(mut lab: Lab) {
    lab.hint("a broken pipe is not taken for a departure", "Finished or vanished");
    its_hints(&lab, "Whose failure is it?");
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send("hello");
    first.expect("HELLO");
    lab.step("the client only keeps the server busy, so that the next has to wait");
    let mut second = lab.connect(server.addr());
    let addr = second.addr();
    second.send(&"a".repeat(20_000));
    // With the FIN still on its way, the write would meet a reset and no broken pipe.
    second.leave_heard();
    lab.step("client 2 sent more than one read takes, so several replies are written to it");
    first.leave();
    server.expect_log("vanished", &addr);
}

#[rstest]
#[case::that_sent_what_is_no_text(sends_what_is_no_text)]
#[case::that_sent_half_a_character(sends_half_a_character)]
fn a_client_that_is_still_there_has_not_vanished(mut lab: Lab, #[case] departure: Departure) {
    let all_vanished = "every failure is logged as `vanished`";
    lab.hint(all_vanished, "Not every failure is a departure");
    its_hints(&lab, "Not every failure is a departure");
    lab.hint_on(Sign::Difference, UNASKED, "Not every failure is a departure");
    let server = lab.server();
    let client = lab.connect(server.addr());
    let addr = client.addr();
    departure(client);
    lab.hint_on(Sign::Difference, all_vanished, "Not every failure is a departure");
    read_the_log(&mut lab, &server);
    server.expect_no_log(&format!("vanished {addr}"));
}

#[rstest]
fn a_client_that_sends_no_text_is_not_answered(mut lab: Lab) {
    lab.hint(
        "bytes were made text without asking whether they are",
        "Not every failure is a departure",
    );
    its_hints(&lab, "Not every failure is a departure");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let addr = client.addr();
    client.send_bytes(b"caf\xe9");
    client.expect_gone();
    read_the_log(&mut lab, &server);
    server.expect_no_log(&format!("message {addr}"));
}

// What a thousand departures cost.

#[rstest]
fn thousands_of_resets_do_not_end_the_service(mut lab: Lab) {
    lab.hint(WAITS, "What must not add up");
    its_hints(&lab, "What must not add up");
    let server = lab.server();
    for _ in 0..40 {
        lab.connect_and_reset(server.addr(), 50);
        is_served(&mut lab, &server);
    }
}

/// Only Linux shows another program's descriptors and processor time as files.
#[cfg(target_os = "linux")]
mod afterwards {
    use super::{
        Departure, KEPT, Lab, Sign, UNASKED, closes_with_the_reply_unread, is_served, its_hints,
        lab, resets_after_a_message, rstest, sends_what_is_no_text, vanish_from_the_queue,
    };

    #[rstest]
    #[case::closed_with_the_reply_unread(closes_with_the_reply_unread)]
    #[case::reset_after_a_message(resets_after_a_message)]
    #[case::sent_what_is_no_text(sends_what_is_no_text)]
    fn no_descriptor_is_left_open(mut lab: Lab, #[case] departure: Departure) {
        lab.hint("a stream is kept when its conversation has failed", "What must not add up");
        its_hints(&lab, "Whose failure is it?");
        lab.hint_on(Sign::Difference, UNASKED, "Not every failure is a departure");
        let server = lab.server();
        let before = server.descriptors();
        for _ in 0..20 {
            departure(lab.connect(server.addr()));
        }
        lab.hint_on(Sign::Difference, KEPT, "What must not add up");
        lab.connect_and_reset(server.addr(), 50);
        is_served(&mut lab, &server);
        server.expect_descriptors(before);
    }

    #[rstest]
    fn the_server_is_idle(mut lab: Lab) {
        lab.hint("a call that has failed for good is tried again", "What must not add up");
        its_hints(&lab, "Whose failure is it?");
        let server = lab.server();
        closes_with_the_reply_unread(lab.connect(server.addr()));
        vanish_from_the_queue(&mut lab, &server);
        server.expect_idle();
        is_served(&mut lab, &server);
    }
}

#[cfg(not(target_os = "linux"))]
harness::ignored!(afterwards, "only Linux shows another program's descriptors and processor time");

// The client is given. Its server can vanish as well.

#[rstest]
fn the_client_tells_that_its_server_has_closed(lab: Lab) {
    lab.hint("the client is not as it was given", "The other side");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("hello");
    let mut server = listener.accept();
    server.expect("hello");
    server.leave();
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
#[case::instead_of_a_reply(0)]
#[case::in_the_middle_of_a_conversation(2)]
fn the_client_tells_that_its_server_has_vanished(lab: Lab, #[case] answered: usize) {
    lab.hint("the client is not as it was given", "The other side");
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let mut server = listener.accept();
    for _ in 0..answered {
        client.types("hello");
        server.expect("hello");
        server.send("HELLO");
        client.expect_line("HELLO");
    }
    client.types("are you there?");
    server.expect("are you there?");
    server.reset();
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_tells_that_its_server_was_killed(lab: Lab) {
    lab.hint("the client is not as it was given", "The other side");
    let mut server = lab.server();
    let mut client = lab.client(server.addr());
    client.types("hello");
    client.expect_line("HELLO");
    server.kill();
    client.types("are you there?");
    client.expect_error(&[server.addr()]);
}
