//! Lab 01: what goes wrong in one exchange.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};
use cli::{Console, MAX_MESSAGE, MAX_REPLY, log};

use crate::{Proof, Wrong, upper};

#[path = "../../../../solutions/lab01/src/server.rs"]
mod server;

#[allow(clippy::unused_io_amount, reason = "that is the mistake")]
#[path = "lab01/trims_the_zeros.rs"]
mod trims_the_zeros;

pub const PROOF: Proof = Proof {
    flaw: "It hung up",
    demo: "the server closed the connection",
    shown: "both_end_after_one_exchange",
    wrong: &[
        Wrong {
            name: "drops_the_last_byte",
            roles: &[("server", drops_the_last_byte)],
            caught_by: &["the_server_answers_in_upper_case_and_ends::case_1_ascii"],
            says: "the last byte is missing",
        },
        Wrong {
            name: "answers_a_constant",
            roles: &[("server", answers_a_constant)],
            caught_by: &["the_server_answers_in_upper_case_and_ends::case_2_several_words"],
            says: "the client received \"HELLO\"",
        },
        Wrong {
            name: "answers_with_the_whole_buffer",
            roles: &[("server", answers_with_the_whole_buffer)],
            caught_by: &["the_server_answers_in_upper_case_and_ends::case_1_ascii"],
            says: "1,019 bytes too many",
        },
        Wrong {
            name: "knows_only_ascii",
            roles: &[("server", knows_only_ascii)],
            caught_by: &[
                "the_server_answers_in_upper_case_and_ends::case_4_more_letters_in_the_reply",
            ],
            says: "likely: not every letter is in upper case",
        },
        Wrong {
            name: "adds_a_newline",
            roles: &[("server", adds_a_newline)],
            caught_by: &["the_server_answers_in_upper_case_and_ends::case_1_ascii"],
            says: "likely: a newline was added",
        },
        Wrong {
            name: "logs_no_message",
            roles: &[("server", logs_no_message)],
            caught_by: &["the_server_answers_white_space_as_it_is"],
            says: "likely: an event is not logged with the peer's address",
        },
        Wrong {
            name: "never_closes",
            roles: &[("server", never_closes)],
            caught_by: &["the_server_answers_in_upper_case_and_ends::case_1_ascii"],
            says: "and the connection is still open",
        },
        Wrong {
            name: "panics_on_bytes",
            roles: &[("server", panics_on_bytes)],
            caught_by: &["the_server_refuses_invalid_utf_8::case_1_latin_1"],
            says: "your server has panicked",
        },
        Wrong {
            name: "listens_everywhere",
            roles: &[("server", listens_everywhere)],
            caught_by: &["command_line::the_listener_is_where_it_is_told_and_nowhere_else"],
            says: "likely: another address is bound than the one that is given",
        },
        Wrong {
            name: "ignores_its_address",
            roles: &[("server", ignores_its_address)],
            caught_by: &["command_line::the_listener_names_an_address_in_use"],
            says: "your server is still running",
        },
        Wrong {
            name: "forgets_to_flush",
            roles: &[("server", forgets_to_flush)],
            caught_by: &["both_end_after_one_exchange"],
            says: "likely: the line `listening on ADDRESS` never comes, or has another fo",
        },
        Wrong {
            name: "has_no_room_for_the_reply",
            roles: &[("client", has_no_room_for_the_reply)],
            caught_by: &["the_client_shows_a_reply_of_3072_bytes"],
            says: "the last 2,048 bytes are missing",
        },
        Wrong {
            name: "sends_the_newline_too",
            roles: &[("client", sends_the_newline_too)],
            caught_by: &["the_client_sends_the_message_and_shows_the_reply::case_1_ascii"],
            says: "likely: a newline was added",
        },
        Wrong {
            name: "trims_the_zeros",
            roles: &[("server", trims_the_zeros::run)],
            caught_by: &["the_server_answers_whatever_the_message_is::part_6_5"],
            says: "likely: the reply is not made of the bytes that were read, and only those",
        },
    ],
};

/// Serves one client as the solution does, but for the reply to its message.
fn reply(addr: &str, make: impl Fn(&[u8; MAX_MESSAGE], usize) -> Vec<u8>) -> Result<()> {
    let (mut stream, peer) = accept(addr)?;
    let mut buffer = [0; MAX_MESSAGE];
    let length = stream.read(&mut buffer)?;
    log!("message {peer} {:?}", String::from_utf8_lossy(&buffer[..length]));
    stream.write_all(&make(&buffer, length))?;
    Ok(())
}

fn accept(addr: &str) -> Result<(TcpStream, SocketAddr)> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    let (stream, peer) = listener.accept()?;
    log!("connected {peer}");
    Ok((stream, peer))
}

fn drops_the_last_byte(addr: &str) -> Result<()> {
    reply(addr, |buffer, length| upper(&buffer[..length.saturating_sub(1)]))
}

fn answers_a_constant(addr: &str) -> Result<()> {
    reply(addr, |_, _| b"HELLO".to_vec())
}

fn answers_with_the_whole_buffer(addr: &str) -> Result<()> {
    reply(addr, |buffer, _| upper(buffer))
}

fn knows_only_ascii(addr: &str) -> Result<()> {
    reply(addr, |buffer, length| buffer[..length].to_ascii_uppercase())
}

fn adds_a_newline(addr: &str) -> Result<()> {
    reply(addr, |buffer, length| [upper(&buffer[..length]), b"\n".to_vec()].concat())
}

fn logs_no_message(addr: &str) -> Result<()> {
    let (mut stream, _) = accept(addr)?;
    let mut buffer = [0; MAX_MESSAGE];
    let length = stream.read(&mut buffer)?;
    stream.write_all(&upper(&buffer[..length]))?;
    Ok(())
}

fn panics_on_bytes(addr: &str) -> Result<()> {
    reply(addr, |buffer, length| {
        str::from_utf8(&buffer[..length]).unwrap().to_uppercase().into_bytes()
    })
}

fn never_closes(addr: &str) -> Result<()> {
    let (mut stream, _) = accept(addr)?;
    let mut buffer = [0; MAX_MESSAGE];
    let length = stream.read(&mut buffer)?;
    stream.write_all(&upper(&buffer[..length]))?;
    loop {
        thread::park();
    }
}

fn listens_everywhere(addr: &str) -> Result<()> {
    let port = addr.rsplit(':').next().unwrap_or("0");
    server::run(&format!("0.0.0.0:{port}"))
}

fn ignores_its_address(_: &str) -> Result<()> {
    server::run("127.0.0.1:0")
}

fn forgets_to_flush(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr)?;
    print!("listening on {}", listener.local_addr()?);
    listener.accept()?;
    Ok(())
}

fn has_no_room_for_the_reply(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    let Some(message) = console.message()? else { return Ok(()) };
    stream.write_all(message.as_bytes())?;
    let mut buffer = [0; MAX_REPLY / 3];
    let length = stream.read(&mut buffer)?;
    console.reply(str::from_utf8(&buffer[..length])?)
}

fn sends_the_newline_too(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    let Some(message) = console.message()? else { return Ok(()) };
    stream.write_all(format!("{message}\n").as_bytes())?;
    let mut buffer = [0; MAX_REPLY];
    let length = stream.read(&mut buffer)?;
    console.reply(str::from_utf8(&buffer[..length])?)
}
