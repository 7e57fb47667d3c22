//! Lab 12: what goes wrong with the end.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cli::{MAX_MESSAGE, log};

use crate::crowd::Crowd;
use crate::frame::{read_frame, write_frame};
use crate::interrupt::at_ctrl_c;
use crate::service12::reply;
use crate::timed::{Deadline, Timed};
use crate::{Proof, Wrong, most, server_patience};

macro_rules! wrong {
    ($name:literal, $fault:ident, $check:literal, $says:literal) => {
        Wrong {
            name: $name,
            roles: &[("server", |addr| run(addr, $fault))],
            caught_by: &[$check],
            says: $says,
        }
    };
}

pub const PROOF: Proof = Proof {
    flaw: "Ctrl-C ends the process where it is",
    demo: "lab12         │ server has ended with status 130",
    shown: "ending::who_waits_for_a_reply_gets_it",
    wrong: &[
        wrong!(
            "ends_where_it_is",
            EndsWhereItIs,
            "ending::who_waits_for_a_reply_gets_it",
            "Ctrl-C ends the process where it is"
        ),
        wrong!(
            "exits_in_the_handler",
            ExitsInTheHandler,
            "ending::who_waits_for_a_reply_gets_it",
            "it ends before a message that it has logged"
        ),
        wrong!(
            "waits_for_nobody",
            WaitsForNobody,
            "ending::who_waits_for_a_reply_gets_it",
            "it ends before a message that it has logged"
        ),
        wrong!(
            "waits_for_a_moment",
            WaitsForAMoment,
            "ending::who_waits_for_a_reply_gets_it",
            "it ends before a message that it has logged"
        ),
        wrong!(
            "shuts_down_both_ways",
            ShutsDownBothWays,
            "ending::who_waits_for_a_reply_gets_it",
            "it ends before a message that it has logged"
        ),
        wrong!(
            "shuts_down_nobody",
            ShutsDownNobody,
            "ending::who_is_silent_reads_the_end_of_the_stream",
            "a client inside is not sent home"
        ),
        wrong!(
            "shuts_down_the_first_only",
            ShutsDownTheFirstOnly,
            "ending::who_is_silent_reads_the_end_of_the_stream",
            "a client inside is not sent home"
        ),
        wrong!(
            "sets_a_flag_only",
            WakesNobody,
            "ending::a_service_ends_when_nobody_is_there",
            "nothing ends the wait in which it is"
        ),
        wrong!(
            "wakes_somebody_at_127_0_0_1",
            WakesAtLocalhost,
            "ending::a_service_ends_on_whatever_address_it_listens",
            "nothing ends the wait in which it is"
        ),
        wrong!(
            "serves_the_queue_first",
            ServesTheQueueFirst,
            "ending::who_is_in_the_queue_is_hung_up_on::case_1_all_silent",
            "a client is let in after the end"
        ),
        wrong!(
            "serves_whoever_wakes_it",
            ServesWhoeverWakesIt,
            "ending::nobody_is_let_in_after_the_end",
            "a client is let in after the end"
        ),
        wrong!(
            "serves_until_the_last_has_gone",
            ServesUntilTheLastHasGone,
            "ending::nobody_is_let_in_after_the_end",
            "a client is let in after the end"
        ),
        wrong!(
            "answers_whatever_comes",
            AnswersWhateverComes,
            "ending::a_client_that_always_has_another_message_keeps_nobody",
            "a client that always has another message"
        ),
        wrong!(
            "drops_the_message_in_its_hand",
            DropsTheMessage,
            "ending::who_waits_for_a_reply_gets_it",
            "it ends before a message that it has logged"
        ),
        wrong!(
            "calls_everybody_finished",
            CallsEverybodyFinished,
            "ending::who_is_silent_reads_the_end_of_the_stream",
            "whom the end of the service has sent home is"
        ),
        wrong!(
            "says_nothing_at_the_end",
            SaysNothing,
            "ending::a_service_ends_when_nobody_is_there",
            "the last line of the log is `stopped`"
        ),
        wrong!(
            "says_it_before_the_end",
            SaysItBefore,
            "ending::who_waits_for_a_reply_gets_it",
            "the last line of the log is `stopped`"
        ),
        wrong!(
            "ends_with_an_error",
            EndsWithAnError,
            "ending::a_service_ends_when_nobody_is_there",
            "an error ended your server"
        ),
        wrong!(
            "ends_at_the_second",
            EndsAtTheSecond,
            "ending::a_further_interrupt_changes_nothing",
            "it ends before a message that it has logged"
        ),
        wrong!(
            "polls_for_the_end",
            PollsForTheEnd,
            "waiting::a_listener_that_nobody_talks_to_is_idle",
            "asks again and again"
        ),
        wrong!(
            "keeps_the_streams_of_all",
            KeepsTheStreams,
            "service::hundreds_of_clients_leave_nothing_behind",
            "something of each client is kept"
        ),
        wrong!(
            "starts_the_clock_before_the_work",
            StartsTheClockBeforeTheWork,
            "ending::the_work_on_a_reply_is_not_taken_from_its_time::case_2_before",
            "the time for a reply begins when it is made"
        ),
        wrong!(
            "has_a_patience_for_the_end",
            HasAPatienceForTheEnd,
            "ending::the_work_on_a_reply_is_not_taken_from_its_time::case_1_at_the_end",
            "the end has a time of its own"
        ),
        wrong!(
            "waits_for_whom_a_bug_has_ended",
            WaitsForWhomABugHasEnded,
            "ending::who_is_inside_is_sent_home_after_a_panic_a_reset_and_a_departure",
            "nothing ends the wait in which it is"
        ),
        wrong!(
            "forgets_all_of_a_host",
            ForgetsAllOfAHost,
            "ending::who_is_inside_is_sent_home_after_a_panic_a_reset_and_a_departure",
            "a client inside is not sent home"
        ),
        wrong!(
            "unwraps_a_shutdown",
            UnwrapsAShutdown,
            "ending::who_is_inside_is_sent_home_after_a_panic_a_reset_and_a_departure",
            "your server has panicked: an error was unwrapped"
        ),
        wrong!(
            "ends_at_the_third",
            EndsAtTheThird,
            "ending::a_further_interrupt_changes_nothing",
            "it ends before a message that it has logged"
        ),
        wrong!(
            "reads_one_more",
            ReadsOneMore,
            "ending::after_the_end_no_further_message_is_read",
            "a client that always has another message"
        ),
        wrong!(
            "sends_home_at_the_very_end",
            SendsHomeAtTheEnd,
            "ending::everybody_who_waits_for_a_reply_gets_it",
            "who is silent is sent home at once"
        ),
        wrong!(
            "spins_until_all_have_left",
            SpinsAtTheEnd,
            "ending::a_service_that_waits_for_its_end_is_idle",
            "asks again and again"
        ),
        wrong!(
            "polls_until_all_have_left",
            PollsAtTheEnd,
            "ending::a_service_that_waits_for_its_end_is_idle",
            "asks again and again"
        ),
        wrong!(
            "calls_who_does_not_read_stopped",
            CallsEverybodyStopped,
            "ending::a_service_ends_though_somebody_does_not_read",
            "who does not take its reply is `gave up`"
        ),
        wrong!(
            "accepts_until_it_can",
            AcceptsUntilItCan,
            "ending::a_service_ends_while_it_cannot_accept",
            "nothing ends the wait in which it is"
        ),
        wrong!(
            "listens_before_it_can_end",
            ListensBeforeItCanEnd,
            "ending::a_service_ends_as_soon_as_it_listens",
            "Ctrl-C ends the process where it is"
        ),
        wrong!(
            "keeps_the_streams_until_the_end",
            KeepsTheStreamsUntilTheEnd,
            "ending::a_service_that_waits_for_its_end_is_idle",
            "who is silent is hung up on when the last"
        ),
        wrong!(
            "knows_members_by_their_address",
            KnowsMembersByAddress,
            "ending::who_comes_again_from_the_same_port_is_sent_home_too",
            "a member is known by its address"
        ),
        wrong!(
            "knows_members_by_their_port",
            KnowsMembersByPort,
            "ending::two_with_one_port_are_both_sent_home",
            "a member is known by its address"
        ),
        wrong!(
            "answers_whatever_is_empty",
            AnswersWhateverIsEmpty,
            "ending::a_client_that_always_has_another_message_keeps_nobody",
            "a client that always has another message"
        ),
        wrong!(
            "prints_its_last_line_plainly",
            PrintsItsLastLine,
            "ending::a_service_ends_when_nobody_reads_its_log",
            "panicked"
        ),
        wrong!(
            "hands_on_a_panic_at_the_end",
            HandsOnAPanic,
            "ending::a_service_ends_after_the_panic_of_its_last_client",
            "an error ended your server"
        ),
        wrong!(
            "says_at_each_interrupt_that_it_has_stopped",
            SaysItAtEach,
            "ending::a_further_interrupt_changes_nothing",
            "told once"
        ),
        wrong!(
            "is_its_own_client",
            LogsItself,
            "ending::a_service_ends_when_nobody_is_there",
            "who was never `connected`"
        ),
    ],
};

