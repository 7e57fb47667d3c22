//! What holds for every service: it serves whoever comes, however many, and keeps nothing of them.

use course::Endpoint;
use harness::{ELSEWHERE, Event, Hint, Lab, Symptom, lab};
use rstest::{fixture, rstest};

const COUNTS: &str = "the service ends, or goes deaf, after some number of clients";
const ONE_HOST: &str = "what a client gets depends on the host it comes from";

const LIKELY: &[Hint] =
    &[Hint::new(Symptom::Grew, "something of each client is kept when it has left", "your-turn")];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// Whatever is made once, and not for each client, is there after so many.
const FIRST: usize = 20;

#[rstest]
fn hundreds_of_clients_leave_nothing_behind(mut lab: Lab) {
    use harness::Resource::{Descriptors, Memory, Threads};
    let server = lab.server();
    for _ in 0..FIRST {
        lab.exchange(&server);
    }
    for symptom in [
        Symptom::Disconnected,
        Symptom::Exited,
        Symptom::ExitedOk,
        Symptom::NoReply,
        Symptom::MissingEvent,
    ] {
        lab.likely(Hint::new(symptom, COUNTS, "your-turn"));
    }
    let before = [Descriptors, Threads, Memory].map(|resource| server.amount(resource));
    let clients = if lab.endpoint() == Endpoint::Tcp { 600 } else { 1_100 };
    for _ in 0..clients {
        let text = lab.texts().of_length(1_000);
        lab.exchange_of(&server, &text);
    }
    for (resource, before) in [Descriptors, Threads, Memory].into_iter().zip(before) {
        server.expect_no_more(resource, before);
    }
    server.expect_running();
}

/// Where loopback has several addresses: not on macOS.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn a_client_may_come_from_another_host(mut lab: Lab) {
    let server = lab.server();
    lab.exchange(&server);
    lab.likely(Hint::any(ONE_HOST, "your-turn"));
    let text = lab.text();
    match lab.endpoint() {
        Endpoint::Tcp => {
            let mut client = lab.connect_from(ELSEWHERE.into(), server.addr());
            client.send(&text);
            client.expect(&text.to_uppercase());
            let addr = client.addr();
            client.close();
            let events = [Event::Connected, Event::Message(&text), Event::Finished];
            server.expect_log(&addr, &events);
            // What is logged once too often is there when the next has been served.
            let next = lab.exchange(&server);
            server.messages_until_end(&next);
            server.expect_log(&addr, &events);
        }
        Endpoint::Udp => {
            let mut client = lab.datagram_client_from(ELSEWHERE.into(), server.addr());
            client.send(&text);
            client.expect(&text.to_uppercase());
            server.expect_log(&client.addr(), &[Event::Message(&text)]);
        }
        Endpoint::Broadcast => {
            let check = lab.broadcaster_on(ELSEWHERE.into());
            check.send(server.addr(), &text);
            server.expect_log(&check.addr(), &[Event::Message(&text)]);
        }
    }
}
