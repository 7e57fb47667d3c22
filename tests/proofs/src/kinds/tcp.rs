//! A service over TCP, and a client of it, each wrong in one way.

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cli::{Console, MAX_MESSAGE, MAX_REPLY, log};
use course::{Connections, LABS, Lab, Unit};

use super::{Kind, kind};
use crate::NAME;
use crate::frame::{read_frame, write_frame};
use crate::lines::write_line;

/// What is wrong with a server.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    ListensEverywhere,
    ListensOnLoopbackWhateverIsAsked,
    ListensOnAPortOfItsOwn,
    ServesOnly(usize),
    TurnsAwayOtherHosts,
    PollsAccept,
    PollsRead,
    PollsReadEachMillisecond,
    EndsAfterFailures(usize),
    HangsUpAfter(u64),
    EndsAt(&'static str),
    LeavesAt(&'static str),
    IsDeafToLength(usize),
    SkipsWhiteSpace,
    SkipsRepeats,
    AnswersRepeatsTwice,
    StopsAtZero,
    JoinsBlanks,
    TrimsMessages,
    KnowsOnlyAscii,
    LogsTheReply,
    LogsNoQuotes,
    LogsConnectedTwice,
    LogsConnectedLate,
    LogsFinishedTwice,
    LogsFinishedFirst,
    LogsWithAWordBefore,
    LogsTheHostOnly,
    LogsMessagesTwice,
    KeepsAStream,
    KeepsAThread,
    KeepsMemory,
    KeepsEveryMessage,
    KeepsStack,
    EndsAfterMessages(usize),
    KeepsAStreamForEachMessage,
    AnswersInPieces,
    PrintsFinished,
    PrintsFailures,
    TellsTheFirstFailureOnly,
    KnowsOnlyEmfile,
    PausesOnlyForEmfile,
    PausesLongerEachTime,
    EndsIfTheFirstAcceptFails,
    MakesLineEndsOne,
    GivesUpWritingAfter(u64),
    RestsAfterEach(u64),
    QueuesOnly(usize),
    LogsFinishedOfTheLatest,
    KeepsStackForEachMessage,
    LogsFinishedWithAReason,
    RefusesReplacements,
    ListensInOtherWords,
}

#[allow(
    clippy::enum_glob_use,
    reason = "a row of the tables below has room for a fault's name only"
)]
use Fault::*;

const CONVERSATIONS: &[&str] =
    &["lab02", "lab03", "lab04", "lab05", "lab09", "lab10", "lab11", "lab12"];
const SERVICES: &[&str] = &["lab03", "lab04", "lab05", "lab09", "lab10", "lab11", "lab12"];
/// Those where everybody has all the time in the world.
const PATIENT: &[&str] = &["lab02", "lab03", "lab04", "lab05", "lab09"];
/// Those where one read is taken for one message.
const BY_READS: &[&str] = &["lab02", "lab03", "lab04", "lab05"];

macro_rules! server {
    ($name:literal, $labs:expr, $fault:expr, $check:literal, $says:literal) => {
        kind!($name, $labs, &[("server", |addr| run(addr, $fault))], $check, $says)
    };
}

