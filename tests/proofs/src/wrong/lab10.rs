//! Lab 10: what goes wrong with deadlines.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cli::{Console, MAX_MESSAGE, MAX_REPLY, log};

use crate::frame::{read_frame, write_frame};
use crate::timed::{self, Deadline, Timed};
use crate::{Proof, Wrong, client_patience, server_patience};

#[path = "../../../../labs/lab10/src/deaf.rs"]
mod deaf;
#[path = "../../../../labs/lab10/src/server.rs"]
mod starter;
#[path = "lab10/timing.rs"]
mod timing;

pub const PROOF: Proof = Proof {
    flaw: "a client is waited for without a deadline",
    demo: "lab10         │ client is still running; ended it",
    shown: "the_silent_client_is_hung_up_on",
    wrong: &[
        Wrong {
            name: "waits_for_ever",
            roles: &[("server", starter::run)],
            caught_by: &[
                "deadlines::a_client_that_falls_silent_is_given_up::case_1_before_its_first_byte",
            ],
            says: "a client is waited for without a deadline",
        },
        Wrong {
            name: "has_a_deadline_for_each_read",
            roles: &[("server", |addr| serve(addr, deadline_for_each_read, ending))],
            caught_by: &["deadlines::a_client_that_drips_is_given_up::case_2_in_the_text"],
            says: "the deadline is for one read",
        },
        Wrong {
            name: "has_a_deadline_for_the_length_only",
            roles: &[("server", |addr| serve(addr, deadline_for_each_half, ending))],
            caught_by: &[
                "deadlines::a_client_that_falls_silent_is_given_up::case_3_after_the_length",
            ],
            says: "a client is waited for without a deadline",
        },
        Wrong {
            name: "has_one_deadline_for_the_conversation",
            roles: &[("server", |addr| serve(addr, one_deadline_for_all, ending))],
            caught_by: &["deadlines::by_its_timeouts::each_message_has_a_deadline_of_its_own"],
            says: "the deadline is for the whole conversation",
        },
        Wrong {
            name: "has_one_deadline_for_message_and_reply",
            roles: &[("server", |addr| serve(addr, one_deadline_for_both, ending))],
            caught_by: &["deadlines::by_its_timeouts::each_reply_has_a_deadline_of_its_own"],
            says: "a message and its reply have one deadline",
        },
        Wrong {
            name: "looks_at_the_clock_afterwards",
            roles: &[("server", |addr| serve(addr, looks_at_the_clock_afterwards, ending))],
            caught_by: &["deadlines::by_its_timeouts::what_is_left_for_a_message_becomes_less"],
            says: "a call may wait as long as if nothing had passed",
        },
        Wrong {
            name: "begins_with_the_first_byte",
            roles: &[("server", |addr| serve(addr, begins_with_the_first_byte, ending))],
            caught_by: &["deadlines::a_client_that_falls_silent_after_an_exchange_is_given_up"],
            says: "a client is waited for without a deadline",
        },
        Wrong {
            name: "ends_with_the_first_byte",
            roles: &[("server", |addr| serve(addr, ends_with_the_first_byte, ending))],
            caught_by: &["deadlines::a_client_that_falls_silent_is_given_up::case_2_in_the_length"],
            says: "a client is waited for without a deadline",
        },
        Wrong {
            name: "writes_without_a_deadline",
            roles: &[("server", |addr| serve(addr, writes_without_a_deadline, ending))],
            caught_by: &["deadlines::a_client_that_does_not_read_is_given_up"],
            says: "a write waits too",
        },
        Wrong {
            name: "calls_it_vanished",
            roles: &[("server", |addr| serve(addr, converse, |_| "vanished"))],
            caught_by: &[
                "deadlines::a_client_that_falls_silent_is_given_up::case_1_before_its_first_byte",
            ],
            says: "a deadline that has passed is logged as",
        },
        Wrong {
            name: "calls_it_finished",
            roles: &[("server", |addr| {
                serve(addr, |stream, peer| finishes(converse(stream, peer)), ending)
            })],
            caught_by: &["deadlines::a_client_that_falls_silent_is_given_up::case_4_in_the_text"],
            says: "a deadline that has passed is logged as",
        },
        Wrong {
            name: "knows_only_timed_out",
            roles: &[("server", |addr| {
                serve(addr, deadline_for_each_read, |error| {
                    if error.kind() == ErrorKind::WouldBlock { "vanished" } else { ending(error) }
                })
            })],
            caught_by: &[
                "deadlines::a_client_that_falls_silent_is_given_up::case_1_before_its_first_byte",
            ],
            says: "a deadline that has passed is logged as",
        },
        Wrong {
            name: "asks_for_a_timeout_of_zero",
            roles: &[("server", |addr| serve(addr, asks_for_a_timeout_of_zero, ending))],
            caught_by: &["deadlines::a_patience_gives_up_at_once::case_1_of_zero"],
            says: "where nothing is left from the start, that is told",
        },
        Wrong {
            name: "subtracts_more_than_is_left",
            roles: &[("server", |addr| serve(addr, subtracts_more_than_is_left, ending))],
            caught_by: &["deadlines::a_patience_gives_up_at_once::case_1_of_zero"],
            says: "your server has panicked",
        },
        Wrong {
            name: "ends_when_a_deadline_passes",
            roles: &[("server", ends_when_a_deadline_passes)],
            caught_by: &["deadlines::several_silent_clients_are_given_up_and_the_next_is_served"],
            says: "a deadline that has passed ends the service",
        },
        Wrong {
            name: "gives_up_at_a_signal",
            roles: &[("server", |addr| serve(addr, gives_up_at_a_signal, ending))],
            caught_by: &["deadlines::a_signal_is_no_reason_to_give_up"],
            says: "a signal is taken for the end of the patience",
        },
        Wrong {
            name: "has_a_patience_of_its_own",
            roles: &[("server", |addr| serve(addr, has_a_patience_of_its_own, ending))],
            caught_by: &["conversation::a_client_may_think_between_two_messages"],
            says: "a client is given up that has time left",
        },
        Wrong {
            name: "polls_until_the_deadline",
            roles: &[("server", |addr| serve(addr, polls_until_the_deadline, ending))],
            caught_by: &["waiting::a_listener_is_idle_while_a_silent_client_is_there"],
            says: "asks again and again",
        },
        Wrong {
            name: "keeps_a_watch_for_each_client",
            roles: &[("server", |addr| serve(addr, keeps_a_watch_for_each_client, ending))],
            caught_by: &["service::hundreds_of_clients_leave_nothing_behind"],
            says: "something of each client is kept",
        },
        Wrong {
            name: "begins_anew_with_the_first_bytes",
            roles: &[("server", |addr| {
                serve(addr, timing::begins_anew_with_the_first_bytes, ending)
            })],
            caught_by: &["deadlines::by_its_timeouts::what_is_left_for_a_message_becomes_less"],
            says: "a call may wait as long as if nothing had passed",
        },
        Wrong {
            name: "adds_up_the_patience",
            roles: &[("server", |addr| serve(addr, timing::adds_up_the_patience, ending))],
            caught_by: &["deadlines::by_its_timeouts::each_message_has_a_deadline_of_its_own"],
            says: "what an earlier message has not used is added",
        },
        Wrong {
            name: "has_a_deadline_for_each_write",
            roles: &[("server", |addr| serve(addr, timing::has_a_deadline_for_each_write, ending))],
            caught_by: &["deadlines::a_client_that_takes_a_reply_too_slowly_is_given_up"],
            says: "each write has the whole patience",
        },
        Wrong {
            name: "gives_a_reply_up_at_a_signal",
            roles: &[("server", |addr| serve(addr, timing::gives_a_reply_up_at_a_signal, ending))],
            caught_by: &["deadlines::a_signal_is_no_reason_to_give_up_a_reply"],
            says: "a client is given up that has time left",
        },
        Wrong {
            name: "writes_again_with_all_the_time",
            roles: &[("server", |addr| {
                serve(addr, timing::writes_again_with_all_the_time, ending)
            })],
            caught_by: &["deadlines::by_its_timeouts::what_is_left_for_a_reply_becomes_less"],
            says: "a call may wait as long as if nothing had passed",
        },
        Wrong {
            name: "reads_again_with_all_the_time",
            roles: &[("server", |addr| serve(addr, timing::reads_again_with_all_the_time, ending))],
            caught_by: &["deadlines::by_its_timeouts::what_is_left_for_a_message_becomes_less"],
            says: "a call may wait as long as if nothing had passed",
        },
        Wrong {
            name: "waits_for_small_writes",
            roles: &[("server", |addr| serve(addr, timing::waits_for_small_writes, ending))],
            caught_by: &["deadlines::a_client_that_does_not_read_small_replies_is_given_up"],
            says: "a write waits too",
        },
        Wrong {
            name: "repeats_with_the_old_timeout",
            roles: &[("server", |addr| serve(addr, timing::repeats_with_the_old_timeout, ending))],
            caught_by: &["deadlines::a_signal_gives_nobody_more_time"],
            says: "is repeated with all the time",
        },
        Wrong {
            name: "gives_up_at_the_third_signal",
            roles: &[("server", |addr| serve(addr, timing::gives_up_at_the_third_signal, ending))],
            caught_by: &["deadlines::a_signal_is_no_reason_to_give_up"],
            says: "a client is given up that has time left",
        },
        Wrong {
            name: "takes_silence_after_two_for_the_end",
            roles: &[("server", |addr| {
                serve(addr, timing::takes_silence_after_two_for_the_end, ending)
            })],
            caught_by: &["deadlines::a_client_that_falls_silent_after_an_exchange_is_given_up"],
            says: "a deadline that has passed is logged as `gave up`",
        },
        Wrong {
            name: "makes_a_millisecond_of_nothing",
            roles: &[("server", |addr| {
                serve(addr, timing::makes_a_millisecond_of_nothing, ending)
            })],
            caught_by: &["deadlines::with_a_patience_of_zero_no_message_comes_in_time"],
            says: "where nothing is left, there is no call to make",
        },
        Wrong {
            name: "counts_whole_milliseconds",
            roles: &[("server", |addr| serve(addr, timing::counts_whole_milliseconds, ending))],
            caught_by: &["deadlines::a_patience_gives_up_at_once::case_2_of_a_millisecond"],
            says: "where nothing is left from the start, that is told",
        },
        Wrong {
            name: "spins_until_there_is_room",
            roles: &[("server", |addr| serve(addr, timing::spins_until_there_is_room, ending))],
            caught_by: &["deadlines::by_its_timeouts::what_is_left_for_a_reply_becomes_less"],
            says: "asks again and again",
        },
        Wrong {
            name: "keeps_whom_it_gave_up",
            roles: &[("server", |addr| serve(addr, timing::keeps_whom_it_gave_up, ending))],
            caught_by: &["deadlines::nothing_is_kept_of_clients_that_stay_when_they_were_given_up"],
            says: "something of a client that was given up is kept",
        },
        Wrong {
            name: "lingers_for_whom_it_gave_up",
            roles: &[("server", |addr| serve(addr, timing::lingers_for_whom_it_gave_up, ending))],
            caught_by: &["deadlines::nothing_is_kept_of_clients_that_stay_when_they_were_given_up"],
            says: "something of a client that was given up is kept",
        },
        Wrong {
            name: "keeps_the_replies",
            roles: &[("server", |addr| serve(addr, timing::keeps_the_replies, ending))],
            caught_by: &["deadlines::a_client_that_does_not_read_cannot_send_without_end"],
            says: "messages are read while the replies to those before",
        },
        Wrong {
            name: "prints_whom_it_gave_up",
            roles: &[("server", timing::prints_whom_it_gave_up)],
            caught_by: &["deadlines::a_client_is_given_up_when_nobody_reads_the_log"],
            says: "`println!` panics when nobody reads its output",
        },
        Wrong {
            name: "client_tells_a_refusal_as_a_deadline",
            roles: &[("client", |addr| ask(addr, tells_every_error_as_a_deadline))],
            caught_by: &["a_client_that_is_refused_says_so"],
            says: "an error of `connect` that is no deadline",
        },
        Wrong {
            name: "client_hands_on_would_block",
            roles: &[("client", |addr| ask(addr, hands_on_would_block)), ("deaf", deaf::run)],
            caught_by: &["a_client_gives_up_on_the_deaf_server"],
            says: "whatever the system calls it",
        },
        Wrong {
            name: "client_waits_for_ever",
            roles: &[("client", |addr| ask(addr, waits_for_ever)), ("deaf", deaf::run)],
            caught_by: &[
                "a_client_gives_up_on_the_deaf_server",
                "a_server_that_falls_silent_is_given_up::case_1_before_its_first_byte",
            ],
            says: "the client waits for its server without a deadline",
        },
        Wrong {
            name: "client_has_a_deadline_for_each_read",
            roles: &[("client", |addr| ask(addr, waits_for_each_byte))],
            caught_by: &["a_server_that_drips_is_given_up"],
            says: "the deadline is for one read",
        },
        Wrong {
            name: "client_connects_without_a_deadline",
            roles: &[("client", |addr| ask(addr, connects_without_a_deadline))],
            caught_by: &["a_server_that_lets_nobody_in_is_given_up"],
            says: "`connect` waits without a deadline",
        },
        Wrong {
            name: "client_takes_numbers_only",
            roles: &[("server", starter::run), ("client", |addr| ask(addr, takes_numbers_only))],
            caught_by: &["a_client_tries_each_address_of_a_name"],
            says: "a name has to be looked up",
        },
        Wrong {
            name: "client_takes_its_patience_for_the_end",
            roles: &[("client", takes_its_patience_for_the_end)],
            caught_by: &["a_server_that_falls_silent_is_given_up::case_1_before_its_first_byte"],
            says: "your client has ended with status 0",
        },
        Wrong {
            name: "client_keeps_its_connection",
            roles: &[("client", keeps_its_connection)],
            caught_by: &[
                "conversation::the_client_sends_every_line_and_shows_every_reply::case_2_two",
            ],
            says: "one is for one message",
        },
    ],
};

