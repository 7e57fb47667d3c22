//! Lab 03: a server outlives its clients.

use harness::{Lab, Sign, lab};
use rstest::{fixture, rstest};

const ENDS: &str = "the server serves one client and ends";
const REBOUND: &str = "the listener is dropped, or made anew for each client";

#[fixture]
fn lab() -> Lab {
    lab!()
}

/// What is wrong with a server, whatever the check, when it fails like this.
fn its_hints(lab: &Lab) {
    lab.hint_on(Sign::Finished, ENDS, "A loop around accept");
    lab.hint_on(Sign::HungUp, REBOUND, "A loop around accept");
}

#[rstest]
#[case::two(2)]
#[case::three(3)]
#[case::fifty(50)]
fn the_server_serves_one_client_after_another(mut lab: Lab, #[case] clients: usize) {
    lab.hint("each client needs a conversation of its own", "A loop around accept");
    its_hints(&lab);
    let server = lab.server();
    for number in 1..=clients {
        let mut client = lab.connect(server.addr());
        client.send(&format!("from client {number}"));
        client.expect(&format!("FROM CLIENT {number}"));
        client.leave();
    }
    server.expect_running();
}

#[rstest]
#[case::one(1)]
#[case::ten(10)]
fn every_client_has_a_whole_conversation(mut lab: Lab, #[case] messages: usize) {
    lab.hint("each client needs a conversation of its own", "A loop around accept");
    let server = lab.server();
    for _ in 0..2 {
        its_hints(&lab);
        let mut client = lab.connect(server.addr());
        for number in 1..=messages {
            client.send(&format!("message {number}"));
            client.expect(&format!("MESSAGE {number}"));
            let left = "a client is left after its first message";
            lab.hint_on(Sign::HungUp, left, "A loop around accept");
        }
        client.finish_sending();
        client.expect_end();
    }
    server.expect_running();
}

#[rstest]
fn every_client_is_logged_by_its_own_address(mut lab: Lab) {
    lab.hint("the log names one address for all", "A loop around accept");
    its_hints(&lab);
    let server = lab.server();
    for _ in 0..2 {
        let mut client = lab.connect(server.addr());
        client.send("hello");
        client.expect("HELLO");
        let addr = client.addr();
        client.leave();
        server.expect_log("connected", &addr);
        server.expect_log("message", &addr);
        server.expect_log("finished", &addr);
    }
}

#[rstest]
fn a_connection_is_closed_when_its_client_has_finished(mut lab: Lab) {
    lab.hint("the stream is kept when its conversation is over", "A loop around accept");
    its_hints(&lab);
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send("hello");
    client.expect("HELLO");
    client.finish_sending();
    client.expect_end();
    let mut next = lab.connect(server.addr());
    next.send("hello");
    next.expect("HELLO");
}

#[rstest]
fn a_second_client_is_connected_and_waits(mut lab: Lab) {
    lab.hint("a waiting client's bytes were thrown away", "The queue before accept");
    its_hints(&lab);
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send("first");
    first.expect("FIRST");

    let mut second = lab.connect(server.addr());
    second.send("early");
    first.send("first again");
    first.expect("FIRST AGAIN");
    first.leave();

    second.expect("EARLY");
    second.send("late");
    second.expect("LATE");
}

#[rstest]
fn what_a_client_sent_and_closed_while_it_waited_is_answered(mut lab: Lab) {
    lab.hint("a waiting client's bytes were thrown away", "The queue before accept");
    its_hints(&lab);
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send("first");
    first.expect("FIRST");

    let mut second = lab.connect(server.addr());
    second.send("early");
    second.finish_sending();
    first.leave();

    second.expect("EARLY");
    second.expect_end();
}

#[rstest]
#[case::one(1)]
#[case::three(3)]
fn clients_that_never_speak_do_no_harm(mut lab: Lab, #[case] silent: usize) {
    lab.hint("a client that leaves without a word stops the others", "A loop around accept");
    its_hints(&lab);
    let server = lab.server();
    for _ in 0..silent {
        lab.connect(server.addr()).leave();
    }
    let mut client = lab.connect(server.addr());
    client.send("hello");
    client.expect("HELLO");
    server.expect_running();
}

#[rstest]
fn a_silent_client_only_keeps_the_others_waiting(mut lab: Lab) {
    lab.hint("a client that leaves without a word stops the others", "The queue before accept");
    its_hints(&lab);
    let server = lab.server();
    let silent = lab.connect(server.addr());
    let mut client = lab.connect(server.addr());
    client.send("hello");
    silent.leave();
    client.expect("HELLO");
}

