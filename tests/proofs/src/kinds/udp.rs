//! A service over UDP, a receiver of broadcasts, and their clients, each wrong in one way.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::process;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{Console, MAX_DATAGRAM, log};
use socket2::{Domain, Socket, Type};

use super::{Kind, kind};

/// What is wrong with a server, or a receiver.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    AnswersLoopbackOnly,
    HearsOneHost,
    ServesOnly(usize),
    Polls,
    PollsEachMillisecond,
    EndsWhenReceivingFails,
    EndsAfterFailures(usize),
    PrintsFailures,
    QueuesOnly(usize),
    TellsTheFirstFailureOnly,
    IsSilentWhenReceivingFails,
    FloodsWhenReceivingFails,
    EndsAt(&'static str),
    IsDeafTo(&'static str),
    IsDeafToLength(usize),
    SkipsRepeats,
    SkipsWhatItKnows,
    AnswersTwice,
    StopsAtZero,
    JoinsBlanks,
    KnowsOnlyAscii,
    EndsAfterSilence(u64),
    LogsTheReply,
    LogsNoQuotes,
    LogsMessagesTwice,
    LogsConnected,
    LogsTheHostOnly,
    LogsWithAWordBefore,
    KeepsASocket,
    KeepsAThread,
    KeepsMemory,
    KeepsEveryMessage,
    KeepsASocketForBytes,
    PausesAfterBytes,
    BansAfterBytes,
    DropsTheMark,
    KnowsOnlyWouldBlock,
    PausesLongerEachTime,
    TellsTheFirstBytesOnly(usize),
    EndsAfterBytes(usize),
    EndsAtTheSecondUnsent,
    PausesAfterUnsent,
    StopsAtALineEnd,
    IsDeafToOneLetter,
    SkipsEmpty,
    #[cfg(target_os = "linux")]
    AsksForAnotherOption,
    SharesOnLoopbackOnly,
    LogsWhatItHasAnswered,
    CutsItsReplies,
}

#[allow(
    clippy::enum_glob_use,
    reason = "a row of the tables below has room for a fault's name only"
)]
use Fault::*;

const SERVICES: &[&str] = &["lab06", "lab07"];
const RECEIVERS: &[&str] = &["lab08"];

macro_rules! server {
    ($name:literal, $fault:expr, $check:literal, $says:literal) => {
        kind!($name, SERVICES, &[("server", |addr| serve(addr, $fault))], $check, $says)
    };
}

macro_rules! receiver {
    ($name:literal, $fault:expr, $check:literal, $says:literal) => {
        kind!($name, RECEIVERS, &[("receiver", |addr| receive(addr, $fault))], $check, $says)
    };
}