/// How a conversation is had.
type Conversation = fn(&TcpStream, SocketAddr) -> io::Result<()>;

/// The server, with another way to talk to its clients, or other words for how that ends.
fn serve(addr: &str, converse: Conversation, ending: fn(&io::Error) -> &'static str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        log!("connected {peer}");
        match converse(&stream, peer) {
            Ok(()) => log!("finished {peer}"),
            Err(error) => log!("{} {peer}: {error}", ending(&error)),
        }
    }
}

fn ending(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "gave up",
        ErrorKind::UnexpectedEof => "cut",
        ErrorKind::InvalidData => "refused",
        _ => "vanished",
    }
}

/// A right conversation.
fn converse(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let deadline = || Deadline::after(server_patience());
    while answer(&mut Timed { stream, deadline: deadline() }, stream, peer, deadline)? {}
    Ok(())
}

/// Reads one message in some way, and writes its reply in time. Whether there was one.
fn answer(
    mut reader: impl Read,
    stream: &TcpStream,
    peer: SocketAddr,
    deadline: impl Fn() -> Deadline,
) -> io::Result<bool> {
    let Some(message) = read_frame(&mut reader, MAX_MESSAGE)? else { return Ok(false) };
    log!("message {peer} {message:?}");
    write_frame(&mut Timed { stream, deadline: deadline() }, &message.to_uppercase())?;
    Ok(true)
}

