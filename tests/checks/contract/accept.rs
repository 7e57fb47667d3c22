//! An accept that fails is told, paused on, and survived. Only Linux lets one program limit
//! another's descriptors.

use harness::{Breakage, Event, Hint, Lab, Server, Symptom, lab};
use rstest::{fixture, rstest};

/// Where all of it is told, whatever the lab.
const WHERE: &str = "03-service.md#when-accept-fails";

const UNTOLD: &str = "an error of `accept` is not logged";
const ENDS: &str = "an error of `accept` ends the server";
const HURRIES: &str = "`accept` fails at once, and the loop tries again as fast as it can";
const ONCE: &str = "an error of `accept` is logged the first time only";
const GIVES_UP: &str = "the server pauses too long, or does not try again";
const GROWS: &str = "the pause grows with each failure of `accept`: whoever comes when the descriptors are \
                     back waits for the rest of it";
const ONLY_SOME: &str =
    "the loop does not pause after this error of `accept`, so it comes a million times";

const LIKELY: &[Hint] = &[
    Hint::new(Symptom::Untold, UNTOLD, WHERE),
    Hint::new(Symptom::Exited, ENDS, WHERE),
    Hint::new(Symptom::ExitedOk, ENDS, WHERE),
    Hint::new(Symptom::Busy, HURRIES, WHERE),
    Hint::new(Symptom::PausesLonger, GROWS, WHERE),
];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// A server that has no descriptor left for a further client, and has found out. With the number of
/// the first that it lacks.
fn without_descriptors(lab: &mut Lab) -> (Server, Breakage, u64) {
    let mut server = lab.server();
    let free = server.free_descriptor();
    let text = lab.text();
    let mut client = lab.connect(server.addr());
    client.send(&text);
    client.expect(&text.to_uppercase());
    let addr = client.addr();
    client.close();
    server.expect_log(&addr, &[Event::Connected, Event::Message(&text), Event::Finished]);
    server.mark_output();
    let breakage = server.without_descriptors(free);
    // Linux sets a descriptor aside when `accept` is called. Whoever waits there already has one, and
    // this client takes it.
    lab.connect(server.addr()).close();
    (server, breakage, free)
}

#[rstest]
fn a_failing_accept_is_told_and_survived(mut lab: Lab) {
    let (server, breakage, _) = without_descriptors(&mut lab);
    let mut client = lab.connect(server.addr());
    let text = lab.text();
    client.send(&text);
    server.expect_told();
    lab.likely(Hint::new(Symptom::NoReply, GIVES_UP, WHERE));
    breakage.mend();
    client.expect(&text.to_uppercase());
    server.expect_running();
}

/// Whoever waits in `accept` has a descriptor set aside. Stopped and resumed, the program calls it anew,
/// and finds none.
#[rstest]
fn accepting_may_fail_before_anybody_has_come(mut lab: Lab) {
    let mut server = lab.server();
    server.mark_output();
    let breakage = server.without_descriptors(server.free_descriptor());
    server.suspend();
    server.resume();
    let mut client = lab.connect(server.addr());
    let text = lab.text();
    client.send(&text);
    server.expect_told();
    lab.likely(Hint::new(Symptom::NoReply, GIVES_UP, WHERE));
    breakage.mend();
    client.expect(&text.to_uppercase());
    server.expect_running();
}

#[rstest]
fn accepting_may_fail_for_a_while_and_again(mut lab: Lab) {
    let (mut server, breakage, free) = without_descriptors(&mut lab);
    let mut client = lab.connect(server.addr());
    let text = lab.text();
    client.send(&text);
    server.expect_pause();
    let pause = server.pause();
    server.is_left_alone();
    server.expect_no_longer_pause(pause);
    lab.likely(Hint::new(Symptom::NoReply, GIVES_UP, WHERE));
    server.expect_running();
    breakage.mend();
    client.expect(&text.to_uppercase());
    client.close_and_wait();
    lab.exchange(&server);
    lab.likely(Hint::new(Symptom::Untold, ONCE, WHERE));
    server.mark_output();
    let _breakage = server.without_descriptors(free);
    // This one takes the descriptor that was set aside, and the next finds none.
    lab.connect(server.addr()).close();
    let _waiting = lab.connect(server.addr());
    server.expect_told();
}

#[rstest]
fn an_accept_may_fail_in_any_way(mut lab: Lab) {
    let server = lab.server();
    for _ in 0..2 {
        lab.exchange(&server);
    }
    let Some(breakage) = server.with_failing_accepts() else { return };
    // Whoever waits in accept already does not know of it.
    lab.exchange(&server);
    server.is_left_alone();
    server.expect_running();
    lab.likely(Hint::new(Symptom::Busy, ONLY_SOME, WHERE));
    server.expect_pause();
    breakage.mend();
    lab.exchange(&server);
}

#[rstest]
fn a_failing_accept_is_survived_when_nobody_reads_the_log(mut lab: Lab) {
    let server = lab.server_without_input_and_output();
    let free = server.free_descriptor();
    lab.exchange(&server);
    let breakage = server.without_descriptors(free);
    lab.connect(server.addr()).close();
    let mut client = lab.connect(server.addr());
    let text = lab.text();
    client.send(&text);
    server.is_left_alone();
    server.expect_running();
    breakage.mend();
    client.expect(&text.to_uppercase());
}

#[rstest]
fn a_failing_accept_is_paused_on(mut lab: Lab) {
    let (server, _breakage, _) = without_descriptors(&mut lab);
    let _waiting = lab.connect(server.addr());
    server.expect_told();
    server.expect_pause();
    server.expect_running();
}