pub const SERVERS: &[Kind] = &[
    server!(
        "udp_answers_loopback_only",
        AnswersLoopbackOnly,
        "service::a_client_may_come_from_another_host",
        "what a client gets depends on the host it"
    ),
    server!(
        "udp_serves_100_datagrams",
        ServesOnly(100),
        "service::hundreds_of_clients_leave_nothing_behind",
        "the service ends, or goes deaf, after some"
    ),
    server!(
        "udp_polls",
        Polls,
        "waiting::a_listener_that_nobody_talks_to_is_idle",
        "your server asks again and again for what it"
    ),
    server!(
        "udp_polls_each_millisecond",
        PollsEachMillisecond,
        "waiting::a_listener_that_nobody_talks_to_is_idle",
        "asks again and again"
    ),
    server!(
        "udp_serves_1000_datagrams",
        ServesOnly(1_000),
        "service::hundreds_of_clients_leave_nothing_behind",
        "the service ends, or goes deaf, after some"
    ),
    server!(
        "udp_keeps_every_message",
        KeepsEveryMessage,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept"
    ),
    server!(
        "udp_ends_after_ten_failures",
        EndsAfterFailures(10),
        "receive::receives_may_fail_for_a_while_and_again",
        "error: cannot receive"
    ),
    server!(
        "udp_prints_failures",
        PrintsFailures,
        "receive::a_failing_receive_is_survived_when_nobody_reads_the_log",
        "`println!` panics when nobody reads its"
    ),
    server!(
        "udp_queues_only_16",
        QueuesOnly(16),
        "service::clients_that_come_at_once_are_all_served",
        "of many clients at once some are turned away"
    ),
    server!(
        "udp_tells_the_first_failure_only",
        TellsTheFirstFailureOnly,
        "receive::receives_may_fail_for_a_while_and_again",
        "is logged the first time only"
    ),
    server!(
        "udp_knows_only_would_block",
        KnowsOnlyWouldBlock,
        "receive::a_receive_may_fail_in_any_way",
        "only some errors of `recv_from` are survived"
    ),
    server!(
        "udp_pauses_longer_each_time",
        PausesLongerEachTime,
        "receive::receives_may_fail_for_a_while_and_again",
        "the pause grows with each failure"
    ),
    server!(
        "udp_tells_the_first_ten_bytes_only",
        TellsTheFirstBytesOnly(10),
        "datagrams::a_thousand_datagrams_that_are_not_utf_8_cost_nobody_anything",
        "not every datagram that is not UTF-8 is"
    ),
    server!(
        "udp_ends_after_a_thousand_bytes",
        EndsAfterBytes(1_000),
        "datagrams::a_thousand_datagrams_that_are_not_utf_8_cost_nobody_anything",
        "a datagram that is not UTF-8 ends the service"
    ),
    server!(
        "udp_ends_at_the_second_unsent",
        EndsAtTheSecondUnsent,
        "datagrams::fifty_replies_that_cannot_be_sent_cost_the_next_client_nothing",
        "an error of `send_to` ends the service"
    ),
    server!(
        "udp_pauses_after_unsent",
        PausesAfterUnsent,
        "datagrams::fifty_replies_that_cannot_be_sent_cost_the_next_client_nothing",
        "makes the next client wait"
    ),
    server!(
        "udp_stops_at_a_line_end",
        StopsAtALineEnd,
        "datagrams::the_server_answers_whatever_the_message_is",
        "the reply is not the message in upper case"
    ),
    server!(
        "udp_is_deaf_to_one_letter",
        IsDeafToOneLetter,
        "datagrams::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "udp_keeps_a_socket_for_bytes",
        KeepsASocketForBytes,
        "datagrams::a_thousand_datagrams_that_are_not_utf_8_cost_nobody_anything",
        "something of each datagram that is not UTF-8"
    ),
    server!(
        "udp_pauses_after_bytes",
        PausesAfterBytes,
        "datagrams::a_thousand_datagrams_that_are_not_utf_8_cost_nobody_anything",
        "makes the next client wait"
    ),
    server!(
        "udp_bans_after_bytes",
        BansAfterBytes,
        "datagrams::invalid_utf_8_is_told_and_not_answered::case_1_latin_1",
        "held against the client"
    ),
    server!(
        "udp_drops_the_byte_order_mark",
        DropsTheMark,
        "datagrams::the_server_answers_whatever_the_message_is",
        "the reply is not the message in upper case"
    ),
    server!(
        "udp_logs_what_it_has_answered",
        LogsWhatItHasAnswered,
        "datagrams::a_reply_that_is_too_long_to_send_is_told",
        "is logged only when it could be answered"
    ),
    server!(
        "udp_cuts_its_replies",
        CutsItsReplies,
        "datagrams::a_reply_that_is_too_long_to_send_is_told",
        "a reply that is too long is cut"
    ),
    server!(
        "udp_ends_when_receiving_fails",
        EndsWhenReceivingFails,
        "receive::a_failing_receive_is_told_and_survived",
        "an error of `recv_from` ends the service"
    ),
    server!(
        "udp_is_silent_when_receiving_fails",
        IsSilentWhenReceivingFails,
        "receive::a_failing_receive_is_told_and_survived",
        "an error of `recv_from` is not logged"
    ),
    server!(
        "udp_floods_when_receiving_fails",
        FloodsWhenReceivingFails,
        "receive::a_failing_receive_is_paused_on",
        "`recv_from` fails at once, and the loop tries"
    ),
    server!(
        "udp_ends_at_quit",
        EndsAt("quit"),
        "datagrams::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "udp_is_deaf_to_a_question_mark",
        IsDeafTo("?"),
        "datagrams::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "udp_is_deaf_to_512_bytes",
        IsDeafToLength(512),
        "datagrams::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "udp_skips_empty_datagrams",
        SkipsEmpty,
        "datagrams::an_empty_datagram_is_answered_with_an_empty_datagram::case_1_one",
        "an empty message is taken for nothing"
    ),
    server!(
        "udp_skips_repeats",
        SkipsRepeats,
        "datagrams::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "udp_skips_what_it_knows",
        SkipsWhatItKnows,
        "datagrams::the_server_answers_whatever_the_message_is",
        "some message is taken for something else than"
    ),
    server!(
        "udp_answers_twice",
        AnswersTwice,
        "datagrams::the_server_answers_whatever_the_message_is",
        "the same was sent, or shown, twice"
    ),
    server!(
        "udp_stops_at_a_zero_byte",
        StopsAtZero,
        "datagrams::the_server_answers_whatever_the_message_is",
        "the reply is not the message in upper case"
    ),
    server!(
        "udp_joins_blanks",
        JoinsBlanks,
        "datagrams::the_server_answers_whatever_the_message_is",
        "the reply is not the message in upper case"
    ),
    server!(
        "udp_knows_only_ascii",
        KnowsOnlyAscii,
        "datagrams::the_server_answers_whatever_the_message_is",
        "the reply is not the message in upper case"
    ),
    server!(
        "udp_ends_after_silence",
        EndsAfterSilence(500),
        "waiting::a_client_may_think_before_its_first_message",
        "it does not wait for a message: a read has a"
    ),
    server!(
        "udp_logs_the_reply",
        LogsTheReply,
        "datagrams::the_server_answers_whatever_the_message_is",
        "a message is logged with another text than it"
    ),
    server!(
        "udp_logs_no_quotes",
        LogsNoQuotes,
        "datagrams::the_server_answers_whatever_the_message_is",
        "the text of a message is logged without quotes"
    ),
    server!(
        "udp_logs_messages_twice",
        LogsMessagesTwice,
        "datagrams::the_server_answers_whatever_the_message_is",
        "is logged more often than it happened"
    ),
    server!(
        "udp_logs_connected",
        LogsConnected,
        "service::a_client_may_come_from_another_host",
        "over UDP nobody connects, so `connected` is"
    ),
    server!(
        "udp_logs_the_host_only",
        LogsTheHostOnly,
        "service::a_client_may_come_from_another_host",
        "a line that begins with a word of the log"
    ),
    server!(
        "udp_logs_with_a_word_before",
        LogsWithAWordBefore,
        "service::a_client_may_come_from_another_host",
        "in words of its own"
    ),
    server!(
        "udp_keeps_a_socket",
        KeepsASocket,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
    server!(
        "udp_keeps_a_thread",
        KeepsAThread,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
    server!(
        "udp_keeps_memory",
        KeepsMemory,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
    receiver!(
        "hears_one_host",
        HearsOneHost,
        "service::a_client_may_come_from_another_host",
        "what a client gets depends on the host it"
    ),
    receiver!(
        "hears_100_messages",
        ServesOnly(100),
        "service::hundreds_of_clients_leave_nothing_behind",
        "the service ends, or goes deaf, after some"
    ),
    receiver!(
        "polls",
        Polls,
        "waiting::a_listener_that_nobody_talks_to_is_idle",
        "your receiver asks again and again for what"
    ),
    receiver!(
        "polls_each_millisecond",
        PollsEachMillisecond,
        "waiting::a_listener_that_nobody_talks_to_is_idle",
        "asks again and again"
    ),
    receiver!(
        "hears_1000_messages",
        ServesOnly(1_000),
        "service::hundreds_of_clients_leave_nothing_behind",
        "the service ends, or goes deaf, after some"
    ),
    receiver!(
        "keeps_every_message",
        KeepsEveryMessage,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept"
    ),
    receiver!(
        "ends_after_ten_failures",
        EndsAfterFailures(10),
        "receive::receives_may_fail_for_a_while_and_again",
        "error: cannot receive"
    ),
    receiver!(
        "tells_the_first_failure_only",
        TellsTheFirstFailureOnly,
        "receive::receives_may_fail_for_a_while_and_again",
        "is logged the first time only"
    ),
    #[cfg(target_os = "linux")]
    receiver!(
        "asks_for_another_option",
        AsksForAnotherOption,
        "on_one_machine::a_receiver_shares_its_port_with_another_program",
        "or another one is"
    ),
    receiver!(
        "shares_on_loopback_only",
        SharesOnLoopbackOnly,
        "on_a_lan::receivers_share_a_port_on_a_network_too::case_1_on_every_address",
        "is not asked for on every address"
    ),
    receiver!(
        "ends_when_receiving_fails",
        EndsWhenReceivingFails,
        "receive::a_failing_receive_is_told_and_survived",
        "an error of `recv_from` ends the service"
    ),
    receiver!(
        "is_silent_when_receiving_fails",
        IsSilentWhenReceivingFails,
        "receive::a_failing_receive_is_told_and_survived",
        "an error of `recv_from` is not logged"
    ),
    receiver!(
        "floods_when_receiving_fails",
        FloodsWhenReceivingFails,
        "receive::a_failing_receive_is_paused_on",
        "`recv_from` fails at once, and the loop tries"
    ),
    receiver!(
        "ends_at_bye",
        EndsAt("bye"),
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "what one datagram causes ends the receiver"
    ),
    receiver!(
        "skips_repeats",
        SkipsRepeats,
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "a message that is the same as the one before"
    ),
    receiver!(
        "skips_what_it_knows",
        SkipsWhatItKnows,
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "a message that is the same as the one before"
    ),
    receiver!(
        "stops_at_a_zero_byte",
        StopsAtZero,
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "only the beginning of the message is logged"
    ),
    receiver!(
        "joins_blanks",
        JoinsBlanks,
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "a message is logged with another text than it"
    ),
    receiver!(
        "ends_after_silence",
        EndsAfterSilence(500),
        "waiting::a_client_may_think_before_its_first_message",
        "it does not wait for a message: a read has a"
    ),
    receiver!(
        "logs_the_reply",
        LogsTheReply,
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "a message is logged with another text than it"
    ),
    receiver!(
        "logs_no_quotes",
        LogsNoQuotes,
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "the text of a message is logged without quotes"
    ),
    receiver!(
        "logs_messages_twice",
        LogsMessagesTwice,
        "on_one_machine::a_receiver_hears_whatever_the_message_is",
        "is logged more often than it happened"
    ),
    receiver!(
        "logs_the_host_only",
        LogsTheHostOnly,
        "service::a_client_may_come_from_another_host",
        "a line that begins with a word of the log"
    ),
    receiver!(
        "keeps_a_thread",
        KeepsAThread,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
    receiver!(
        "keeps_memory",
        KeepsMemory,
        "service::hundreds_of_clients_leave_nothing_behind",
        "something of each client is kept when it has"
    ),
];

/// A server with nothing wrong: what the others are made of.
pub fn right_server(addr: &str) -> Result<()> {
    serve(addr, Nothing)
}

/// A receiver with nothing wrong.
pub fn right_receiver(addr: &str) -> Result<()> {
    receive(addr, Nothing)
}

fn serve(addr: &str, fault: Fault) -> Result<()> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot bind {addr}"))?;
    let queue = queue(&socket, fault)?;
    let mut unsent = 0;
    hear(&socket, addr, fault, valid, |peer, text| {
        if let Some(queue) = &queue {
            // Who finds no room is not answered.
            drop(queue.try_send((peer, text.to_uppercase())));
            return;
        }
        let to = if fault == AnswersLoopbackOnly {
            SocketAddr::from((Ipv4Addr::LOCALHOST, peer.port()))
        } else {
            peer
        };
        let reply = text.to_uppercase();
        let longest = if fault == CutsItsReplies { MAX_DATAGRAM } else { reply.len() };
        let reply = &reply.as_bytes()[..longest.min(reply.len())];
        for _ in 0..=usize::from(fault == AnswersTwice) {
            match socket.send_to(reply, to) {
                Ok(_) if fault == LogsWhatItHasAnswered => log!("message {peer} {text:?}"),
                Ok(_) => {}
                Err(error) => {
                    log!("cannot answer {peer}: {error}");
                    unsent += 1;
                    cannot_send(unsent, fault);
                }
            }
        }
    })
}

/// What one need not do when a reply cannot be sent.
fn cannot_send(times: usize, fault: Fault) {
    match fault {
        EndsAtTheSecondUnsent if times == 2 => process::exit(1),
        PausesAfterUnsent => thread::sleep(Duration::from_millis(500)),
        _ => {}
    }
}

/// Has another thread answer, a millisecond each. So many may wait for it.
fn queue(socket: &UdpSocket, fault: Fault) -> Result<Option<SyncSender<(SocketAddr, String)>>> {
    let QueuesOnly(most) = fault else { return Ok(None) };
    let (sender, receiver) = sync_channel::<(SocketAddr, String)>(most);
    let socket = socket.try_clone()?;
    thread::spawn(move || {
        for (peer, reply) in receiver {
            thread::sleep(Duration::from_millis(1));
            drop(socket.send_to(reply.as_bytes(), peer));
        }
    });
    Ok(Some(sender))
}

fn receive(addr: &str, fault: Fault) -> Result<()> {
    let shared = || -> Result<UdpSocket> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
        let addr: SocketAddrV4 = addr.parse()?;
        let shares = match fault {
            #[cfg(target_os = "linux")]
            AsksForAnotherOption => false,
            SharesOnLoopbackOnly => addr.ip().is_loopback(),
            _ => true,
        };
        socket.set_reuse_address(shares)?;
        #[cfg(all(unix, not(target_os = "linux")))]
        socket.set_reuse_port(shares)?;
        #[cfg(target_os = "linux")]
        socket.set_reuse_port(fault == AsksForAnotherOption)?;
        socket.bind(&addr.into())?;
        Ok(socket.into())
    };
    let socket = shared().with_context(|| format!("cannot bind {addr}"))?;
    hear(&socket, addr, fault, |bytes| Some(String::from_utf8_lossy(bytes)), |_, _| {})
}

/// A text, if it is one.
fn valid(bytes: &[u8]) -> Option<Cow<'_, str>> {
    str::from_utf8(bytes).ok().map(Cow::Borrowed)
}

/// Takes one datagram after another, and hands those of which `text` makes one to `answer`.
fn hear(
    socket: &UdpSocket,
    addr: &str,
    fault: Fault,
    text: fn(&[u8]) -> Option<Cow<'_, str>>,
    mut answer: impl FnMut(SocketAddr, &str),
) -> Result<()> {
    if let EndsAfterSilence(patience) = fault {
        socket.set_read_timeout(Some(Duration::from_millis(patience)))?;
    }
    let polls = matches!(fault, Polls | PollsEachMillisecond);
    socket.set_nonblocking(polls)?;
    log!("listening on {}", socket.local_addr()?);
    let mut buffer = vec![0; MAX_DATAGRAM];
    let mut heard = Heard::default();
    loop {
        if fault == ServesOnly(heard.count) {
            thread::park();
        }
        let (length, peer) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if error.kind() == ErrorKind::WouldBlock && polls => {
                thread::sleep(Duration::from_millis(u64::from(fault == PollsEachMillisecond)));
                continue;
            }
            Err(error) => {
                heard.failures += 1;
                fails(addr, error, heard.failures, fault)?;
                continue;
            }
        };
        heard.count += 1;
        keep_what_one_need_not(socket, &buffer[..length], fault);
        let Some(text) = text(&buffer[..length]) else {
            heard.bytes += 1;
            if !matches!(fault, TellsTheFirstBytesOnly(most) if heard.bytes > most) {
                log!("cannot answer {peer}: not UTF-8");
            }
            match fault {
                EndsAfterBytes(most) if heard.bytes == most => return Ok(()),
                KeepsASocketForBytes => mem::forget(socket.try_clone()),
                PausesAfterBytes => thread::sleep(Duration::from_millis(100)),
                BansAfterBytes => heard.banned.push(peer),
                _ => {}
            }
            continue;
        };
        if matches!(fault, EndsAt(word) if word == text) {
            return Ok(());
        }
        if !heard.skips(&text, peer, fault) {
            let text = changed(&text, fault);
            note(&text, peer, fault);
            answer(peer, &text);
        }
    }
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    count: usize,
    last: String,
    all: HashSet<String>,
    banned: Vec<SocketAddr>,
    failures: usize,
    bytes: usize,
}

