//! Lab 04: what goes wrong with nothing.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Result, ensure};
use cli::{Console, MAX_REPLY};

use crate::{Proof, Wrong};

#[path = "../../../../labs/lab04/src/client.rs"]
mod starter;

#[path = "../../../../solutions/lab04/src/server.rs"]
mod server;

#[path = "lab04/waits_for_the_reply_to_nothing.rs"]
mod waits_for_the_reply_to_nothing;

pub const PROOF: Proof = Proof {
    flaw: "the client waits for its reply",
    demo: "hasty client is still running; ended it",
    shown: "an_empty_line_is_not_sent_and_the_conversation_goes_on::case_2_in_the_middle",
    wrong: &[
        Wrong {
            name: "writes_nothing_and_waits",
            roles: &[("client", starter::run), ("server", server::run)],
            caught_by: &[
                "an_empty_line_is_not_sent_and_the_conversation_goes_on::case_1_first",
                "a_line_of_white_space_is_empty::case_2_tabs",
            ],
            says: "an empty message was written, and the client waits for its reply",
        },
        Wrong {
            name: "ends_at_an_empty_line",
            roles: &[("client", ends_at_an_empty_line)],
            caught_by: &[
                "an_empty_line_is_not_sent_and_the_conversation_goes_on::case_2_in_the_middle",
            ],
            says: "likely: an empty line ends the client",
        },
        Wrong {
            name: "takes_an_empty_line_for_an_error",
            roles: &[("client", takes_an_empty_line_for_an_error)],
            caught_by: &["an_empty_line_is_not_sent_and_the_conversation_goes_on::case_3_last"],
            says: "your client has ended with status 1",
        },
        Wrong {
            name: "sends_a_space_instead",
            roles: &[("client", sends_a_space_instead)],
            caught_by: &["an_empty_line_is_not_sent_and_the_conversation_goes_on::case_1_first"],
            says: "likely: for an empty line something was sent",
        },
        Wrong {
            name: "skips_without_a_word",
            roles: &[("client", skips_without_a_word)],
            caught_by: &["the_person_is_told_each_time_that_nothing_was_sent::case_1_once"],
            says: "likely: an empty line, the first or a later one, is skipped without a",
        },
        Wrong {
            name: "prints_its_note_as_a_reply",
            roles: &[("client", prints_its_note_as_a_reply)],
            caught_by: &["the_person_is_told_each_time_that_nothing_was_sent::case_1_once"],
            says: "likely: your client prints more than replies on standard output: for y",
        },
        Wrong {
            name: "asks_only_once_more",
            roles: &[("client", asks_only_once_more)],
            caught_by: &["an_empty_line_is_not_sent_and_the_conversation_goes_on::case_4_many"],
            says: "likely: an empty message was written, and the client waits for its rep",
        },
        Wrong {
            name: "leaves_out_short_messages",
            roles: &[("client", leaves_out_short_messages)],
            caught_by: &["white_space_is_only_cut_at_the_ends::case_3_a_single_letter"],
            says: "likely: an empty line ends the client",
        },
        Wrong {
            name: "waits_for_the_reply_to_nothing",
            roles: &[("client", waits_for_the_reply_to_nothing::run)],
            caught_by: &["the_person_is_told_each_time_that_nothing_was_sent::case_3_forty_times"],
            says: "likely: an empty message was written",
        },
    ],
};

/// What a client does with an empty line.
enum Nothing {
    Skip,
    Send(&'static str),
    Leave,
}

/// Converses as the solution does, but for what `decide` makes of a message.
fn converse(addr: &str, decide: impl Fn(&mut Console, &str) -> Result<Nothing>) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    while let Some(mut message) = console.message()? {
        match decide(&mut console, &message)? {
            Nothing::Skip => continue,
            Nothing::Send("") => {}
            Nothing::Send(other) => other.clone_into(&mut message),
            Nothing::Leave => return Ok(()),
        }
        ask(&mut stream, &mut console, &message)?;
    }
    Ok(())
}

fn ask(stream: &mut TcpStream, console: &mut Console, message: &str) -> Result<()> {
    stream.write_all(message.as_bytes())?;
    let mut buffer = [0; MAX_REPLY];
    let length = stream.read(&mut buffer)?;
    ensure!(length > 0, "the server closed the connection");
    console.reply(str::from_utf8(&buffer[..length])?)
}

fn ends_at_an_empty_line(addr: &str) -> Result<()> {
    converse(addr, |_, message| {
        Ok(if message.is_empty() { Nothing::Leave } else { Nothing::Send("") })
    })
}

fn takes_an_empty_line_for_an_error(addr: &str) -> Result<()> {
    converse(addr, |_, message| {
        ensure!(!message.is_empty(), "nothing to send to {addr}");
        Ok(Nothing::Send(""))
    })
}

fn sends_a_space_instead(addr: &str) -> Result<()> {
    converse(addr, |_, message| Ok(Nothing::Send(if message.is_empty() { " " } else { "" })))
}

fn skips_without_a_word(addr: &str) -> Result<()> {
    converse(addr, |_, message| {
        Ok(if message.is_empty() { Nothing::Skip } else { Nothing::Send("") })
    })
}

fn prints_its_note_as_a_reply(addr: &str) -> Result<()> {
    converse(addr, |console, message| {
        if message.is_empty() {
            console.reply("nothing to send")?;
            return Ok(Nothing::Skip);
        }
        Ok(Nothing::Send(""))
    })
}

fn leaves_out_short_messages(addr: &str) -> Result<()> {
    converse(addr, |console, message| {
        if message.len() < 2 {
            console.note("too short");
            return Ok(Nothing::Skip);
        }
        Ok(Nothing::Send(""))
    })
}

/// An `if` where a loop is needed: the line after an empty one may be empty as well.
fn asks_only_once_more(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    while let Some(mut message) = console.message()? {
        if message.is_empty() {
            console.note("nothing to send");
            let Some(next) = console.message()? else { return Ok(()) };
            message = next;
        }
        ask(&mut stream, &mut console, &message)?;
    }
    Ok(())
}
