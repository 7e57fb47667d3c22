//! What holds for every service that knows how to end: at Ctrl-C nobody new is served, whoever waits for
//! a reply gets it, everybody else reads the end of the stream, and it says that it has stopped.

#[cfg(not(target_os = "macos"))]
use harness::own_host;
use harness::{Event, Hint, Lab, Peer, Server, Symptom, frame, lab};
use rstest::{fixture, rstest};

const KILLED: &str =
    "Ctrl-C ends the process where it is: nothing in it has asked for another action";
const WAITS: &str = "nothing ends the wait in which it is: `accept` is ended by a client, `read` by `shutdown`, \
                     a wait for a place by whoever closes the crowd";
const CUT_OFF: &str = "it ends before a message that it has logged is answered";
const LEFT_INSIDE: &str =
    "a client inside is not sent home: it waits in `read`, and so does the server";
const NOT_SAID: &str = "the last line of the log is `stopped` and the server's own address";
const WORD: &str = "whom the end of the service has sent home is `stopped`";
const ALWAYS_ANOTHER: &str = "a client that always has another message keeps the service going: after the end, no further one is read";
const BY_ADDRESS: &str = "a member is known by its address, or its port, and somebody else can have the same: the wrong \
                          one is taken off the list";
const NO_CLIENT: &str = "somebody is in the log who was never `connected`: the service itself, which has woken its `accept`";
const NEWCOMER: &str = "a client is let in after the end";

