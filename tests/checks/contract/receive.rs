//! A receive that fails is told, paused on, and survived. Only Linux lets one program reach
//! another's socket.

use harness::{Breakage, Hint, Lab, Server, Symptom, lab};
use rstest::{fixture, rstest};

const UNTOLD: &str = "an error of `recv_from` is not logged";
const ENDS: &str = "an error of `recv_from` ends the service";
const HURRIES: &str = "`recv_from` fails at once, and the loop tries again as fast as it can";
const GIVES_UP: &str = "the service pauses too long, or does not try again";
const GROWS: &str = "the pause grows with each failure of `recv_from`: whoever asks when it is over waits for \
                     the rest of it";

const LIKELY: &[Hint] = &[
    Hint::new(Symptom::Untold, UNTOLD, "your-turn"),
    Hint::new(Symptom::Exited, ENDS, "your-turn"),
    Hint::new(Symptom::ExitedOk, ENDS, "your-turn"),
    Hint::new(Symptom::Busy, HURRIES, "your-turn"),
    Hint::new(Symptom::PausesLonger, GROWS, "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// A service whose receives fail, and that has found out. `None` where the system forbids to
/// reach another program's socket.
fn with_failing_receives(lab: &mut Lab) -> Option<(Server, Breakage)> {
    let mut server = lab.server();
    lab.exchange(&server);
    server.mark_output();
    let breakage = server.with_failing_receives()?;
    // Whoever waits in a receive already is woken by a datagram. The next receive fails.
    lab.exchange(&server);
    Some((server, breakage))
}

#[rstest]
fn a_failing_receive_is_told_and_survived(mut lab: Lab) {
    let Some((server, breakage)) = with_failing_receives(&mut lab) else { return };
    server.expect_told();
    lab.likely(Hint::new(Symptom::NoReply, GIVES_UP, "your-turn"));
    breakage.mend();
    lab.exchange(&server);
    server.expect_running();
}

#[rstest]
fn a_failing_receive_is_survived_when_nobody_reads_the_log(mut lab: Lab) {
    let server = lab.server_without_input_and_output();
    lab.exchange_unlogged(&server);
    let Some(breakage) = server.with_failing_receives() else { return };
    lab.exchange_unlogged(&server);
    server.is_left_alone();
    breakage.mend();
    lab.exchange_unlogged(&server);
    server.expect_running();
}

#[rstest]
fn a_failing_receive_is_paused_on(mut lab: Lab) {
    let Some((server, _breakage)) = with_failing_receives(&mut lab) else { return };
    server.expect_told();
    server.expect_pause();
    server.expect_running();
}

#[rstest]
fn receives_may_fail_for_a_while_and_again(mut lab: Lab) {
    let Some((mut server, breakage)) = with_failing_receives(&mut lab) else { return };
    server.expect_pause();
    let pause = server.pause();
    server.is_left_alone();
    server.expect_no_longer_pause(pause);
    lab.likely(Hint::new(Symptom::NoReply, GIVES_UP, "your-turn"));
    server.expect_running();
    breakage.mend();
    lab.exchange(&server);
    server.mark_output();
    let Some(_breakage) = server.with_failing_receives() else { return };
    lab.exchange(&server);
    let once = "an error of `recv_from` is logged the first time only";
    lab.likely(Hint::new(Symptom::Untold, once, "your-turn"));
    server.expect_told();
}

/// Stopped and resumed, a program that waits in a receive with a timeout has it fail with `Interrupted`.
#[rstest]
fn a_receive_may_fail_in_any_way(mut lab: Lab) {
    let server = lab.server();
    let Some(_breakage) = server.with_interrupted_receives() else { return };
    lab.exchange(&server);
    server.waits_for_a_message();
    server.suspend();
    server.resume();
    let only_some = "only some errors of `recv_from` are survived";
    lab.likely(Hint::new(Symptom::Exited, only_some, "your-turn"));
    lab.likely(Hint::new(Symptom::ExitedOk, only_some, "your-turn"));
    lab.exchange(&server);
    server.expect_running();
}
