//! What holds for every client that talks to one server: where it finds it.

use std::net::TcpListener;

use course::Endpoint;
use harness::{Hint, Lab, Symptom, lab};
use rstest::{fixture, rstest};

const VAGUE: &str = "the error is not passed on with the address";

const LIKELY: &[Hint] = &[Hint::new(Symptom::VagueError, VAGUE, "your-turn")];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// A name may stand for several addresses, in any order: both sides must take the same. Not every
/// system has a second address of loopback.
#[rstest]
#[case::by_name("localhost:0".to_owned())]
#[cfg_attr(not(target_os = "macos"), case::on_another_address(harness::own_addr()))]
#[case::over_ipv6("[::1]:0".to_owned())]
fn both_meet_where_they_are_told(mut lab: Lab, #[case] told: String) {
    for symptom in [Symptom::WrongAddress, Symptom::NeverListens, Symptom::Disconnected] {
        let other = "the address is not taken as it is given: a name will do as well as numbers";
        lab.likely(Hint::new(symptom, other, "your-turn"));
    }
    if TcpListener::bind(&told).is_err() {
        return; // Not every machine has IPv6.
    }
    let server = lab.service("server", &told);
    let (host, _) = told.rsplit_once(':').unwrap_or_default();
    let (_, port) = server.addr().rsplit_once(':').unwrap_or_default();
    let mut client = lab.client(&format!("{host}:{port}"));
    lab.greeting().inspect(|greeting| client.expect_line(greeting));
    let text = lab.text();
    client.types(&text);
    client.expect_line(&text.to_uppercase());
    server.keeps_the_form();
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