impl Heard {
    fn skips(&mut self, text: &str, peer: SocketAddr, fault: Fault) -> bool {
        let repeated = self.last == text && self.count > 1;
        text.clone_into(&mut self.last);
        let known = fault == SkipsWhatItKnows && !self.all.insert(text.to_owned());
        match fault {
            BansAfterBytes => self.banned.contains(&peer),
            IsDeafTo(word) => text == word,
            IsDeafToOneLetter => text.chars().count() == 1 && text.len() > 1,
            IsDeafToLength(length) => text.len() == length,
            SkipsRepeats => repeated,
            SkipsEmpty => text.is_empty(),
            SkipsWhatItKnows => known,
            HearsOneHost => peer.ip() != Ipv4Addr::LOCALHOST,
            _ => false,
        }
    }
}

fn fails(addr: &str, error: io::Error, failures: usize, fault: Fault) -> Result<()> {
    match fault {
        EndsWhenReceivingFails | EndsAfterSilence(_) => {
            return Err(error).context("cannot receive");
        }
        KnowsOnlyWouldBlock if error.kind() != ErrorKind::WouldBlock => {
            return Err(error).context("cannot receive");
        }
        EndsAfterFailures(most) if failures >= most => return Err(error).context("cannot receive"),
        IsSilentWhenReceivingFails => {}
        PrintsFailures => println!("cannot receive on {addr}: {error}"),
        TellsTheFirstFailureOnly if failures > 1 => {}
        _ => log!("cannot receive on {addr}: {error}"),
    }
    let pause = match fault {
        FloodsWhenReceivingFails => 0,
        PausesLongerEachTime => 50 << failures.min(10),
        _ => 100,
    };
    thread::sleep(Duration::from_millis(pause));
    Ok(())
}

