//! What holds for every service with many clients at the same time: nobody waits for another, and there
//! is an end to how many are served at once.

use harness::{Event, Hint, Lab, Peer, Resource, Server, Symptom, frame, lab};
use rstest::{fixture, rstest};

const IN_THE_WAY: &str = "a client waits for what another one does, or does not do";
const TOO_MANY: &str = "more are served at the same time than `most()` says: a place is taken before a client \
                        is accepted";
const THREADS: &str = "a thread is started before there is a place for it";
const TURNED_AWAY: &str = "who finds no place is turned away, and should wait in the queue";
const KEPT: &str = "a place is not given back when its client has left in this way";
const ENDS: &str = "what one client does ends the service";
const PANICS: &str = "the panic of one conversation ends others, or takes something with it: a place, or a \
                      lock that is poisoned";

const LIKELY: &[Hint] = &[
    Hint::new(Symptom::NoReply, IN_THE_WAY, "11-many-clients.md#a-thread-for-each"),
    Hint::new(Symptom::MissingEvent, IN_THE_WAY, "11-many-clients.md#a-thread-for-each"),
    Hint::new(Symptom::Disconnected, TURNED_AWAY, "11-many-clients.md#at-most"),
    Hint::new(Symptom::Exited, ENDS, "your-turn"),
    Hint::new(Symptom::ExitedOk, ENDS, "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// A server with so many places.
#[track_caller]
fn with_places(lab: &Lab, most: &str) -> Server {
    lab.service_with(&[("MOST", most)], "server", "127.0.0.1:0")
}

/// A client that has had an exchange, and stays.
#[track_caller]
fn stays(lab: &mut Lab, server: &Server) -> Peer {
    let text = lab.text();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
    client
}

#[rstest]
fn two_hundred_clients_are_served_at_the_same_time(mut lab: Lab) {
    let server = lab.server();
    let mut clients: Vec<Peer> = (0..200).map(|_| stays(&mut lab, &server)).collect();
    for client in clients.iter_mut().rev() {
        let text = lab.text();
        client.send(&text);
        client.expect(&text.to_uppercase());
    }
    server.expect_running();
}

// In everybody's way.

/// How a client can be in the way.
type Manner = fn(&mut Peer);

fn is_silent(_: &mut Peer) {}

fn stops_in_a_frame(client: &mut Peer) {
    client.send_bytes(b"\0\0\0\x05he");
}

fn does_not_read(client: &mut Peer) {
    client.send_together(&vec!["unread".repeat(150); 64]);
}

fn has_spoken(client: &mut Peer) {
    client.send("hello");
    client.expect("HELLO");
}

fn was_refused(client: &mut Peer) {
    client.send_no_text();
}

#[rstest]
#[case::is_silent(is_silent)]
#[case::stops_in_a_frame(stops_in_a_frame)]
#[case::does_not_read(does_not_read)]
#[case::has_spoken(has_spoken)]
#[case::was_refused(was_refused)]
fn nobody_waits_for_a_client_that(mut lab: Lab, #[case] behave: Manner) {
    let server = lab.server();
    let mut others = Vec::new();
    for _ in 0..5 {
        let mut other = lab.connect_with_small_buffers(server.addr());
        behave(&mut other);
        others.push(other);
        lab.exchange(&server);
    }
    lab.connect_and_reset(server.addr(), 20);
    lab.exchange(&server);
    server.expect_running();
}

#[rstest]
fn nobody_waits_for_a_client_that_drips(mut lab: Lab) {
    let server = lab.server();
    let mut slow = lab.connect(server.addr());
    let text = lab.text();
    for byte in frame(&text) {
        slow.send_bytes(&[byte]);
        lab.exchange(&server);
    }
    slow.expect(&text.to_uppercase());
}

// At most so many.

#[rstest]
#[case::one("1", 1)]
#[case::three("3", 3)]
fn who_finds_no_place_waits_until_one_leaves(
    mut lab: Lab,
    #[case] most: &str,
    #[case] count: usize,
) {
    lab.likely(Hint::new(Symptom::WrongEvent, TOO_MANY, "11-many-clients.md#at-most"));
    let server = with_places(&lab, most);
    let mut inside: Vec<Peer> = (0..count).map(|_| stays(&mut lab, &server)).collect();
    let text = lab.text();
    let mut next = lab.connect(server.addr());
    next.send(&text);
    server.is_left_alone();
    server.expect_no_log(&format!("connected {}", next.addr()));
    // Those inside are served all the while.
    for client in &mut inside {
        has_spoken(client);
    }
    if let Some(first) = inside.pop() {
        first.close();
    }
    next.expect(&text.to_uppercase());
    server.expect_log(&next.addr(), &[Event::Connected, Event::Message(&text)]);
    server.expect_running();
}

/// A place is waited for without using the processor, and without a thread for whoever waits.
#[rstest]
fn who_waits_for_a_place_costs_nothing(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::Grew, THREADS, "11-many-clients.md#at-most"));
    let server = with_places(&lab, "1");
    let _inside = stays(&mut lab, &server);
    let before = server.amount(Resource::Threads);
    let _waiting: Vec<Peer> = (0..10).map(|_| lab.connect(server.addr())).collect();
    server.is_left_alone();
    server.expect_no_more(Resource::Threads, before);
    server.expect_idle();
}

