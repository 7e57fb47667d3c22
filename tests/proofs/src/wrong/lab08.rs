//! Lab 08: what goes wrong in a broadcast.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};

use anyhow::{Context, Result, bail};
use cli::{Console, log};
use socket2::{Domain, Socket, Type};

use crate::{Proof, Wrong};

#[path = "../../../../solutions/lab08/src/receiver.rs"]
mod receiver;
#[path = "../../../../solutions/lab08/src/sender.rs"]
pub mod sender;

pub const PROOF: Proof = Proof {
    flaw: "Permission denied",
    demo: "sender          │ error: cannot send to",
    shown: "command_line::the_listener_is_where_it_is_told_and_nowhere_else",
    wrong: &[
        Wrong {
            name: "listens_on_its_own_address",
            roles: &[("receiver", listens_on_its_own_address)],
            caught_by: &["on_one_machine::a_receiver_hears_whatever_the_message_is"],
            says: "likely: another address is bound than the one that is given",
        },
        Wrong {
            name: "listens_on_every_address",
            roles: &[("receiver", listens_on_every_address)],
            caught_by: &["on_one_machine::a_receiver_hears_whatever_the_message_is"],
            says: "it listens on 0.0.0.0:",
        },
        Wrong {
            name: "listens_on_every_address_and_does_not_say_so",
            roles: &[("receiver", listens_on_every_address_and_does_not_say_so)],
            caught_by: &[
                "on_one_machine::what_is_sent_to_one_address_is_not_heard_on_the_broadcast_address",
            ],
            says: "likely: another message is logged than the one that comes next",
        },
        Wrong {
            name: "has_the_port_for_itself",
            roles: &[("receiver", has_the_port_for_itself), ("sender", sender::run)],
            caught_by: &[
                "on_one_machine::one_line_is_heard_by_all_receivers",
                "on_one_machine::one_send_is_heard_by_every_receiver::case_1_two",
                "on_one_machine::who_comes_late_hears_only_what_comes_after",
            ],
            says: "likely: the port is not shared",
        },
        Wrong {
            name: "shares_the_port_too_late",
            roles: &[("receiver", shares_the_port_too_late)],
            caught_by: &["on_one_machine::one_send_is_heard_by_every_receiver::case_1_two"],
            says: "Address already in use",
        },
        Wrong {
            name: "shares_the_port_of_some_addresses_only",
            roles: &[("receiver", shares_the_port_of_some_addresses_only)],
            caught_by: &["on_one_machine::receivers_share_a_port_whatever_the_address_looks_like"],
            says: "is asked for on some addresses only",
        },
        Wrong {
            name: "shows_foreign_bytes_as_escapes",
            roles: &[("receiver", |addr| hears_all_and_shows(addr, escaped))],
            caught_by: &[
                "on_one_machine::bytes_that_are_no_text_do_not_end_a_receiver::case_1_latin_1",
            ],
            says: "a message is logged with another text than it has",
        },
        Wrong {
            name: "cuts_at_foreign_bytes",
            roles: &[("receiver", |addr| hears_all_and_shows(addr, cut))],
            caught_by: &[
                "on_one_machine::bytes_that_are_no_text_do_not_end_a_receiver::case_1_latin_1",
            ],
            says: "only the beginning of the message is logged",
        },
        Wrong {
            name: "leaves_foreign_bytes_out",
            roles: &[("receiver", |addr| hears_all_and_shows(addr, if_it_is_text))],
            caught_by: &[
                "on_one_machine::bytes_that_are_no_text_do_not_end_a_receiver::case_2_half_a_character",
            ],
            says: "what is invalid UTF-8 is a message too",
        },
        Wrong {
            name: "ignores_its_address",
            roles: &[("receiver", ignores_its_address)],
            caught_by: &["command_line::the_listener_is_on_another_address_if_it_is_told"],
            says: "likely: another address is bound than the one that is given",
        },
        Wrong {
            name: "hears_one_message",
            roles: &[("receiver", hears_one_message)],
            caught_by: &["on_one_machine::who_comes_late_hears_only_what_comes_after"],
            says: "your receiver has ended with status 0",
        },
        Wrong {
            name: "takes_an_empty_datagram_for_the_end",
            roles: &[("receiver", takes_an_empty_datagram_for_the_end)],
            caught_by: &["on_one_machine::an_empty_datagram_is_heard_as_well"],
            says: "likely: what one datagram causes ends the receiver",
        },
        Wrong {
            name: "names_itself",
            roles: &[("receiver", names_itself)],
            caught_by: &["on_one_machine::a_receiver_hears_whatever_the_message_is"],
            says: "likely: a datagram is left out, whoever sent it",
        },
        Wrong {
            name: "hears_its_first_sender_only",
            roles: &[("receiver", hears_its_first_sender_only)],
            caught_by: &["on_one_machine::two_senders_are_told_apart"],
            says: "likely: only one sender is heard",
        },
        Wrong {
            name: "ends_on_foreign_bytes",
            roles: &[("receiver", ends_on_foreign_bytes)],
            caught_by: &[
                "on_one_machine::bytes_that_are_no_text_do_not_end_a_receiver::case_1_latin_1",
            ],
            says: "likely: what one datagram causes ends the receiver",
        },
        Wrong {
            name: "has_room_for_1024_bytes",
            roles: &[("receiver", has_room_for_1024_bytes)],
            caught_by: &["on_one_machine::a_long_datagram_is_heard_whole::case_1_of_1500_bytes"],
            says: "likely: only the beginning of the message is logged",
        },
        Wrong {
            name: "asks_no_permission",
            roles: &[("sender", asks_no_permission)],
            caught_by: &["on_one_machine::the_sender_has_permission"],
            says: "Permission denied",
        },
        Wrong {
            name: "sends_to_one_address",
            roles: &[("receiver", receiver::run), ("sender", sends_to_one_address)],
            caught_by: &["on_one_machine::one_line_is_heard_by_all_receivers"],
            says: "likely: a datagram is left out, whoever sent it",
        },
        Wrong {
            name: "sends_from_every_address",
            roles: &[("sender", sends_from_every_address)],
            caught_by: &["on_one_machine::a_sender_on_loopback_can_be_reached_on_loopback_only"],
            says: "for the whole network",
        },
        Wrong {
            name: "sends_all_lines_at_once",
            roles: &[("sender", sends_all_lines_at_once)],
            caught_by: &["on_one_machine::every_line_is_a_datagram_as_it_is"],
            says: "likely: a line is not sent as it is, as one datagram",
        },
        Wrong {
            name: "skips_empty_lines",
            roles: &[("sender", skips_empty_lines)],
            caught_by: &["on_one_machine::an_empty_line_is_a_datagram_too::case_1_nothing"],
            says: "an empty datagram is a message like any other",
        },
        Wrong {
            name: "waits_for_a_reply",
            roles: &[("sender", waits_for_a_reply)],
            caught_by: &["on_one_machine::a_sender_that_nobody_hears_is_content"],
            says: "your sender is still running",
        },
        Wrong {
            name: "hides_why_it_cannot_send",
            roles: &[("sender", hides_why_it_cannot_send)],
            caught_by: &["on_a_lan::a_sender_without_a_route_says_so::case_2_to_another_subnet"],
            says: "An error names what was tried, and with which address",
        },
    ],
};

