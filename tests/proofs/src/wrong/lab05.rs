//! Lab 05: what goes wrong when a peer vanishes.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cli::{Console, MAX_MESSAGE, MAX_REPLY, log};

use crate::{Proof, Wrong};

#[path = "../../../../labs/lab05/src/server.rs"]
mod starter;

#[path = "lab05/hangs_up_on_thinkers.rs"]
mod hangs_up_on_thinkers;

pub const PROOF: Proof = Proof {
    flaw: "your server has ended with status 1",
    demo: "client      │ error: ",
    shown: "a_client_that_resets_is_logged_as_vanished::case_1_closed_with_the_reply_unread",
    wrong: &[
        Wrong {
            name: "dies_of_a_reset",
            roles: &[("server", starter::run)],
            caught_by: &["the_next_client_is_served_when_one_has::case_06_reset_at_once"],
            says: "your server has ended with status 1",
        },
        Wrong {
            name: "panics_of_a_reset",
            roles: &[("server", panics_of_a_reset)],
            caught_by: &["the_next_client_is_served_when_one_has::case_08_reset_after_an_exchange"],
            says: "your server has panicked",
        },
        Wrong {
            name: "dies_of_foreign_bytes",
            roles: &[("server", dies_of_foreign_bytes)],
            caught_by: &["the_next_client_is_served_when_one_has::case_09_sent_invalid_utf_8"],
            says: "your server has ended with status 1",
        },
        Wrong {
            name: "answers_foreign_bytes",
            roles: &[("server", answers_foreign_bytes)],
            caught_by: &["nothing_is_kept_of_clients_that_failed::case_3_sent_invalid_utf_8"],
            says: "to close the connection to client",
        },
        Wrong {
            name: "pauses_after_foreign_bytes",
            roles: &[("server", pauses_after_foreign_bytes)],
            caught_by: &["nothing_is_kept_of_clients_that_failed::case_3_sent_invalid_utf_8"],
            says: "or closed late: what is over is no reason for a",
        },
        Wrong {
            name: "looks_only_at_the_read",
            roles: &[("server", looks_only_at_the_read)],
            caught_by: &["clients_that_vanish_from_the_queue_do_no_harm"],
            says: "your server has ended with status 1",
        },
        Wrong {
            name: "calls_every_failure_vanished",
            roles: &[("server", calls_every_failure_vanished)],
            caught_by: &[
                "a_client_that_is_still_there_has_neither_finished_nor_vanished::case_1_that_sent_invalid_utf_8",
            ],
            says: "every failure is logged as `vanished`",
        },
        Wrong {
            name: "lingers_on_the_refused",
            roles: &[("server", lingers_on_the_refused)],
            caught_by: &[
                "a_client_that_is_still_there_has_neither_finished_nor_vanished::case_1_that_sent_invalid_utf_8",
            ],
            says: "a client that was refused is read from until it",
        },
        Wrong {
            name: "calls_foreign_bytes_finished",
            roles: &[("server", calls_foreign_bytes_finished)],
            caught_by: &[
                "a_client_that_is_still_there_has_neither_finished_nor_vanished::case_1_that_sent_invalid_utf_8",
            ],
            says: "what is not UTF-8 is taken for the end of the",
        },
        Wrong {
            name: "shuts_down_before_finished",
            roles: &[("server", shuts_down_before_finished)],
            caught_by: &["a_client_that_has_closed_before_its_reply_has_finished"],
            says: "the stream of this client has ended, so it has",
        },
        Wrong {
            name: "logs_after_the_reply",
            roles: &[("server", logs_after_the_reply)],
            caught_by: &["what_a_client_said_before_its_reset_is_logged"],
            says: "a message is logged when its reply is written",
        },
        Wrong {
            name: "asks_for_its_peer_again",
            roles: &[("server", asks_for_its_peer_again)],
            caught_by: &["what_a_client_said_before_its_reset_is_logged"],
            says: "or a call before the first read fails",
        },
        Wrong {
            name: "calls_the_latest_vanished",
            roles: &[("server", |addr| serves_each_and_names_the_latest(addr, "vanished"))],
            caught_by: &["it_is_logged_who_has_left_while_another_is_there::case_1_reset"],
            says: "the end of one is logged with another's",
        },
        Wrong {
            name: "calls_the_latest_refused",
            roles: &[("server", |addr| serves_each_and_names_the_latest(addr, "refused"))],
            caught_by: &[
                "it_is_logged_who_has_left_while_another_is_there::case_2_sent_invalid_utf_8",
            ],
            says: "the end of one is logged with another's",
        },
        Wrong {
            name: "has_512_places_for_the_refused",
            roles: &[("server", has_512_places_for_the_refused)],
            caught_by: &["nothing_is_kept_of_clients_that_failed::case_3_sent_invalid_utf_8"],
            says: "a client is turned away that should be",
        },
        Wrong {
            name: "ends_after_3000_failures",
            roles: &[("server", ends_after_3000_failures)],
            caught_by: &["thousands_of_resets_do_not_end_the_service"],
            says: "your server has ended with status 1",
        },
        Wrong {
            name: "writes_again_when_a_write_has_failed",
            roles: &[("server", writes_again_when_a_write_has_failed)],
            caught_by: &["nothing_is_kept_of_clients_that_cannot_be_written_to"],
            says: "a client that failed makes the next one wait",
        },
        Wrong {
            name: "knows_only_two_kinds",
            roles: &[("server", knows_only_two_kinds)],
            caught_by: &["a_conversation_may_fail_in_any_way"],
            says: "the failure of one conversation ends the",
        },
        Wrong {
            name: "bans_after_three_resets",
            roles: &[("server", bans_after_three_resets)],
            caught_by: &[
                "nothing_is_kept_of_clients_that_failed::case_1_closed_with_the_reply_unread",
            ],
            says: "a client is turned away that should be",
        },
        Wrong {
            name: "serves_deeper_after_each_failure",
            roles: &[("server", serves_deeper_after_each_failure)],
            caught_by: &["thousands_of_resets_do_not_end_the_service"],
            says: "and had",
        },
        Wrong {
            name: "knows_only_resets",
            roles: &[("server", knows_only_resets)],
            caught_by: &["a_client_that_cannot_be_written_to_is_logged_as_vanished"],
            says: "likely: a broken pipe is not taken for a departure",
        },
        Wrong {
            name: "calls_everybody_finished",
            roles: &[("server", calls_everybody_finished)],
            caught_by: &["a_client_that_resets_is_logged_as_vanished::case_3_reset_at_once"],
            says: "likely: a reset or a broken pipe is taken for the end of the stream, o",
        },
        Wrong {
            name: "calls_everybody_vanished",
            roles: &[("server", calls_everybody_vanished)],
            caught_by: &["a_client_that_closes_is_logged_as_finished::case_1_closed"],
            says: "likely: a reset or a broken pipe is taken for the end of the stream, o",
        },
        Wrong {
            name: "keeps_the_streams_that_failed",
            roles: &[("server", keeps_the_streams_that_failed)],
            caught_by: &[
                "nothing_is_kept_of_clients_that_failed::case_1_closed_with_the_reply_unread",
            ],
            says: "likely: something of a client is kept when its",
        },
        Wrong {
            name: "keeps_the_streams_of_broken_pipes",
            roles: &[("server", keeps_the_streams_of_broken_pipes)],
            caught_by: &["nothing_is_kept_of_clients_that_cannot_be_written_to"],
            says: "likely: something of a client is kept when its",
        },
        Wrong {
            name: "asks_whether_its_client_is_still_there",
            roles: &[("server", asks_whether_its_client_is_still_there)],
            caught_by: &["a_client_that_has_finished_sending_is_answered"],
            says: "because it has finished sending",
        },
        Wrong {
            name: "writes_until_it_works",
            roles: &[("server", writes_until_it_works)],
            caught_by: &["the_server_is_idle_after_departures"],
            says: "likely: a call that has failed for good is tried again",
        },
        Wrong {
            name: "takes_a_reset_for_the_end",
            roles: &[("client", takes_a_reset_for_the_end)],
            caught_by: &["the_client_tells_that_its_server_has_vanished"],
            says: "your client has ended with status 0",
        },
        Wrong {
            name: "hangs_up_on_thinkers",
            roles: &[("server", hangs_up_on_thinkers::run)],
            caught_by: &["conversation::a_client_may_think_between_two_messages"],
            says: "likely: silence is taken for the end",
        },
    ],
};