#[rstest]
fn a_killed_client_does_not_end_the_service(mut lab: Lab) {
    lab.hint("each client needs a conversation of its own", "A loop around accept");
    its_hints(&lab);
    let server = lab.server();
    let mut first = lab.client(server.addr());
    first.types("hello");
    first.expect_line("HELLO");
    first.kill();
    if cfg!(windows) {
        return; // There a killed client leaves with a reset, which is lab 05.
    }
    let mut next = lab.connect(server.addr());
    next.send("hello");
    next.expect("HELLO");
}

#[rstest]
fn the_server_can_be_started_again_at_once(mut lab: Lab) {
    lab.hint(
        "the old connection still holds the port, and the new listener did not set SO_REUSEADDR",
        "The same port again",
    );
    lab.hint_on(Sign::HungUp, REBOUND, "A loop around accept");
    // An address of this check's own: no other program is given the port meanwhile.
    let mut server = lab.server_at(&harness::own_addr());
    let mut client = lab.connect(server.addr());
    client.send("hello");
    client.expect("HELLO");
    // Killed while connected, the server's side closes first, and its port is left in TIME_WAIT.
    server.kill();
    client.expect_gone();
    client.leave();

    let again = lab.server_at(server.addr());
    let mut client = lab.connect(again.addr());
    client.send("hello again");
    client.expect("HELLO AGAIN");
}

#[rstest]
fn a_server_that_ends_is_told_by_the_client(lab: Lab) {
    lab.hint("a read that returns no bytes is taken for a reply", "A loop around accept");
    let mut server = lab.server();
    let mut client = lab.client(server.addr());
    client.types("hello");
    client.expect_line("HELLO");
    server.kill();
    client.types("are you there?");
    client.expect_error(&[server.addr()]);
}

#[rstest]
fn clients_of_the_lab_are_served_one_after_another(lab: Lab) {
    lab.hint("each client needs a conversation of its own", "A loop around accept");
    its_hints(&lab);
    let server = lab.server();
    for line in ["first", "second", "third"] {
        let mut client = lab.client(server.addr());
        client.types(line);
        client.end_input();
        client.expect_line(&line.to_uppercase());
        client.expect_success();
    }
    server.expect_running();
}

/// Only Linux lets one program limit another's descriptors.
#[cfg(target_os = "linux")]
mod when_accept_fails {
    use harness::{DescriptorLimit, Server};

    use super::{Lab, REBOUND, Sign, lab, rstest};

    /// Serves one client, and takes away the descriptor that the next would need. It must be taken
    /// before the server is in `accept` again, where Linux has set one aside already.
    fn serve_the_last_client_possible(lab: &mut Lab, server: &Server) -> DescriptorLimit {
        let limit = server.descriptor_limit();
        let mut client = lab.connect(server.addr());
        client.send("one more");
        client.expect("ONE MORE");
        limit.lower();
        let addr = client.addr();
        client.leave();
        server.expect_log("finished", &addr);
        server.expect_more_after("finished", &addr);
        limit
    }

    #[rstest]
    fn a_failing_accept_is_logged_and_survived(mut lab: Lab) {
        lab.hint("an error of `accept` is not logged", "When accept fails");
        lab.hint_on(Sign::HungUp, REBOUND, "A loop around accept");
        lab.hint_on(Sign::Ended, "an error of `accept` ends the server", "When accept fails");
        lab.hint_on(
            Sign::Silence,
            "the server pauses too long, or does not try again",
            "When accept fails",
        );
        let server = lab.server();
        let limit = serve_the_last_client_possible(&mut lab, &server);
        let mut client = lab.connect(server.addr());
        client.send("hello");
        limit.lift();
        client.expect("HELLO");
        server.expect_running();
    }

    #[rstest]
    fn a_failing_accept_is_paused_on(mut lab: Lab) {
        lab.hint("an error of `accept` is not logged", "When accept fails");
        lab.hint_on(Sign::Ended, "an error of `accept` ends the server", "When accept fails");
        let server = lab.server();
        let _limit = serve_the_last_client_possible(&mut lab, &server);
        lab.hint_on(
            Sign::Difference,
            "`accept` fails at once, and the loop tries again as fast as it can",
            "When accept fails",
        );
        server.expect_no_flood();
        server.expect_running();
    }
}

#[cfg(not(target_os = "linux"))]
harness::ignored!(when_accept_fails, "only Linux lets one program limit another's descriptors");
