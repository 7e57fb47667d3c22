//! What holds for every service: it serves whoever comes, however many, and keeps nothing of them.

use course::Endpoint;
use harness::{ELSEWHERE, Event, Hint, Lab, Server, Symptom, lab};
use rstest::{fixture, rstest};

const COUNTS: &str = "the service ends, or goes deaf, after some number of clients";
const ONE_HOST: &str = "what a client gets depends on the host it comes from";
const TURNED_AWAY: &str = "of many clients at once some are turned away: those that wait belong \
                           into the queue of the socket";
const OTHERS_ADDR: &str = "while several clients are there, an event is left out, or logged with another's \
                           address";

const LIKELY: &[Hint] =
    &[Hint::new(Symptom::Grew, "something of each client is kept when it has left", "your-turn")];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

#[rstest]
fn hundreds_of_clients_leave_nothing_behind(mut lab: Lab) {
    let server = lab.server();
    let before = lab.possessions(&server);
    for symptom in [
        Symptom::Disconnected,
        Symptom::Exited,
        Symptom::ExitedOk,
        Symptom::NoReply,
        Symptom::MissingEvent,
    ] {
        lab.likely(Hint::new(symptom, COUNTS, "your-turn"));
    }
    let clients = if lab.endpoint() == Endpoint::Tcp { 600 } else { 1_100 };
    for _ in 0..clients {
        let text = lab.texts().of_length(1_000);
        lab.exchange_of(&server, &text);
    }
    server.expect_no_more_than(&before);
    server.expect_running();
}

#[rstest]
fn clients_are_served_when_nobody_reads_the_log(mut lab: Lab) {
    let server = lab.server_without_input_and_output();
    // The first has left when the next is served, and that may be a line in the log as well.
    for _ in 0..3 {
        lab.exchange_unlogged(&server);
    }
    server.expect_running();
}

/// More than the queues that people lay by hand, and fewer than any system's own.
const AT_ONCE: usize = 100;

#[rstest]
fn clients_that_come_at_once_are_all_served(mut lab: Lab) {
    let server = lab.server();
    for _ in 0..2 {
        lab.exchange(&server);
    }
    let texts: Vec<String> = (0..AT_ONCE).map(|_| lab.text()).collect();
    lab.likely(Hint::new(Symptom::Disconnected, TURNED_AWAY, "your-turn"));
    lab.likely(Hint::new(Symptom::NoReply, TURNED_AWAY, "your-turn"));
    let addrs = match lab.endpoint() {
        Endpoint::Tcp => served_over_tcp(&mut lab, &server, &texts),
        Endpoint::Udp => served_over_udp(&mut lab, &server, &texts),
        Endpoint::Broadcast => sent_to_everybody(&lab, &server, &texts),
    };
    lab.likely(Hint::new(Symptom::MissingEvent, OTHERS_ADDR, "your-turn"));
    lab.likely(Hint::new(Symptom::WrongEvent, OTHERS_ADDR, "your-turn"));
    for (addr, text) in addrs.iter().zip(&texts) {
        match lab.endpoint() {
            Endpoint::Tcp => {
                let conversation = [Event::Connected, Event::Message(text), Event::Finished];
                server.expect_log(addr, &conversation);
            }
            // One who was served before may have had the same port.
            Endpoint::Udp | Endpoint::Broadcast => {
                server.expect_latest(addr, &Event::Message(text));
            }
        }
    }
}

/// All have sent before the first reads its reply.
#[track_caller]
fn served_over_tcp(lab: &mut Lab, server: &Server, texts: &[String]) -> Vec<String> {
    let mut clients = Vec::new();
    for text in texts {
        let mut client = lab.connect(server.addr());
        client.send(text);
        clients.push(client);
    }
    let mut addrs = Vec::new();
    for (mut client, text) in clients.into_iter().zip(texts) {
        client.expect(&text.to_uppercase());
        addrs.push(client.addr());
        client.close();
    }
    addrs
}

/// The same over UDP.
#[track_caller]
fn served_over_udp(lab: &mut Lab, server: &Server, texts: &[String]) -> Vec<String> {
    let mut clients = Vec::new();
    for text in texts {
        let client = lab.datagram_client(server.addr());
        client.send(text);
        clients.push(client);
    }
    for (client, text) in clients.iter_mut().zip(texts) {
        client.expect(&text.to_uppercase());
    }
    clients.iter().map(harness::DatagramPeer::addr).collect()
}

/// What is sent to everybody is answered by nobody: the log has to tell.
fn sent_to_everybody(lab: &Lab, server: &Server, texts: &[String]) -> Vec<String> {
    let senders: Vec<_> = texts.iter().map(|_| lab.broadcaster()).collect();
    for (sender, text) in senders.iter().zip(texts) {
        sender.send(server.addr(), text);
    }
    senders.iter().map(harness::Broadcaster::addr).collect()
}

/// Where loopback has several addresses: not on macOS.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn a_client_may_come_from_another_host(mut lab: Lab) {
    let server = lab.server();
    for _ in 0..2 {
        lab.exchange(&server);
    }
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
