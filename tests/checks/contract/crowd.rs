//! What holds for every service with many clients at the same time: nobody waits for another, and there
//! is an end to how many are served at once.

#[cfg(not(target_os = "macos"))]
use std::net::Ipv4Addr;
use std::net::TcpListener;

#[cfg(not(target_os = "macos"))]
use harness::{ELSEWHERE, own_host};
use harness::{Event, Hint, Lab, Peer, Resource, Server, Symptom, frame, lab};
use rstest::{fixture, rstest};

const IN_THE_WAY: &str = "a client waits for what another one does, or does not do";
const TOO_MANY: &str = "more are served at the same time than `most()` says: a client is let in without a \
                        place, or gives it back while it is inside";
const THREADS: &str = "a thread is started for a client that has no place: it has none yet, or has given it back \
                       at once";
const TWICE: &str = "a place is given back twice, or one is made that nobody had: more are served than \
                     `most()` says";
const TOO_EARLY: &str = "a place is taken before a client is accepted: who waits for one costs nothing, and is in the \
                         queue";
const TURNED_AWAY: &str = "who finds no place is turned away, and should wait in the queue";
const KEPT: &str = "a place is not given back when its client has left in this way, or nobody who waits for \
                    one is told";
const ENDS: &str = "what one client does ends the service";
const NOT_FINISHED: &str = "a conversation that a panic has ended is logged as `finished`, and its client has finished \
                            nothing";
const LATE: &str = "a message is logged when its reply is there, and not when it has come";
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

/// How many threads and descriptors it has now.
fn what_it_has_for_clients(server: &Server) -> [(Resource, u64); 2] {
    [Resource::Threads, Resource::Descriptors].map(|it| (it, server.amount(it)))
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

/// All places are taken: the next client is not let in.
#[track_caller]
fn is_full(lab: &mut Lab, server: &Server) {
    lab.likely(Hint::new(Symptom::WrongEvent, TWICE, "11-many-clients.md#given-back"));
    let text = lab.text();
    let mut next = lab.connect(server.addr());
    next.send(&text);
    server.is_left_alone_for_a_moment();
    server.expect_no_log(&format!("connected {}", next.addr()));
}

/// More than a byte can count.
#[rstest]
fn hundreds_of_clients_are_served_at_the_same_time(mut lab: Lab) {
    let server = lab.server();
    lab.exchange(&server);
    // Memory is another matter: an allocator keeps what many threads have had.
    let before = what_it_has_for_clients(&server);
    let mut clients: Vec<Peer> = (0..212).map(|_| stays(&mut lab, &server)).collect();
    for client in clients.iter_mut().rev() {
        has_spoken(client);
    }
    clients.into_iter().for_each(Peer::close);
    lab.likely(Hint::new(Symptom::Grew, KEPT, "11-many-clients.md#given-back"));
    server.expect_no_more_than(&before);
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
    client.send_and_not_read();
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
    server.expect_no_panic();
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

/// A place is waited for without using the processor, and nothing is spent on whoever waits.
#[rstest]
fn who_waits_for_a_place_costs_nothing(mut lab: Lab) {
    let server = with_places(&lab, "1");
    let _inside = stays(&mut lab, &server);
    let before = what_it_has_for_clients(&server);
    let waiting: Vec<Peer> = (0..10).map(|_| lab.connect(server.addr())).collect();
    server.is_left_alone();
    for ((resource, before), why) in before.into_iter().zip([THREADS, TOO_EARLY]) {
        lab.likely(Hint::new(Symptom::Grew, why, "11-many-clients.md#at-most"));
        server.expect_no_more(resource, before);
    }
    server.expect_idle();
    for _ in 0..3 {
        server.is_left_alone();
    }
    lab.likely(Hint::new(Symptom::WrongEvent, TOO_MANY, "11-many-clients.md#at-most"));
    for client in &waiting {
        server.expect_no_log(&format!("connected {}", client.addr()));
    }
}

/// How a client leaves its place. One whose place was taken from it may stay.
type Departure = fn(Peer) -> Option<Peer>;

fn finishes(client: Peer) -> Option<Peer> {
    client.close();
    None
}

fn resets(client: Peer) -> Option<Peer> {
    client.reset();
    None
}

fn is_refused(mut client: Peer) -> Option<Peer> {
    client.send_no_text();
    client.expect_closed_or_reset();
    Some(client)
}

fn is_cut(mut client: Peer) -> Option<Peer> {
    client.send_bytes(b"\0\0");
    client.close();
    None
}

fn meets_the_bug(mut client: Peer) -> Option<Peer> {
    client.send("panic");
    client.expect_closed_or_reset();
    Some(client)
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
    let mut left = Vec::new();
    for _ in 0..5 {
        let client = stays(&mut lab, &server);
        left.push(leaves(client));
    }
    let _one = stays(&mut lab, &server);
    let _other = stays(&mut lab, &server);
    is_full(&mut lab, &server);
    server.expect_running();
}

#[rstest]
fn a_place_is_given_back_by_who_was_given_up(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::NotGivenUp, KEPT, "11-many-clients.md#given-back"));
    lab.likely(Hint::new(Symptom::MissingEvent, KEPT, "11-many-clients.md#given-back"));
    let server = lab.service_with(&[("MOST", "1"), ("PATIENCE", "1000")], "server", "127.0.0.1:0");
    let first = lab.connect(server.addr());
    server.expect_last_event(&first.addr(), &Event::GaveUp);
    let one = lab.connect(server.addr());
    server.expect_log(&one.addr(), &[Event::Connected]);
    is_full(&mut lab, &server);
}

