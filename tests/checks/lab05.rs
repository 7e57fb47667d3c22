//! Lab 05: a peer can vanish between any two lines of your code.

use harness::{Event, Hint, Lab, Peer, Server, Symptom, lab};
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

const ENDS: &str = "the failure of one conversation ends the service";
const WAITS: &str = "the next client is not served: one that left is waited for, or is a reason for a \
                     pause, or a call that failed for good is repeated";
const TURNED_AWAY: &str = "a client is turned away that should be answered: for what others did before \
                           it, or because it has finished sending";
const UNASKED: &str = "bytes that are no text are taken for some, or a part of them is";
const KEPT: &str = "the stream is kept open when its conversation is over";
const KEPT_OR_LATE: &str = "the stream is kept open when its conversation is over, or closed late: what is \
                            over is no reason for a pause";
const SLOW: &str = "a client that failed makes the next one wait: it is over, and no reason for a pause, or \
                    for another try";
const GROWS: &str = "something of a client is kept when its conversation is over: its stream, or what was \
                     made for it";
const ALL_VANISHED: &str = "every failure is logged as `vanished`";
const ALL_FINISHED: &str = "what is not UTF-8 is taken for the end of the stream, or logged as it";
const LINGERS: &str = "a client that was refused is read from until it leaves, and it may stay";
const OF_ANOTHER: &str =
    "while several clients are there, the end of one is logged with another's address";
const WRONG_END: &str = "a reset or a broken pipe is taken for the end of the stream, or the other \
                         way round, or both words are logged";
