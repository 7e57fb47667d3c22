//! What holds for the command line of every lab: addresses, the usage, and what a shell may do to
//! input and output.

use course::{Endpoint, Unit};
use harness::{Hint, Lab, Symptom, lab};
use rstest::{fixture, rstest};

const BIND: &str = "the address that is given is not the one that is bound, or its error is not \
                    passed on with the address: it is tried again, say";

const LIKELY: &[Hint] = &[
    Hint::any("the address on the command line is not used as it is", "your-turn"),
    Hint::new(Symptom::VagueError, "the error is not passed on with the address", "your-turn"),
    Hint::new(Symptom::StillRunning, BIND, "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// The role that listens, and the one that comes to it.
fn roles(lab: &Lab) -> [&'static str; 2] {
    match lab.endpoint() {
        Endpoint::Tcp | Endpoint::Udp => ["server", "client"],
        Endpoint::Broadcast => ["receiver", "sender"],
    }
}

#[rstest]
fn the_listener_is_where_it_is_told_and_nowhere_else(lab: Lab) {
    lab.server().expect_only_there();
}

/// Not every system has more than one address of loopback, and broadcast has one.
#[cfg(not(target_os = "macos"))]
#[rstest]
fn the_listener_is_on_another_address_if_it_is_told(lab: Lab) {
    if lab.endpoint() == Endpoint::Broadcast {
        lab.service("receiver", &harness::own_addr());
    } else {
        lab.server_at(&harness::own_addr());
    }
}

#[rstest]
fn the_listener_names_an_address_that_is_none(lab: Lab) {
    lab.start(&[roles(&lab)[0], "nowhere"]).expect_error(&["nowhere"]);
}

#[rstest]
fn the_listener_names_an_address_of_another_machine(lab: Lab) {
    // Reserved for documentation (RFC 5737), so no machine has it.
    lab.start(&[roles(&lab)[0], "192.0.2.1:0"]).expect_error(&["192.0.2.1:0"]);
}

#[rstest]
fn the_listener_names_an_address_in_use(lab: Lab) {
    if lab.endpoint() == Endpoint::Broadcast && !course::machine::has_loopback_broadcast() {
        return;
    }
    let (_taken, addr) = lab.taken_addr();
    lab.start(&[roles(&lab)[0], &addr]).expect_error(&[&addr]);
}

#[rstest]
fn who_comes_to_an_address_that_is_none_names_it(lab: Lab) {
    let mut caller = lab.start(&[roles(&lab)[1], "nowhere"]);
    caller.types("hello");
    caller.end_input();
    caller.expect_error(&["nowhere"]);
}

#[rstest]
#[case::no_such_role(&["waiter"])]
#[case::no_such_option(&["server", "--loud"])]
#[case::one_word_too_many(&["server", "127.0.0.1:0", "again"])]
fn a_wrong_command_line_is_answered_with_the_usage(lab: Lab, #[case] arguments: &[&str]) {
    lab.start(arguments).expect_refusal("usage:");
}

#[rstest]
fn help_names_the_chapter_and_the_check(lab: Lab) {
    let help = lab.start(&["--help"]).printed();
    lab.expect(
        help.contains("chapter") && help.contains("cargo test"),
        "the help to name both",
        &help,
    );
}

#[rstest]
fn the_listener_serves_without_input_and_without_a_reader_of_its_log(mut lab: Lab) {
    let unread = "a log that nobody reads ends the service";
    lab.likely(Hint::new(Symptom::Exited, unread, "your-turn"));
    let server = lab.server_without_input_and_output();
    if lab.endpoint() == Endpoint::Broadcast {
        lab.broadcaster().send(server.addr(), "hello");
        server.expect_running();
    } else {
        lab.exchange(&server);
    }
}

#[rstest]
fn who_comes_without_input_ends_well(lab: Lab) {
    lab.likely(Hint::any("the end of input is not taken for the end", "your-turn"));
    let listener = (lab.endpoint() == Endpoint::Tcp).then(|| lab.listen());
    let port = lab.closed_port();
    let addr = listener.as_ref().map_or_else(|| port.addr(), harness::Listener::addr);
    let caller = lab.start_without_input_and_output(&[roles(&lab)[1], &addr]);
    if let Some(listener) = &listener
        && lab.unit() == Unit::Line
    {
        // It stays for as long as the server does.
        listener.accept().close();
    }
    caller.expect_success();
}
