//! Lab 06: what goes wrong when there is no connection.

use std::net::{SocketAddr, UdpSocket};

use anyhow::{Context, Result};
use cli::{Console, MAX_DATAGRAM, MAX_REPLY, log};

use crate::{Proof, Wrong, upper};

#[path = "../../../../solutions/lab06/src/server.rs"]
mod server;
#[path = "../../../../labs/lab06/src/server.rs"]
mod starter;

#[path = "lab06/trims_the_zeros.rs"]
mod trims_the_zeros;

pub const PROOF: Proof = Proof {
    flaw: "an answer goes to the address of an earlier datagram",
    demo: "client is still running; ended it",
    shown: "no_client_hears_what_another_was_told",
    wrong: &[
        Wrong {
            name: "answers_its_first_client",
            roles: &[("server", starter::run)],
            caught_by: &["every_client_gets_its_own_answer::case_1_two"],
            says: "likely: an answer goes to the address of an earlier datagram",
        },
        Wrong {
            name: "connects_to_its_first_client",
            roles: &[("server", connects_to_its_first_client)],
            caught_by: &["every_client_gets_its_own_answer::case_1_two"],
            says: "likely: an answer goes to the address of an earlier datagram",
        },
        Wrong {
            name: "answers_everybody_it_knows",
            roles: &[("server", answers_everybody_it_knows)],
            caught_by: &["no_client_hears_what_another_was_told"],
            says: "likely: an answer goes to the address of an earlier datagram",
        },
        Wrong {
            name: "answers_from_a_new_socket",
            roles: &[("server", answers_from_a_new_socket)],
            caught_by: &["datagrams::the_server_answers_whatever_the_message_is"],
            says: "A client takes an answer only from where it has asked.",
        },
        Wrong {
            name: "takes_an_empty_datagram_for_the_end",
            roles: &[("server", takes_an_empty_datagram_for_the_end)],
            caught_by: &[
                "datagrams::an_empty_datagram_is_answered_with_an_empty_datagram::case_1_one",
            ],
            says: "your server has ended with status 0",
        },
        Wrong {
            name: "skips_empty_datagrams",
            roles: &[("server", skips_empty_datagrams)],
            caught_by: &[
                "datagrams::an_empty_datagram_is_answered_with_an_empty_datagram::case_1_one",
            ],
            says: "likely: an empty message is taken for nothing, or for the end",
        },
        Wrong {
            name: "ends_when_it_cannot_answer",
            roles: &[("server", ends_when_it_cannot_answer)],
            caught_by: &[
                "datagrams::invalid_utf_8_is_told_and_not_answered::case_3_no_text_at_all",
            ],
            says: "your server has ended with status 1",
        },
        Wrong {
            name: "ends_when_a_reply_is_too_long",
            roles: &[("server", ends_when_a_reply_is_too_long)],
            caught_by: &["datagrams::a_reply_that_is_too_long_to_send_is_told"],
            says: "your server has ended with status 1",
        },
        Wrong {
            name: "is_silent_about_bytes",
            roles: &[("server", is_silent_about_bytes)],
            caught_by: &["datagrams::invalid_utf_8_is_told_and_not_answered::case_1_latin_1"],
            says: "likely: that a datagram was not UTF-8 is not logged",
        },
        Wrong {
            name: "takes_any_bytes_for_text",
            roles: &[("server", takes_any_bytes_for_text)],
            caught_by: &["datagrams::invalid_utf_8_is_told_and_not_answered::case_1_latin_1"],
            says: "likely: bytes that are no text are answered",
        },
        Wrong {
            name: "has_room_for_1024_bytes",
            roles: &[("server", has_room_for_1024_bytes)],
            caught_by: &["datagrams::the_longest_datagram_is_answered_whole"],
            says: "the last 64,483 bytes are missing",
        },
        Wrong {
            name: "answers_with_the_whole_buffer",
            roles: &[("server", answers_with_the_whole_buffer)],
            caught_by: &["datagrams::the_server_answers_whatever_the_message_is"],
            says: "left in the buffer was sent as well",
        },
        Wrong {
            name: "serves_three_datagrams",
            roles: &[("server", serves_three_datagrams)],
            caught_by: &[
                "datagrams::an_empty_datagram_is_answered_with_an_empty_datagram::case_2_thirty",
            ],
            says: "your server has ended with status 0",
        },
        Wrong {
            name: "listens_everywhere",
            roles: &[("server", listens_everywhere)],
            caught_by: &["command_line::the_listener_is_where_it_is_told_and_nowhere_else"],
            says: "it says that it listens on 0.0.0.0:",
        },
        Wrong {
            name: "hides_that_it_listens_everywhere",
            roles: &[("server", hides_that_it_listens_everywhere)],
            caught_by: &["command_line::the_listener_is_where_it_is_told_and_nowhere_else"],
            says: "it can be reached on",
        },
        Wrong {
            name: "receives_replies_from_everywhere",
            roles: &[("client", receives_replies_from_everywhere)],
            caught_by: &["the_client_of_a_server_on_loopback_is_open_to_nobody_else"],
            says: "likely: another address is bound than the one that is given, or every address",
        },
        Wrong {
            name: "sends_no_empty_line",
            roles: &[("client", sends_no_empty_line)],
            caught_by: &["the_client_sends_every_line_as_one_datagram"],
            says: "likely: the client was changed: it is right as it is handed out",
        },
        Wrong {
            name: "sends_the_newline_too",
            roles: &[("client", sends_the_newline_too)],
            caught_by: &["the_client_sends_every_line_as_one_datagram"],
            says: "likely: a newline was added, and a message is sent without one",
        },
        Wrong {
            name: "trims_the_zeros",
            roles: &[("server", trims_the_zeros::run)],
            caught_by: &["datagrams::the_server_answers_whatever_the_message_is"],
            says: "likely: the reply is not the message in upper case",
        },
    ],
};