const LIKELY: &[Hint] = &[
    Hint::new(Symptom::Exited, KILLED, "ctrl-c"),
    Hint::new(Symptom::StillRunning, WAITS, "nothing-ends-an-accept"),
    Hint::new(Symptom::Disconnected, CUT_OFF, "what-is-owed"),
    Hint::new(Symptom::ExitedOk, CUT_OFF, "what-is-owed"),
    Hint::new(Symptom::StillOpen, LEFT_INSIDE, "who-waits-in-read"),
    Hint::new(Symptom::MissingEvent, WORD, "your-turn"),
    Hint::new(Symptom::WrongEvent, WORD, "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// A server that works on each reply for so many milliseconds.
#[track_caller]
fn busy_for(lab: &Lab, work: &str) -> Server {
    lab.service_with(&[("WORK", work)], "server", "127.0.0.1:0")
}

/// A client for whose message the server works on a reply.
#[track_caller]
fn waits_for_a_reply(lab: &mut Lab, server: &Server) -> (Peer, String) {
    let text = lab.text();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    server.expect_log(&client.addr(), &[Event::Connected, Event::Message(&text)]);
    (client, text)
}

/// A client that is inside, and has said nothing.
#[track_caller]
fn is_silent(lab: &mut Lab, server: &Server) -> Peer {
    let client = lab.connect(server.addr());
    server.expect_log(&client.addr(), &[Event::Connected]);
    client
}

/// It has its reply, and then the end of the stream.
#[track_caller]
fn is_answered(server: &Server, (mut client, text): (Peer, String)) {
    client.expect(&text.to_uppercase());
    client.expect_eof();
    server.expect_log(&client.addr(), &[Event::Connected, Event::Message(&text), Event::Stopped]);
}

/// It reads the end of the stream, and no reason is given but that the service ends.
#[track_caller]
fn is_sent_home(server: &Server, mut client: Peer) {
    client.expect_eof();
    server.expect_log(&client.addr(), &[Event::Connected, Event::Stopped]);
}

/// It has ended by itself, and says so.
#[track_caller]
fn has_ended(lab: &Lab, server: &Server) {
    let log = server.printed();
    server.expect_no_panic();
    let last = log.lines().last().unwrap_or_default();
    lab.likely(Hint::new(Symptom::Other, NOT_SAID, "your-turn"));
    let expected = format!("stopped {}", server.addr());
    lab.expect(
        last == expected,
        &format!("the log to end with `{expected}`"),
        &format!("`{last}`"),
    );
    let times = log.lines().filter(|line| *line == expected).count();
    lab.expect(
        times == 1,
        "to be told once that the service has stopped",
        &format!("{times} times"),
    );
    lab.likely(Hint::new(Symptom::WrongEvent, NO_CLIENT, "nothing-ends-an-accept"));
    server.begins_with_connected(server.addr());
}

/// So many clients, and no others, were let in. A connection by which the service wakes itself is none.
#[track_caller]
fn were_connected(lab: &Lab, server: &Server, count: usize) {
    lab.likely(Hint::new(Symptom::Other, NEWCOMER, "the-queue"));
    let connected = server.logged("connected");
    let expected = format!("`connected` {count} times in the log");
    lab.expect(connected == count, &expected, &format!("it is there {connected} times"));
}

#[rstest]
fn a_service_ends_when_nobody_is_there(mut lab: Lab) {
    let mut server = lab.server();
    for _ in 0..3 {
        lab.exchange(&server);
    }
    server.is_left_alone();
    server.interrupt();
    has_ended(&lab, &server);
}

/// From its first line on.
#[rstest]
fn a_service_ends_as_soon_as_it_listens(lab: Lab) {
    for _ in 0..8 {
        let mut server = lab.server();
        server.interrupt();
        has_ended(&lab, &server);
    }
}

/// Only Linux has all of 127.0.0.0/8 without being told.
#[cfg(target_os = "linux")]
#[rstest]
fn a_service_ends_on_whatever_address_it_listens(lab: Lab) {
    let mut server = lab.server_at("127.0.0.2:0");
    server.waits_for_a_client();
    server.interrupt();
    has_ended(&lab, &server);
}

#[rstest]
fn who_is_silent_reads_the_end_of_the_stream(mut lab: Lab) {
    let mut server = lab.server();
    let clients: Vec<Peer> = (0..5).map(|_| is_silent(&mut lab, &server)).collect();
    server.interrupt();
    for client in clients {
        is_sent_home(&server, client);
    }
    has_ended(&lab, &server);
}

#[rstest]
fn who_was_answered_reads_the_end_of_the_stream(mut lab: Lab) {
    let mut server = lab.server();
    let clients = [(); 3].map(|()| {
        let (mut client, text) = waits_for_a_reply(&mut lab, &server);
        client.expect(&text.to_uppercase());
        (client, text)
    });
    server.interrupt();
    for (mut client, text) in clients {
        client.expect_eof();
        let events = [Event::Connected, Event::Message(&text), Event::Stopped];
        server.expect_log(&client.addr(), &events);
    }
    has_ended(&lab, &server);
}

/// What its conversation is called then, is left to the program: its message was cut, by the end.
#[rstest]
#[case::in_the_length(2)]
#[case::after_the_length(4)]
#[case::in_the_text(6)]
fn who_stops_in_a_message_reads_the_end_of_the_stream(mut lab: Lab, #[case] length: usize) {
    let mut server = lab.server();
    let mut client = is_silent(&mut lab, &server);
    client.send_bytes(&frame("a message")[..length]);
    client.wait_until_read();
    server.interrupt();
    client.expect_eof();
    server.messages_until_end(&client.addr());
    has_ended(&lab, &server);
}

#[rstest]
fn who_waits_for_a_reply_gets_it(mut lab: Lab) {
    let mut server = busy_for(&lab, "700");
    let client = waits_for_a_reply(&mut lab, &server);
    server.interrupt();
    is_answered(&server, client);
    has_ended(&lab, &server);
}

/// Nobody waits for a reply to somebody else.
#[rstest]
fn everybody_who_waits_for_a_reply_gets_it(mut lab: Lab) {
    const LATE: &str = "who is silent is sent home at once, and not after the last reply";
    let mut server = busy_for(&lab, "700");
    let silent = is_silent(&mut lab, &server);
    let stopped = format!("stopped {}", silent.addr());
    let clients = [(); 5].map(|()| waits_for_a_reply(&mut lab, &server));
    let addrs = clients.each_ref().map(|(client, _)| client.addr());
    server.interrupt();
    is_sent_home(&server, silent);
    for client in clients {
        is_answered(&server, client);
    }
    has_ended(&lab, &server);
    lab.likely(Hint::new(Symptom::Other, LATE, "who-waits-in-read"));
    let log = server.printed();
    let ends = log.lines().filter(|line| line.starts_with("stopped "));
    let others = addrs.map(|addr| format!("stopped {addr}"));
    let first = ends.into_iter().find(|line| {
        line.starts_with(&stopped) || others.iter().any(|other| line.starts_with(other))
    });
    let first = first.unwrap_or_default();
    lab.expect(
        first.starts_with(&stopped),
        &format!("`{stopped}` before the others"),
        &format!("`{first}`"),
    );
}

/// The time that the work takes is nobody's patience.
#[rstest]
#[case::at_the_end(true)]
#[case::before(false)]
fn the_work_on_a_reply_is_not_taken_from_its_time(mut lab: Lab, #[case] ends: bool) {
    const WORK: &str = "the time for a reply begins when it is made, and it is to begin when it is written; or \
                        the end has a time of its own";
    for symptom in [Symptom::Disconnected, Symptom::ExitedOk] {
        lab.likely(Hint::new(symptom, WORK, "what-is-owed"));
    }
    let environment = [("PATIENCE", "500"), ("WORK", "1200")];
    let mut server = lab.service_with(&environment, "server", "127.0.0.1:0");
    let (mut client, text) = waits_for_a_reply(&mut lab, &server);
    if ends {
        server.interrupt();
        is_answered(&server, (client, text));
        has_ended(&lab, &server);
    } else {
        client.expect(&text.to_uppercase());
    }
}

#[rstest]
fn a_further_interrupt_changes_nothing(mut lab: Lab) {
    let mut server = busy_for(&lab, "700");
    let silent = is_silent(&mut lab, &server);
    let client = waits_for_a_reply(&mut lab, &server);
    server.interrupt();
    is_sent_home(&server, silent);
    for _ in 0..3 {
        server.interrupt();
        server.is_left_alone_for_a_moment();
    }
    is_answered(&server, client);
    has_ended(&lab, &server);
}

/// What has become of others before is nobody's concern.
#[rstest]
fn who_is_inside_is_sent_home_after_a_panic_a_reset_and_a_departure(mut lab: Lab) {
    let mut server = busy_for(&lab, "700");
    let first = is_silent(&mut lab, &server);
    let mut bug = lab.connect(server.addr());
    bug.send("panic");
    bug.expect_closed_or_reset();
    let finished = is_silent(&mut lab, &server);
    let addr = finished.addr();
    finished.close();
    server.expect_log(&addr, &[Event::Connected, Event::Finished]);
    let (gone, _) = waits_for_a_reply(&mut lab, &server);
    gone.reset();
    let last = is_silent(&mut lab, &server);
    server.interrupt();
    is_sent_home(&server, first);
    is_sent_home(&server, last);
    has_ended(&lab, &server);
}

/// The one who was reset is still being worked for, and somebody comes from the same port.
#[cfg(target_os = "linux")]
#[rstest]
fn who_comes_again_from_the_same_port_is_sent_home_too(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::StillOpen, BY_ADDRESS, "who-waits-in-read"));
    let mut server = busy_for(&lab, "500");
    // Of an address of its own, whose ports nobody else has.
    let host = own_host();
    let mut gone = lab.connect_from(host, server.addr());
    let port = gone.port();
    gone.send("hello");
    server.expect_log(&gone.addr(), &[Event::Connected, Event::Message("hello")]);
    gone.reset();
    let mut again = lab.connect_with_port(port, host, server.addr());
    // The log has one address for both: the second is in when it has two lines, the first has left when
    // it has an ending.
    server.messages_until_end(&again.addr());
    server.is_left_alone_for_a_moment();
    server.interrupt();
    again.expect_eof();
    server.printed();
}