// Receivers.

/// A socket that shares its port, as it should.
fn listen(addr: &str) -> Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.parse::<SocketAddr>()?.into())?;
    let socket = UdpSocket::from(socket);
    log!("listening on {}", socket.local_addr()?);
    Ok(socket)
}

/// The next datagram, if there is room for it in `length` bytes.
fn receive(socket: &UdpSocket, length: usize) -> Result<(Vec<u8>, SocketAddr)> {
    let mut buffer = vec![0; length];
    let (length, sender) = socket.recv_from(&mut buffer)?;
    Ok((buffer[..length].to_vec(), sender))
}

fn hear(socket: &UdpSocket) -> Result<()> {
    let (message, sender) = receive(socket, 65_507)?;
    log!("message {sender} {:?}", String::from_utf8_lossy(&message));
    Ok(())
}

fn on_host(host: Ipv4Addr, addr: &str) -> Result<String> {
    let addr: SocketAddrV4 = addr.parse()?;
    Ok(SocketAddrV4::new(host, addr.port()).to_string())
}

fn listens_on_its_own_address(addr: &str) -> Result<()> {
    receiver::run(&on_host(Ipv4Addr::LOCALHOST, addr)?)
}

fn listens_on_every_address(addr: &str) -> Result<()> {
    receiver::run(&on_host(Ipv4Addr::UNSPECIFIED, addr)?)
}

fn listens_on_every_address_and_does_not_say_so(addr: &str) -> Result<()> {
    let told: SocketAddrV4 = addr.parse()?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, told.port()))?;
    log!("listening on {}:{}", told.ip(), socket.local_addr()?.port());
    loop {
        hear(&socket)?;
    }
}

fn has_the_port_for_itself(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", socket.local_addr()?);
    loop {
        hear(&socket)?;
    }
}

fn shares_the_port_too_late(addr: &str) -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.bind(&addr.parse::<SocketAddr>()?.into())?;
    socket.set_reuse_address(true)?;
    let socket = UdpSocket::from(socket);
    log!("listening on {}", socket.local_addr()?);
    loop {
        hear(&socket)?;
    }
}

