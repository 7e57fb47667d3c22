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
const ZERO: &str = "where nothing is left from the start, that is told before any call, and it is `gave up` \
                    like any other deadline that has passed";
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
    let (mut client, first) = is_served(&mut lab, &server);
    let texts = [first, lab.text(), lab.text()];
    for text in &texts[1..] {
        client.send(text);
        client.expect(&text.to_uppercase());
    }
    is_given_up(&mut lab, &server, client, &texts.each_ref().map(String::as_str));
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
    // A word that is wrong is another matter.
    for symptom in [Symptom::NotGivenUp, Symptom::WrongContent, Symptom::NoReply] {
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
    let client = lab.client_that_does_not_read(server.addr());
    server.messages_until_end(&client.addr());
    server.expect_last_event(&client.addr(), &Event::GaveUp);
    is_served(&mut lab, &server);
    server.expect_running();
}

/// The same with replies so small that each is written whole, or not at all.
#[rstest]
fn a_client_that_does_not_read_small_replies_is_given_up(mut lab: Lab) {
    const BY_SIZE: &str = "a write whose time is up fails otherwise when none of the reply was taken: \
                           `WouldBlock` on Unix, which is `gave up` too";
    for symptom in [Symptom::NoReply, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, UNREAD, "10-deadlines.md#writes-wait-too"));
    }
    lab.likely(Hint::new(Symptom::WrongEvent, BY_SIZE, "10-deadlines.md#two-names"));
    let server = impatient(&lab);
    let mut client = lab.connect_with_small_buffers(server.addr());
    client.send_together(&vec!["a reply ".repeat(8); 2_000]);
    server.expect_last_event(&client.addr(), &Event::GaveUp);
    is_served(&mut lab, &server);
    server.expect_running();
}

/// What a server sets where it may wait for a minute, and a second of that is over for some. Only Linux
/// tells, and who waits in another way sets nothing.
#[cfg(target_os = "linux")]
mod by_its_timeouts {
    use std::thread;
    use std::time::Instant;

    use super::{Duration, Hint, Lab, Peer, Server, Symptom, frame, lab, rstest};

    const ONE_FOR_ALL: &str =
        "the deadline is for the whole conversation: each message has one of its own";
    const TOO_LONG: &str = "what an earlier message has not used is added to this one's time";
    const ONE_FOR_BOTH: &str =
        "a message and its reply have one deadline together: the reply has its own";
    const AFTERWARDS: &str =
        "a call may wait as long as if nothing had passed: it gets what is left";
    /// How soon it waits again when something has come, and how often that is looked at.
    const SOON: Duration = Duration::from_millis(500);
    const LOOK: Duration = Duration::from_millis(5);
    const ALL: Duration = Duration::from_secs(60);
    /// Between what is left of a minute when a second has passed, and all of it.
    const LESS: Duration = Duration::from_millis(59_500);

    /// Who sets less than that, where nearly all of a minute is left, waits in slices.
    const IN_SLICES: Duration = Duration::from_secs(20);

    /// Whether a server that waits for a message from now on would do so in one call. Who waits in
    /// slices looks at a clock in between, and what that says nobody sees.
    fn waits_in_one_call(server: &Server) -> bool {
        server.waits_for_a_message();
        server.read_timeout().is_some_and(|left| left > IN_SLICES)
    }

    /// What it waits for is soon less than all of its patience, where that is told.
    #[track_caller]
    fn has_less(lab: &Lab, left: impl Fn() -> Option<Duration>) {
        let until = Instant::now() + SOON;
        let is_all = || left().is_some_and(|left| left >= LESS);
        while is_all() && Instant::now() < until {
            thread::sleep(LOOK);
        }
        let came = format!("it waits for {:?}", left().unwrap_or_default());
        lab.expect(!is_all(), "less than 60 s to be left for it", &came);
    }

    /// A client that has sent half of a message, and thinks.
    fn half(lab: &mut Lab, server: &Server) -> Option<(Peer, String)> {
        let text = lab.text();
        let mut client = lab.connect(server.addr());
        if !waits_in_one_call(server) {
            return None;
        }
        client.send_bytes(&frame(&text)[..2]);
        client.think(server);
        Some((client, text))
    }

