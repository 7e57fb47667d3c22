//! Lab 03: a server outlives its clients.

use harness::{Event, Hint, Lab, Symptom, lab};
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

const ENDS: &str = "the server serves one client and ends";
const TURNED_AWAY: &str = "the listener is dropped or made anew for each client, or a client is \
                           accepted and dropped";
const LEFT: &str = "a client is left after its first message";
const UNSERVED: &str = "a client that waits, or that left without a word, stops the others";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(Symptom::ExitedOk, ENDS, "accept-loop").of_the_server(),
    Hint::new(Symptom::Disconnected, TURNED_AWAY, "accept-loop").of_the_server(),
    Hint::new(Symptom::NoReply, UNSERVED, "queue").of_the_server(),
    Hint::new(
        Symptom::StillOpen,
        "the stream is kept when its conversation is over",
        "accept-loop",
    ),
    Hint::new(
        Symptom::MissingEvent,
        "an event is not logged with the client's own address",
        "accept-loop",
    ),
    Hint::new(
        Symptom::WrongEvent,
        "the log names another address, or an event at the wrong place",
        "accept-loop",
    ),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

#[rstest]
#[case::two(2)]
#[case::three(3)]
#[case::fifty(50)]
fn the_server_serves_one_client_after_another(mut lab: Lab, #[case] clients: usize) {
    let server = lab.server();
    for _ in 0..clients {
        lab.exchange(&server);
    }
    server.expect_running();
}

#[rstest]
#[case::one(1)]
#[case::ten(10)]
fn every_client_has_a_whole_conversation(mut lab: Lab, #[case] messages: usize) {
    let server = lab.server();
    for _ in 0..2 {
        let mut client = lab.connect(server.addr());
        for _ in 0..messages {
            let text = lab.text();
            client.send(&text);
            client.expect(&text.to_uppercase());
            lab.likely(Hint::new(Symptom::Disconnected, LEFT, "accept-loop"));
        }
        client.shutdown_write();
        client.expect_eof();
        lab.likely(Hint::new(Symptom::Disconnected, TURNED_AWAY, "accept-loop"));
    }
    server.expect_running();
}

#[rstest]
fn every_client_is_logged_by_its_own_address(mut lab: Lab) {
    let server = lab.server();
    for _ in 0..3 {
        let text = lab.text();
        let mut client = lab.connect(server.addr());
        client.send(&text);
        client.expect(&text.to_uppercase());
        let addr = client.addr();
        client.close();
        server.expect_log(&addr, &[Event::Connected, Event::Message(&text), Event::Finished]);
    }
}

#[rstest]
fn a_connection_is_closed_when_its_client_has_finished(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
    client.shutdown_write();
    client.expect_eof();
    lab.exchange(&server);
}

#[rstest]
fn a_second_client_is_connected_and_served_at_last(mut lab: Lab) {
    let texts = [lab.text(), lab.text(), lab.text(), lab.text()];
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send(&texts[0]);
    first.expect(&texts[0].to_uppercase());

    let mut second = lab.connect(server.addr());
    second.send(&texts[1]);
    first.send(&texts[2]);
    first.expect(&texts[2].to_uppercase());
    first.close();

    second.expect(&texts[1].to_uppercase());
    second.send(&texts[3]);
    second.expect(&texts[3].to_uppercase());
}

#[rstest]
fn what_a_client_sent_and_closed_while_it_waited_is_answered(mut lab: Lab) {
    let (one, early) = (lab.text(), lab.text());
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send(&one);
    first.expect(&one.to_uppercase());

    let mut second = lab.connect(server.addr());
    second.send(&early);
    second.shutdown_write();
    first.close();

    second.expect(&early.to_uppercase());
    second.expect_eof();
}

#[rstest]
#[case::one(1)]
#[case::three(3)]
fn clients_that_never_speak_do_no_harm(mut lab: Lab, #[case] silent: usize) {
    let server = lab.server();
    for _ in 0..silent {
        let client = lab.connect(server.addr());
        let addr = client.addr();
        client.close();
        server.expect_log(&addr, &[Event::Connected, Event::Finished]);
    }
    lab.exchange(&server);
    server.expect_running();
}

#[rstest]
fn a_silent_client_only_keeps_the_others_waiting(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let silent = lab.connect(server.addr());
    let mut client = lab.connect(server.addr());
    client.send(&text);
    silent.close();
    client.expect(&text.to_uppercase());
}

#[rstest]
fn a_killed_client_does_not_end_the_service(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    let mut first = lab.client(server.addr());
    first.types(&text);
    first.expect_line(&text.to_uppercase());
    first.kill();
    if cfg!(windows) {
        return; // There a killed client leaves with a reset, which is lab 05.
    }
    lab.exchange(&server);
}

#[rstest]
fn the_server_can_be_started_again_at_once(mut lab: Lab) {
    lab.likely(Hint::new(
        Symptom::Exited,
        "the old connection still holds the port, and a listener did not set SO_REUSEADDR",
        "same-port",
    ));
    let text = lab.text();
    // An address of this check's own: no other program is given the port meanwhile.
    let mut server = lab.server_at(&harness::own_addr());
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
    // Killed while connected, the server's side closes first, and its port is left in TIME_WAIT.
    server.kill();
    client.expect_closed_or_reset();
    client.close();
    let again = lab.server_at(server.addr());
    lab.exchange(&again);
}

#[rstest]
fn a_server_that_ends_is_told_by_the_client(mut lab: Lab) {
    lab.likely(Hint::any("a read that returns no bytes is taken for a reply", "your-turn"));
    let text = lab.text();
    let mut server = lab.server();
    let mut client = lab.client(server.addr());
    client.types(&text);
    client.expect_line(&text.to_uppercase());
    server.kill();
    client.types("are you there?");
    client.expect_error(&[server.addr()]);
}

#[rstest]
fn clients_of_the_lab_are_served_one_after_another(lab: Lab) {
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