/// Reads each message in the same way.
fn read_by<R: Read>(
    stream: &TcpStream,
    peer: SocketAddr,
    reader: impl Fn() -> io::Result<R>,
) -> io::Result<()> {
    let deadline = || Deadline::after(server_patience());
    while answer(reader()?, stream, peer, deadline)? {}
    Ok(())
}

fn deadline_for_each_read(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    stream.set_read_timeout(Some(server_patience().max(Duration::from_millis(1))))?;
    read_by(stream, peer, || Ok(stream))
}

/// The length has a deadline, and the text has none.
fn deadline_for_each_half(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || {
        let mut length = [0; 4];
        let mut timed = Timed { stream, deadline: Deadline::after(server_patience()) };
        let read = timed.read(&mut length[..1])?;
        if read > 0 {
            timed.read_exact(&mut length[1..])?;
        }
        stream.set_read_timeout(None)?;
        Ok(io::Cursor::new(length).take(4 * read as u64).chain(stream))
    })
}

fn one_deadline_for_all(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let deadline = Deadline::after(server_patience());
    while answer(Timed { stream, deadline }, stream, peer, || deadline)? {}
    Ok(())
}

fn one_deadline_for_both(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    loop {
        let deadline = Deadline::after(server_patience());
        if !answer(Timed { stream, deadline }, stream, peer, || deadline)? {
            return Ok(());
        }
    }
}

