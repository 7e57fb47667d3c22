//! What holds for everybody who has all the time in the world, which is everybody before lab 10: no
//! timeout is set, or none makes a difference. What a program does when its own timeouts have passed is
//! seen at once where they are short, and only Linux lets the check shorten them.

use harness::{Event, Hint, Lab, Symptom, as_shown, lab};
use rstest::{fixture, rstest};

const HURRIES: &str = "silence is taken for the end: a read has a timeout, and people think";
const READS_LATE: &str = "a client that reads late is given up: a write has a timeout, or does not \
                          wait, and what it could not send is lost";

const LIKELY: &[Hint] = &[];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY, super::LIKELY)
}

/// From here on, whatever ends does so because somebody thinks.
fn somebody_thinks(lab: &Lab) {
    for symptom in [Symptom::Exited, Symptom::ExitedOk, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, HURRIES, "your-turn"));
    }
}

#[rstest]
fn a_client_may_think_for_longer_than_any_timeout(mut lab: Lab) {
    let texts = [lab.text(), lab.text(), lab.text()];
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send(&texts[0]);
    client.expect(&texts[0].to_uppercase());
    if !server.has_shorter_timeouts() {
        return;
    }
    somebody_thinks(&lab);
    // Only the next read begins with it.
    for text in &texts[1..] {
        client.send(text);
        client.expect(&text.to_uppercase());
        server.is_left_alone();
    }
    server.expect_log(
        &client.addr(),
        &[
            Event::Connected,
            Event::Message(&texts[0]),
            Event::Message(&texts[1]),
            Event::Message(&texts[2]),
        ],
    );
    server.expect_running();
}

/// A client that does not read for a while makes the server's writes wait.
#[rstest]
fn a_client_may_read_late(mut lab: Lab) {
    let server = lab.server();
    let mut client = lab.connect_with_small_buffers(server.addr());
    let text = lab.text();
    client.send(&text);
    client.expect(&text.to_uppercase());
    let has_timeouts = server.has_shorter_timeouts();
    let much = vec!["late".repeat(250); 64];
    client.send_together(&much);
    if has_timeouts {
        server.waits_for_a_reader();
        server.is_left_alone();
    }
    for symptom in
        [Symptom::Exited, Symptom::ExitedOk, Symptom::Disconnected, Symptom::WrongContent]
    {
        lab.likely(Hint::new(symptom, READS_LATE, "your-turn"));
    }
    let replies: Vec<String> = much.iter().map(|text| text.to_uppercase()).collect();
    client.expect_together(&replies);
    server.expect_running();
}

#[rstest]
fn a_server_may_think_for_longer_than_any_timeout(mut lab: Lab) {
    let (lines, reply) = ([lab.text(), lab.text(), lab.text()], lab.texts().reply());
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    client.types(&lines[0]);
    let mut server = listener.accept();
    server.expect(&lines[0]);
    server.send(&reply);
    client.expect_line(&as_shown(&reply));
    if !client.has_shorter_timeouts() {
        return;
    }
    for line in &lines[1..] {
        client.types(line);
        server.expect(line);
        somebody_thinks(&lab);
        client.is_left_alone();
        server.send(&reply);
        client.expect_line(&as_shown(&reply));
    }
}
