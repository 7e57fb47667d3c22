//! Lab 10: waiting for ever is a bug.

use std::time::Duration;

use harness::{Hint, Lab, Listener, Peer, Process, Symptom, frame, lab};
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
#[path = "contract/deadlines.rs"]
mod deadlines;
#[path = "contract/frames.rs"]
mod frames;
#[path = "contract/service.rs"]
mod service;
#[path = "contract/waiting.rs"]
mod waiting;

#[cfg(not(target_os = "linux"))]
harness::ignored!(accept, "only Linux lets one program limit another's descriptors");

const ENDS: &str = "what one client does ends the service";
const TOO_SOON: &str = "somebody is given up before the patience has ended";
const WRONG_END: &str = "a deadline that has passed, an error of the connection, a frame that was cut and the \
                         end of the stream are not told apart";
const WAITS: &str = "the client waits for its server without a deadline";
const EACH_READ: &str = "the deadline is for one read, and begins anew with each byte: it is for the whole \
                         reply";
const NAMED: &str = "a deadline that has passed is `TimedOut`, whatever the system calls it: `WouldBlock` means \
                     that one should ask again";
const ZERO: &str = "a timeout of zero is an error of the caller for std: a deadline that has passed must be \
                    told before the call";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(Symptom::Exited, ENDS, "your-turn").of_the_server(),
    Hint::new(Symptom::ExitedOk, ENDS, "your-turn").of_the_server(),
    Hint::new(Symptom::Disconnected, TOO_SOON, "a-deadline"),
    Hint::new(Symptom::MissingEvent, WRONG_END, "two-names"),
    Hint::new(Symptom::WrongEvent, WRONG_END, "two-names"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

// The given parts of the demo.

#[rstest]
fn the_silent_client_is_hung_up_on(lab: Lab) {
    lab.likely(Hint::any("a client is waited for without a deadline", "a-deadline"));
    let server = lab.service_with(&[("PATIENCE", "500")], "server", "127.0.0.1:0");
    let mut silent = lab.start(&["silent", server.addr()]);
    silent.expect_line("connected, and silent");
    silent.expect_line("was hung up on");
    silent.expect_success();
    server.expect_running();
}

#[rstest]
fn a_client_gives_up_on_the_deaf_server(mut lab: Lab) {
    lab.likely(Hint::new(Symptom::StillRunning, WAITS, "a-deadline"));
    let deaf = lab.service("deaf", "127.0.0.1:0");
    let mut client = impatient(&lab, deaf.addr());
    client.types(&lab.text());
    client.expect_error(&[deaf.addr()]);
    lab.likely(Hint::new(Symptom::Other, NAMED, "two-names"));
    // What Linux says of `WouldBlock`: it tells nobody that time was up.
    let told = client.complained_of("Resource temporarily unavailable");
    lab.expect(!told, "the error of a deadline to say that time is up", "it is `WouldBlock`'s own");
}

/// Whoever is refused is told so at once, and not that time is up.
#[rstest]
fn a_client_that_is_refused_says_so(mut lab: Lab) {
    const AS_IT_IS: &str =
        "an error of `connect` that is no deadline is told as one: it stays as it is";
    lab.likely(Hint::new(Symptom::VagueError, AS_IT_IS, "connect-waits"));
    let port = lab.closed_port();
    let mut client = lab.client(&port.addr());
    client.types(&lab.text());
    client.expect_error(&[&port.addr(), "refused"]);
}

// The client, served by the check.

/// A client that waits for half a second.
#[track_caller]
fn impatient(lab: &Lab, addr: &str) -> Process {
    lab.start_with(&[("PATIENCE", "500")], &["client", addr])
}

/// What becomes of a message when its server stops in the middle of a reply.
#[rstest]
#[case::before_its_first_byte(b"")]
#[case::in_the_length(b"\0\0")]
#[case::after_the_length(b"\0\0\0\x05")]
#[case::in_the_text(b"\0\0\0\x05HEL")]
fn a_server_that_falls_silent_is_given_up(mut lab: Lab, #[case] bytes: &[u8]) {
    lab.likely(Hint::new(Symptom::StillRunning, WAITS, "a-deadline"));
    let listener = lab.listen();
    let mut client = impatient(&lab, &listener.addr());
    client.types(&lab.text());
    let mut server = listener.accept();
    server.send_in_pieces(&[bytes]);
    client.expect_error(&[&listener.addr()]);
}

/// Each byte comes in time, and all of them do not.
#[rstest]
fn a_server_that_drips_is_given_up(mut lab: Lab) {
    for symptom in [Symptom::StillRunning, Symptom::ExitedOk, Symptom::Other] {
        lab.likely(Hint::new(symptom, EACH_READ, "each-read"));
    }
    let listener = lab.listen();
    let mut client = impatient(&lab, &listener.addr());
    let line = lab.text();
    client.types(&line);
    client.end_input();
    let mut server = listener.accept();
    server.expect(&line);
    let reply = frame("A REPLY THAT TAKES THREE SECONDS IF EACH BYTE TAKES A TWENTIETH");
    server.drip(&reply, Duration::from_millis(50));
    client.expect_error(&[&listener.addr()]);
}

#[cfg(target_os = "linux")]
#[rstest]
fn a_server_that_lets_nobody_in_is_given_up(mut lab: Lab) {
    const CONNECTS: &str = "`connect` waits without a deadline, until the kernel gives up";
    lab.likely(Hint::new(Symptom::StillRunning, CONNECTS, "connect-waits"));
    let queue = lab.full_queue();
    let mut client = impatient(&lab, &queue.addr());
    client.types(&lab.text());
    client.expect_error(&[&queue.addr()]);
}

#[rstest]
fn a_client_with_a_patience_of_zero_gives_up_at_once(mut lab: Lab) {
    lab.likely(Hint::any(ZERO, "a-deadline"));
    let listener = lab.listen();
    let mut client = lab.start_with(&[("PATIENCE", "0")], &["client", &listener.addr()]);
    client.types(&lab.text());
    client.expect_error(&[&listener.addr()]);
}

/// Stopped and resumed, a program that waits with a timeout has its call fail with `Interrupted` on Linux.
#[cfg(unix)]
#[rstest]
fn a_signal_is_no_reason_for_a_client_to_give_up(mut lab: Lab) {
    let signal = "a signal is taken for the end of the patience, or of the connection";
    lab.likely(Hint::new(Symptom::Exited, signal, "your-turn"));
    let (mut client, _listener, mut server) = asked(&mut lab);
    client.waits_for_a_message();
    client.suspend();
    client.resume();
    let reply = lab.texts().of_length(20);
    server.send(&reply);
    client.expect_line(&reply);
}

/// A name may stand for several addresses, and only one of them has a listener.
#[rstest]
fn a_client_tries_each_address_of_a_name(mut lab: Lab) {
    let first = "only one address of a name is tried, or none: a name has to be looked up";
    lab.likely(Hint::new(Symptom::Exited, first, "connect-waits").of_the_client());
    let server = lab.server();
    let (_, port) = server.addr().rsplit_once(':').unwrap_or_default();
    let mut client = lab.client(&format!("localhost:{port}"));
    let text = lab.text();
    client.types(&text);
    client.expect_line(&text.to_uppercase());
}

/// A client of the lab that has sent a line, and its server.
fn asked(lab: &mut Lab) -> (Process, Listener, Peer) {
    let listener = lab.listen();
    let mut client = lab.client(&listener.addr());
    let line = lab.text();
    client.types(&line);
    let mut server = listener.accept();
    server.expect(&line);
    (client, listener, server)
}

/// How a server disappoints a client that waits for its reply, before its patience has ended.
type Disappointment = fn(Peer);

fn closes(server: Peer) {
    server.close();
}

fn closes_in_the_reply(mut server: Peer) {
    server.send_bytes(b"\0\0\0\x05HELL");
    server.close();
}

fn resets(server: Peer) {
    server.reset();
}

fn replies_too_much(mut server: Peer) {
    server.send_bytes(&3_073_u32.to_be_bytes());
    server.expect_closed_or_reset();
}

#[rstest]
#[case::closes(closes)]
#[case::closes_in_the_reply(closes_in_the_reply)]
#[case::resets(resets)]
#[case::replies_with_3073_bytes(replies_too_much)]
fn the_client_tells_when_its_server(mut lab: Lab, #[case] disappoints: Disappointment) {
    let (client, listener, server) = asked(&mut lab);
    disappoints(server);
    client.expect_error(&[&listener.addr()]);
}