/// A server that differs from a right one in one thing.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    EndsWhereItIs,
    ExitsInTheHandler,
    WaitsForNobody,
    WaitsForAMoment,
    ShutsDownBothWays,
    ShutsDownNobody,
    ShutsDownTheFirstOnly,
    WakesNobody,
    WakesAtLocalhost,
    ServesTheQueueFirst,
    ServesWhoeverWakesIt,
    ServesUntilTheLastHasGone,
    AnswersWhateverComes,
    DropsTheMessage,
    CallsEverybodyFinished,
    SaysNothing,
    SaysItBefore,
    EndsWithAnError,
    EndsAtTheSecond,
    PollsForTheEnd,
    KeepsTheStreams,
    StartsTheClockBeforeTheWork,
    HasAPatienceForTheEnd,
    WaitsForWhomABugHasEnded,
    ForgetsAllOfAHost,
    UnwrapsAShutdown,
    EndsAtTheThird,
    ReadsOneMore,
    SendsHomeAtTheEnd,
    SpinsAtTheEnd,
    PollsAtTheEnd,
    CallsEverybodyStopped,
    AcceptsUntilItCan,
    ListensBeforeItCanEnd,
    KeepsTheStreamsUntilTheEnd,
    KnowsMembersByAddress,
    KnowsMembersByPort,
    AnswersWhateverIsEmpty,
    PrintsItsLastLine,
    HandsOnAPanic,
    SaysItAtEach,
    LogsItself,
}

