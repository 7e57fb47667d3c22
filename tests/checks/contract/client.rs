//! What holds for every client that talks to one server: where it finds it.

use course::Endpoint;
use harness::{Hint, Lab, Symptom, lab};
use rstest::{fixture, rstest};

const VAGUE: &str = "the error is not passed on with the address";

const LIKELY: &[Hint] = &[Hint::new(Symptom::VagueError, VAGUE, "your-turn")];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// A name may stand for several addresses, in any order: both sides must take the same.
#[rstest]
fn both_meet_at_a_name(mut lab: Lab) {
    lab.likely(Hint::any("an address is taken that the name does not stand for", "your-turn"));
    let server = lab.service("server", "localhost:0");
    let (_, port) = server.addr().rsplit_once(':').unwrap_or_default();
    let mut client = lab.client(&format!("localhost:{port}"));
    let text = lab.text();
    client.types(&text);
    client.expect_line(&text.to_uppercase());
}

#[rstest]
fn a_client_names_a_port_that_is_0(lab: Lab) {
    if lab.endpoint() != Endpoint::Tcp {
        return; // A datagram to port 0 may be sent, and is lost.
    }
    let mut client = lab.client("127.0.0.1:0");
    client.types("hello");
    client.end_input();
    client.expect_error(&["127.0.0.1:0"]);
}