    /// It counts from when the server begins to wait, and neither bytes nor signals begin it anew.
    #[rstest]
    fn what_is_left_for_a_message_becomes_less(mut lab: Lab) {
        lab.likely(Hint::new(Symptom::Other, AFTERWARDS, "10-deadlines.md#a-deadline"));
        let server = lab.server();
        let bytes = frame(&lab.texts().of_length(1_000));
        let mut client = lab.connect(server.addr());
        if !waits_in_one_call(&server) {
            return;
        }
        client.think(&server);
        let mut sent = 0;
        for end in [1, 4, 400, 900] {
            client.send_in_pieces(&[&bytes[sent..end]]);
            client.wait_until_read();
            server.waits_for_a_message();
            has_less(&lab, || server.read_timeout());
            sent = end;
        }
        server.suspend();
        server.resume();
        server.waits_for_a_message();
        has_less(&lab, || server.read_timeout());
    }

    #[rstest]
    fn what_is_left_for_a_reply_becomes_less(mut lab: Lab) {
        lab.likely(Hint::new(Symptom::Other, AFTERWARDS, "10-deadlines.md#a-deadline"));
        let server = lab.server();
        let client = lab.client_that_does_not_read(server.addr());
        server.is_stuck_in_a_write();
        let first = server.write_timeout();
        client.think(&server);
        if first.is_none_or(|left| left < IN_SLICES) {
            return;
        }
        server.suspend();
        server.resume();
        server.waits_for_a_reader();
        has_less(&lab, || server.write_timeout());
    }

    #[rstest]
    fn each_message_has_a_deadline_of_its_own(mut lab: Lab) {
        lab.likely(Hint::new(Symptom::Other, ONE_FOR_ALL, "10-deadlines.md#a-deadline"));
        let server = lab.server();
        let Some((mut client, text)) = half(&mut lab, &server) else { return };
        client.send_bytes(&frame(&text)[2..]);
        client.expect(&text.to_uppercase());
        for text in [lab.text(), lab.text(), lab.text()] {
            client.send(&text);
            client.expect(&text.to_uppercase());
        }
        server.waits_for_a_message();
        let Some(left) = server.read_timeout() else { return };
        lab.expect(
            left > LESS,
            "the next message to have 60 s again",
            &format!("it waits for {left:?}"),
        );
        lab.likely(Hint::new(Symptom::Other, TOO_LONG, "10-deadlines.md#a-deadline"));
        lab.expect(left <= ALL, "no message to have more", &format!("it waits for {left:?}"));
    }

    #[rstest]
    fn each_reply_has_a_deadline_of_its_own(mut lab: Lab) {
        lab.likely(Hint::new(Symptom::Other, ONE_FOR_BOTH, "10-deadlines.md#a-deadline"));
        let server = lab.server();
        let Some((mut client, text)) = half(&mut lab, &server) else { return };
        client.send_bytes(&frame(&text)[2..]);
        client.expect(&text.to_uppercase());
        let Some(left) = server.write_timeout() else { return };
        lab.expect(left > LESS, "the reply to have 60 s", &format!("it had {left:?}"));
    }
}

/// Where nothing is left from the start, no call may be made with a timeout of nothing, and where next
/// to nothing is left, none is made of it.
#[rstest]
#[case::of_zero("0")]
#[case::of_a_millisecond("1")]
fn a_patience_gives_up_at_once(mut lab: Lab, #[case] patience: &str) {
    lab.likely(Hint::new(Symptom::WrongEvent, ZERO, "10-deadlines.md#a-deadline"));
    let server = lab.service_with(&[("PATIENCE", patience)], "server", "127.0.0.1:0");
    for _ in 0..5 {
        let mut client = lab.connect(server.addr());
        client.expect_given_up();
        server.expect_log(&client.addr(), &[Event::Connected, Event::GaveUp]);
    }
    server.expect_running();
}

/// A message that is there already does not help.
#[cfg(unix)]
#[rstest]
fn with_a_patience_of_zero_no_message_comes_in_time(mut lab: Lab) {
    const TIME_ENOUGH: &str =
        "where nothing is left, there is no call to make: not a short one, either";
    for symptom in [Symptom::WrongContent, Symptom::WrongEvent] {
        lab.likely(Hint::new(symptom, TIME_ENOUGH, "10-deadlines.md#a-deadline"));
    }
    let server = lab.service_with(&[("PATIENCE", "0")], "server", "127.0.0.1:0");
    server.suspend();
    let mut client = lab.connect(server.addr());
    client.send("hello");
    server.resume();
    client.expect_given_up();
    server.expect_log(&client.addr(), &[Event::Connected, Event::GaveUp]);
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

/// Whoever was given up need not go, and nobody waits for that.
#[rstest]
fn nothing_is_kept_of_clients_that_stay_when_they_were_given_up(mut lab: Lab) {
    let server = lab.service_with(&[("PATIENCE", "300")], "server", "127.0.0.1:0");
    for _ in 0..3 {
        is_served(&mut lab, &server);
    }
    let before = server.possessions();
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(lab.connect(server.addr()));
        let mut half = lab.connect(server.addr());
        half.send_bytes(b"\0\0\0\x05hel");
        clients.push(half);
        clients.push(lab.client_that_does_not_read(server.addr()));
    }
    for client in &clients {
        server.expect_last_event(&client.addr(), &Event::GaveUp);
    }
    server.expect_no_more_than(&before);
    server.expect_running();
}