/// It has connected, and nothing else: it may be a client that a scanner or a balancer is.
#[rstest]
#[case::finished(finishes)]
#[case::reset(resets)]
#[case::was_cut(is_cut)]
fn a_place_is_given_back_by_who_said_nothing_and(mut lab: Lab, #[case] leaves: Departure) {
    for symptom in [Symptom::NoReply, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, KEPT, "11-many-clients.md#given-back"));
    }
    let server = with_places(&lab, "2");
    for _ in 0..5 {
        let client = lab.connect(server.addr());
        let addr = client.addr();
        server.expect_event(&addr, &Event::Connected);
        leaves(client);
        server.messages_until_end(&addr);
    }
    let _inside = [(); 2].map(|()| stays(&mut lab, &server));
    is_full(&mut lab, &server);
}

/// It has closed its socket, and there are replies for it.
#[cfg(target_os = "linux")]
#[rstest]
fn a_place_is_given_back_by_who_cannot_be_written_to(mut lab: Lab) {
    for symptom in [Symptom::NoReply, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, KEPT, "11-many-clients.md#given-back"));
    }
    let server = with_places(&lab, "2");
    for _ in 0..3 {
        server.suspend();
        let mut client = lab.connect(server.addr());
        let addr = client.addr();
        client.send_together(&["hello"; 3]);
        client.close_and_wait();
        server.resume();
        server.messages_until_end(&addr);
    }
    let _inside = [(); 2].map(|()| stays(&mut lab, &server));
    is_full(&mut lab, &server);
}

#[rstest]
fn a_place_is_given_back_by_who_was_given_up_over_a_reply(mut lab: Lab) {
    for symptom in [Symptom::NoReply, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, KEPT, "11-many-clients.md#given-back"));
    }
    let server = lab.service_with(&[("MOST", "1"), ("PATIENCE", "1000")], "server", "127.0.0.1:0");
    let first = lab.client_that_does_not_read(server.addr());
    server.expect_last_event(&first.addr(), &Event::GaveUp);
    let one = lab.connect(server.addr());
    server.expect_log(&one.addr(), &[Event::Connected]);
    is_full(&mut lab, &server);
}

/// A place is a place, wherever its client comes from.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn who_comes_from_another_host_has_a_place_too(mut lab: Lab) {
    const ONE_HOST: &str = "clients of some host have no place, and are as many as they like";
    lab.likely(Hint::new(Symptom::WrongEvent, ONE_HOST, "11-many-clients.md#at-most"));
    let server = with_places(&lab, "2");
    let mut inside = [(); 2].map(|()| lab.connect_from(ELSEWHERE.into(), server.addr()));
    inside.iter_mut().for_each(has_spoken);
    for from in [ELSEWHERE, Ipv4Addr::LOCALHOST] {
        let mut next = lab.connect_from(from.into(), server.addr());
        next.send("hello");
        server.is_left_alone_for_a_moment();
        server.expect_no_log(&format!("connected {}", next.addr()));
    }
}

/// Their addresses differ, and their ports do not.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn two_clients_with_one_port_are_two(mut lab: Lab) {
    const BY_PORT: &str = "a client is known by its port, and two hosts can have the same";
    for symptom in [Symptom::NoReply, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, BY_PORT, "your-turn"));
    }
    let server = lab.server();
    let mut one = stays(&mut lab, &server);
    let mut other = lab.connect_with_port(one.port(), own_host(), server.addr());
    has_spoken(&mut other);
    has_spoken(&mut one);
    has_spoken(&mut other);
}

