//! Lab 03: what goes wrong in a service.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{MAX_MESSAGE, log};
use socket2::{Domain, Socket, Type};

use crate::{Proof, Wrong};

#[path = "../../../../solutions/lab02/src/server.rs"]
mod lab02;

#[path = "lab03/ends_at_bye.rs"]
mod ends_at_bye;
#[path = "lab03/polls_accept.rs"]
mod polls_accept;
#[path = "lab03/serves_a_hundred_clients.rs"]
mod serves_a_hundred_clients;
#[path = "lab03/spins_quietly.rs"]
mod spins_quietly;

pub const PROOF: Proof = Proof {
    flaw: "your server has ended with status 0",
    demo: "client       │ error: cannot connect to",
    shown: "clients_of_the_lab_are_served_one_after_another",
    wrong: &[
        Wrong {
            name: "serves_one_client",
            roles: &[("server", lab02::run)],
            caught_by: &["the_server_serves_one_client_after_another::case_1_two"],
            says: "your server has ended with status 0",
        },
        Wrong {
            name: "listens_anew_for_each_client",
            roles: &[("server", listens_anew_for_each_client)],
            caught_by: &["a_second_client_is_connected_and_served_at_last"],
            says: "likely: the listener is dropped or made anew for each client, or a cli",
        },
        Wrong {
            name: "leaves_after_one_message",
            roles: &[("server", leaves_after_one_message)],
            caught_by: &["every_client_has_a_whole_conversation::case_2_ten"],
            says: "a client is left after its first message",
        },
        Wrong {
            name: "keeps_every_stream",
            roles: &[("server", keeps_every_stream)],
            caught_by: &["a_connection_is_closed_when_its_client_has_finished"],
            says: "and the connection is still open",
        },
        Wrong {
            name: "logs_one_address_for_all",
            roles: &[("server", logs_one_address_for_all)],
            caught_by: &["every_client_is_logged_by_its_own_address"],
            says: "likely: an event is not logged with the client",
        },
        Wrong {
            name: "forgets_to_reuse_its_address",
            roles: &[("server", forgets_to_reuse_its_address)],
            caught_by: &["the_server_can_be_started_again_at_once"],
            says: "Address already in use",
        },
        Wrong {
            name: "ends_when_accept_fails",
            roles: &[("server", ends_when_accept_fails)],
            caught_by: &["accept::a_failing_accept_is_told_and_survived"],
            says: "likely: an error of `accept` ends the server",
        },
        Wrong {
            name: "is_silent_when_accept_fails",
            roles: &[("server", is_silent_when_accept_fails)],
            caught_by: &["accept::a_failing_accept_is_told_and_survived"],
            says: "likely: an error of `accept` is not logged",
        },
        Wrong {
            name: "floods_when_accept_fails",
            roles: &[("server", floods_when_accept_fails)],
            caught_by: &["accept::a_failing_accept_is_paused_on"],
            says: "likely: `accept` fails at once",
        },
        Wrong {
            name: "ends_at_bye",
            roles: &[("server", ends_at_bye::run)],
            caught_by: &["conversation::the_server_answers_whatever_the_message_is"],
            says: "likely: some message is taken for something else than a message",
        },
        Wrong {
            name: "serves_a_hundred_clients",
            roles: &[("server", serves_a_hundred_clients::run)],
            caught_by: &["service::hundreds_of_clients_leave_nothing_behind"],
            says: "likely: the service ends, or goes deaf, after some number of clients",
        },
        Wrong {
            name: "polls_accept",
            roles: &[("server", polls_accept::run)],
            caught_by: &["waiting::a_listener_that_nobody_talks_to_is_idle"],
            says: "likely: your server asks again and again",
        },
        Wrong {
            name: "spins_quietly",
            roles: &[("server", spins_quietly::run)],
            caught_by: &["accept::a_failing_accept_is_paused_on"],
            says: "likely: `accept` fails at once",
        },
    ],
};

fn listen(addr: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    Ok(listener)
}

/// A whole conversation, logged under the name `peer`.
fn serve(stream: &mut TcpStream, peer: SocketAddr) -> Result<()> {
    log!("connected {peer}");
    let mut buffer = [0; MAX_MESSAGE];
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            log!("finished {peer}");
            return Ok(());
        }
        let message = str::from_utf8(&buffer[..length])?;
        log!("message {peer} {message:?}");
        stream.write_all(message.to_uppercase().as_bytes())?;
    }
}

fn listens_anew_for_each_client(addr: &str) -> Result<()> {
    let mut listener = listen(addr)?;
    let addr = listener.local_addr()?;
    loop {
        let (mut stream, peer) = listener.accept()?;
        drop(listener);
        serve(&mut stream, peer)?;
        listener = TcpListener::bind(addr)?;
    }
}

fn leaves_after_one_message(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    loop {
        let (mut stream, peer) = listener.accept()?;
        let mut buffer = [0; MAX_MESSAGE];
        let length = stream.read(&mut buffer)?;
        let message = str::from_utf8(&buffer[..length])?;
        log!("message {peer} {message:?}");
        stream.write_all(message.to_uppercase().as_bytes())?;
    }
}

fn keeps_every_stream(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let mut kept = Vec::new();
    loop {
        let (mut stream, peer) = listener.accept()?;
        serve(&mut stream, peer)?;
        kept.push(stream);
    }
}

fn logs_one_address_for_all(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    let own = listener.local_addr()?;
    loop {
        serve(&mut listener.accept()?.0, own)?;
    }
}

fn forgets_to_reuse_its_address(addr: &str) -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let to = addr.parse::<SocketAddr>()?.into();
    socket.bind(&to).with_context(|| format!("cannot listen on {addr}"))?;
    socket.listen(128)?;
    let listener = TcpListener::from(socket);
    log!("listening on {}", listener.local_addr()?);
    loop {
        let (mut stream, peer) = listener.accept()?;
        serve(&mut stream, peer)?;
    }
}

fn ends_when_accept_fails(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    loop {
        let (mut stream, peer) = listener.accept().context("cannot accept")?;
        serve(&mut stream, peer)?;
    }
}

fn is_silent_when_accept_fails(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    loop {
        match listener.accept() {
            Ok((mut stream, peer)) => serve(&mut stream, peer)?,
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn floods_when_accept_fails(addr: &str) -> Result<()> {
    let listener = listen(addr)?;
    loop {
        match listener.accept() {
            Ok((mut stream, peer)) => serve(&mut stream, peer)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => log!("cannot accept: {error}"),
        }
    }
}