/// Each read waits as long as all of them may, and then it is asked whether that was too long.
struct Afterwards<'a>(&'a TcpStream, Instant);

impl Read for Afterwards<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        if Instant::now() > self.1 { Err(ErrorKind::TimedOut.into()) } else { Ok(length) }
    }
}

fn looks_at_the_clock_afterwards(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    stream.set_read_timeout(Some(server_patience().max(Duration::from_millis(1))))?;
    read_by(stream, peer, || Ok(Afterwards(stream, Instant::now() + server_patience())))
}

fn begins_with_the_first_byte(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || {
        stream.set_read_timeout(None)?;
        stream.peek(&mut [0])?;
        Ok(Timed { stream, deadline: Deadline::after(server_patience()) })
    })
}

fn ends_with_the_first_byte(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || {
        let mut first = [0];
        let mut timed = Timed { stream, deadline: Deadline::after(server_patience()) };
        let read = timed.read(&mut first)?;
        stream.set_read_timeout(None)?;
        Ok(io::Cursor::new(first).take(read as u64).chain(stream))
    })
}

fn writes_without_a_deadline(mut stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    loop {
        let mut timed = Timed { stream, deadline: Deadline::after(server_patience()) };
        let Some(message) = read_frame(&mut timed, MAX_MESSAGE)? else { return Ok(()) };
        log!("message {peer} {message:?}");
        write_frame(&mut stream, &message.to_uppercase())?;
    }
}