fn keep_what_one_need_not(socket: &UdpSocket, message: &[u8], fault: Fault) {
    match fault {
        KeepsASocket => mem::forget(socket.try_clone()),
        KeepsAThread => drop(thread::spawn(thread::park)),
        KeepsMemory => mem::forget(vec![1_u8; 1 << 16]),
        KeepsEveryMessage => mem::forget(message.to_owned()),
        _ => {}
    }
}

fn changed(text: &str, fault: Fault) -> String {
    match fault {
        StopsAtZero => text.split('\0').next().unwrap_or_default().to_owned(),
        StopsAtALineEnd => {
            let end = text.find('\n').map_or(text.len(), |at| at + 1);
            text[..end].to_owned()
        }
        JoinsBlanks => text.split_whitespace().collect::<Vec<_>>().join(" "),
        DropsTheMark => text.trim_start_matches('\u{feff}').to_owned(),
        KnowsOnlyAscii => text.chars().filter(char::is_ascii).collect(),
        _ => text.to_owned(),
    }
}

fn note(text: &str, peer: SocketAddr, fault: Fault) {
    match fault {
        LogsTheReply => log!("message {peer} {:?}", text.to_uppercase()),
        LogsNoQuotes => log!("message {peer} {text}"),
        LogsTheHostOnly => log!("message {} {text:?}", peer.ip()),
        LogsWithAWordBefore => log!("got a message {peer} {text:?}"),
        LogsConnected => log!("connected {peer}"),
        _ => {}
    }
    for _ in 0..=usize::from(fault == LogsMessagesTwice) {
        if !matches!(
            fault,
            LogsTheReply
                | LogsNoQuotes
                | LogsTheHostOnly
                | LogsWithAWordBefore
                | LogsWhatItHasAnswered
        ) {
            log!("message {peer} {text:?}");
        }
    }
}