/// Serves for ever, and hands each conversation to `serve`. What that fails with ends the service.
fn serve_all(addr: &str, serve: impl Fn(TcpStream, SocketAddr) -> Result<()>) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        log!("connected {peer}");
        serve(stream, peer)?;
    }
}

/// The next message; `None` at the end of the stream.
fn receive(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; MAX_MESSAGE];
    let length = stream.read(&mut buffer)?;
    buffer.truncate(length);
    Ok((length > 0).then_some(buffer))
}

fn upper(message: &[u8], peer: SocketAddr) -> Result<Vec<u8>> {
    let text = str::from_utf8(message)?;
    log!("message {peer} {text:?}");
    Ok(text.to_uppercase().into_bytes())
}

/// A right conversation.
fn converse(stream: &mut TcpStream, peer: SocketAddr) -> Result<()> {
    while let Some(message) = receive(stream)? {
        stream.write_all(&upper(&message, peer)?)?;
    }
    Ok(())
}

fn panics_of_a_reset(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        while let Some(message) = receive(&mut stream).unwrap() {
            stream.write_all(&upper(&message, peer)?).unwrap();
        }
        Ok(())
    })
}

fn dies_of_foreign_bytes(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| match converse(&mut stream, peer) {
        Err(error) if error.is::<io::Error>() => {
            log!("vanished {peer}");
            Ok(())
        }
        other => other,
    })
}