/// Places are given back by several threads at the same time.
#[rstest]
fn places_are_given_back_by_all_who_leave_at_once(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::NoReply, KEPT, "11-many-clients.md#given-back"));
    let server = with_places(&lab, "4");
    for _ in 0..60 {
        let clients = [(); 4].map(|()| stays(&mut lab, &server));
        clients.into_iter().for_each(Peer::close);
    }
    let _inside = [(); 4].map(|()| stays(&mut lab, &server));
    is_full(&mut lab, &server);
}

/// Whoever fails to accept has a place in its hand.
#[cfg(target_os = "linux")]
#[rstest]
fn an_accept_that_fails_costs_no_place_and_makes_none(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::NoReply, KEPT, "11-many-clients.md#given-back"));
    let server = with_places(&lab, "3");
    let free = server.free_descriptor();
    lab.exchange(&server);
    let breakage = server.without_descriptors(free);
    lab.connect(server.addr()).close();
    let waiting = lab.connect(server.addr());
    server.is_left_alone();
    breakage.mend();
    waiting.close();
    let _inside = [(); 3].map(|()| stays(&mut lab, &server));
    is_full(&mut lab, &server);
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
        let addr = client.addr();
        meets_the_bug(client);
        lab.likely(Hint::new(Symptom::MissingEvent, LATE, "05-abrupt-disconnect.md#your-turn"));
        server.expect_event(&addr, &Event::Message("panic"));
        has_spoken(&mut beside);
        lab.exchange(&server);
        lab.likely(Hint::new(Symptom::WrongEvent, NOT_FINISHED, "11-many-clients.md#a-panic"));
        server.expect_no_log(&format!("finished {addr}"));
    }
    server.expect_running();
}

/// What is dropped during a panic must not panic.
#[cfg(target_os = "linux")]
#[rstest]
fn a_panic_whose_client_has_gone_is_nobody_elses(mut lab: Lab) {
    const TWICE: &str =
        "something panics while a panic is on its way, in a `drop`: that ends the process";
    lab.likely(Hint::new(Symptom::Exited, TWICE, "11-many-clients.md#a-panic"));
    let server = lab.server();
    for _ in 0..3 {
        server.suspend();
        let mut client = lab.connect(server.addr());
        client.send("panic");
        client.reset();
        server.resume();
        lab.exchange(&server);
    }
    // It takes its time to tell of two panics, and ends then.
    server.is_left_alone();
    server.goes_on();
}

// The log.

#[rstest]
fn each_line_of_the_log_is_whole(mut lab: Lab) {
    const MIXED: &str = "a line is written in pieces, and another thread writes between them";
    for symptom in [Symptom::MalformedEvent, Symptom::WrongEvent, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, MIXED, "your-turn"));
    }
    let server = lab.server();
    let texts: Vec<String> = (0..200).map(|_| lab.text()).collect();
    let replies: Vec<String> = texts.iter().map(|text| text.to_uppercase()).collect();
    let mut clients = [(); 8].map(|()| lab.connect(server.addr()));
    for client in &mut clients {
        client.send_together(&texts);
    }
    let messages = texts.iter().map(|text| Event::Message(text));
    let events: Vec<_> = [Event::Connected].into_iter().chain(messages).collect();
    for client in &mut clients {
        client.expect_together(&replies);
        server.expect_log(&client.addr(), &events);
    }
}

#[rstest]
fn a_client_over_ipv6_is_logged_with_its_address(mut lab: Lab) {
    const BY_HAND: &str =
        "an address is written by hand: one of IPv6 is in brackets, `{peer}` knows it";
    for symptom in [Symptom::MissingEvent, Symptom::WrongEvent, Symptom::MalformedEvent] {
        lab.likely(Hint::new(symptom, BY_HAND, "your-turn"));
    }
    if TcpListener::bind("[::1]:0").is_err() {
        return; // Not every machine has IPv6.
    }
    let server = lab.server_at("[::1]:0");
    let client = stays(&mut lab, &server);
    server.expect_event(&client.addr(), &Event::Connected);
    server.keeps_the_form();
}

/// Handles, streams and places of those who have gone are not kept for one who stays.
#[rstest]
fn nothing_is_kept_while_somebody_stays(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::Grew, KEPT, "11-many-clients.md#given-back"));
    let server = lab.server();
    let mut stays = stays(&mut lab, &server);
    let before = lab.possessions(&server);
    for _ in 0..400 {
        lab.exchange(&server);
    }
    server.expect_no_more_than(&before);
    has_spoken(&mut stays);
}