/// Their addresses differ, and their ports do not.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn two_with_one_port_are_both_sent_home(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::StillOpen, BY_ADDRESS, "who-waits-in-read"));
    let mut server = lab.server();
    let one = is_silent(&mut lab, &server);
    let other = lab.connect_with_port(one.port(), own_host(), server.addr());
    server.expect_log(&other.addr(), &[Event::Connected]);
    server.interrupt();
    is_sent_home(&server, one);
    is_sent_home(&server, other);
    has_ended(&lab, &server);
}

/// Nobody comes after it who would find out.
#[rstest]
fn a_service_ends_after_the_panic_of_its_last_client(mut lab: Lab) {
    let mut server = lab.server();
    let mut bug = lab.connect(server.addr());
    bug.send("panic");
    bug.expect_closed_or_reset();
    server.interrupt();
    has_ended(&lab, &server);
}

#[cfg(unix)]
#[rstest]
fn a_service_ends_when_nobody_reads_its_log(mut lab: Lab) {
    const PANICS: &str = "the last line is printed by `println!`, which panics when nobody reads it: `log!` does not";
    lab.likely(Hint::new(Symptom::Exited, PANICS, "your-turn"));
    let mut server = lab.server_without_input_and_output();
    lab.exchange(&server);
    server.interrupt();
    server.expect_success();
}

#[rstest]
fn a_service_that_waits_for_its_end_is_idle(mut lab: Lab) {
    const LATE: &str =
        "who is silent is hung up on when the last reply is there, and should be at once";
    let mut server = busy_for(&lab, "2500");
    let silent = is_silent(&mut lab, &server);
    let client = waits_for_a_reply(&mut lab, &server);
    let behind = is_silent(&mut lab, &server);
    server.interrupt();
    is_sent_home(&server, silent);
    is_sent_home(&server, behind);
    lab.likely(Hint::new(Symptom::Other, LATE, "who-waits-in-read"));
    let came = "the reply was there before";
    lab.expect(!client.0.has_reply(), "the end of the stream before somebody else's reply", came);
    server.expect_idle();
    is_answered(&server, client);
    has_ended(&lab, &server);
}

