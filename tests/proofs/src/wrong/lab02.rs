//! Lab 02: what goes wrong in a conversation.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};
use cli::{Console, MAX_MESSAGE, MAX_REPLY, log};

use crate::{Proof, Wrong, upper};

#[path = "../../../../labs/lab02/src/server.rs"]
mod starter;

#[path = "lab02/hangs_up_on_thinkers.rs"]
mod hangs_up_on_thinkers;
#[allow(clippy::unused_io_amount, reason = "that is the mistake")]
#[path = "lab02/trims_the_zeros.rs"]
mod trims_the_zeros;

pub const PROOF: Proof = Proof {
    flaw: "your server is still running, and has printed",
    demo: "the same line",
    shown: "the_server_ends_when_the_client_has_left::case_2_after_one_message",
    wrong: &[
        Wrong {
            name: "spins_on_zero",
            roles: &[("server", starter::run)],
            caught_by: &[
                "the_server_ends_when_the_client_has_left::case_2_after_one_message",
                "the_server_ends_when_the_client_only_finishes_sending",
            ],
            says: "`read` has returned 0, and the loop goes on",
        },
        Wrong {
            name: "answers_only_once",
            roles: &[("server", answers_only_once)],
            caught_by: &["conversation::the_server_answers_whatever_the_message_is"],
            says: "likely: some message is taken for something else than a message",
        },
        Wrong {
            name: "answers_from_an_old_buffer",
            roles: &[("server", answers_from_an_old_buffer)],
            caught_by: &["the_last_reply_arrives_after_the_client_has_finished_sending"],
            says: "likely: the same was sent, or shown, twice",
        },
        Wrong {
            name: "answers_when_all_is_said",
            roles: &[("server", answers_when_all_is_said)],
            caught_by: &["conversation::the_server_answers_whatever_the_message_is"],
            says: "likely: somebody waits for what nobody sends: who is in `read`?",
        },
        Wrong {
            name: "panics_at_the_end",
            roles: &[("server", panics_at_the_end)],
            caught_by: &["the_server_ends_when_the_client_has_left::case_1_without_a_word"],
            says: "your server has panicked",
        },
        Wrong {
            name: "ends_without_a_word",
            roles: &[("server", ends_without_a_word)],
            caught_by: &["the_server_ends_when_the_client_has_left::case_2_after_one_message"],
            says: "likely: an event is not logged, or not with the peer's address",
        },
        Wrong {
            name: "takes_the_end_for_an_error",
            roles: &[("server", takes_the_end_for_an_error)],
            caught_by: &["the_server_ends_when_the_client_has_left::case_3_after_three_messages"],
            says: "your server has ended with status 1",
        },
        Wrong {
            name: "says_everything_at_once",
            roles: &[("client", says_everything_at_once)],
            caught_by: &[
                "conversation::the_client_sends_every_line_and_shows_every_reply::case_2_two",
            ],
            says: "likely: a line is not sent as soon as it is typed",
        },
        Wrong {
            name: "takes_zero_for_a_reply",
            roles: &[("client", takes_zero_for_a_reply)],
            caught_by: &[
                "the_client_says_that_the_server_hung_up::case_1_instead_of_the_first_reply",
            ],
            says: "your client has ended with status 0",
        },
        Wrong {
            name: "stays_after_the_end_of_input",
            roles: &[("client", stays_after_the_end_of_input)],
            caught_by: &["conversation::the_end_of_input_ends_the_client"],
            says: "likely: `message()` has returned `None`",
        },
        Wrong {
            name: "trims_the_zeros",
            roles: &[("server", trims_the_zeros::run)],
            caught_by: &["conversation::the_server_answers_whatever_the_message_is"],
            says: "likely: the reply is not the message in upper case",
        },
        Wrong {
            name: "hangs_up_on_thinkers",
            roles: &[("server", hangs_up_on_thinkers::run)],
            caught_by: &["conversation::a_client_may_think_between_two_messages"],
            says: "likely: silence is taken for the end",
        },
    ],
};

/// Takes one client, and hands its stream and each message to `answer` until that returns false.
fn converse(
    addr: &str,
    mut answer: impl FnMut(&mut TcpStream, &[u8], SocketAddr) -> Result<bool>,
) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    let (mut stream, peer) = listener.accept()?;
    let mut buffer = [0; MAX_MESSAGE];
    loop {
        let length = stream.read(&mut buffer)?;
        if !answer(&mut stream, &buffer[..length], peer)? {
            return Ok(());
        }
    }
}

fn answers_only_once(addr: &str) -> Result<()> {
    converse(addr, |stream, message, _| {
        stream.write_all(&upper(message))?;
        Ok(false)
    })
}

fn answers_from_an_old_buffer(addr: &str) -> Result<()> {
    let mut memory = Vec::new();
    converse(addr, move |stream, message, _| {
        let length = message.len().max(memory.len());
        memory.resize(length, 0);
        memory[..message.len()].copy_from_slice(message);
        stream.write_all(&upper(&memory))?;
        Ok(!message.is_empty())
    })
}

fn answers_when_all_is_said(addr: &str) -> Result<()> {
    let mut said = Vec::new();
    converse(addr, move |stream, message, _| {
        said.extend_from_slice(message);
        if message.is_empty() {
            stream.write_all(&upper(&said))?;
        }
        Ok(!message.is_empty())
    })
}

fn panics_at_the_end(addr: &str) -> Result<()> {
    converse(addr, |stream, message, _| {
        let first = message[0];
        stream.write_all(&upper(&[&[first], &message[1..]].concat()))?;
        Ok(true)
    })
}

fn ends_without_a_word(addr: &str) -> Result<()> {
    converse(addr, |stream, message, _| {
        stream.write_all(&upper(message))?;
        Ok(!message.is_empty())
    })
}

fn takes_the_end_for_an_error(addr: &str) -> Result<()> {
    converse(addr, |stream, message, peer| {
        anyhow::ensure!(!message.is_empty(), "{peer} has gone");
        stream.write_all(&upper(message))?;
        Ok(true)
    })
}

fn says_everything_at_once(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    let mut messages = String::new();
    while let Some(message) = console.message()? {
        messages += &message;
    }
    stream.write_all(messages.as_bytes())?;
    let mut buffer = [0; MAX_REPLY];
    let length = stream.read(&mut buffer)?;
    console.reply(str::from_utf8(&buffer[..length])?)
}

fn takes_zero_for_a_reply(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    let mut buffer = [0; MAX_REPLY];
    while let Some(message) = console.message()? {
        stream.write_all(message.as_bytes())?;
        let length = stream.read(&mut buffer)?;
        console.reply(str::from_utf8(&buffer[..length])?)?;
        if length == 0 {
            break;
        }
    }
    Ok(())
}

fn stays_after_the_end_of_input(addr: &str) -> Result<()> {
    let _stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    while console.message()?.is_some() {}
    loop {
        thread::park();
    }
}