fn listen(addr: &str) -> Result<UdpSocket> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", socket.local_addr()?);
    Ok(socket)
}

/// Hands every datagram and its sender to `answer`, until that returns false.
fn receive(
    addr: &str,
    mut answer: impl FnMut(&UdpSocket, &[u8], SocketAddr) -> Result<bool>,
) -> Result<()> {
    let socket = listen(addr)?;
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        if !answer(&socket, &buffer[..length], peer)? {
            return Ok(());
        }
    }
}

/// Answers as the solution does, however short the lines.
fn reply(socket: &UdpSocket, message: &[u8], peer: SocketAddr) -> Result<bool> {
    log!("message {peer} {:?}", String::from_utf8_lossy(message));
    socket.send_to(&upper(message), peer)?;
    Ok(true)
}

fn connects_to_its_first_client(addr: &str) -> Result<()> {
    receive(addr, |socket, message, peer| {
        socket.connect(peer)?;
        socket.send(&upper(message))?;
        Ok(true)
    })
}

fn answers_everybody_it_knows(addr: &str) -> Result<()> {
    let mut known = Vec::new();
    receive(addr, move |socket, message, peer| {
        if !known.contains(&peer) {
            known.push(peer);
        }
        for peer in &known {
            reply(socket, message, *peer)?;
        }
        Ok(true)
    })
}

fn answers_from_a_new_socket(addr: &str) -> Result<()> {
    receive(addr, |_, message, peer| reply(&UdpSocket::bind("127.0.0.1:0")?, message, peer))
}

fn takes_an_empty_datagram_for_the_end(addr: &str) -> Result<()> {
    receive(addr, |socket, message, peer| Ok(!message.is_empty() && reply(socket, message, peer)?))
}

fn skips_empty_datagrams(addr: &str) -> Result<()> {
    receive(addr, |socket, message, peer| Ok(message.is_empty() || reply(socket, message, peer)?))
}

fn ends_when_it_cannot_answer(addr: &str) -> Result<()> {
    receive(addr, |socket, message, peer| reply(socket, str::from_utf8(message)?.as_bytes(), peer))
}

fn ends_when_a_reply_is_too_long(addr: &str) -> Result<()> {
    receive(addr, |socket, message, peer| {
        Ok(str::from_utf8(message).is_err() || reply(socket, message, peer)?)
    })
}

fn is_silent_about_bytes(addr: &str) -> Result<()> {
    receive(addr, |socket, message, peer| {
        Ok(str::from_utf8(message).is_err() || reply(socket, message, peer).is_ok())
    })
}

fn takes_any_bytes_for_text(addr: &str) -> Result<()> {
    receive(addr, reply)
}

fn has_room_for_1024_bytes(addr: &str) -> Result<()> {
    let socket = listen(addr)?;
    let mut buffer = [0; 1024];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        reply(&socket, &buffer[..length], peer)?;
    }
}

fn answers_with_the_whole_buffer(addr: &str) -> Result<()> {
    let mut memory = Vec::new();
    receive(addr, move |socket, message, peer| {
        let length = message.len().max(memory.len());
        memory.resize(length, 0);
        memory[..message.len()].copy_from_slice(message);
        reply(socket, &memory, peer)
    })
}

fn serves_three_datagrams(addr: &str) -> Result<()> {
    let mut served = 0;
    receive(addr, move |socket, message, peer| {
        served += 1;
        reply(socket, message, peer)?;
        Ok(served < 3)
    })
}

fn listens_everywhere(addr: &str) -> Result<()> {
    let port = addr.rsplit(':').next().unwrap_or("0");
    server::run(&format!("0.0.0.0:{port}"))
}

fn hides_that_it_listens_everywhere(_: &str) -> Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    log!("listening on 127.0.0.1:{}", socket.local_addr()?.port());
    socket.recv_from(&mut [0; MAX_REPLY])?;
    Ok(())
}

/// Asks the server at `addr` for every line, from a socket that is bound to `own`.
fn ask(addr: &str, own: &str, make: impl Fn(String) -> Option<String>) -> Result<()> {
    let socket = UdpSocket::bind(own)?;
    let mut console = Console::new();
    let mut buffer = [0; MAX_REPLY];
    while let Some(line) = console.message()? {
        let Some(message) = make(line) else { continue };
        socket.send_to(message.as_bytes(), addr)?;
        let (length, _) = socket.recv_from(&mut buffer)?;
        console.reply(str::from_utf8(&buffer[..length])?)?;
    }
    Ok(())
}

fn receives_replies_from_everywhere(addr: &str) -> Result<()> {
    ask(addr, "0.0.0.0:0", Some)
}

fn sends_no_empty_line(addr: &str) -> Result<()> {
    ask(addr, "127.0.0.1:0", |line| (!line.is_empty()).then_some(line))
}

fn sends_the_newline_too(addr: &str) -> Result<()> {
    ask(addr, "127.0.0.1:0", |line| Some(line + "\n"))
}