#[allow(
    clippy::enum_glob_use,
    reason = "a row of the table above has room for a fault's name only"
)]
use Fault::*;

/// How many conversations have panicked.
static PANICS: AtomicUsize = AtomicUsize::new(0);

struct Service {
    fault: Fault,
    own: SocketAddr,
    crowd: Arc<Crowd>,
    members: Mutex<Vec<(SocketAddr, Arc<TcpStream>)>>,
    closed: AtomicBool,
    interrupts: AtomicUsize,
    /// Whose connection ends the `accept`.
    waker: Mutex<Option<SocketAddr>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(addr: &str, fault: Fault) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    listener.set_nonblocking(fault == PollsForTheEnd)?;
    let service = Arc::new(Service {
        fault,
        own: listener.local_addr()?,
        crowd: Crowd::new(most()),
        members: Mutex::default(),
        closed: AtomicBool::new(false),
        interrupts: AtomicUsize::new(0),
        waker: Mutex::default(),
    });
    if fault == ListensBeforeItCanEnd {
        log!("listening on {}", service.own);
        thread::sleep(Duration::from_millis(5));
    }
    if fault != EndsWhereItIs {
        let service = Arc::clone(&service);
        at_ctrl_c(move || service.close())?;
    }
    if fault != ListensBeforeItCanEnd {
        log!("listening on {}", service.own);
    }
    service.accept(&listener, addr);
    drop(listener);
    service.end()
}