const UNLOGGED: &str = "a departure is not logged, or not with the peer's address";
const NOT_AS_GIVEN: &str = "the client is not as it was given";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(Symptom::Exited, ENDS, "whose-failure").of_the_server(),
    Hint::new(Symptom::ExitedOk, ENDS, "whose-failure").of_the_server(),
    Hint::new(Symptom::NoReply, WAITS, "must-not-add-up").of_the_server(),
    Hint::new(Symptom::Disconnected, TURNED_AWAY, "whose-failure").of_the_server(),
    Hint::new(Symptom::StillOpen, KEPT, "must-not-add-up").of_the_server(),
    Hint::new(Symptom::Grew, GROWS, "must-not-add-up"),
    Hint::new(Symptom::MissingEvent, UNLOGGED, "finished-or-vanished"),
    Hint::new(Symptom::WrongEvent, WRONG_END, "finished-or-vanished"),
    Hint::new(Symptom::WrongContent, UNASKED, "not-a-departure"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

/// How a client leaves. It has connected, and nothing else.
type Departure = fn(Peer);

fn closes(client: Peer) {
    client.close();
}

fn finishes_sending(mut client: Peer) {
    client.shutdown_write();
    client.expect_eof();
}

fn closes_after_an_exchange(mut client: Peer) {
    client.send("hello");
    client.expect("HELLO");
    client.close();
}

fn finishes_sending_after_a_message(mut client: Peer) {
    client.send("hello");
    client.shutdown_write();
    client.expect("HELLO");
    client.expect_eof();
}

fn closes_with_the_reply_unread(mut client: Peer) {
    client.send("hello");
    client.close_with_unread_data();
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

fn sends_invalid_utf_8(mut client: Peer) {
    is_refused_for_invalid_utf_8(&mut client);
}

fn sends_half_a_character(mut client: Peer) {
    is_refused_for_half_a_character(&mut client);
}

/// What a client sends that is refused. It is still there afterwards.
type Nonsense = fn(&mut Peer);

fn is_refused_for_invalid_utf_8(client: &mut Peer) {
    client.send_bytes(b"caf\xe9");
    client.expect_closed_or_reset();
}

fn is_refused_for_half_a_character(client: &mut Peer) {
    client.send_bytes(&"你".as_bytes()[..2]);
    client.shutdown_write();
    client.expect_closed_or_reset();
}

/// A client as it should be is served, and then the server goes on.
#[track_caller]
fn is_served(lab: &mut Lab, server: &Server) {
    lab.exchange(server);
    server.expect_running();
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
    first.close();
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
#[case::sent_invalid_utf_8(sends_invalid_utf_8)]
#[case::sent_half_a_character(sends_half_a_character)]
fn the_next_client_is_served_when_one_has(mut lab: Lab, #[case] departure: Departure) {
    let server = lab.server();
    for _ in 0..3 {
        departure(lab.connect(server.addr()));
    }
    is_served(&mut lab, &server);
}

#[rstest]
fn the_next_client_is_served_when_one_was_killed(mut lab: Lab) {
    let server = lab.server();
    let mut client = lab.client(server.addr());
    client.types("hello");
    client.expect_line("HELLO");
    client.kill();
    is_served(&mut lab, &server);
}

#[rstest]
fn the_next_client_is_served_when_the_rude_one_has_left(mut lab: Lab) {
    let server = lab.server();
    let mut rude = lab.start(&["rude", server.addr()]);
    rude.expect_line("leaving with the reply unread");
    rude.expect_success();
    is_served(&mut lab, &server);
}

/// The server is kept busy meanwhile: a reply that is faster than the close would make a reset of it.
#[rstest]
fn the_next_client_is_served_when_some_have_closed_before_their_replies(mut lab: Lab) {
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send("hello");
    first.expect("HELLO");
    for _ in 0..3 {
        let mut client = lab.connect(server.addr());
        client.send("hello");
        client.close_and_wait();
    }
    first.close();
    is_served(&mut lab, &server);
}

#[rstest]
fn clients_that_vanish_from_the_queue_do_no_harm(mut lab: Lab) {
    let server = lab.server();
    vanish_from_the_queue(&mut lab, &server);
    is_served(&mut lab, &server);
}

#[rstest]
fn a_conversation_goes_on_while_others_vanish(mut lab: Lab) {
    let server = lab.server();
    lab.connect(server.addr()).reset();
    let mut client = lab.connect(server.addr());
    for _ in 0..3 {
        let text = lab.text();
        client.send(&text);
        client.expect(&text.to_uppercase());
        lab.connect_and_reset(server.addr(), 10);
    }
    client.close();
    is_served(&mut lab, &server);
}

// The log.

#[rstest]
#[case::closed(closes, false)]
#[case::finished_sending(finishes_sending, false)]
#[case::closed_after_an_exchange(closes_after_an_exchange, true)]
#[case::finished_sending_after_a_message(finishes_sending_after_a_message, true)]
fn a_client_that_closes_is_logged_as_finished(
    mut lab: Lab,
    #[case] departure: Departure,
    #[case] spoke: bool,
) {
    let server = lab.server();
    let client = lab.connect(server.addr());
    let addr = client.addr();
    departure(client);
    is_logged(&mut lab, &server, &addr, spoke, &[Event::Finished]);
}

#[rstest]
#[case::closed_with_the_reply_unread(closes_with_the_reply_unread, true)]
#[case::reset_after_an_exchange(resets_after_an_exchange, true)]
#[case::reset_at_once(resets_at_once, false)]
fn a_client_that_resets_is_logged_as_vanished(
    mut lab: Lab,
    #[case] departure: Departure,
    #[case] spoke: bool,
) {
    let server = lab.server();
    let client = lab.connect(server.addr());
    let addr = client.addr();
    departure(client);
    is_logged(&mut lab, &server, &addr, spoke, &[Event::Vanished]);
}

/// What a peer has in the log when the server has gone on to another one, whose log comes after it.
#[track_caller]
fn is_logged(lab: &mut Lab, server: &Server, addr: &str, spoke: bool, end: &[Event]) {
    let message = spoke.then_some(Event::Message("hello"));
    let events = [Event::Connected].into_iter().chain(message).chain(end.iter().cloned());
    let events: Vec<Event> = events.collect();
    server.expect_log(addr, &events);
    let next = lab.exchange(server);
    server.messages_until_end(&next);
    server.expect_log(addr, &events);
}

/// Whether its message is read before the reset is a matter of chance: its end is not.
#[rstest]
fn a_client_that_resets_after_a_message_is_logged_as_vanished(mut lab: Lab) {
    let server = lab.server();
    let client = lab.connect(server.addr());
    let addr = client.addr();
    resets_after_a_message(client);
    server.expect_last_event(&addr, &Event::Vanished);
    is_served(&mut lab, &server);
    server.expect_last_event(&addr, &Event::Vanished);
}

#[rstest]
fn a_client_that_cannot_be_written_to_is_logged_as_vanished(mut lab: Lab) {
    let piped = "a broken pipe is not taken for a departure";
    lab.likely(Hint::new(Symptom::MissingEvent, piped, "finished-or-vanished"));
    lab.likely(Hint::new(Symptom::WrongEvent, piped, "finished-or-vanished"));
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send("hello");
    first.expect("HELLO");
    // The first only keeps the server busy, so that the next has to wait.
    let mut second = lab.connect(server.addr());
    let addr = second.addr();
    // Many times what one read of a message takes, so several replies are written.
    second.send(&"a".repeat(40_000));
    // With the FIN still on its way, the write would meet a reset and no broken pipe.
    second.close_and_wait();
    first.close();
    // A buffer that has room for all of it makes one reply, which may go out before the reset.
    if server.messages_until_end(&addr) > 1 {
        server.expect_last_event(&addr, &Event::Vanished);
    }
}

#[rstest]
#[case::that_sent_invalid_utf_8(is_refused_for_invalid_utf_8)]
#[case::that_sent_half_a_character(is_refused_for_half_a_character)]
fn a_client_that_is_still_there_has_neither_finished_nor_vanished(
    mut lab: Lab,
    #[case] nonsense: Nonsense,
) {
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let addr = client.addr();
    nonsense(&mut client);
    lab.likely(Hint::new(Symptom::NoReply, LINGERS, "not-a-departure"));
    // The log of a further client comes after what is logged of this one.
    let next = lab.exchange(&server);
    server.messages_until_end(&next);
    client.reset();
    let next = lab.exchange(&server);
    server.messages_until_end(&next);
    for (event, why) in
        [("vanished", ALL_VANISHED), ("finished", ALL_FINISHED), ("message", UNASKED)]
    {
        lab.likely(Hint::new(Symptom::WrongEvent, why, "not-a-departure"));
        server.expect_no_log(&format!("{event} {addr}"));
    }
}

/// A client sends a message and leaves. The server is stopped meanwhile, so whatever it does, the client
/// has left before. `why` its end is likely to be another.
#[cfg(target_os = "linux")]
#[track_caller]
fn leaves_before_it_is_served(lab: &mut Lab, leave: fn(Peer), end: Event, why: &'static str) {
    const AFTERWARDS: &str = "a message is logged when its reply is written, and not when it has come; or a \
                          call before the first read fails, and what can still be read is left";
    let text = lab.text();
    let server = lab.server();
    server.suspend();
    let mut client = lab.connect(server.addr());
    let addr = client.addr();
    client.send(&text);
    leave(client);
    server.resume();
    let why = if server.messages_until_end(&addr) == 0 { AFTERWARDS } else { why };
    for symptom in [Symptom::WrongEvent, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, why, "between-two-lines"));
    }
    server.expect_log(&addr, &[Event::Connected, Event::Message(&text), end]);
    is_served(lab, &server);
}

/// The same, but it still reads: it waits for its reply.
#[cfg(target_os = "linux")]
#[rstest]
fn a_client_that_has_finished_sending_is_answered(mut lab: Lab) {
    let text = lab.text();
    let server = lab.server();
    server.suspend();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.shutdown_write();
    server.resume();
    client.expect(&text.to_uppercase());
    client.expect_eof();
    let events = [Event::Connected, Event::Message(&text), Event::Finished];
    server.expect_log(&client.addr(), &events);
}

#[cfg(target_os = "linux")]
#[rstest]
fn a_client_that_has_closed_before_its_reply_has_finished(mut lab: Lab) {
    const TOO_LATE: &str = "the stream of this client has ended, so it has finished: what fails after \
                        that, such as `shutdown`, is no departure";
    leaves_before_it_is_served(&mut lab, Peer::close_and_wait, Event::Finished, TOO_LATE);
}

/// On Linux what a client sent before its reset can still be read.
#[cfg(target_os = "linux")]
#[rstest]
fn what_a_client_said_before_its_reset_is_logged(mut lab: Lab) {
    leaves_before_it_is_served(&mut lab, Peer::reset, Event::Vanished, WRONG_END);
}

#[cfg(target_os = "linux")]
#[rstest]
fn a_conversation_may_fail_in_any_way(mut lab: Lab) {
    let texts = [lab.text(), lab.text()];
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&texts[0]);
    client.expect(&texts[0].to_uppercase());
    let Some(_breakage) = server.with_failing_reads() else { return };
    // Only the next read begins with it.
    client.send(&texts[1]);
    client.expect(&texts[1].to_uppercase());
    server.is_left_alone();
    client.close();
    is_served(&mut lab, &server);
}