fn answers_foreign_bytes(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        while let Ok(Some(message)) = receive(&mut stream) {
            let text = String::from_utf8_lossy(&message);
            log!("message {peer} {text:?}");
            if stream.write_all(text.to_uppercase().as_bytes()).is_err() {
                break;
            }
        }
        Ok(())
    })
}

fn pauses_after_foreign_bytes(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        if converse(&mut stream, peer).is_err() {
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    })
}

fn looks_only_at_the_read(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        while let Ok(Some(message)) = receive(&mut stream) {
            stream.write_all(&upper(&message, peer)?)?;
        }
        Ok(())
    })
}

fn calls_every_failure_vanished(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        match converse(&mut stream, peer) {
            Ok(()) => log!("finished {peer}"),
            Err(_) => log!("vanished {peer}"),
        }
        Ok(())
    })
}

/// Logs what became of a right conversation, or of one that ended with what is no message.
fn log_its_end(peer: SocketAddr, result: Result<()>) {
    match result {
        Ok(()) => log!("finished {peer}"),
        Err(error) if error.is::<io::Error>() => log!("vanished {peer}"),
        Err(_) => log!("refused {peer}"),
    }
}

/// The kind of the connection's error, if it was one.
fn kind(result: &Result<()>) -> Option<io::ErrorKind> {
    result.as_ref().err().and_then(|error| Some(error.downcast_ref::<io::Error>()?.kind()))
}

fn lingers_on_the_refused(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let result = converse(&mut stream, peer);
        let is_refused = result.as_ref().is_err_and(|error| !error.is::<io::Error>());
        log_its_end(peer, result);
        if is_refused && stream.shutdown(Shutdown::Write).is_ok() {
            while stream.read(&mut [0; MAX_MESSAGE]).is_ok_and(|length| length > 0) {}
        }
        Ok(())
    })
}

fn calls_foreign_bytes_finished(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        match converse(&mut stream, peer) {
            Err(error) if error.is::<io::Error>() => log!("vanished {peer}"),
            _ => log!("finished {peer}"),
        }
        Ok(())
    })
}

fn shuts_down_before_finished(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let result = converse(&mut stream, peer);
        log_its_end(peer, result.and_then(|()| Ok(stream.shutdown(Shutdown::Both)?)));
        Ok(())
    })
}

fn asks_for_its_peer_again(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let result = stream.peer_addr().map_err(Into::into);
        log_its_end(peer, result.and_then(|_| converse(&mut stream, peer)));
        Ok(())
    })
}

/// Serves all at once. Ends with `word` are logged with the address of whoever came last.
fn serves_each_and_names_the_latest(addr: &str, word: &'static str) -> Result<()> {
    static LATEST: Mutex<Option<SocketAddr>> = Mutex::new(None);
    let latest = || LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    serve_all(addr, |mut stream, peer| {
        *latest() = Some(peer);
        thread::spawn(move || {
            let result = converse(&mut stream, peer);
            let is_meant =
                result.as_ref().is_err_and(|error| error.is::<io::Error>() == (word == "vanished"));
            log_its_end(latest().filter(|_| is_meant).unwrap_or(peer), result);
        });
        Ok(())
    })
}

fn has_512_places_for_the_refused(addr: &str) -> Result<()> {
    let refused = Cell::new(0);
    serve_all(addr, |mut stream, peer| {
        if refused.get() < 512 {
            let result = converse(&mut stream, peer);
            let is_refused = result.as_ref().is_err_and(|error| !error.is::<io::Error>());
            refused.set(refused.get() + u32::from(is_refused));
            log_its_end(peer, result);
        }
        Ok(())
    })
}

fn ends_after_3000_failures(addr: &str) -> Result<()> {
    let failures = Cell::new(0);
    serve_all(addr, |mut stream, peer| {
        let result = converse(&mut stream, peer);
        failures.set(failures.get() + u32::from(result.is_err()));
        ensure!(failures.get() < 3_000, "too many failures");
        log_its_end(peer, result);
        Ok(())
    })
}

