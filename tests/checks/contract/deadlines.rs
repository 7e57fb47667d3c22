//! What holds for every server that waits for nobody for ever: each message has a deadline, the whole of
//! it, and each reply has another one.

use std::time::Duration;

use harness::{Event, Hint, Lab, Peer, Server, Symptom, frame, lab};
use rstest::{fixture, rstest};

const WAITS: &str = "a client is waited for without a deadline";
const EACH_READ: &str = "the deadline is for one read, and begins anew with each byte: it is for the whole \
                         message";
const UNREAD: &str =
    "a client that does not read is waited for without a deadline: a write waits too";
const OTHER_WORD: &str = "a deadline that has passed is logged as `gave up`: the client has neither finished \
                          nor vanished, and nothing was cut";
const ENDS: &str = "a deadline that has passed ends the service";
const ZERO: &str = "a timeout of zero is an error of the caller for std: a deadline that has passed must be \
                    told before the call";
const KEPT: &str = "something of a client that was given up is kept";

const LIKELY: &[Hint] = &[
    Hint::new(Symptom::NotGivenUp, WAITS, "10-deadlines.md#a-deadline"),
    Hint::new(Symptom::NoReply, WAITS, "10-deadlines.md#a-deadline"),
    Hint::new(Symptom::MissingEvent, WAITS, "10-deadlines.md#a-deadline"),
    Hint::new(Symptom::WrongEvent, OTHER_WORD, "10-deadlines.md#two-names"),
    Hint::new(Symptom::Exited, ENDS, "your-turn"),
    Hint::new(Symptom::ExitedOk, ENDS, "your-turn"),
    Hint::new(Symptom::Grew, KEPT, "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// A server that waits for half a second.
#[track_caller]
fn impatient(lab: &Lab) -> Server {
    lab.service_with(&[("PATIENCE", "500")], "server", "127.0.0.1:0")
}

/// A client whose message is there when the server looks, however long this machine takes over it.
#[track_caller]
fn is_served(lab: &mut Lab, server: &Server) -> (Peer, String) {
    let text = lab.text();
    #[cfg(unix)]
    server.suspend();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    #[cfg(unix)]
    server.resume();
    client.expect(&text.to_uppercase());
    (client, text)
}

/// The server has given this client up, and serves the next.
#[track_caller]
fn is_given_up(lab: &mut Lab, server: &Server, mut client: Peer, texts: &[&str]) {
    client.expect_given_up();
    let messages = texts.iter().map(|text| Event::Message(text));
    let events = [Event::Connected].into_iter().chain(messages).chain([Event::GaveUp]);
    let events: Vec<Event> = events.collect();
    server.expect_log(&client.addr(), &events);
    is_served(lab, server);
    server.expect_log(&client.addr(), &events);
    server.expect_running();
}

#[rstest]
#[case::before_its_first_byte(b"")]
#[case::in_the_length(b"\0\0")]
#[case::after_the_length(b"\0\0\0\x05")]
#[case::in_the_text(b"\0\0\0\x05hel")]
fn a_client_that_falls_silent_is_given_up(mut lab: Lab, #[case] bytes: &[u8]) {
    let server = impatient(&lab);
    let mut client = lab.connect(server.addr());
    client.send_in_pieces(&[bytes]);
    is_given_up(&mut lab, &server, client, &[]);
}

#[rstest]
fn a_client_that_falls_silent_after_an_exchange_is_given_up(mut lab: Lab) {
    let server = impatient(&lab);
    let (client, text) = is_served(&mut lab, &server);
    is_given_up(&mut lab, &server, client, &[&text]);
}

#[rstest]
fn several_silent_clients_are_given_up_and_the_next_is_served(mut lab: Lab) {
    let server = impatient(&lab);
    // All of them are there before the first is given up.
    #[cfg(unix)]
    server.suspend();
    let silent: Vec<Peer> = (0..3).map(|_| lab.connect(server.addr())).collect();
    #[cfg(unix)]
    server.resume();
    for client in silent {
        is_given_up(&mut lab, &server, client, &[]);
    }
}

/// Each byte comes in time, and all of them do not.
#[rstest]
#[case::in_the_length(&[0, 0, 0, 5], 300)]
#[case::in_the_text(&frame("a text that takes three seconds if each byte takes a twentieth"), 50)]
fn a_client_that_drips_is_given_up(mut lab: Lab, #[case] bytes: &[u8], #[case] pause: u64) {
    for symptom in [
        Symptom::NotGivenUp,
        Symptom::WrongContent,
        Symptom::NoReply,
        Symptom::MissingEvent,
        Symptom::WrongEvent,
    ] {
        lab.likely(Hint::new(symptom, EACH_READ, "10-deadlines.md#each-read"));
    }
    let server = impatient(&lab);
    let mut client = lab.connect(server.addr());
    client.drip(bytes, Duration::from_millis(pause));
    is_given_up(&mut lab, &server, client, &[]);
}

/// Its replies fill the buffers of both ends, and the server's write waits.
#[rstest]
fn a_client_that_does_not_read_is_given_up(mut lab: Lab) {
    for symptom in [Symptom::NoReply, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, UNREAD, "10-deadlines.md#writes-wait-too"));
    }
    let server = impatient(&lab);
    let mut client = lab.connect_with_small_buffers(server.addr());
    client.send_together(&vec!["unread".repeat(150); 64]);
    server.messages_until_end(&client.addr());
    server.expect_last_event(&client.addr(), &Event::GaveUp);
    is_served(&mut lab, &server);
    server.expect_running();
}