/// How a client leaves its place.
type Departure = fn(Peer);

fn finishes(client: Peer) {
    client.close();
}

fn resets(client: Peer) {
    client.reset();
}

fn is_refused(mut client: Peer) {
    client.send_no_text();
    client.expect_closed_or_reset();
}

fn is_cut(mut client: Peer) {
    client.send_bytes(b"\0\0");
    client.close();
}

fn meets_the_bug(mut client: Peer) {
    client.send("panic");
    client.expect_closed_or_reset();
}

#[rstest]
#[case::finished(finishes)]
#[case::reset(resets)]
#[case::was_refused(is_refused)]
#[case::was_cut(is_cut)]
#[case::met_the_bug(meets_the_bug)]
fn a_place_is_given_back_by_who(mut lab: Lab, #[case] leaves: Departure) {
    lab.likely(Hint::new(Symptom::NoReply, KEPT, "11-many-clients.md#given-back"));
    let server = with_places(&lab, "2");
    for _ in 0..5 {
        let client = stays(&mut lab, &server);
        leaves(client);
    }
    let _one = stays(&mut lab, &server);
    let _other = stays(&mut lab, &server);
    server.expect_running();
}

#[rstest]
fn a_place_is_given_back_by_who_was_given_up(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::NotGivenUp, KEPT, "11-many-clients.md#given-back"));
    lab.likely(Hint::new(Symptom::MissingEvent, KEPT, "11-many-clients.md#given-back"));
    let server = lab.service_with(&[("MOST", "1"), ("PATIENCE", "0")], "server", "127.0.0.1:0");
    for _ in 0..5 {
        let mut client = lab.connect(server.addr());
        client.expect_given_up();
        server.expect_log(&client.addr(), &[Event::Connected, Event::GaveUp]);
    }
}

// What goes wrong within.

#[rstest]
fn a_panic_is_nobody_elses(mut lab: Lab) {
    for symptom in [Symptom::NoReply, Symptom::Disconnected, Symptom::Exited] {
        lab.likely(Hint::new(symptom, PANICS, "11-many-clients.md#a-panic"));
    }
    let server = lab.server();
    let mut beside = stays(&mut lab, &server);
    for _ in 0..3 {
        let client = lab.connect(server.addr());
        meets_the_bug(client);
        has_spoken(&mut beside);
        lab.exchange(&server);
    }
    server.expect_running();
}

/// Who has all threads from the beginning starts none, and answers.
#[cfg(target_os = "linux")]
#[rstest]
fn a_thread_that_cannot_be_started_is_survived(mut lab: Lab) {
    const SPAWN: &str = "a thread that cannot be started ends the service: `thread::spawn` panics, `Builder::spawn` does not";
    const UNTOLD: &str = "that a thread could not be started is not logged";
    for symptom in [Symptom::Exited, Symptom::NoReply, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, SPAWN, "11-many-clients.md#no-thread"));
    }
    lab.likely(Hint::new(Symptom::Untold, UNTOLD, "11-many-clients.md#no-thread"));
    let mut server = with_places(&lab, "2");
    server.mark_output();
    let breakage = server.without_threads();
    let mut clients: Vec<Peer> = (0..3).map(|_| lab.connect(server.addr())).collect();
    for client in &mut clients {
        client.send("hello");
    }
    server.is_left_alone();
    if !clients.iter().any(Peer::has_reply) {
        server.expect_told();
    }
    server.expect_running();
    breakage.mend();
    drop(clients);
    for _ in 0..3 {
        lab.exchange(&server);
    }
    let _one = stays(&mut lab, &server);
    let _other = stays(&mut lab, &server);
}

#[rstest]
fn nothing_is_kept_of_panics(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::Grew, KEPT, "11-many-clients.md#given-back"));
    let server = lab.server();
    let before = lab.possessions(&server);
    for _ in 0..40 {
        meets_the_bug(lab.connect(server.addr()));
    }
    lab.exchange(&server);
    server.expect_no_more_than(&before);
}
