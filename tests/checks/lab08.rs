//! Lab 08: one send, every listener, if you ask for permission.

use harness::{Hint, Lab, Symptom, lab};
use rstest::{fixture, rstest};

#[cfg(loopback_broadcast)]
#[path = "contract/command_line.rs"]
mod command_line;
#[cfg(all(loopback_broadcast, target_os = "linux"))]
#[path = "contract/receive.rs"]
mod receive;
#[cfg(loopback_broadcast)]
#[path = "contract/service.rs"]
mod service;
#[cfg(loopback_broadcast)]
#[path = "contract/waiting.rs"]
mod waiting;

const NOT_SHARED: &str = "the port is not shared: each receiver must ask before `bind`";
const NOT_ASKED: &str =
    "if its error is `Permission denied`, the socket has not asked to send to everybody";
const ENDS: &str = "what one datagram causes ends the receiver";
const CHANGED: &str = "a line is not sent as it is, as one datagram";
const DEAF: &str = "a datagram is left out, whoever sent it, or does not arrive: it arrives at the address \
                    that it is sent to, or at 0.0.0.0";
const UNSENT: &str =
    "the sender does not send each line as soon as it is typed, or not where it is told";
const OTHER_WORDS: &str =
    "datagrams are not logged as `message SENDER \"TEXT\"`, the text as it came";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::any("the receiver or the sender does not use the address it is given", "your-turn"),
    Hint::new(Symptom::NeverListens, NOT_SHARED, "sharing-a-port"),
    Hint::new(Symptom::NoReply, UNSENT, "permission"),
    Hint::new(Symptom::Exited, ENDS, "anybody-may-send").of_the("receiver"),
    Hint::new(Symptom::ExitedOk, ENDS, "anybody-may-send").of_the("receiver"),
    Hint::new(Symptom::Exited, NOT_ASKED, "permission").of_the("sender"),
    Hint::new(Symptom::MissingEvent, DEAF, "where-it-arrives"),
    Hint::new(Symptom::WrongEvent, OTHER_WORDS, "your-turn"),
    Hint::new(Symptom::WrongContent, CHANGED, "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

// What needs no broadcast.

#[rstest]
#[case::as_server(&["server"])]
#[case::as_client(&["client"])]
fn the_roles_are_receiver_and_sender(lab: Lab, #[case] arguments: &[&str]) {
    lab.start(arguments).expect_refusal("receiver [ADDR]");
}

#[rstest]
fn a_sender_refuses_a_message_of_1025_bytes(lab: Lab) {
    lab.likely(Hint::any("the limit of `Console` was left out", "your-turn"));
    let mut sender = lab.sender("127.255.255.255:7878");
    sender.types(&"a".repeat(1025));
    sender.end_input();
    sender.expect_success();
    sender.expect_complaint(&["1025 bytes", "1024"]);
}

/// On the broadcast address of loopback.
#[cfg(loopback_broadcast)]
mod on_one_machine {
    use harness::Event;

    use super::{Hint, Lab, NOT_ASKED, NOT_SHARED, Symptom, lab, rstest};

    // Receivers of the lab.

    #[rstest]
    fn a_receiver_hears_whatever_the_message_is(mut lab: Lab) {
        let mut texts = lab.texts().of_every_kind();
        texts.extend(["", " \t ", "a line\n", "a line\r\n"].map(str::to_owned));
        let server = lab.server();
        let check = lab.broadcaster();
        for text in &texts {
            check.send(server.addr(), text);
        }
        let events: Vec<Event> = texts.iter().map(|text| Event::Message(text)).collect();
        server.expect_log(&check.addr(), &events);
        server.expect_running();
    }

    #[rstest]
    fn two_senders_are_told_apart(mut lab: Lab) {
        lab.likely(Hint::any("the log names one address for all", "your-turn"));
        lab.likely(Hint::new(Symptom::MissingEvent, "only one sender is heard", "your-turn"));
        let texts = [lab.text(), lab.text()];
        let server = lab.server();
        let senders = [lab.broadcaster(), lab.broadcaster()];
        for (sender, text) in senders.iter().zip(&texts) {
            sender.send(server.addr(), text);
        }
        for (sender, text) in senders.iter().zip(&texts) {
            server.expect_log(&sender.addr(), &[Event::Message(text)]);
        }
    }

    #[rstest]
    #[case::two(2)]
    #[case::three(3)]
    #[case::ten(10)]
    fn one_send_is_heard_by_every_receiver(lab: Lab, #[case] receivers: usize) {
        let first = lab.receiver();
        lab.likely(Hint::new(Symptom::NeverListens, NOT_SHARED, "sharing-a-port"));
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
    fn an_empty_datagram_is_heard_as_well(lab: Lab) {
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        check.send(receiver.addr(), "");
        receiver.expect_heard(&check.addr(), "");
    }

    #[rstest]
    fn what_is_sent_to_one_address_is_not_heard_on_the_broadcast_address(lab: Lab) {
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        check.send(&receiver.port_on("127.0.0.1"), &lab.message("to one"));
        let message = lab.message("to all");
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    fn a_receiver_may_be_told_an_address_of_one_host(lab: Lab) {
        let mut receiver = lab.receiver_at("127.0.0.1:0");
        let check = lab.broadcaster();
        let message = lab.message("to one");
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    /// One that asked for `SO_REUSEADDR`, as programs in other languages do.
    #[cfg(target_os = "linux")]
    #[rstest]
    fn a_receiver_shares_its_port_with_another_program(lab: Lab) {
        let asked = "the option that lets others share is not asked for, or too late, or another one is: \
                     each receiver must ask before `bind`";
        lab.likely(Hint::new(Symptom::NeverListens, asked, "sharing-a-port"));
        let other = lab.sharing_audience();
        let mut receiver = lab.receiver_at(&other.addr());
        let check = lab.broadcaster();
        let message = lab.message("to both");
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    fn what_is_sent_to_another_port_is_not_heard(lab: Lab) {
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
        let mut early = lab.receiver();
        lab.likely(Hint::new(Symptom::NeverListens, NOT_SHARED, "sharing-a-port"));
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
        let first = lab.receiver();
        lab.likely(Hint::new(Symptom::NeverListens, NOT_SHARED, "sharing-a-port"));
        let mut second = lab.receiver_at(first.addr());
        let addr = first.addr().to_owned();
        drop(first);
        let check = lab.broadcaster();
        let message = lab.message("who is left?");
        check.send(&addr, &message);
        second.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    #[case::latin_1(b"caf\xe9 au lait")]
    #[case::half_a_character(b"\xe4\xbd")]
    fn bytes_that_are_no_text_do_not_end_a_receiver(lab: Lab, #[case] bytes: &[u8]) {
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        check.send_bytes(receiver.addr(), bytes);
        let lossy = "what is invalid UTF-8 is a message too, as `from_utf8_lossy` shows it";
        for symptom in [Symptom::MissingEvent, Symptom::WrongEvent] {
            lab.likely(Hint::new(symptom, lossy, "anybody-may-send"));
        }
        receiver.expect_heard(&check.addr(), &String::from_utf8_lossy(bytes));
        let check = lab.broadcaster();
        let message = lab.message("still there?");
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    #[rstest]
    #[case::of_1500_bytes(1_500)]
    #[case::of_65507_bytes(65_507)]
    fn a_long_datagram_is_heard_whole(lab: Lab, #[case] length: usize) {
        let mut receiver = lab.receiver();
        let check = lab.broadcaster();
        let mut message = lab.message("long");
        message += &"g".repeat(length - message.len());
        check.send(receiver.addr(), &message);
        receiver.expect_heard(&check.addr(), &message);
    }

    /// Nobody can tell a broadcast address by its numbers here, either.
    #[cfg(not(target_os = "macos"))]
    #[rstest]
    fn receivers_share_a_port_whatever_the_address_looks_like(lab: Lab) {
        let some = "the option that lets others share is asked for on some addresses only";
        lab.likely(Hint::new(Symptom::NeverListens, some, "sharing-a-port"));
        let first = lab.receiver_at(&harness::own_addr());
        let _second = lab.receiver_at(first.addr());
    }

    // The sender of the lab.

    #[rstest]
    fn the_sender_has_permission(lab: Lab) {
        lab.likely(Hint::new(Symptom::Exited, NOT_ASKED, "permission"));
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        let message = lab.message("hello");
        sender.types(&message);
        audience.expect_from(&sender, &message);
        sender.end_input();
        sender.expect_success();
    }

    /// Nobody can tell a broadcast address of some network by its numbers.
    #[cfg(target_os = "linux")]
    #[rstest]
    fn the_sender_has_permission_whatever_the_address_looks_like(mut lab: Lab) {
        let some = "permission is asked for some addresses only";
        lab.likely(Hint::new(Symptom::Other, some, "permission"));
        let text = lab.text();
        let mut anybody = lab.datagram_server();
        let mut sender = lab.sender(&anybody.addr());
        sender.types(&text);
        anybody.expect(&text);
        let may = sender.may_broadcast() != Some(false);
        lab.expect(may, "the sender's socket to have SO_BROADCAST", "it has not");
    }

    #[rstest]
    fn every_line_is_a_datagram_as_it_is(mut lab: Lab) {
        lab.likely(
            Hint::new(Symptom::NoReply, "a line is left out, or late", "your-turn")
                .after_a_message(),
        );
        lab.likely(Hint::new(Symptom::Exited, NOT_ASKED, "permission").before_any_message());
        let lines = lab.texts().of_every_kind();
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        for line in &lines {
            sender.types(line);
        }
        sender.end_input();
        for line in &lines {
            audience.expect_from(&sender, line);
        }
        sender.expect_success();
        audience.expect_nothing_more(&sender);
    }

    #[rstest]
    #[case::nothing("")]
    #[case::white_space(" \t")]
    fn an_empty_line_is_a_datagram_too(lab: Lab, #[case] line: &str) {
        let empty = "an empty datagram is a message like any other, and is left out, or late";
        lab.likely(Hint::any(empty, "your-turn"));
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        sender.types(line);
        audience.expect_from(&sender, "");
        sender.end_input();
        sender.expect_success();
    }

    #[rstest]
    fn a_sender_that_nobody_hears_is_content(lab: Lab) {
        lab.likely(Hint::any("a broadcast has no reply, and no refusal", "nobody-keeps-it"));
        let addr = lab.audience().addr();
        lab.note("the check does not listen any more");
        let mut sender = lab.sender(&addr);
        sender.types("hello?");
        sender.types("anybody?");
        sender.end_input();
        sender.expect_success();
    }

    #[rstest]
    fn a_sender_on_loopback_can_be_reached_on_loopback_only(lab: Lab) {
        let audience = lab.audience();
        let mut sender = lab.sender(&audience.addr());
        let message = lab.message("hello");
        sender.types(&message);
        let everywhere = "it is bound to every address of the machine";
        lab.likely(Hint::new(Symptom::WrongAddress, everywhere, "permission"));
        lab.expect_only_on(&sender, audience.expect_from(&sender, &message));
    }

    // Both together.

    #[rstest]
    fn one_line_is_heard_by_all_receivers(lab: Lab) {
        let mut first = lab.receiver();
        lab.likely(Hint::new(Symptom::NeverListens, NOT_SHARED, "sharing-a-port"));
        lab.likely(Hint::new(Symptom::Exited, NOT_ASKED, "permission"));
        let changed = "the line is changed on its way: by the sender, or in the log";
        lab.likely(Hint::new(Symptom::WrongEvent, changed, "your-turn"));
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

    use super::{Hint, Lab, Symptom, fixture, lab, rstest};

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
        lab.likely(Hint::new(
            Symptom::Exited,
            "it does not use the address it is given, or has no \
            permission",
            "on-a-network",
        ));
        let mut receivers = [1, 2, 3].map(|host| lab.receiver_on(&lan, host, bound));
        let message = lab.message("all of you");
        lab.send_on(&lan, 1, destination, &message);
        for receiver in &mut receivers {
            receiver.expect_heard(FROM, &message);
        }
    }

    #[rstest]
    #[case::on_every_address("0.0.0.0:7878")]
    #[case::on_the_subnet("10.77.0.255:7878")]
    fn receivers_share_a_port_on_a_network_too(lan: Lan, lab: Lab, #[case] bound: &str) {
        let asked = "the option that lets others share is not asked for on every address";
        lab.likely(Hint::new(Symptom::NeverListens, asked, "sharing-a-port"));
        let mut receivers = [2, 2].map(|host| lab.receiver_on(&lan, host, bound));
        let message = lab.message("both of you");
        lab.send_on(&lan, 1, "10.77.0.255:7878", &message);
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
        lab.likely(Hint::new(
            Symptom::WrongEvent,
            "the receiver is bound to more than the address it \
            is given, or the text is not logged as it was sent",
            "on-a-network",
        ));
        let [bound, elsewhere, here] = [bound, elsewhere, here].map(|host| format!("{host}:7878"));
        let mut receiver = lab.receiver_on(&lan, 2, &bound);
        lab.send_on(&lan, 1, &elsewhere, &lab.message("to somebody else"));
        let message = lab.message("to you");
        lab.send_on(&lan, 1, &here, &message);
        receiver.expect_heard(FROM, &message);
    }

    #[rstest]
    fn another_subnet_on_the_same_cable_hears_only_what_is_sent_to_the_cable(lan: Lan, lab: Lab) {
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
        let mut sender = lab.start_on(&lan, 2, &["sender", destination]);
        sender.types("hello");
        sender.expect_error(&[destination]);
    }
}

#[cfg(not(lan))]
harness::ignored!(on_a_lan, "no network namespaces for this user, which are Linux's");