/// What a server sets where it may wait for a minute, and a second of that is over for some. Only Linux
/// tells, and who waits in another way sets nothing.
#[cfg(target_os = "linux")]
mod by_its_timeouts {
    use super::{Duration, Hint, Lab, Peer, Server, Symptom, frame, lab, rstest};

    const ONE_FOR_ALL: &str =
        "the deadline is for the whole conversation: each message has one of its own";
    const ONE_FOR_BOTH: &str =
        "a message and its reply have one deadline together: the reply has its own";
    const AFTERWARDS: &str =
        "a read may wait as long as if nothing had passed: it gets what is left";
    /// Between what is left of a minute when a second has passed, and all of it.
    const LESS: Duration = Duration::from_millis(59_500);

    /// A client that has sent half of a message, and thinks.
    fn half(lab: &mut Lab, server: &Server) -> (Peer, String) {
        let text = lab.text();
        let mut client = lab.connect(server.addr());
        client.send_bytes(&frame(&text)[..2]);
        client.think(server);
        (client, text)
    }

    #[rstest]
    fn what_is_left_for_a_message_becomes_less(mut lab: Lab) {
        lab.likely(Hint::new(Symptom::Other, AFTERWARDS, "10-deadlines.md#a-deadline"));
        let server = lab.server();
        let (mut client, text) = half(&mut lab, &server);
        client.send_in_pieces(&[&frame(&text)[2..4]]);
        client.wait_until_read();
        server.waits_for_a_message();
        let Some(left) = server.read_timeout() else { return };
        lab.expect(
            left < LESS,
            "less than 60 s to be left for it",
            &format!("it waits for {left:?}"),
        );
    }

    #[rstest]
    fn each_message_has_a_deadline_of_its_own(mut lab: Lab) {
        lab.likely(Hint::new(Symptom::Other, ONE_FOR_ALL, "10-deadlines.md#a-deadline"));
        let server = lab.server();
        let (mut client, text) = half(&mut lab, &server);
        client.send_bytes(&frame(&text)[2..]);
        client.expect(&text.to_uppercase());
        server.waits_for_a_message();
        let Some(left) = server.read_timeout() else { return };
        lab.expect(
            left > LESS,
            "the next message to have 60 s again",
            &format!("it waits for {left:?}"),
        );
    }

    #[rstest]
    fn each_reply_has_a_deadline_of_its_own(mut lab: Lab) {
        lab.likely(Hint::new(Symptom::Other, ONE_FOR_BOTH, "10-deadlines.md#a-deadline"));
        let server = lab.server();
        let (mut client, text) = half(&mut lab, &server);
        client.send_bytes(&frame(&text)[2..]);
        client.expect(&text.to_uppercase());
        let Some(left) = server.write_timeout() else { return };
        lab.expect(left > LESS, "the reply to have 60 s", &format!("it had {left:?}"));
    }
}

/// Where nothing is left from the start, no call may be made with a timeout of nothing.
#[rstest]
fn a_patience_of_zero_gives_up_at_once(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::WrongEvent, ZERO, "10-deadlines.md#a-deadline"));
    let server = lab.service_with(&[("PATIENCE", "0")], "server", "127.0.0.1:0");
    for _ in 0..3 {
        let mut client = lab.connect(server.addr());
        client.expect_given_up();
        server.expect_log(&client.addr(), &[Event::Connected, Event::GaveUp]);
    }
    server.expect_running();
}

#[rstest]
fn nothing_is_kept_of_clients_that_were_given_up(mut lab: Lab) {
    let server = lab.service_with(&[("PATIENCE", "0")], "server", "127.0.0.1:0");
    let mut before = Vec::new();
    for count in 0..300 {
        if count == 20 {
            before = server.possessions();
        }
        lab.connect(server.addr()).expect_given_up();
    }
    server.expect_no_more_than(&before);
    server.expect_running();
}

/// Stopped and resumed, a program that waits with a timeout has its call fail with `Interrupted` on Linux.
#[cfg(unix)]
#[rstest]
fn a_signal_is_no_reason_to_give_up(mut lab: Lab) {
    const SIGNAL: &str = "a signal is taken for the end of the patience, or of the connection";
    for symptom in [Symptom::Disconnected, Symptom::Exited, Symptom::ExitedOk] {
        lab.likely(Hint::new(symptom, SIGNAL, "your-turn"));
    }
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let text = lab.text();
    let bytes = frame(&text);
    for piece in [&bytes[..2], &bytes[2..6]] {
        client.send_in_pieces(&[piece]);
        server.waits_for_a_message();
        server.suspend();
        server.resume();
    }
    client.send_in_pieces(&[&bytes[6..]]);
    client.expect(&text.to_uppercase());
    server.expect_log(&client.addr(), &[Event::Connected, Event::Message(&text)]);
}