fn finishes(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if ending(&error) == "gave up" { Ok(()) } else { Err(error) })
}

/// What is left until a deadline, as it comes.
struct AsItComes<'a> {
    stream: &'a TcpStream,
    since: Instant,
    left: fn(Instant) -> Duration,
}

impl Read for AsItComes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some((self.left)(self.since)))?;
        self.stream.read(buffer)
    }
}

fn asks_for_a_timeout_of_zero(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let left = |since: Instant| server_patience().saturating_sub(since.elapsed());
    read_by(stream, peer, || Ok(AsItComes { stream, since: Instant::now(), left }))
}

#[allow(clippy::unchecked_time_subtraction, reason = "that is what is wrong")]
fn subtracts_more_than_is_left(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let left = |since: Instant| server_patience() - since.elapsed();
    read_by(stream, peer, || Ok(AsItComes { stream, since: Instant::now(), left }))
}

fn ends_when_a_deadline_passes(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        log!("connected {peer}");
        let result = converse(&stream, peer);
        match &result {
            Ok(()) => log!("finished {peer}"),
            Err(error) => log!("{} {peer}: {error}", ending(error)),
        }
        result.with_context(|| format!("cannot serve {peer}"))?;
    }
}

/// Hands on `Interrupted` as an error of another kind.
struct Fragile<'a>(Timed<'a>);

impl Read for Fragile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            ErrorKind::Interrupted => io::Error::other("interrupted"),
            _ => error,
        })
    }
}

fn gives_up_at_a_signal(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let deadline = || Deadline::after(server_patience());
    read_by(stream, peer, || Ok(Fragile(Timed { stream, deadline: deadline() })))
}