/// Who has all threads from the beginning starts none, and answers.
#[cfg(target_os = "linux")]
#[rstest]
fn a_thread_that_cannot_be_started_is_survived(mut lab: Lab) {
    const SPAWN: &str = "a thread that cannot be started ends the service: `thread::spawn` panics, `Builder::spawn` does not";
    const UNTOLD: &str = "that a thread could not be started is not logged";
    const BESIDE: &str = "when no thread can be started, the one that accepts serves a client itself, and \
                          is in its hands";
    const OF_ITS_OWN: &str = "a client for whom there is no thread has no conversation: nothing of it is in the \
                              log, or all of it is";
    const NEEDS_ANOTHER: &str =
        "who has a thread already is not answered while no other can be started";
    const KEPT_BY_NOBODY: &str = "something of a client for whom no thread could be started is kept: its place, or its stream";
    const HURRIES: &str = "no thread can be started, and the loop tries again as fast as it can";
    const GROWS: &str = "the pause grows each time that no thread can be started";
    for symptom in [Symptom::Exited, Symptom::NoReply, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, SPAWN, "11-many-clients.md#no-thread"));
    }
    lab.likely(Hint::new(Symptom::Untold, UNTOLD, "11-many-clients.md#no-thread"));
    let mut server = with_places(&lab, "3");
    let mut beside = stays(&mut lab, &server);
    let before = what_it_has_for_clients(&server);
    server.mark_output();
    let breakage = server.without_threads();
    let mut clients: Vec<Peer> = (0..100).map(|_| lab.connect(server.addr())).collect();
    for client in &mut clients {
        client.send("hello");
    }
    let pause = server.pause();
    let is_paused = clients.iter().any(Peer::is_open);
    server.is_left_alone();
    if clients.iter().any(Peer::has_reply) {
        lab.likely(Hint::new(Symptom::NoReply, BESIDE, "11-many-clients.md#no-thread"));
    } else {
        lab.likely(Hint::new(Symptom::PausesLonger, GROWS, "11-many-clients.md#no-thread"));
        lab.likely(Hint::new(Symptom::Other, HURRIES, "11-many-clients.md#no-thread"));
        server.expect_told_times(2);
        lab.expect(
            is_paused,
            "a pause after each thread that could not be started",
            "a hundred clients were hung up on at once",
        );
        server.expect_no_longer_pause(pause);
    }
    server.expect_running();
    lab.likely(Hint::new(Symptom::NoReply, NEEDS_ANOTHER, "11-many-clients.md#no-thread"));
    has_spoken(&mut beside);
    lab.likely(Hint::new(Symptom::WrongEvent, OF_ITS_OWN, "11-many-clients.md#no-thread"));
    for client in &clients {
        server.expect_no_log(&format!("gave up {}", client.addr()));
    }
    breakage.mend();
    let addrs: Vec<String> = clients.iter().map(Peer::addr).collect();
    // Whoever has been served without a thread of its own stays.
    let served = clients.into_iter().find(Peer::has_reply);
    let why = if served.is_some() { BESIDE } else { KEPT_BY_NOBODY };
    lab.likely(Hint::new(Symptom::NoReply, why, "11-many-clients.md#no-thread"));
    for _ in 0..3 {
        lab.exchange(&server);
    }
    drop(served);
    lab.likely(Hint::new(Symptom::Grew, KEPT_BY_NOBODY, "11-many-clients.md#no-thread"));
    server.expect_no_more_than(&before);
    lab.likely(Hint::new(Symptom::WrongEvent, OF_ITS_OWN, "11-many-clients.md#no-thread"));
    for addr in &addrs {
        server.expect_nothing_or_all(addr);
    }
    lab.likely(Hint::new(Symptom::NoReply, KEPT, "11-many-clients.md#given-back"));
    let _inside = [(); 2].map(|()| stays(&mut lab, &server));
    is_full(&mut lab, &server);
}

#[rstest]
fn nothing_is_kept_of_panics(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::Grew, KEPT, "11-many-clients.md#given-back"));
    let server = lab.server();
    let before = lab.possessions(&server);
    for _ in 0..40 {
        drop(meets_the_bug(lab.connect(server.addr())));
    }
    lab.exchange(&server);
    server.expect_no_more_than(&before);
}