/// What is wrong with a client.
#[derive(Clone, Copy, PartialEq)]
enum ClientFault {
    AnswersItself,
    EndsAtBye,
    ShowsTheFirstLine,
    Polls,
    GivesUpAfter(u64),
    TakesNumbersOnly,
    JoinsBlanks,
}

macro_rules! client {
    ($name:literal, $fault:expr, $check:literal, $says:literal) => {
        kind!(
            $name,
            &["lab06"],
            &[("server", right_server), ("client", |addr| ask(addr, $fault))],
            $check,
            $says
        )
    };
}

pub const CLIENTS: &[Kind] = &[
    client!(
        "udp_client_answers_itself",
        ClientFault::AnswersItself,
        "the_client_sends_every_line_as_one_datagram",
        "the client was changed: it is right as it is"
    ),
    client!(
        "udp_client_ends_at_bye",
        ClientFault::EndsAtBye,
        "the_client_sends_every_line_as_one_datagram",
        "the client was changed: it is right as it is"
    ),
    client!(
        "udp_client_shows_the_first_line",
        ClientFault::ShowsTheFirstLine,
        "the_client_sends_every_line_as_one_datagram",
        "the reply is printed as it came"
    ),
    client!(
        "udp_client_polls",
        ClientFault::Polls,
        "the_client_waits_for_a_server_that_thinks",
        "your client asks again and again for what it"
    ),
    client!(
        "udp_client_gives_up",
        ClientFault::GivesUpAfter(200),
        "the_client_waits_for_a_server_that_thinks",
        "an error ended your client: it says which on"
    ),
    client!(
        "udp_client_takes_numbers_only",
        ClientFault::TakesNumbersOnly,
        "client::both_meet_where_they_are_told::case_1_by_name",
        "an error ended your client: it says which on"
    ),
    client!(
        "udp_client_joins_blanks",
        ClientFault::JoinsBlanks,
        "the_client_sends_every_line_as_one_datagram",
        "the client was changed: it is right as it is"
    ),
];