/// A server may serve both at once, or the second when the first has left.
#[rstest]
#[case::reset(Peer::reset, Some(Event::Vanished))]
#[case::sent_invalid_utf_8(refused, None)]
fn it_is_logged_who_has_left_while_another_is_there(
    mut lab: Lab,
    #[case] leave: Departure,
    #[case] end: Option<Event>,
) {
    let texts = [lab.text(), lab.text()];
    let server = lab.server();
    let mut first = lab.connect(server.addr());
    first.send(&texts[0]);
    first.expect(&texts[0].to_uppercase());
    let mut second = lab.connect(server.addr());
    second.send(&texts[1]);
    server.is_left_alone();
    for symptom in [Symptom::WrongEvent, Symptom::MissingEvent] {
        lab.likely(Hint::new(symptom, OF_ANOTHER, "finished-or-vanished"));
    }
    let addr = first.addr();
    leave(first);
    if let Some(end) = end {
        server.expect_last_event(&addr, &end);
    }
    second.expect(&texts[1].to_uppercase());
    let addr = second.addr();
    second.close_and_wait();
    server.expect_log(&addr, &[Event::Connected, Event::Message(&texts[1]), Event::Finished]);
}

fn refused(mut client: Peer) {
    is_refused_for_invalid_utf_8(&mut client);
    client.reset();
}