/// What it takes comes in time, each time, and the whole reply does not.
#[rstest]
fn a_client_that_takes_a_reply_too_slowly_is_given_up(mut lab: Lab) {
    const EACH_WRITE: &str = "each write has the whole patience, and a reply takes several of them: what is left is for all";
    for symptom in [Symptom::MissingEvent, Symptom::WrongEvent, Symptom::NoReply] {
        lab.likely(Hint::new(symptom, EACH_WRITE, "10-deadlines.md#writes-wait-too"));
    }
    let server = lab.service_with(&[("PATIENCE", "1000")], "server", "127.0.0.1:0");
    let mut client = lab.connect_with_small_buffers(server.addr());
    // In upper case it is three times as long.
    client.send_together(&vec!["ΐ".repeat(500); 40]);
    client.sip(600, Duration::from_millis(200));
    server.expect_last_event(&client.addr(), &Event::GaveUp);
}

/// Who does not read is not read from: what it sends is kept by its own kernel in the end.
#[rstest]
fn a_client_that_does_not_read_cannot_send_without_end(mut lab: Lab) {
    const MOST: usize = 32 << 20;
    const READS_ON: &str = "messages are read while the replies to those before them are not taken: somebody \
                            keeps them";
    lab.likely(Hint::new(Symptom::Other, READS_ON, "10-deadlines.md#writes-wait-too"));
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let sent = client.floods(&"unread".repeat(150), MOST);
    let came = format!("{} MiB were taken", sent >> 20);
    lab.expect(sent < MOST, "a client that does not read to be stopped", &came);
    server.expect_running();
}

/// A signal comes while the server waits for a client that reads late.
#[cfg(unix)]
#[rstest]
fn a_signal_is_no_reason_to_give_up_a_reply(mut lab: Lab) {
    const SIGNAL: &str = "a signal is taken for the end of the patience, or of the connection";
    for symptom in [Symptom::Disconnected, Symptom::WrongContent, Symptom::Exited] {
        lab.likely(Hint::new(symptom, SIGNAL, "your-turn"));
    }
    let server = lab.server();
    let mut client = lab.connect_with_small_buffers(server.addr());
    let texts = vec!["late".repeat(250); 64];
    client.send_together(&texts);
    for _ in 0..4 {
        server.waits_for_a_reader();
        server.suspend();
        server.resume();
    }
    let replies: Vec<String> = texts.iter().map(|text| text.to_uppercase()).collect();
    client.expect_together(&replies);
    server.expect_running();
}

/// The log is read by nobody, and that is no reason to end when there is something to tell.
#[rstest]
fn a_client_is_given_up_when_nobody_reads_the_log(mut lab: Lab) {
    let server = lab.server_without_input_and_output_with(&[("PATIENCE", "500")]);
    lab.connect(server.addr()).expect_given_up();
    is_served(&mut lab, &server);
    server.expect_running();
}

/// Stopped and resumed again and again, it has no more time than it would have had.
#[cfg(unix)]
#[rstest]
fn a_signal_gives_nobody_more_time(mut lab: Lab) {
    const MORE: &str =
        "a call that a signal has interrupted is repeated with all the time that it had before";
    lab.likely(Hint::new(Symptom::Other, MORE, "10-deadlines.md#two-names"));
    let server = impatient(&lab);
    let mut client = lab.connect(server.addr());
    for _ in 0..30 {
        if client.is_open() {
            server.is_left_alone_for_a_moment();
            server.suspend();
            server.resume();
        }
    }
    let is_over = !client.is_open();
    lab.expect(is_over, "a client that says nothing to be given up", "it is still waited for");
    client.expect_given_up();
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
    for _ in 0..4 {
        server.waits_for_a_message();
        server.suspend();
        server.resume();
    }
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
