//! Lab 08: one send, every listener, if you ask for permission.

use harness::{Lab, Sign, lab};
use predicates::prelude::*;
use predicates::str::contains;
use rstest::{fixture, rstest};

#[fixture]
fn lab() -> Lab {
    lab!()
}

// What needs no broadcast.

#[rstest]
#[case::receiver("receiver", "listen")]
#[case::sender("sender", "send")]
fn an_address_that_is_none_is_named(lab: Lab, #[case] role: &str, #[case] operation: &str) {
    lab.command()
        .args([role, "nowhere"])
        .assert()
        .code(1)
        .stderr(contains("error: ").and(contains(operation)).and(contains("nowhere")));
}

#[rstest]
#[case::as_server(&["server"])]
#[case::as_client(&["client"])]
fn the_roles_are_receiver_and_sender(lab: Lab, #[case] arguments: &[&str]) {
    lab.command().args(arguments).assert().code(2).stderr(contains("receiver [ADDR]"));
}

#[rstest]
fn a_sender_without_a_word_ends(lab: Lab) {
    lab.hint("`message()` has returned `None`, and the sender goes on", "Your turn");
    let mut sender = lab.sender("127.255.255.255:7878");
    sender.end_input();
    sender.expect_success();
}

#[rstest]
fn a_sender_refuses_a_message_of_1025_bytes(lab: Lab) {
    lab.hint("the limit of `Console` was left out", "Your turn");
    let mut sender = lab.sender("127.255.255.255:7878");
    sender.types(&"a".repeat(1025));
    sender.end_input();
    sender.expect_success();
    sender.expect_complaint(&["1025 bytes", "1024"]);
}

/// On the broadcast address of loopback.
#[cfg(loopback_broadcast)]
mod on_one_machine {
    use std::net::{Ipv4Addr, UdpSocket};

    use super::{Lab, Sign, lab, rstest};

    const NOT_SHARED: &str = "the port is not shared: each receiver must ask before `bind`";

    // Receivers of the lab.