fn ignores_its_address(_: &str) -> Result<()> {
    receiver::run("127.255.255.255:0")
}

fn hears_one_message(addr: &str) -> Result<()> {
    hear(&listen(addr)?)
}

fn takes_an_empty_datagram_for_the_end(addr: &str) -> Result<()> {
    let socket = listen(addr)?;
    loop {
        let (message, sender) = receive(&socket, 65_507)?;
        if message.is_empty() {
            return Ok(());
        }
        log!("message {sender} {:?}", String::from_utf8_lossy(&message));
    }
}

fn names_itself(addr: &str) -> Result<()> {
    let socket = listen(addr)?;
    loop {
        let (message, _) = receive(&socket, 65_507)?;
        log!("message {} {:?}", socket.local_addr()?, String::from_utf8_lossy(&message));
    }
}

fn hears_its_first_sender_only(addr: &str) -> Result<()> {
    let socket = listen(addr)?;
    let (message, first) = receive(&socket, 65_507)?;
    log!("message {first} {:?}", String::from_utf8_lossy(&message));
    loop {
        let (message, sender) = receive(&socket, 65_507)?;
        if sender == first {
            log!("message {sender} {:?}", String::from_utf8_lossy(&message));
        }
    }
}

fn ends_on_foreign_bytes(addr: &str) -> Result<()> {
    let socket = listen(addr)?;
    loop {
        let (message, sender) = receive(&socket, 65_507)?;
        log!("message {sender} {:?}", str::from_utf8(&message)?);
    }
}

/// Logs what `show` makes of each datagram, if anything.
fn hears_all_and_shows(addr: &str, show: fn(&[u8]) -> Option<String>) -> Result<()> {
    let socket = listen(addr)?;
    loop {
        let (message, sender) = receive(&socket, 65_507)?;
        match show(&message) {
            Some(text) => log!("message {sender} {text:?}"),
            None => log!("refused {sender}: not UTF-8"),
        }
    }
}

fn escaped(message: &[u8]) -> Option<String> {
    let text = str::from_utf8(message).map(str::to_owned);
    Some(text.unwrap_or_else(|_| message.escape_ascii().to_string()))
}

fn cut(message: &[u8]) -> Option<String> {
    Some(message.utf8_chunks().next().map(|chunk| chunk.valid().to_owned()).unwrap_or_default())
}

fn if_it_is_text(message: &[u8]) -> Option<String> {
    str::from_utf8(message).ok().map(str::to_owned)
}

fn shares_the_port_of_some_addresses_only(addr: &str) -> Result<()> {
    let told: SocketAddrV4 = addr.parse()?;
    if told.ip().is_unspecified() || told.ip().octets()[1..] == [255; 3] {
        return receiver::run(addr);
    }
    has_the_port_for_itself(addr)
}

fn has_room_for_1024_bytes(addr: &str) -> Result<()> {
    let socket = listen(addr)?;
    loop {
        let (message, sender) = receive(&socket, 1024)?;
        log!("message {sender} {:?}", String::from_utf8_lossy(&message));
    }
}

// Senders.

/// Sends every line from `own`, with permission.
fn send_all(own: Ipv4Addr, to: &str) -> Result<()> {
    let socket = UdpSocket::bind((own, 0))?;
    socket.set_broadcast(true)?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        socket.send_to(message.as_bytes(), to).with_context(|| format!("cannot send to {to}"))?;
    }
    Ok(())
}

fn asks_no_permission(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        let sent = socket.send_to(message.as_bytes(), addr);
        sent.with_context(|| format!("cannot send to {addr}"))?;
    }
    Ok(())
}

fn sends_to_one_address(addr: &str) -> Result<()> {
    sender::run(&on_host(Ipv4Addr::LOCALHOST, addr)?)
}

fn sends_from_every_address(addr: &str) -> Result<()> {
    send_all(Ipv4Addr::UNSPECIFIED, addr)
}

fn sends_all_lines_at_once(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_broadcast(true)?;
    let mut console = Console::new();
    let mut lines = Vec::new();
    while let Some(message) = console.message()? {
        lines.push(message);
    }
    socket.send_to(lines.join("\n").as_bytes(), addr)?;
    Ok(())
}

fn skips_empty_lines(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_broadcast(true)?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        if !message.is_empty() {
            socket.send_to(message.as_bytes(), addr)?;
        }
    }
    Ok(())
}

fn waits_for_a_reply(addr: &str) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_broadcast(true)?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        socket.send_to(message.as_bytes(), addr)?;
        socket.recv_from(&mut [0; 1024])?;
    }
    Ok(())
}

fn hides_why_it_cannot_send(addr: &str) -> Result<()> {
    send_all(Ipv4Addr::LOCALHOST, addr).or_else(|_| bail!("it did not work"))
}