pub const SERVERS: &[Kind] = &[
    server!(
        "tcp_listens_everywhere",
        CONVERSATIONS,
        ListensEverywhere,
        "command_line::the_listener_is_where_it_is_told_and_nowhere_else",
        "another address is bound than the one that is"
    ),
    server!(
        "tcp_listens_on_loopback_whatever_is_asked",
        CONVERSATIONS,
        ListensOnLoopbackWhateverIsAsked,
        "command_line::the_listener_is_on_another_address_if_it_is_told",
        "another address is bound than the one that is"
    ),
    server!(
        "tcp_listens_on_a_port_of_its_own",
        CONVERSATIONS,
        ListensOnAPortOfItsOwn,
        "command_line::the_listener_names_an_address_in_use",
        "the address that is given is not the one that"
    ),
    server!(
        "tcp_serves_64_clients",
        SERVICES,
        ServesOnly(64),
        "service::hundreds_of_clients_leave_nothing_behind",
        "the service ends, or goes deaf, after some"
    ),
    server!(
        "tcp_serves_300_clients",
        SERVICES,
        ServesOnly(300),
        "service::hundreds_of_clients_leave_nothing_behind",
        "the service ends, or goes deaf, after some"
    ),
    server!(
        "tcp_turns_away_other_hosts",
        SERVICES,
        TurnsAwayOtherHosts,
        "service::a_client_may_come_from_another_host",
        "what a client gets depends on the host it"
    ),
    server!(
        "tcp_polls_accept",
        CONVERSATIONS,
        PollsAccept,
        "waiting::a_listener_that_nobody_talks_to_is_idle",
        "your server asks again and again for what it"
    ),
    server!(
        "tcp_polls_read",
        CONVERSATIONS,
        PollsRead,
        "waiting::a_listener_is_idle_while_a_silent_client_is_there",
        "your server asks again and again for what it"
    ),
    server!(
        "tcp_polls_read_between_messages",
        CONVERSATIONS,
        PollsRead,
        "conversation::the_server_is_idle_between_two_messages",
        "your server asks again and again for what it"
    ),
    server!(
        "tcp_polls_read_each_millisecond",
        CONVERSATIONS,
        PollsReadEachMillisecond,
        "waiting::a_listener_is_idle_while_a_silent_client_is_there",
        "asks again and again"
    ),
    server!(
        "tcp_serves_500_clients",
        SERVICES,
        ServesOnly(500),
        "service::hundreds_of_clients_leave_nothing_behind",
        "the service ends, or goes deaf, after some"
    ),
    server!(
        "tcp_keeps_every_message",
        SERVICES,
        KeepsEveryMessage,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept"
    ),
    server!(
        "tcp_ends_after_ten_failures",
        SERVICES,
        EndsAfterFailures(10),
        "accept::accepting_may_fail_for_a_while_and_again",
        "error: cannot accept"
    ),
    server!(
        "tcp_tells_the_first_failure_only",
        SERVICES,
        TellsTheFirstFailureOnly,
        "accept::accepting_may_fail_for_a_while_and_again",
        "is logged the first time only"
    ),
    server!(
        "tcp_knows_only_emfile",
        SERVICES,
        KnowsOnlyEmfile,
        "accept::an_accept_may_fail_in_any_way",
        "an error of `accept` ends the server"
    ),
    server!(
        "tcp_pauses_only_for_emfile",
        SERVICES,
        PausesOnlyForEmfile,
        "accept::an_accept_may_fail_in_any_way",
        "does not pause after this error of `accept`"
    ),
    server!(
        "tcp_pauses_longer_each_time",
        SERVICES,
        PausesLongerEachTime,
        "accept::accepting_may_fail_for_a_while_and_again",
        "the pause grows with each failure"
    ),
    server!(
        "tcp_ends_if_the_first_accept_fails",
        SERVICES,
        EndsIfTheFirstAcceptFails,
        "accept::accepting_may_fail_before_anybody_has_come",
        "an error of `accept` ends the server"
    ),
    server!(
        "tcp_makes_line_ends_one",
        CONVERSATIONS,
        MakesLineEndsOne,
        "conversation::the_server_answers_a_foreign_client_to_the_byte::case_3_with_carriage_returns",
        "the reply is not the message in upper case:"
    ),
    server!(
        "tcp_prints_failures",
        SERVICES,
        PrintsFailures,
        "accept::a_failing_accept_is_survived_when_nobody_reads_the_log",
        "`println!` panics when nobody reads its"
    ),
    server!(
        "tcp_prints_finished",
        SERVICES,
        PrintsFinished,
        "service::clients_are_served_when_nobody_reads_the_log",
        "`println!` panics when nobody reads its"
    ),
    server!(
        "tcp_answers_in_pieces",
        BY_READS,
        AnswersInPieces,
        "conversation::the_server_answers_long_messages::case_1_of_1024_bytes",
        "it is sent in several writes"
    ),
    server!(
        "tcp_hangs_up_after_5_s",
        PATIENT,
        HangsUpAfter(5_000),
        "patience::a_client_may_think_for_longer_than_any_timeout",
        "silence is taken for the end: a read has a"
    ),
    server!(
        "tcp_gives_up_writing_after_1_s",
        PATIENT,
        GivesUpWritingAfter(1_000),
        "patience::a_client_may_read_late",
        "a client that reads late is given up"
    ),
    server!(
        "tcp_ends_after_1000_messages",
        CONVERSATIONS,
        EndsAfterMessages(1_000),
        "conversation::a_conversation_may_have_a_thousand_messages",
        "after some number of messages"
    ),
    server!(
        "tcp_keeps_a_stream_for_each_message",
        CONVERSATIONS,
        KeepsAStreamForEachMessage,
        "conversation::a_conversation_may_have_a_thousand_messages",
        "something of each message is kept"
    ),
    server!(
        "tcp_keeps_stack_for_each_message",
        CONVERSATIONS,
        KeepsStackForEachMessage,
        "conversation::a_conversation_may_have_a_thousand_messages",
        "something of each message is kept"
    ),
    server!(
        "tcp_logs_finished_with_a_reason",
        SERVICES,
        LogsFinishedWithAReason,
        "service::a_client_may_come_from_another_host",
        "a line that begins with a word of the log must"
    ),
    server!(
        "tcp_refuses_the_replacement_character",
        CONVERSATIONS,
        RefusesReplacements,
        "conversation::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "tcp_listens_in_other_words",
        CONVERSATIONS,
        ListensInOtherWords,
        "waiting::a_listener_that_nobody_talks_to_is_idle",
        "the line is `listening on ADDRESS` and nothing"
    ),
    server!(
        "tcp_queues_only_16",
        SERVICES,
        QueuesOnly(16),
        "service::clients_that_come_at_once_are_all_served",
        "of many clients at once some are turned away"
    ),
    server!(
        "tcp_logs_finished_of_the_latest",
        SERVICES,
        LogsFinishedOfTheLatest,
        "service::clients_that_come_at_once_are_all_served",
        "finished 127.0.0.1"
    ),
    server!(
        "tcp_rests_after_each",
        &["lab03"],
        RestsAfterEach(100),
        "service::hundreds_of_clients_leave_nothing_behind",
        "each client costs time in which nothing is"
    ),
    server!(
        "tcp_keeps_stack",
        SERVICES,
        KeepsStack,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
    server!(
        "tcp_hangs_up_after_50_ms",
        CONVERSATIONS,
        HangsUpAfter(50),
        "waiting::a_client_may_think_before_its_first_message",
        "it does not wait for a message: a read has a"
    ),
    server!(
        "tcp_hangs_up_after_2_s",
        CONVERSATIONS,
        HangsUpAfter(2_000),
        "conversation::a_client_may_think_between_two_messages",
        "silence is taken for the end: a read has a"
    ),
    server!(
        "tcp_ends_at_bye",
        CONVERSATIONS,
        EndsAt("bye"),
        "conversation::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "tcp_leaves_at_quit",
        CONVERSATIONS,
        LeavesAt("quit"),
        "conversation::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "tcp_is_deaf_to_100_bytes",
        CONVERSATIONS,
        IsDeafToLength(100),
        "conversation::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "tcp_is_deaf_to_512_bytes",
        CONVERSATIONS,
        IsDeafToLength(512),
        "conversation::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "tcp_skips_white_space",
        CONVERSATIONS,
        SkipsWhiteSpace,
        "conversation::the_server_answers_a_foreign_client_to_the_byte::case_1_white_space",
        "some message is taken for something else than"
    ),
    server!(
        "tcp_skips_repeats",
        CONVERSATIONS,
        SkipsRepeats,
        "conversation::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "tcp_answers_repeats_twice",
        BY_READS,
        AnswersRepeatsTwice,
        "conversation::the_server_answers_whatever_the_message_is",
        "the same was sent, or shown, twice"
    ),
    server!(
        "tcp_stops_at_a_zero_byte",
        CONVERSATIONS,
        StopsAtZero,
        "conversation::the_server_answers_whatever_the_message_is",
        "the reply is not the message in upper case:"
    ),
    server!(
        "tcp_joins_blanks",
        CONVERSATIONS,
        JoinsBlanks,
        "conversation::the_server_answers_whatever_the_message_is",
        "the reply is not the message in upper case:"
    ),
    server!(
        "tcp_trims_messages",
        CONVERSATIONS,
        TrimsMessages,
        "conversation::the_server_answers_a_foreign_client_to_the_byte::case_2_with_a_newline",
        "the reply is not the message in upper case:"
    ),
    server!(
        "tcp_knows_only_ascii",
        CONVERSATIONS,
        KnowsOnlyAscii,
        "conversation::the_server_answers_whatever_the_message_is",
        "not every letter is in upper case:"
    ),
    server!(
        "tcp_logs_the_reply",
        CONVERSATIONS,
        LogsTheReply,
        "conversation::the_server_answers_whatever_the_message_is",
        "a message is logged with another text than it"
    ),
    server!(
        "tcp_logs_no_quotes",
        CONVERSATIONS,
        LogsNoQuotes,
        "conversation::the_server_answers_whatever_the_message_is",
        "the text of a message is logged without quotes"
    ),
    server!(
        "tcp_logs_connected_twice",
        CONVERSATIONS,
        LogsConnectedTwice,
        "conversation::a_client_may_think_between_two_messages",
        "is logged more often than it happened"
    ),
    server!(
        "tcp_logs_connected_late",
        CONVERSATIONS,
        LogsConnectedLate,
        "waiting::a_listener_is_idle_while_a_silent_client_is_there",
        "only when it has spoken"
    ),
    server!(
        "tcp_logs_finished_twice",
        SERVICES,
        LogsFinishedTwice,
        "service::a_client_may_come_from_another_host",
        "is logged more often than it happened"
    ),
    server!(
        "tcp_logs_finished_first",
        SERVICES,
        LogsFinishedFirst,
        "service::a_client_may_come_from_another_host",
        "the events of this client are logged in"
    ),
    server!(
        "tcp_logs_with_a_word_before",
        CONVERSATIONS,
        LogsWithAWordBefore,
        "conversation::a_client_may_think_between_two_messages",
        "in words of its own"
    ),
    server!(
        "tcp_logs_the_host_only",
        CONVERSATIONS,
        LogsTheHostOnly,
        "conversation::a_client_may_think_between_two_messages",
        "a line that begins with a word of the log"
    ),
    server!(
        "tcp_logs_messages_twice",
        CONVERSATIONS,
        LogsMessagesTwice,
        "conversation::a_client_may_think_between_two_messages",
        "is logged more often than it happened"
    ),
    server!(
        "tcp_keeps_a_stream",
        SERVICES,
        KeepsAStream,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
    server!(
        "tcp_keeps_a_thread",
        SERVICES,
        KeepsAThread,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
    server!(
        "tcp_keeps_memory",
        SERVICES,
        KeepsMemory,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
];

/// A server with nothing wrong: what the others are made of.
pub fn right_server(addr: &str) -> Result<()> {
    run(addr, Nothing)
}

/// A listener, and the address that it says it has.
fn listen(addr: &str, fault: Fault) -> Result<(TcpListener, String)> {
    let port = addr.rsplit_once(':').map_or("0", |(_, port)| port);
    let bound = match fault {
        ListensEverywhere => format!("0.0.0.0:{port}"),
        ListensOnLoopbackWhateverIsAsked => format!("127.0.0.1:{port}"),
        ListensOnAPortOfItsOwn => addr.replace(port, "0"),
        _ => addr.to_owned(),
    };
    let listener = TcpListener::bind(&bound).with_context(|| format!("cannot listen on {addr}"))?;
    let shown = listener.local_addr()?.to_string().replace("0.0.0.0", "127.0.0.1");
    Ok((listener, shown))
}

fn run(addr: &str, fault: Fault) -> Result<()> {
    let (listener, shown) = listen(addr, fault)?;
    match fault {
        ListensInOtherWords => log!("listening on {shown}, one client at a time"),
        _ => log!("listening on {shown}"),
    }
    let mut failures = 0;
    for count in 0.. {
        if fault == ServesOnly(count) {
            return Ok(());
        }
        let (stream, peer) = match accept(&listener, fault) {
            Ok(client) => client,
            Err(error) => {
                failures += 1;
                if fault == EndsIfTheFirstAcceptFails && count == 0 {
                    return Err(error).with_context(|| format!("cannot accept on {addr}"));
                }
                survive(addr, error, failures, fault)?;
                continue;
            }
        };
        if fault == TurnsAwayOtherHosts && peer.ip() != listener.local_addr()?.ip() {
            continue;
        }
        keep_what_one_need_not(&stream, fault);
        greet(peer, fault);
        let goes_on = match fault {
            QueuesOnly(most) => queue(stream, peer, most),
            LogsFinishedOfTheLatest => thread_for(stream, peer),
            KeepsStack => serve_deeper(&listener, stream, peer),
            _ => serve(stream, peer, fault),
        };
        if !goes_on {
            return Ok(());
        }
    }
    Ok(())
}

/// Tells that accept has failed, and pauses.
fn survive(addr: &str, error: std::io::Error, failures: usize, fault: Fault) -> Result<()> {
    let is_fatal = fault == EndsAfterFailures(failures)
        || fault == KnowsOnlyEmfile && error.kind() == ErrorKind::WouldBlock;
    if is_fatal {
        return Err(error).with_context(|| format!("cannot accept on {addr}"));
    }
    match fault {
        PrintsFailures => println!("cannot accept on {addr}: {error}"),
        TellsTheFirstFailureOnly if TOLD.swap(true, Ordering::Relaxed) => {}
        _ => log!("cannot accept on {addr}: {error}"),
    }
    let pause = match fault {
        PausesOnlyForEmfile if error.kind() == ErrorKind::WouldBlock => 0,
        PausesLongerEachTime => 50 << failures.min(10),
        _ => 100,
    };
    thread::sleep(Duration::from_millis(pause));
    Ok(())
}

static TOLD: AtomicBool = AtomicBool::new(false);

/// Talks to one client, and logs what became of it. Says whether the next may come.
fn serve(stream: TcpStream, peer: SocketAddr, fault: Fault) -> bool {
    let goes_on = converse(stream, peer, fault).unwrap_or_else(|error| {
        log!("vanished {peer}: {error}");
        true
    });
    if let RestsAfterEach(time) = fault {
        thread::sleep(Duration::from_millis(time));
    }
    goes_on
}

/// Has another thread talk to them, one after another. So many may wait for it.
fn queue(stream: TcpStream, peer: SocketAddr, most: usize) -> bool {
    static QUEUE: OnceLock<SyncSender<(TcpStream, SocketAddr)>> = OnceLock::new();
    let queue = QUEUE.get_or_init(|| {
        let (sender, receiver) = sync_channel(most);
        thread::spawn(move || {
            for (stream, peer) in receiver {
                serve(stream, peer, Nothing);
            }
        });
        sender
    });
    // Who finds no room is turned away.
    drop(queue.try_send((stream, peer)));
    true
}

/// Gives each a thread of its own. Who leaves is called by the name of whoever came last.
fn thread_for(stream: TcpStream, peer: SocketAddr) -> bool {
    static LATEST: Mutex<Option<SocketAddr>> = Mutex::new(None);
    let latest = || LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    *latest() = Some(peer);
    thread::spawn(move || {
        if let Ok(peer) = answer_until_zero(stream, peer) {
            log!("finished {}", latest().unwrap_or(peer));
        }
    });
    true
}

fn answer_until_zero(mut stream: TcpStream, peer: SocketAddr) -> Result<SocketAddr> {
    let mut buffer = [0; MAX_MESSAGE];
    loop {
        let length = read_message(&mut stream, &mut buffer)?;
        if length == 0 {
            return Ok(peer);
        }
        let message = str::from_utf8(&buffer[..length])?;
        log!("message {peer} {message:?}");
        write_message(&mut stream, &message.to_uppercase())?;
    }
}

/// Serves the next client in a call of its own, from which it never returns.
fn serve_deeper(listener: &TcpListener, stream: TcpStream, peer: SocketAddr) -> bool {
    let goes_on = serve(stream, peer, Nothing);
    match listener.accept() {
        Ok((stream, peer)) => {
            log!("connected {peer}");
            goes_on && serve_deeper(listener, stream, peer)
        }
        Err(_) => goes_on,
    }
}

fn accept(listener: &TcpListener, fault: Fault) -> std::io::Result<(TcpStream, SocketAddr)> {
    if fault == PollsAccept {
        listener.set_nonblocking(true)?;
    }
    loop {
        match listener.accept() {
            Err(error) if error.kind() == ErrorKind::WouldBlock && fault == PollsAccept => {}
            Ok((stream, peer)) => {
                stream.set_nonblocking(polls_read(fault))?;
                if let HangsUpAfter(patience) = fault {
                    stream.set_read_timeout(Some(Duration::from_millis(patience)))?;
                }
                if let GivesUpWritingAfter(patience) = fault {
                    stream.set_write_timeout(Some(Duration::from_millis(patience)))?;
                }
                return Ok((stream, peer));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The next message, and how many bytes it has: what one read brings, or the text of a frame. 0 at the end
/// of the stream.
fn read_message(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<usize> {
    if unit() == Unit::Read {
        return stream.read(buffer);
    }
    let text = read_frame(stream, buffer.len())?.unwrap_or_default();
    buffer[..text.len()].copy_from_slice(text.as_bytes());
    Ok(text.len())
}

fn write_message(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    match unit() {
        Unit::Read => stream.write_all(text.as_bytes()),
        // To write nothing is to write no frame.
        Unit::Frame if text.is_empty() => Ok(()),
        Unit::Frame => write_frame(stream, text),
        Unit::Line => write_line(stream, text),
    }
}

/// What a message is in the lab whose program is played.
fn unit() -> Unit {
    row().map_or(Unit::Read, |row| row.unit)
}

/// The row of that lab.
fn row() -> Option<&'static Lab> {
    let asked = env::var(NAME).unwrap_or_default();
    let lab = asked.split('/').next();
    LABS.iter().find(|row| Some(row.name) == lab)
}

/// The next message, however that is waited for.
fn read(stream: &mut TcpStream, buffer: &mut [u8], fault: Fault) -> std::io::Result<usize> {
    loop {
        match read_message(stream, buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && polls_read(fault) => {
                thread::sleep(Duration::from_millis(u64::from(fault == PollsReadEachMillisecond)));
            }
            length => return length,
        }
    }
}

fn polls_read(fault: Fault) -> bool {
    matches!(fault, PollsRead | PollsReadEachMillisecond)
}

fn keep_what_one_need_not(stream: &TcpStream, fault: Fault) {
    match fault {
        KeepsAStream => mem::forget(stream.try_clone()),
        KeepsAThread => drop(thread::spawn(thread::park)),
        KeepsMemory => mem::forget(vec![1_u8; 1 << 16]),
        _ => {}
    }
}

fn greet(peer: SocketAddr, fault: Fault) {
    match fault {
        LogsFinishedFirst => log!("finished {peer}"),
        LogsWithAWordBefore => log!("client connected {peer}"),
        LogsTheHostOnly => log!("connected {}", peer.ip()),
        LogsConnectedTwice => log!("connected {peer}"),
        _ => {}
    }
    if !matches!(fault, LogsWithAWordBefore | LogsTheHostOnly | LogsConnectedLate) {
        log!("connected {peer}");
    }
}

/// Talks to one client. Says whether the next may come.
fn converse(mut stream: TcpStream, peer: SocketAddr, fault: Fault) -> std::io::Result<bool> {
    if fault == KeepsStackForEachMessage {
        return answer_deeper(&mut stream, peer);
    }
    let mut buffer = [0; MAX_MESSAGE];
    let mut last = String::new();
    let mut messages = 0;
    loop {
        if fault == EndsAfterMessages(messages) {
            return Ok(true);
        }
        messages += 1;
        let length = match read(&mut stream, &mut buffer, fault) {
            // Silence is taken for the end.
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            length => length?,
        };
        if fault == LogsConnectedLate && last.is_empty() {
            log!("connected {peer}");
        }
        if length == 0 {
            if fault == LogsFinishedTwice {
                log!("finished {peer}");
            }
            match fault {
                PrintsFinished => println!("finished {peer}"),
                LogsFinishedWithAReason => log!("finished {peer}: end of stream"),
                _ => log!("finished {peer}"),
            }
            return Ok(true);
        }
        let is_right = |text: &&str| fault != RefusesReplacements || !text.contains('\u{fffd}');
        let Some(message) = str::from_utf8(&buffer[..length]).ok().filter(is_right) else {
            log!("refused {peer}: not UTF-8");
            return Ok(true);
        };
        match fault {
            EndsAt(word) if message == word => return Ok(false),
            LeavesAt(word) if message == word => return Ok(true),
            _ => {}
        }
        match fault {
            KeepsEveryMessage => mem::forget(message.to_owned()),
            KeepsAStreamForEachMessage => mem::forget(stream.try_clone()),
            _ => {}
        }
        note(message, peer, fault);
        let reply = reply(message, &last, fault);
        if fault == AnswersInPieces {
            reply.as_bytes().chunks(512).try_for_each(|piece| stream.write_all(piece))?;
        } else {
            write_message(&mut stream, &reply)?;
        }
        message.clone_into(&mut last);
    }
}

/// Answers the next message in a call of its own, from which it returns at the end of the stream.
fn answer_deeper(stream: &mut TcpStream, peer: SocketAddr) -> std::io::Result<bool> {
    let mut buffer = [0; MAX_MESSAGE];
    let length = read_message(stream, &mut buffer)?;
    if length == 0 {
        log!("finished {peer}");
        return Ok(true);
    }
    let message = String::from_utf8_lossy(&buffer[..length]);
    log!("message {peer} {message:?}");
    write_message(stream, &message.to_uppercase())?;
    answer_deeper(stream, peer)
}

fn note(message: &str, peer: SocketAddr, fault: Fault) {
    match fault {
        LogsTheReply => log!("message {peer} {:?}", message.to_uppercase()),
        LogsNoQuotes => log!("message {peer} {message}"),
        _ => log!("message {peer} {message:?}"),
    }
    if fault == LogsMessagesTwice {
        log!("message {peer} {message:?}");
    }
}

fn reply(message: &str, last: &str, fault: Fault) -> String {
    let repeated = message == last;
    match fault {
        IsDeafToLength(length) if message.len() == length => String::new(),
        SkipsWhiteSpace if message.trim().is_empty() => String::new(),
        SkipsRepeats if repeated => String::new(),
        AnswersRepeatsTwice if repeated => message.to_uppercase().repeat(2),
        StopsAtZero => message.split('\0').next().unwrap_or_default().to_uppercase(),
        JoinsBlanks => message.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase(),
        TrimsMessages => message.trim().to_uppercase(),
        MakesLineEndsOne => message.replace("\r\n", "\n").to_uppercase(),
        KnowsOnlyAscii => message.to_ascii_uppercase(),
        _ => message.to_uppercase(),
    }
}

macro_rules! once {
    ($name:literal, $fault:expr, $check:literal, $says:literal) => {
        kind!($name, &["lab01"], &[("server", |addr| once(addr, $fault))], $check, $says)
    };
}

/// The same mistakes in a server that answers one message and ends.
pub const ONCE: &[Kind] = &[
    once!(
        "tcp_listens_on_loopback_whatever_is_asked",
        ListensOnLoopbackWhateverIsAsked,
        "command_line::the_listener_is_on_another_address_if_it_is_told",
        "another address is bound than the one that is"
    ),
    once!(
        "tcp_listens_on_a_port_of_its_own",
        ListensOnAPortOfItsOwn,
        "command_line::the_listener_names_an_address_in_use",
        "the address that is given is not the one that"
    ),
    once!(
        "tcp_polls_accept",
        PollsAccept,
        "waiting::a_listener_that_nobody_talks_to_is_idle",
        "asks again and again"
    ),
    once!(
        "tcp_polls_read",
        PollsRead,
        "waiting::a_listener_is_idle_while_a_silent_client_is_there",
        "asks again and again"
    ),
    once!(
        "tcp_polls_read_each_millisecond",
        PollsReadEachMillisecond,
        "waiting::a_listener_is_idle_while_a_silent_client_is_there",
        "asks again and again"
    ),
    once!(
        "tcp_hangs_up_after_50_ms",
        HangsUpAfter(50),
        "waiting::a_client_may_think_before_its_first_message",
        "it does not wait for a message"
    ),
    once!(
        "tcp_hangs_up_after_2_s",
        HangsUpAfter(2_000),
        "waiting::a_client_may_think_before_its_first_message",
        "it does not wait for a message"
    ),
    once!(
        "tcp_is_deaf_to_100_bytes",
        IsDeafToLength(100),
        "the_server_answers_whatever_the_message_is::part_1_0",
        "some message is taken for something else"
    ),
    once!(
        "tcp_is_deaf_to_512_bytes",
        IsDeafToLength(512),
        "the_server_answers_whatever_the_message_is::part_5_4",
        "some message is taken for something else"
    ),
    once!(
        "tcp_stops_at_a_zero_byte",
        StopsAtZero,
        "the_server_answers_whatever_the_message_is::part_5_4",
        "the last"
    ),
    once!(
        "tcp_joins_blanks",
        JoinsBlanks,
        "the_server_answers_whatever_the_message_is::part_4_3",
        "the reply is not made of the bytes that were"
    ),
    once!(
        "tcp_knows_only_ascii",
        KnowsOnlyAscii,
        "the_server_answers_whatever_the_message_is::part_3_2",
        "not every letter is in upper case:"
    ),
    once!(
        "tcp_trims_messages",
        TrimsMessages,
        "the_server_answers_white_space_as_it_is",
        "white space around a message is cut off"
    ),
    once!(
        "tcp_logs_the_reply",
        LogsTheReply,
        "the_server_answers_in_upper_case_and_ends::case_1_ascii",
        "a message is logged with another text"
    ),
    once!(
        "tcp_logs_no_quotes",
        LogsNoQuotes,
        "the_server_answers_in_upper_case_and_ends::case_1_ascii",
        "the text of a message is logged without quotes"
    ),
    once!(
        "tcp_logs_connected_twice",
        LogsConnectedTwice,
        "the_server_answers_in_upper_case_and_ends::case_1_ascii",
        "is logged more often than it happened"
    ),
    once!(
        "tcp_logs_messages_twice",
        LogsMessagesTwice,
        "the_server_answers_in_upper_case_and_ends::case_1_ascii",
        "is logged more often than it happened"
    ),
    once!(
        "tcp_logs_with_a_word_before",
        LogsWithAWordBefore,
        "the_server_answers_in_upper_case_and_ends::case_1_ascii",
        "in words of its own"
    ),
    once!(
        "tcp_logs_the_host_only",
        LogsTheHostOnly,
        "the_server_answers_in_upper_case_and_ends::case_1_ascii",
        "a line that begins with a word of the log"
    ),
];

/// Answers one message of one client.
fn once(addr: &str, fault: Fault) -> Result<()> {
    let (listener, shown) = listen(addr, fault)?;
    log!("listening on {shown}");
    let (mut stream, peer) =
        accept(&listener, fault).with_context(|| format!("cannot accept on {addr}"))?;
    greet(peer, fault);
    converse_once(&mut stream, peer, fault).with_context(|| format!("cannot serve {peer}"))
}

fn converse_once(stream: &mut TcpStream, peer: SocketAddr, fault: Fault) -> Result<()> {
    let mut buffer = [0; MAX_MESSAGE];
    let length = read(stream, &mut buffer, fault)?;
    let message = str::from_utf8(&buffer[..length])?;
    note(message, peer, fault);
    stream.write_all(reply(message, "", fault).as_bytes())?;
    Ok(())
}

/// What is wrong with a client.
#[derive(Clone, Copy, PartialEq)]
enum ClientFault {
    AnswersItself,
    EndsAtBye,
    EndsAfterLines(usize),
    GivesUpAfter(u64),
    SendsInPieces,
    TakesFailuresForTheEnd,
    Polls,
    ShowsTheFirstLine,
    ShowsTheReplyAsItIs,
    ShowsAWordBefore,
    RemembersReplies,
    JoinsBlanks,
    StopsAtZero,
    SendsInUpperCase,
    ConnectsToTheDefault,
    IgnoresTheHost,
    TrimsReplies,
    ConnectsForEachLine,
    LeavesADeadline,
    SkipsControls,
    CountsEmptyLinesInAByte,
    KeepsAStreamForEachEmptyLine,
    CallsItselfForEachEmptyLine,
    FailsAtTheEnd,
    HidesBlankReplies,
    CutsLineEnds,
    ReadsUntilShort,
    ShowsLossily,
    ReadsAtEmptyLines,
    AsksAtEmptyLines,
}

macro_rules! client {
    ($name:literal, $fault:expr, $check:literal, $says:literal) => {
        client!($name, CONVERSATIONS, $fault, $check, $says)
    };
    ($name:literal, $labs:expr, $fault:expr, $check:literal, $says:literal) => {
        kind!(
            $name,
            $labs,
            &[("server", right_server), ("client", |addr| ask(addr, $fault))],
            $check,
            $says
        )
    };
}

pub const CLIENTS: &[Kind] = &[
    client!(
        "tcp_client_answers_itself",
        ClientFault::AnswersItself,
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_1_one",
        "the reply is not shown as it came, or a part"
    ),
    client!(
        "tcp_client_ends_at_bye",
        ClientFault::EndsAtBye,
        "conversation::the_client_sends_whatever_is_typed",
        "the client leaves before the end of its input"
    ),
    client!(
        "tcp_client_ends_after_100_lines",
        ClientFault::EndsAfterLines(100),
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_3_three_hundred",
        "the client leaves before the end of its input"
    ),
    client!(
        "tcp_client_gives_up_after_50_ms",
        ClientFault::GivesUpAfter(50),
        "conversation::a_server_may_think",
        "silence is taken for the end: a read has a"
    ),
    client!(
        "tcp_client_gives_up_after_2_s",
        ClientFault::GivesUpAfter(2_000),
        "conversation::a_server_may_think",
        "silence is taken for the end: a read has a"
    ),
    client!(
        "tcp_client_gives_up_after_8_s",
        PATIENT,
        ClientFault::GivesUpAfter(8_000),
        "patience::a_server_may_think_for_longer_than_any_timeout",
        "silence is taken for the end: a read has a"
    ),
    client!(
        "tcp_client_sends_in_pieces",
        BY_READS,
        ClientFault::SendsInPieces,
        "conversation::the_client_sends_whatever_is_typed",
        "in several writes"
    ),
    client!(
        "tcp_client_takes_a_reset_for_the_end",
        &["lab02"],
        ClientFault::TakesFailuresForTheEnd,
        "the_client_says_that_the_server_hung_up::case_3_by_a_reset",
        "your client has ended with status 0"
    ),
    client!(
        "tcp_client_takes_a_failed_write_for_the_end",
        &["lab02"],
        ClientFault::TakesFailuresForTheEnd,
        "the_client_says_that_the_server_has_gone_before_it_sends",
        "a message that cannot be sent is taken for the"
    ),
    client!(
        "tcp_client_polls",
        ClientFault::Polls,
        "conversation::a_server_may_think",
        "your client asks again and again for what it"
    ),
    client!(
        "tcp_client_shows_the_first_line",
        ClientFault::ShowsTheFirstLine,
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_3_three_hundred",
        "the reply is printed as it came"
    ),
    client!(
        "tcp_client_shows_the_reply_as_it_is",
        ClientFault::ShowsTheReplyAsItIs,
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_3_three_hundred",
        "the reply is printed as it came"
    ),
    client!(
        "tcp_client_shows_a_word_before",
        ClientFault::ShowsAWordBefore,
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_1_one",
        "your client prints more than replies on"
    ),
    client!(
        "tcp_client_remembers_replies",
        ClientFault::RemembersReplies,
        "conversation::the_client_sends_whatever_is_typed",
        "a line is not sent as soon as it is typed"
    ),
    client!(
        "tcp_client_joins_blanks",
        ClientFault::JoinsBlanks,
        "conversation::the_client_sends_whatever_is_typed",
        "a line is not sent as it is, in one write, or"
    ),
    client!(
        "tcp_client_stops_at_a_zero_byte",
        ClientFault::StopsAtZero,
        "conversation::the_client_sends_whatever_is_typed",
        "a line is not sent as it is, in one write, or"
    ),
    client!(
        "tcp_client_sends_in_upper_case",
        ClientFault::SendsInUpperCase,
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_1_one",
        "a line is not sent as it is, in one write, or"
    ),
    client!(
        "tcp_client_connects_to_the_default",
        ClientFault::ConnectsToTheDefault,
        "client::both_meet_where_they_are_told::case_1_by_name",
        "an error ended your client: it says which on"
    ),
    client!(
        "tcp_client_ignores_the_host",
        ClientFault::IgnoresTheHost,
        "client::both_meet_where_they_are_told::case_2_on_another_address",
        "an error ended your client: it says which on"
    ),
    client!(
        "tcp_client_trims_replies",
        ClientFault::TrimsReplies,
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_1_one",
        "the reply is not shown as it came"
    ),
    client!(
        "tcp_client_skips_controls",
        ClientFault::SkipsControls,
        "conversation::the_client_sends_whatever_is_typed",
        "a line is not sent as soon as it is typed"
    ),
    client!(
        "tcp_client_connects_for_each_line",
        PATIENT,
        ClientFault::ConnectsForEachLine,
        "conversation::the_client_sends_every_line_and_shows_every_reply::case_2_two",
        "the client has opened another connection"
    ),
    client!(
        "leaves_a_deadline_after_an_empty_line",
        &["lab04"],
        ClientFault::LeavesADeadline,
        "a_server_may_think_after_an_empty_line",
        "an empty line leaves something behind"
    ),
    client!(
        "counts_empty_lines_in_a_byte",
        &["lab04"],
        ClientFault::CountsEmptyLinesInAByte,
        "seventy_thousand_empty_lines_do_no_harm",
        "attempt to add with overflow"
    ),
    client!(
        "keeps_a_stream_for_each_empty_line",
        &["lab04"],
        ClientFault::KeepsAStreamForEachEmptyLine,
        "seventy_thousand_empty_lines_do_no_harm",
        "something is kept, counted or called"
    ),
    client!(
        "calls_itself_for_each_empty_line",
        &["lab04"],
        ClientFault::CallsItselfForEachEmptyLine,
        "seventy_thousand_empty_lines_do_no_harm",
        "was ended by a signal"
    ),
    client!(
        "reads_at_empty_lines",
        &["lab04"],
        ClientFault::ReadsAtEmptyLines,
        "an_empty_line_reads_nothing",
        "for an empty line something is read, and"
    ),
    client!(
        "asks_at_empty_lines",
        &["lab04"],
        ClientFault::AsksAtEmptyLines,
        "an_empty_line_does_not_hide_that_the_server_has_left",
        "an empty line asks whether the server is still"
    ),
    client!(
        "tcp_client_hides_blank_replies",
        ClientFault::HidesBlankReplies,
        "conversation::the_client_shows_whatever_the_reply_is",
        "the reply is not shown as it came"
    ),
    client!(
        "tcp_client_cuts_line_ends",
        ClientFault::CutsLineEnds,
        "conversation::the_client_shows_whatever_the_reply_is",
        "as it came, or only its first line"
    ),
    client!(
        "tcp_client_reads_until_short",
        BY_READS,
        ClientFault::ReadsUntilShort,
        "conversation::the_client_shows_whatever_the_reply_is",
        "the reply is not shown as it came"
    ),
    client!(
        "tcp_client_shows_lossily",
        BY_READS,
        ClientFault::ShowsLossily,
        "conversation::a_reply_that_is_not_utf_8_is_an_error",
        "your client goes on and waits"
    ),
    client!(
        "tcp_client_fails_at_the_end",
        ClientFault::FailsAtTheEnd,
        "conversation::the_end_of_input_ends_the_client",
        "an error ended your client: it says which on"
    ),
];

fn ask(addr: &str, fault: ClientFault) -> Result<()> {
    let port = addr.rsplit_once(':').map_or("0", |(_, port)| port);
    let addr = &match fault {
        ClientFault::ConnectsToTheDefault => cli::LOOPBACK.to_owned(),
        ClientFault::IgnoresTheHost => format!("127.0.0.1:{port}"),
        _ => addr.to_owned(),
    };
    // Who has a connection for each message has none before the first.
    let each = row().is_some_and(|row| row.connections == Connections::EachMessage);
    let mut stream = if each { None } else { Some(open(addr, fault)?) };
    let mut console = Console::new();
    let mut known: Vec<(String, String)> = Vec::new();
    let mut lines = 0;
    let mut empty = 0_u8;
    while let Some(message) = console.message()? {
        if let Some(stream) = &stream
            && message.is_empty()
        {
            if skip(&mut console, stream, &mut empty, fault)? {
                return Ok(());
            }
            continue;
        }
        if fault == ClientFault::SkipsControls && message.chars().all(char::is_control) {
            continue;
        }
        lines += 1;
        if fault == ClientFault::EndsAtBye && message == "bye"
            || matches!(fault, ClientFault::EndsAfterLines(most) if lines > most)
        {
            return Ok(());
        }
        if fault == ClientFault::RemembersReplies
            && let Some((_, reply)) = known.iter().find(|(asked, _)| *asked == message)
        {
            console.reply(reply)?;
            continue;
        }
        if fault == ClientFault::ConnectsForEachLine && lines > 1 {
            stream = None;
        }
        let mut connection = stream.take().map_or_else(|| open(addr, fault), Ok)?;
        let sent = match fault {
            ClientFault::JoinsBlanks => message.split_whitespace().collect::<Vec<_>>().join(" "),
            ClientFault::StopsAtZero => message.split('\0').next().unwrap_or_default().to_owned(),
            ClientFault::SendsInUpperCase => message.to_uppercase(),
            _ => message.clone(),
        };
        let longest = if fault == ClientFault::SendsInPieces { 64 } else { usize::MAX };
        let sent = if sent.len() > longest {
            sent.as_bytes().chunks(longest).try_for_each(|piece| connection.write_all(piece))
        } else {
            write_message(&mut connection, &sent)
        };
        let sent = sent.with_context(|| format!("cannot send to {addr}"));
        let reply = sent.and_then(|()| {
            receive(&mut connection, fault).with_context(|| format!("no reply from {addr}"))
        });
        if reply.is_err() && fault == ClientFault::TakesFailuresForTheEnd {
            return Ok(());
        }
        let reply = reply?;
        match fault {
            ClientFault::AnswersItself => console.reply(&message.to_uppercase())?,
            ClientFault::HidesBlankReplies if reply.trim().is_empty() => {}
            ClientFault::CutsLineEnds => console.reply(reply.trim_end_matches(['\n', '\r']))?,
            ClientFault::TrimsReplies => console.reply(reply.trim())?,
            ClientFault::ShowsTheFirstLine => {
                console.reply(reply.lines().next().unwrap_or_default())?;
            }
            ClientFault::ShowsTheReplyAsItIs => log!("{reply}"),
            ClientFault::ShowsAWordBefore => console.reply(&format!("reply: {reply}"))?,
            _ => console.reply(&reply)?,
        }
        known.push((message, reply));
        stream = Some(connection).filter(|_| !each);
    }
    if fault == ClientFault::FailsAtTheEnd {
        bail!("the end of input");
    }
    Ok(())
}

fn open(addr: &str, fault: ClientFault) -> Result<TcpStream> {
    let stream = TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    if let ClientFault::GivesUpAfter(patience) = fault {
        stream.set_read_timeout(Some(Duration::from_millis(patience)))?;
    }
    stream.set_nonblocking(fault == ClientFault::Polls)?;
    Ok(stream)
}

/// Says that there is nothing to send. Whether that is the end.
fn skip(
    console: &mut Console,
    stream: &TcpStream,
    empty: &mut u8,
    fault: ClientFault,
) -> Result<bool> {
    console.note("nothing to send");
    match fault {
        ClientFault::CountsEmptyLinesInAByte => *empty += 1,
        ClientFault::LeavesADeadline => stream.set_read_timeout(Some(Duration::from_secs(1)))?,
        ClientFault::KeepsAStreamForEachEmptyLine => mem::forget(stream.try_clone()?),
        ClientFault::CallsItselfForEachEmptyLine => call_itself(&mut 70_000),
        ClientFault::ReadsAtEmptyLines => drop(look(stream, TcpStream::read)),
        ClientFault::AsksAtEmptyLines => {
            return Ok(look(stream, |stream, buffer| stream.peek(buffer)).is_ok_and(|it| it == 0));
        }
        _ => {}
    }
    Ok(false)
}

/// Asks for what has come, and does not wait for it. On loopback it has come after a moment.
fn look(
    stream: &TcpStream,
    ask: impl Fn(&mut TcpStream, &mut [u8]) -> std::io::Result<usize>,
) -> std::io::Result<usize> {
    thread::sleep(Duration::from_millis(50));
    stream.set_nonblocking(true)?;
    let asked = ask(&mut stream.try_clone()?, &mut [0; MAX_REPLY]);
    stream.set_nonblocking(false)?;
    asked
}

/// As deep as a function that has called itself once for each of so many lines.
fn call_itself(times: &mut usize) {
    let frame = [*times; 32];
    if *times > 0 {
        *times -= 1;
        call_itself(times);
    }
    std::hint::black_box(frame);
}

fn receive(stream: &mut TcpStream, fault: ClientFault) -> Result<String> {
    let mut buffer = [0; MAX_REPLY];
    let mut filled = 0;
    loop {
        match read_message(stream, &mut buffer[filled..]) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(length) if fault == ClientFault::ReadsUntilShort && length % 100 == 0 => {
                filled += length;
            }
            Ok(length) if fault == ClientFault::ShowsLossily => {
                return Ok(String::from_utf8_lossy(&buffer[..length]).into_owned());
            }
            Ok(length) => return Ok(str::from_utf8(&buffer[..filled + length])?.to_owned()),
            Err(error)
                if error.kind() == ErrorKind::WouldBlock && stream.read_timeout()?.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
}