    #[rstest]
    #[case::ascii("hello")]
    #[case::several_words("good morning, everybody")]
    #[case::beyond_ascii("straße, 你好")]
    fn a_receiver_hears_a_broadcast_and_names_its_sender(lab: Lab, #[case] text: &str) {
        lab.hint("datagrams are not logged as `message SENDER \"TEXT\"`", "Your turn");
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        let message = lab.message(text);
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    #[case::two(2)]
    #[case::three(3)]
    #[case::ten(10)]
    fn one_send_is_heard_by_every_receiver(lab: Lab, #[case] receivers: usize) {
        lab.hint("a receiver has the port for itself, and the next is refused", "Sharing a port");
        lab.hint_on(Sign::Ended, NOT_SHARED, "Sharing a port");
        let first = lab.receiver();
        let addr = first.addr().to_owned();
        let mut receivers: Vec<_> =
            [first].into_iter().chain((1..receivers).map(|_| lab.receiver_at(&addr))).collect();
        let check = lab.broadcaster();
        let message = lab.message("all of you");
        check.send(&addr, &message);
        for receiver in &mut receivers {
            receiver.expect_heard(&check.addr(), &message);
        }
    }

    #[rstest]
    fn messages_are_heard_one_by_one_and_in_order(lab: Lab) {
        lab.hint("a receive is left out, or two datagrams are taken for one", "Where it arrives");
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        let messages: Vec<_> = (1..=20).map(|number| lab.message(&format!("{number}"))).collect();
        for message in &messages {
            check.send(receiver.addr(), message);
        }
        for message in &messages {
            receiver.expect_heard(&check.addr(), message);
        }
    }

    #[rstest]
    fn two_senders_are_told_apart(lab: Lab) {
        lab.hint("the log names one address for all", "Where it arrives");
        let mut receiver = lab.receiver();
        let (one, other) = (lab.broadcaster(), lab.broadcaster());
        for check in [&one, &other, &one] {
            let message = lab.message(&format!("from {}", check.addr()));
            check.send(receiver.addr(), &message);
            receiver.expect_heard(&check.addr(), &message);
        }
    }

    #[rstest]
    fn an_empty_datagram_is_heard_as_well(lab: Lab) {
        lab.hint("an empty datagram is left out of the log", "Anybody may send");
        lab.hint_on(Sign::Ended, "an empty datagram is taken for the end", "Anybody may send");
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        check.send(receiver.addr(), "");
        receiver.expect_heard(&check.addr(), "");
    }

    #[rstest]
    fn a_receiver_listens_where_it_is_told(lab: Lab) {
        lab.hint("it binds another address than the one it is given", "Where it arrives");
        lab.receiver();
    }

    #[rstest]
    fn what_is_sent_to_one_address_is_not_heard_on_the_broadcast_address(lab: Lab) {
        lab.hint("it hears what is not sent to its address", "Where it arrives");
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        check.send(&receiver.port_on("127.0.0.1"), &lab.message("to one"));
        let message = lab.message("to all");
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    fn what_is_sent_to_another_port_is_not_heard(lab: Lab) {
        lab.hint("it binds another port than the one it is given", "Where it arrives");
        let (mut heard, mut other) = (lab.receiver(), lab.receiver());
        if heard.addr() == other.addr() {
            return; // Receivers share ports, so the system may give both the same.
        }
        let check = lab.broadcaster();
        for receiver in [&mut heard, &mut other] {
            let message = lab.message(&format!("to {}", receiver.addr()));
            check.send(receiver.addr(), &message);
            receiver.expect_heard(&check.addr(), &message);
        }
    }

    #[rstest]
    fn who_comes_late_hears_only_what_comes_after(lab: Lab) {
        lab.hint("the receivers are not independent of each other", "Sharing a port");
        lab.hint_on(Sign::Ended, NOT_SHARED, "Sharing a port");
        let mut early = lab.receiver();
        let check = lab.broadcaster();
        let before = lab.message("before");
        check.send(early.addr(), &before);
        early.expect_heard(&check.addr(), &before);

        let mut late = lab.receiver_at(early.addr());
        let after = lab.message("after");
        check.send(early.addr(), &after);
        late.expect_heard(&check.addr(), &after);
        early.expect_heard(&check.addr(), &after);
    }

    #[rstest]
    fn a_receiver_that_leaves_is_missed_by_nobody(lab: Lab) {
        lab.hint("the receivers are not independent of each other", "Sharing a port");
        lab.hint_on(Sign::Ended, NOT_SHARED, "Sharing a port");
        let first = lab.receiver();
        let mut second = lab.receiver_at(first.addr());
        let addr = first.addr().to_owned();
        drop(first);
        let check = lab.broadcaster();
        let message = lab.message("who is left?");
        check.send(&addr, &message);
        second.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    #[case::latin_1(b"caf\xe9")]
    #[case::half_a_character(b"\xe4\xbd")]
    fn bytes_that_are_no_text_do_not_end_a_receiver(lab: Lab, #[case] bytes: &[u8]) {
        lab.hint("it takes no datagram after such bytes", "Anybody may send");
        lab.hint_on(Sign::Ended, "an error of one datagram ends the receiver", "Anybody may send");
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        check.send_bytes(receiver.addr(), bytes);
        // What it logs for them, if anything, names this same sender. So another one goes on.
        let check = lab.broadcaster();
        let message = lab.message("still there?");
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    #[case::of_1500_bytes(1_500)]
    #[case::of_65507_bytes(65_507)]
    fn a_long_datagram_is_heard_whole(lab: Lab, #[case] length: usize) {
        lab.hint("what has no room in the buffer is thrown away", "Anybody may send");
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        let mut message = lab.message("long");
        message += &"g".repeat(length - message.len());
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    fn a_port_that_somebody_has_alone_is_named(lab: Lab) {
        lab.hint("the error of `bind` is not passed on with the address", "Sharing a port");
        lab.hint_on(
            Sign::Running,
            "the receiver binds another address than the one it is given",
            "Where it arrives",
        );
        let squatter = UdpSocket::bind("127.255.255.255:0").expect("loopback has a free port");
        let addr = squatter.local_addr().expect("it is bound").to_string();
        lab.step(&format!("the check has {addr} and does not share it"));
        lab.start("your receiver", &["receiver", &addr]).expect_error(&["listen", &addr]);
    }

    // The sender of the lab.

    #[rstest]
    fn the_sender_has_permission(lab: Lab) {
        lab.hint("the socket has not asked to send to everybody", "Permission");
        lab.hint_on(Sign::Ended, "the socket has not asked to send to everybody", "Permission");
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        let message = lab.message("hello");
        sender.types(&message);
        audience.expect_from(&sender, &message);
        sender.end_input();
        sender.expect_success();
    }

    #[rstest]
    fn every_line_is_a_datagram(lab: Lab) {
        lab.hint("lines are left out, or sent together", "Your turn");
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        let lines: Vec<_> = (1..=20).map(|number| lab.message(&format!("{number}"))).collect();
        for line in &lines {
            sender.types(line);
        }
        sender.end_input();
        for line in &lines {
            audience.expect_from(&sender, line);
        }
        sender.expect_success();
    }

    #[rstest]
    #[case::nothing("")]
    #[case::white_space(" \t")]
    fn an_empty_line_is_a_datagram_too(lab: Lab, #[case] line: &str) {
        lab.hint("only a stream has no empty message", "Your turn");
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        sender.types(line);
        audience.expect_from(&sender, "");
        sender.end_input();
        sender.expect_success();
    }

    #[rstest]
    fn a_sender_that_nobody_hears_is_content(lab: Lab) {
        lab.hint("a broadcast has no reply, and no refusal", "Nobody keeps it");
        let addr = lab.audience().addr();
        lab.step("the check does not listen any more");
        let mut sender = lab.sender(&addr);
        sender.types("hello?");
        sender.types("anybody?");
        sender.end_input();
        sender.expect_success();
    }

    #[rstest]
    fn a_sender_on_loopback_can_be_reached_on_loopback_only(lab: Lab) {
        lab.hint("it is bound to every address of the machine", "Permission");
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        let message = lab.message("hello");
        sender.types(&message);
        let addr = audience.expect_from(&sender, &message);
        sender.expect_closed(addr, Ipv4Addr::new(127, 0, 0, 2).into());
    }

    #[rstest]
    fn a_send_that_fails_is_explained(lab: Lab) {
        lab.hint("the error of `send_to` is not passed on with the address", "Permission");
        let mut sender = lab.sender("127.255.255.255:0");
        sender.types("hello");
        sender.expect_error(&["send", "127.255.255.255:0"]);
    }

    // Both together.

    #[rstest]
    fn one_line_is_heard_by_all_receivers(lab: Lab) {
        lab.hint("the sender has no permission, or does not meet the receivers", "See it fail");
        lab.hint_on(Sign::Ended, NOT_SHARED, "Sharing a port");
        let mut first = lab.receiver();
        let mut second = lab.receiver_at(first.addr());
        let mut sender = lab.sender(first.addr());
        for text in ["good morning", "good night"] {
            let message = lab.message(text);
            sender.types(&message);
            first.expect_heard("127.0.0.1:", &message);
            second.expect_heard("127.0.0.1:", &message);
        }
        sender.end_input();
        sender.expect_success();
    }
}

#[cfg(not(loopback_broadcast))]
harness::ignored!(on_one_machine, "this system has no broadcast on loopback");

/// On a network of this machine's own: hosts 1 to 3 are 10.77.0.1 to 10.77.0.3, host 4 is 10.78.0.4.
#[cfg(lan)]
mod on_a_lan {
    use course::machine::Lan;

    use super::{Lab, fixture, lab, rstest};

    /// The sender's host, in the logs.
    const FROM: &str = "10.77.0.1:";

    #[fixture]
    fn lan() -> Lan {
        Lan::up().expect("the build script has laid one, too")
    }

    #[rstest]
    #[case::on_every_address_to_the_subnet("0.0.0.0:7878", "10.77.0.255:7878")]
    #[case::on_every_address_to_the_cable("0.0.0.0:7878", "255.255.255.255:7878")]
    #[case::on_the_subnet_to_the_subnet("10.77.0.255:7878", "10.77.0.255:7878")]
    #[case::on_the_cable_to_the_cable("255.255.255.255:7878", "255.255.255.255:7878")]
    fn one_send_is_heard_on_every_host(
        lan: Lan,
        lab: Lab,
        #[case] bound: &str,
        #[case] destination: &str,
    ) {
        lab.hint("the sender or a receiver does not use the address it is given", "On a network");
        let mut receivers = [1, 2, 3].map(|host| lab.receiver_on(&lan, host, bound));
        let message = lab.message("all of you");
        lab.send_on(&lan, 1, destination, &message);
        for receiver in &mut receivers {
            receiver.expect_heard(FROM, &message);
        }
    }

    #[rstest]
    #[case::on_its_own_address_to_the_subnet("10.77.0.2", "10.77.0.255", "10.77.0.2")]
    #[case::on_its_own_address_to_the_cable("10.77.0.2", "255.255.255.255", "10.77.0.2")]
    #[case::on_the_subnet_to_the_cable("10.77.0.255", "255.255.255.255", "10.77.0.255")]
    #[case::on_the_subnet_to_one_host("10.77.0.255", "10.77.0.2", "10.77.0.255")]
    #[case::on_the_cable_to_the_subnet("255.255.255.255", "10.77.0.255", "255.255.255.255")]
    #[case::on_the_cable_to_one_host("255.255.255.255", "10.77.0.2", "255.255.255.255")]
    #[case::on_every_address_to_loopback("0.0.0.0", "127.255.255.255", "10.77.0.2")]
    fn what_is_sent_elsewhere_is_not_heard(
        lan: Lan,
        lab: Lab,
        #[case] bound: &str,
        #[case] elsewhere: &str,
        #[case] here: &str,
    ) {
        lab.hint("the receiver is bound to more than the address it is given", "On a network");
        let [bound, elsewhere, here] = [bound, elsewhere, here].map(|host| format!("{host}:7878"));
        let mut receiver = lab.receiver_on(&lan, 2, &bound);
        lab.send_on(&lan, 1, &elsewhere, &lab.message("to somebody else"));
        let message = lab.message("to you");
        lab.send_on(&lan, 1, &here, &message);
        receiver.expect_heard(FROM, &message);
    }

    #[rstest]
    fn another_subnet_on_the_same_cable_hears_only_what_is_sent_to_the_cable(lan: Lan, lab: Lab) {
        lab.hint("the sender does not use the address it is given", "On a network");
        let mut receiver = lab.receiver_on(&lan, 4, "0.0.0.0:7878");
        lab.send_on(&lan, 1, "10.77.0.255:7878", &lab.message("to the subnet"));
        let message = lab.message("to the cable");
        lab.send_on(&lan, 1, "255.255.255.255:7878", &message);
        receiver.expect_heard(FROM, &message);
    }

    #[rstest]
    #[case::to_the_cable("255.255.255.255:7878")]
    #[case::to_another_subnet("10.78.0.255:7878")]
    fn a_sender_without_a_route_says_so(lan: Lan, lab: Lab, #[case] destination: &str) {
        lab.hint("the error of `send_to` is not passed on with the address", "On a network");
        let mut sender = lab.start_on(&lan, 2, "your sender", &["sender", destination]);
        sender.types("hello");
        sender.expect_error(&["send", destination]);
    }
}

#[cfg(not(lan))]
harness::ignored!(on_a_lan, "no network namespaces for this user, which are Linux's");