/// Somebody is in the queue, and no descriptor is left for it.
#[cfg(target_os = "linux")]
#[rstest]
fn a_service_ends_while_it_cannot_accept(mut lab: Lab) {
    let mut server = lab.server();
    let free = server.free_descriptor();
    lab.exchange(&server);
    server.mark_output();
    let _breakage = server.without_descriptors(free);
    lab.connect(server.addr()).close();
    let _waiting = lab.connect(server.addr());
    server.expect_told();
    server.interrupt();
    has_ended(&lab, &server);
}

#[rstest]
fn nobody_is_let_in_after_the_end(mut lab: Lab) {
    let mut server = busy_for(&lab, "1000");
    let silent = is_silent(&mut lab, &server);
    let client = waits_for_a_reply(&mut lab, &server);
    server.interrupt();
    is_sent_home(&server, silent);
    lab.likely(Hint::new(Symptom::StillOpen, NEWCOMER, "the-queue"));
    lab.comes_too_late(server.addr());
    is_answered(&server, client);
    has_ended(&lab, &server);
    were_connected(&lab, &server, 2);
}

/// All places are taken, and somebody is in the queue.
#[rstest]
#[case::all_silent(false)]
#[case::all_waiting_for_a_reply(true)]
fn who_is_in_the_queue_is_hung_up_on(mut lab: Lab, #[case] is_busy: bool) {
    let environment = [("MOST", "1"), ("WORK", "700")];
    let mut server = lab.service_with(&environment, "server", "127.0.0.1:0");
    let waiting = is_busy.then(|| waits_for_a_reply(&mut lab, &server));
    let silent = (!is_busy).then(|| is_silent(&mut lab, &server));
    let text = lab.text();
    let mut next = lab.connect(server.addr());
    next.send(&text);
    server.interrupt();
    if let Some(client) = waiting {
        is_answered(&server, client);
    }
    if let Some(client) = silent {
        is_sent_home(&server, client);
    }
    lab.likely(Hint::new(Symptom::WrongContent, NEWCOMER, "the-queue"));
    next.expect_closed_or_reset();
    has_ended(&lab, &server);
    were_connected(&lab, &server, 1);
}

/// Its replies fill the buffers of both ends, and the server's write waits until its time is up.
#[rstest]
fn a_service_ends_though_somebody_does_not_read(mut lab: Lab) {
    const NOT_TAKEN: &str =
        "who does not take its reply is `gave up`, when the service ends as well";
    let mut server = lab.service_with(&[("PATIENCE", "2500")], "server", "127.0.0.1:0");
    let client = lab.client_that_does_not_read(server.addr());
    server.is_stuck_in_a_write();
    server.interrupt();
    lab.likely(Hint::new(Symptom::WrongEvent, NOT_TAKEN, "what-is-owed"));
    server.expect_last_event(&client.addr(), &Event::GaveUp);
    has_ended(&lab, &server);
}

/// All of them are there already.
#[rstest]
fn after_the_end_no_further_message_is_read(mut lab: Lab) {
    let mut server = busy_for(&lab, "700");
    let silent = is_silent(&mut lab, &server);
    let mut client = lab.connect(server.addr());
    client.send_together(&vec!["another"; 20]);
    server.expect_latest(&client.addr(), &Event::Message("another"));
    server.interrupt();
    is_sent_home(&server, silent);
    let logged = server.logged("message");
    let answered = client.frames_until_the_end();
    has_ended(&lab, &server);
    lab.likely(Hint::new(Symptom::Other, ALWAYS_ANOTHER, "what-is-owed"));
    let now = server.logged("message");
    let came = format!("{now} are logged by the end");
    lab.expect(now == logged, &format!("no message after the {logged} in the log"), &came);
    lab.likely(Hint::new(Symptom::Other, CUT_OFF, "what-is-owed"));
    let came = format!("{answered} of {now}");
    lab.expect(answered == now, "each message in the log to be answered", &came);
}

#[rstest]
fn a_client_that_always_has_another_message_keeps_nobody(mut lab: Lab) {
    const MESSAGES: usize = 300;
    let mut server = busy_for(&lab, "20");
    let mut client = lab.connect(server.addr());
    let texts = ["another", "", "x"].into_iter().cycle().take(MESSAGES).collect::<Vec<_>>();
    client.send_together(&texts);
    client.expect_some_reply();
    server.interrupt();
    for symptom in [Symptom::StillOpen, Symptom::StillRunning, Symptom::Other] {
        lab.likely(Hint::new(symptom, ALWAYS_ANOTHER, "what-is-owed"));
    }
    let answered = client.frames_until_the_end();
    let logged = server.messages_until_end(&client.addr());
    lab.expect(logged < MESSAGES, "the service to end before all is read", "it has read all");
    lab.likely(Hint::new(Symptom::Other, CUT_OFF, "what-is-owed"));
    let came = format!("{answered} of the {logged} that are logged");
    lab.expect(answered == logged, "each message in the log to be answered", &came);
    has_ended(&lab, &server);
}