impl Service {
    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let times = 1 + self.interrupts.fetch_add(1, Ordering::SeqCst);
        let last = match self.fault {
            ExitsInTheHandler => 1,
            EndsAtTheSecond => 2,
            EndsAtTheThird => 3,
            _ => usize::MAX,
        };
        if self.fault == SaysItAtEach {
            log!("stopped {}", self.own);
        }
        if times >= last {
            log!("stopped {}", self.own);
            process::exit(0);
        }
        if self.fault != SendsHomeAtTheEnd {
            self.send_home();
        }
        self.wake();
    }

    fn send_home(&self) {
        let how = if self.fault == ShutsDownBothWays { Shutdown::Both } else { Shutdown::Read };
        let count = match self.fault {
            ShutsDownNobody => 0,
            ShutsDownTheFirstOnly => 1,
            _ => usize::MAX,
        };
        let mut ports = Vec::new();
        for (peer, stream) in lock(&self.members).iter().take(count) {
            if self.fault == KnowsMembersByPort && ports.contains(&peer.port()) {
                continue;
            }
            ports.push(peer.port());
            let done = stream.shutdown(how);
            if self.fault == UnwrapsAShutdown {
                done.unwrap();
            }
        }
    }

    /// Ends the `accept` that waits.
    fn wake(&self) {
        let at = match self.fault {
            WakesNobody => return,
            WakesAtLocalhost => (Ipv4Addr::LOCALHOST, self.own.port()).into(),
            _ => self.own,
        };
        let mut waker = lock(&self.waker);
        if let Ok(stream) = TcpStream::connect(at) {
            *waker = stream.local_addr().ok();
        }
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Whether a client that has come just now is served.
    fn is_welcome(&self, peer: SocketAddr) -> bool {
        match self.fault {
            ServesWhoeverWakesIt => true,
            ServesTheQueueFirst | ServesUntilTheLastHasGone => {
                !self.is_closed() || *lock(&self.waker) != Some(peer)
            }
            _ => !self.is_closed(),
        }
    }

    /// Whether nobody is accepted any more.
    fn is_over(&self, last: Option<SocketAddr>) -> bool {
        self.is_closed()
            && match self.fault {
                ServesTheQueueFirst => last.is_some() && *lock(&self.waker) == last,
                ServesUntilTheLastHasGone => lock(&self.members).is_empty(),
                _ => true,
            }
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener, addr: &str) {
        let (mut last, mut has_failed) = (None, false);
        loop {
            let place = self.crowd.enter();
            if self.is_over(last) && !(self.fault == AcceptsUntilItCan && has_failed) {
                return;
            }
            let accepted = listener.accept().and_then(|(stream, peer)| {
                last = Some(peer);
                if self.is_welcome(peer) {
                    return self.start(stream, peer, place);
                }
                if self.fault == LogsItself {
                    log!("refused {peer}: the service ends");
                }
                Ok(())
            });
            has_failed = accepted.is_err();
            match accepted.map_err(|error| error.kind()) {
                Ok(()) => {}
                Err(ErrorKind::WouldBlock) if self.fault == PollsForTheEnd => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(error) => {
                    log!("cannot serve on {addr}: {error}");
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    fn start(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        kept: impl Send + 'static,
    ) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        let (service, stream) = (Arc::clone(self), Arc::new(stream));
        lock(&self.members).push((peer, Arc::clone(&stream)));
        let fault = self.fault;
        let member = Member { service, peer, stream: Arc::downgrade(&stream) };
        let thread = thread::Builder::new().spawn(move || {
            member.service.converse(&stream, peer);
            if fault == KeepsTheStreamsUntilTheEnd {
                mem::forget(stream);
            }
            drop(member);
            drop(kept);
        });
        thread.map(drop)
    }

    fn converse(&self, stream: &TcpStream, peer: SocketAddr) {
        log!("connected {peer}");
        let ended = self.answer(stream, peer);
        let by_the_end = self.is_closed() && self.fault != CallsEverybodyFinished;
        match ended.map_err(|error| error.kind()) {
            _ if by_the_end && self.fault == CallsEverybodyStopped => log!("stopped {peer}"),
            Ok(()) if by_the_end => log!("stopped {peer}"),
            Ok(()) => log!("finished {peer}"),
            Err(ErrorKind::TimedOut) => log!("gave up {peer}"),
            Err(ErrorKind::UnexpectedEof) => log!("cut {peer}"),
            Err(ErrorKind::InvalidData) => log!("refused {peer}"),
            Err(_) => log!("vanished {peer}"),
        }
    }

    fn answer(&self, stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
        let timed = || Timed { stream, deadline: Deadline::after(server_patience()) };
        let mut one_more = self.fault == ReadsOneMore;
        let mut was_empty = false;
        while !self.is_closed()
            || self.fault == AnswersWhateverComes
            || self.fault == AnswersWhateverIsEmpty && was_empty
            || mem::take(&mut one_more)
        {
            let Some(message) = read_frame(&mut timed(), MAX_MESSAGE)? else { break };
            log!("message {peer} {message:?}");
            // What is no work is none that has to end.
            was_empty = message.len() < 8;
            let mut early = timed();
            let reply = reply(&message);
            if self.fault == DropsTheMessage && self.is_closed() {
                break;
            }
            if self.fault != StartsTheClockBeforeTheWork {
                early = timed();
            }
            write_frame(&mut early, &reply)?;
        }
        Ok(())
    }

    /// Waits until everybody has gone, and says so.
    fn end(&self) -> Result<()> {
        let Self { fault, own, .. } = self;
        if *fault == SaysItBefore {
            log!("stopped {own}");
        }
        let is_empty = || lock(&self.members).is_empty();
        let begin = Instant::now();
        match fault {
            WaitsForNobody => {}
            WaitsForAMoment => thread::sleep(Duration::from_millis(200)),
            HasAPatienceForTheEnd => {
                while !is_empty() && begin.elapsed() < server_patience() {
                    thread::sleep(Duration::from_millis(20));
                }
            }
            SpinsAtTheEnd => while !is_empty() {},
            PollsAtTheEnd | WaitsForWhomABugHasEnded => {
                while !is_empty() {
                    thread::sleep(Duration::from_millis(5));
                }
            }
            SendsHomeAtTheEnd => {
                thread::sleep(Duration::from_millis(1_500));
                self.send_home();
                while !is_empty() {
                    thread::sleep(Duration::from_millis(5));
                }
            }
            // Who has all the places is alone.
            _ => drop((0..most()).map(|_| self.crowd.enter()).collect::<Vec<_>>()),
        }
        match fault {
            SaysNothing | SaysItBefore => {}
            EndsWithAnError => bail!("interrupted on {own}"),
            HandsOnAPanic if PANICS.load(Ordering::SeqCst) > 0 => {
                bail!("a conversation on {own} panicked")
            }
            PrintsItsLastLine => println!("stopped {own}"),
            _ => log!("stopped {own}"),
        }
        Ok(())
    }
}

/// Somebody who is inside, until this is dropped.
struct Member {
    service: Arc<Service>,
    peer: SocketAddr,
    stream: Weak<TcpStream>,
}

impl Drop for Member {
    fn drop(&mut self) {
        let Self { service, peer, stream } = self;
        if thread::panicking() {
            PANICS.fetch_add(1, Ordering::SeqCst);
        }
        if service.fault == KeepsTheStreams {
            return;
        }
        if service.fault == WaitsForWhomABugHasEnded && thread::panicking() {
            let members = lock(&service.members);
            let gone = members.iter().find(|(other, _)| other == peer);
            let _ = gone.map(|(_, stream)| stream.shutdown(Shutdown::Both));
            return;
        }
        let is_empty = {
            let mut members = lock(&service.members);
            members.retain(|(other, theirs)| match service.fault {
                ForgetsAllOfAHost => other.ip() != peer.ip(),
                KnowsMembersByAddress => other != peer,
                _ => Arc::as_ptr(theirs) != stream.as_ptr(),
            });
            members.is_empty()
        };
        if service.fault == ServesUntilTheLastHasGone && service.is_closed() && is_empty {
            service.wake();
        }
    }
}