// What thousands of departures cost.

#[rstest]
fn thousands_of_resets_do_not_end_the_service(mut lab: Lab) {
    let server = lab.server();
    let before = lab.possessions(&server);
    for _ in 0..80 {
        lab.connect_and_reset(server.addr(), 50);
        lab.exchange(&server);
    }
    server.expect_no_more_than(&before);
    server.expect_running();
}

/// Only Linux shows another program's descriptors, threads and processor time.
#[rstest]
#[case::closed_with_the_reply_unread(closes_with_the_reply_unread, 60)]
#[case::reset_after_a_message(resets_after_a_message, 60)]
#[case::sent_invalid_utf_8(sends_invalid_utf_8, 600)]
fn nothing_is_kept_of_clients_that_failed(
    mut lab: Lab,
    #[case] departure: Departure,
    #[case] times: usize,
) {
    let server = lab.server();
    let before = lab.possessions(&server);
    lab.likely(Hint::new(Symptom::NoReply, SLOW, "must-not-add-up"));
    lab.likely(Hint::new(Symptom::StillOpen, KEPT_OR_LATE, "must-not-add-up"));
    for _ in 0..times {
        departure(lab.connect(server.addr()));
    }
    lab.connect_and_reset(server.addr(), 50);
    lab.exchange(&server);
    server.expect_no_more_than(&before);
}

/// The server is stopped while each comes and resets, so that its reply meets a broken pipe.
#[cfg(target_os = "linux")]
#[rstest]
fn nothing_is_kept_of_clients_that_cannot_be_written_to(mut lab: Lab) {
    let server = lab.server();
    let before = lab.possessions(&server);
    lab.likely(Hint::new(Symptom::NoReply, SLOW, "must-not-add-up"));
    for _ in 0..100 {
        server.suspend();
        let mut client = lab.connect(server.addr());
        client.send("hello");
        client.shutdown_write();
        client.reset();
        server.resume();
    }
    lab.exchange(&server);
    server.expect_no_more_than(&before);
}

#[rstest]
fn the_server_is_idle_after_departures(mut lab: Lab) {
    let again = "a call that has failed for good is tried again";
    lab.likely(Hint::new(Symptom::Busy, again, "must-not-add-up"));
    let server = lab.server();
    closes_with_the_reply_unread(lab.connect(server.addr()));
    vanish_from_the_queue(&mut lab, &server);
    server.expect_idle();
    is_served(&mut lab, &server);
}

// The client is given. Its server can vanish as well.

#[rstest]
fn the_client_tells_that_its_server_has_closed(lab: Lab) {
    lab.likely(Hint::any(NOT_AS_GIVEN, "other-side"));
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("hello");
    let mut server = listener.accept();
    server.expect("hello");
    server.close();
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn the_client_tells_that_its_server_has_vanished(lab: Lab) {
    lab.likely(Hint::any(NOT_AS_GIVEN, "other-side"));
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types("are you there?");
    let mut server = listener.accept();
    server.expect("are you there?");
    server.reset();
    client.expect_error(&[&listener.addr()]);
}
