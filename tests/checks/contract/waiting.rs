//! What holds for everybody who waits: no processor is used, and silence is not an end.

use course::Endpoint;
use harness::{Event, Hint, Lab, Symptom, lab};
use rstest::{fixture, rstest};

const HURRIES: &str = "it does not wait for a message: a read has a timeout, and silence is taken \
                       for the end, or nothing is read at all";

const LIKELY: &[Hint] = &[];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// From here on, whatever ends or does not come does so because somebody has thought.
fn somebody_thinks(lab: &Lab) {
    for symptom in [
        Symptom::Disconnected,
        Symptom::Exited,
        Symptom::ExitedOk,
        Symptom::MissingEvent,
        Symptom::WrongEvent,
    ] {
        lab.likely(Hint::new(symptom, HURRIES, "your-turn"));
    }
}

#[rstest]
fn a_listener_that_nobody_talks_to_is_idle(lab: Lab) {
    lab.server().expect_idle();
}

#[rstest]
fn a_listener_is_idle_while_a_silent_client_is_there(mut lab: Lab) {
    let server = lab.server();
    let addr = server.addr().to_owned();
    let silent = (lab.endpoint() == Endpoint::Tcp).then(|| lab.connect(&addr));
    if let Some(silent) = &silent {
        let late = "a client is logged as connected only when it has spoken, or left";
        lab.likely(Hint::new(Symptom::MissingEvent, late, "your-turn"));
        server.expect_log(&silent.addr(), &[Event::Connected]);
    }
    server.expect_idle();
    if let Some(silent) = &silent {
        somebody_thinks(&lab);
        server.expect_log(&silent.addr(), &[Event::Connected]);
    }
}

#[rstest]
fn a_client_may_think_before_its_first_message(mut lab: Lab) {
    somebody_thinks(&lab);
    let server = lab.server();
    let text = lab.text();
    match lab.endpoint() {
        Endpoint::Tcp => {
            let mut client = lab.connect(server.addr());
            client.think(&server);
            client.send(&text);
            client.expect(&text.to_uppercase());
        }
        Endpoint::Udp | Endpoint::Broadcast => {
            server.waits_for_its_user();
            lab.exchange(&server);
        }
    }
}

#[rstest]
fn a_person_may_think_before_the_first_line(mut lab: Lab) {
    somebody_thinks(&lab);
    let (text, reply) = (lab.text(), lab.texts().reply());
    match lab.endpoint() {
        Endpoint::Tcp => {
            let listener = lab.listen();
            let mut client = lab.client(&listener.addr());
            client.waits_for_its_user();
            client.types(&text);
            let mut server = listener.accept();
            server.expect(&text);
            server.send(&reply);
            // Where there is one exchange, the client may read until its server has closed.
            server.close();
            client.expect_line(&harness::as_shown(&reply));
        }
        Endpoint::Udp => {
            let mut server = lab.datagram_server();
            let mut client = lab.client(&server.addr());
            client.waits_for_its_user();
            client.types(&text);
            server.expect(&text);
            server.send(&reply);
            client.expect_line(&harness::as_shown(&reply));
        }
        Endpoint::Broadcast => {
            let mut sender = lab.sender("127.0.0.1:9");
            sender.waits_for_its_user();
            sender.end_input();
            sender.expect_success();
        }
    }
}