fn ask(addr: &str, fault: ClientFault) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    if fault == ClientFault::TakesNumbersOnly {
        addr.parse::<SocketAddr>().with_context(|| format!("cannot send to {addr}"))?;
    }
    if let ClientFault::GivesUpAfter(patience) = fault {
        socket.set_read_timeout(Some(Duration::from_millis(patience)))?;
    }
    socket.set_nonblocking(fault == ClientFault::Polls)?;
    let mut console = Console::new();
    let mut buffer = vec![0; MAX_DATAGRAM];
    while let Some(message) = console.message()? {
        if fault == ClientFault::EndsAtBye && message == "bye" {
            return Ok(());
        }
        let sent = match fault {
            ClientFault::JoinsBlanks => message.split_whitespace().collect::<Vec<_>>().join(" "),
            _ => message.clone(),
        };
        socket.send_to(sent.as_bytes(), addr).with_context(|| format!("cannot send to {addr}"))?;
        let length = loop {
            match socket.recv_from(&mut buffer) {
                Err(error)
                    if error.kind() == ErrorKind::WouldBlock && fault == ClientFault::Polls => {}
                received => break received.with_context(|| format!("no reply from {addr}"))?.0,
            }
        };
        let reply = str::from_utf8(&buffer[..length])?;
        match fault {
            ClientFault::AnswersItself => console.reply(&message.to_uppercase())?,
            ClientFault::ShowsTheFirstLine => {
                console.reply(reply.lines().next().unwrap_or_default())?;
            }
            _ => console.reply(reply)?,
        }
    }
    Ok(())
}