fn writes_again_when_a_write_has_failed(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        log_its_end(peer, write_again(&mut stream, peer));
        Ok(())
    })
}

fn write_again(stream: &mut TcpStream, peer: SocketAddr) -> Result<()> {
    while let Some(message) = receive(stream)? {
        let reply = upper(&message, peer)?;
        let mut result = stream.write_all(&reply);
        for _ in 0..5 {
            if result.is_err() {
                thread::sleep(Duration::from_millis(20));
                result = stream.write_all(&reply);
            }
        }
        result?;
    }
    Ok(())
}

fn logs_after_the_reply(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        log_its_end(peer, log_each_when_answered(&mut stream, peer));
        Ok(())
    })
}

fn log_each_when_answered(stream: &mut TcpStream, peer: SocketAddr) -> Result<()> {
    while let Some(message) = receive(stream)? {
        let text = str::from_utf8(&message)?;
        stream.write_all(text.to_uppercase().as_bytes())?;
        log!("message {peer} {text:?}");
    }
    Ok(())
}

fn knows_only_two_kinds(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let result = converse(&mut stream, peer);
        if !matches!(
            kind(&result),
            None | Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
        ) {
            return result;
        }
        log_its_end(peer, result);
        Ok(())
    })
}

fn bans_after_three_resets(addr: &str) -> Result<()> {
    let vanished = Cell::new(0);
    serve_all(addr, |mut stream, peer| {
        if vanished.get() < 3 {
            let result = converse(&mut stream, peer);
            vanished.set(vanished.get() + usize::from(result.is_err()));
            log_its_end(peer, result);
        }
        Ok(())
    })
}

fn serves_deeper_after_each_failure(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    serve_until_one_fails(&listener)
}

fn serve_until_one_fails(listener: &TcpListener) -> Result<()> {
    loop {
        let (mut stream, peer) = listener.accept()?;
        log!("connected {peer}");
        let result = converse(&mut stream, peer);
        let has_failed = result.is_err();
        log_its_end(peer, result);
        if has_failed {
            drop(stream);
            return serve_until_one_fails(listener);
        }
    }
}

fn knows_only_resets(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let kind = |error: &io::Error| error.kind();
        match converse(&mut stream, peer) {
            Ok(()) => log!("finished {peer}"),
            Err(error) => match error.downcast_ref().map(kind) {
                Some(io::ErrorKind::ConnectionReset) => log!("vanished {peer}"),
                _ => log!("failed {peer}"),
            },
        }
        Ok(())
    })
}

fn calls_everybody_finished(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let _ = converse(&mut stream, peer);
        log!("finished {peer}");
        Ok(())
    })
}

fn calls_everybody_vanished(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let _ = converse(&mut stream, peer);
        log!("vanished {peer}");
        Ok(())
    })
}

fn keeps_the_streams_that_failed(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        if converse(&mut stream, peer).is_err() {
            log!("vanished {peer}");
            mem::forget(stream);
        }
        Ok(())
    })
}

fn keeps_the_streams_of_broken_pipes(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        let result = converse(&mut stream, peer);
        if kind(&result) == Some(io::ErrorKind::BrokenPipe) {
            mem::forget(stream);
        }
        log_its_end(peer, result);
        Ok(())
    })
}

fn asks_whether_its_client_is_still_there(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        while let Ok(Some(message)) = receive(&mut stream) {
            let reply = upper(&message, peer)?;
            stream.set_nonblocking(true)?;
            // Whoever has shut down its sending side is still there, and waits for this reply.
            let has_left = stream.peek(&mut [0]).is_ok_and(|length| length == 0);
            stream.set_nonblocking(false)?;
            if has_left {
                break;
            }
            stream.write_all(&reply)?;
        }
        log!("finished {peer}");
        Ok(())
    })
}

fn writes_until_it_works(addr: &str) -> Result<()> {
    serve_all(addr, |mut stream, peer| {
        while let Ok(Some(message)) = receive(&mut stream) {
            let reply = upper(&message, peer)?;
            while stream.write_all(&reply).is_err() {}
        }
        Ok(())
    })
}

fn takes_a_reset_for_the_end(addr: &str) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let mut console = Console::new();
    let mut buffer = [0; MAX_REPLY];
    while let Some(message) = console.message()? {
        stream.write_all(message.as_bytes())?;
        let Ok(length) = stream.read(&mut buffer) else { break };
        console.reply(str::from_utf8(&buffer[..length])?)?;
    }
    Ok(())
}