fn has_a_patience_of_its_own(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let deadline = || Deadline::after(Duration::from_secs(1));
    while answer(Timed { stream, deadline: deadline() }, stream, peer, deadline)? {}
    Ok(())
}

/// Asks without waiting, until the deadline has passed.
struct Polls<'a>(&'a TcpStream, Instant);

impl Read for Polls<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.0.set_nonblocking(true)?;
            let read = self.0.read(buffer);
            self.0.set_nonblocking(false)?;
            let waits = read.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
            if !waits || Instant::now() > self.1 {
                return read;
            }
        }
    }
}

fn polls_until_the_deadline(stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    read_by(stream, peer, || Ok(Polls(stream, Instant::now() + server_patience())))
}

/// A thread for each client ends its connection when the time is over, and sleeps until then.
fn keeps_a_watch_for_each_client(mut stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    let watched = stream.try_clone()?;
    thread::spawn(move || {
        thread::sleep(server_patience());
        watched.shutdown(Shutdown::Both)
    });
    while let Some(message) = read_frame(&mut stream, MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        write_frame(&mut stream, &message.to_uppercase())?;
    }
    Ok(())
}

// Clients.

/// The client, with another way to have a message answered.
fn ask(addr: &str, exchange: fn(&str, &str) -> Result<Option<String>>) -> Result<()> {
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        let reply = exchange(addr, &message).with_context(|| format!("no reply from {addr}"))?;
        console.reply(&reply.with_context(|| format!("{addr} closed the connection"))?)?;
    }
    Ok(())
}

fn waits_for_ever(addr: &str, message: &str) -> Result<Option<String>> {
    let mut stream = TcpStream::connect(addr)?;
    write_frame(&mut stream, message)?;
    Ok(read_frame(&mut stream, MAX_REPLY)?)
}

fn waits_for_each_byte(addr: &str, message: &str) -> Result<Option<String>> {
    let mut stream = timed::connect(addr, Deadline::after(client_patience()))?;
    stream.set_read_timeout(Some(client_patience()))?;
    write_frame(&mut stream, message)?;
    Ok(read_frame(&mut stream, MAX_REPLY)?)
}

fn in_time(stream: &TcpStream, message: &str) -> Result<Option<String>> {
    let mut timed = Timed { stream, deadline: Deadline::after(client_patience()) };
    write_frame(&mut timed, message)?;
    Ok(read_frame(&mut timed, MAX_REPLY)?)
}

fn connects_without_a_deadline(addr: &str, message: &str) -> Result<Option<String>> {
    in_time(&TcpStream::connect(addr)?, message)
}

fn takes_numbers_only(addr: &str, message: &str) -> Result<Option<String>> {
    in_time(&TcpStream::connect_timeout(&addr.parse()?, client_patience())?, message)
}

fn tells_every_error_as_a_deadline(addr: &str, message: &str) -> Result<Option<String>> {
    let patience = client_patience();
    let stream = timed::connect(addr, Deadline::after(patience));
    in_time(&stream.ok().with_context(|| format!("not within {patience:?}"))?, message)
}

fn hands_on_would_block(addr: &str, message: &str) -> Result<Option<String>> {
    let mut stream = timed::connect(addr, Deadline::after(client_patience()))?;
    stream.set_read_timeout(Some(client_patience()))?;
    write_frame(&mut stream, message)?;
    Ok(read_frame(&mut stream, MAX_REPLY)?)
}

fn takes_its_patience_for_the_end(addr: &str) -> Result<()> {
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        let stream = timed::connect(addr, Deadline::after(client_patience()))?;
        let Ok(Some(reply)) = in_time(&stream, &message) else { break };
        console.reply(&reply)?;
    }
    Ok(())
}

fn keeps_its_connection(addr: &str) -> Result<()> {
    let stream = timed::connect(addr, Deadline::after(client_patience()))?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        let reply = in_time(&stream, &message).with_context(|| format!("no reply from {addr}"))?;
        console.reply(&reply.with_context(|| format!("{addr} closed the connection"))?)?;
    }
    Ok(())
}
