//! The same run without a clock: only what is caused by something comes after it.
//!
//! Two runs of one program differ in times, in ports, and in the order of what has nothing to do with
//! each other. This puts a run into the one order that all of them share: each cause before its
//! effect, and otherwise whoever came first runs as far as they can.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::owners::Owners;
use super::run::{APART, AT_LAST, Call, Frame, Kind, Protocol, Run, Time};

/// A moment of a run.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    Enter(usize),
    Exit(usize),
    Frame(usize),
    End(usize),
}

/// Of a run with more moments than that, nobody asks for the causes of each.
const MOST: usize = 2_000;

/// What a moment comes after: the places of other moments, and whether nobody who takes part causes it:
/// somebody starts, wakes up, or ends. Then the time says more.
type Needs = (Vec<usize>, bool);

/// Gives every moment the time at which it comes in that order: 1, 2, 3 and so on. A very busy run
/// stays as it is.
pub fn by_cause(run: &mut Run) {
    if 2 * run.calls.len() + run.frames.len() > MOST {
        return;
    }
    let (moments, needs) = causes(run);
    let order = sorted(run, &moments, &needs);
    for (index, place) in order.into_iter().enumerate() {
        let at = index as Time + 1;
        match moments[place].1 {
            Moment::Enter(call) => run.calls[call].enter = at,
            Moment::Exit(call) => run.calls[call].exit = Some(at),
            Moment::Frame(frame) => run.frames[frame].at = at,
            Moment::End(process) => {
                if let Some((end, _)) = &mut run.processes[process].end {
                    *end = at;
                }
            }
        }
    }
    run.sockets.iter_mut().for_each(|socket| socket.since = 0);
    run.timeless = true;
}

/// The order: of what may come next, frames first, and then the process that came first, of which the
/// thread that came first.
fn sorted(run: &Run, moments: &[(Time, Moment)], needs: &[Needs]) -> Vec<usize> {
    let threads = threads(run, moments);
    let rank = |moment: Moment| match moment {
        Moment::Frame(_) => (0, None),
        Moment::Enter(call) | Moment::Exit(call) => {
            let Call { process, thread, .. } = run.calls[call];
            (1 + process, threads.iter().position(|&other| other == thread))
        }
        Moment::End(process) => (1 + process, Some(threads.len())),
    };
    let mut order = Vec::new();
    let mut is_placed = vec![false; moments.len()];
    let mut left: Vec<usize> = (0..moments.len()).collect();
    while let Some(&earliest) = left.first() {
        let is_ready = |place: &&usize| {
            let (before, by_itself) = &needs[**place];
            (!by_itself || moments[**place].0 < moments[earliest].0 + APART)
                && before.iter().all(|&need| is_placed[need])
        };
        let ready = left.iter().filter(is_ready).min_by_key(|place| rank(moments[**place].1));
        // Causes come before effects, so the earliest of all may always come.
        let next = *ready.unwrap_or(&earliest);
        order.push(next);
        is_placed[next] = true;
        left.retain(|&place| place != next);
    }
    order
}

/// The threads of a run, in the order in which they came.
fn threads(run: &Run, moments: &[(Time, Moment)]) -> Vec<i32> {
    let mut threads = Vec::new();
    for (_, moment) in moments {
        if let Moment::Enter(call) = moment
            && !threads.contains(&run.calls[*call].thread)
        {
            threads.push(run.calls[*call].thread);
        }
    }
    threads
}

/// The moments of a run in the order of time, and for each the places of those that it comes after.
fn causes(run: &Run) -> (Vec<(Time, Moment)>, Vec<Needs>) {
    let mut moments = Vec::new();
    for (index, call) in run.calls.iter().enumerate() {
        moments.push((call.enter, Moment::Enter(index)));
        moments.extend(call.exit.map(|exit| (exit, Moment::Exit(index))));
    }
    moments.extend(run.frames.iter().enumerate().map(|(index, f)| (f.at, Moment::Frame(index))));
    for (index, process) in run.processes.iter().enumerate() {
        moments.extend(process.end.as_ref().map(|(at, _)| (*at, Moment::End(index))));
    }
    moments.sort_by_key(|(at, _)| *at);
    let causes = Causes { run, owners: Owners::of(run), moments: &moments };
    let mut read = HashMap::new();
    let needs = (0..moments.len()).map(|place| causes.of(place, &mut read)).collect();
    (moments, needs)
}

struct Causes<'a> {
    run: &'a Run,
    owners: Owners<'a>,
    moments: &'a [(Time, Moment)],
}

impl Causes<'_> {
    /// What a moment comes after. `read` is how much each socket has received so far.
    fn of(&self, place: usize, read: &mut HashMap<usize, u64>) -> Needs {
        match self.moments[place].1 {
            Moment::Enter(index) => self.of_enter(place, &self.run.calls[index]),
            Moment::Exit(index) => {
                let enters = self.last(place, |other| other == Moment::Enter(index));
                let frame = self.awaited(index, read);
                let frame =
                    frame.and_then(|it| self.last(place, |other| other == Moment::Frame(it)));
                let shutdown = self.shutdown(place, &self.run.calls[index]);
                let needs = enters.into_iter().chain(frame).chain(shutdown).collect();
                (needs, self.run.calls[index].name == "sleep")
            }
            Moment::Frame(index) => self.of_frame(place, &self.run.frames[index]),
            Moment::End(process) => {
                let how = self.run.processes[process].end.as_ref().map_or("", |(_, how)| how);
                // A demo is over when everything else has happened.
                let is_before =
                    |place: &usize| how == AT_LAST || self.is_own(process, self.moments[*place].1);
                // Who ends by a signal does not decide when.
                ((0..place).filter(is_before).collect(), how.starts_with("ended by"))
            }
        }
    }

    /// What has another thread read the end of the stream.
    fn shutdown(&self, place: usize, call: &Call) -> Option<usize> {
        let is_it =
            |it: &Call| call.name == "recv" && it.name == "shutdown" && it.socket == call.socket;
        self.last(place, |other| self.call(other).is_some_and(is_it))
    }

    /// A thread calls after its last call, and closes a socket after what others have done with it.
    fn of_enter(&self, place: usize, call: &Call) -> Needs {
        let is_its = |other| self.call(other).is_some_and(|it| it.thread == call.thread);
        let prints = |other| {
            let print = self.call(other).filter(|it| it.process == call.process);
            print.is_some_and(|it| it.name == "print")
        };
        let Some(own) = self.last(place, is_its) else { return self.of_first_call(place, call) };
        let uses = |other| self.call(other).is_some_and(|it| it.socket == call.socket);
        let others = match call.name {
            // The lines of a log have one order, whichever threads print them.
            "print" => self.last(place, prints),
            "close" => self.last(place, uses),
            _ => None,
        };
        (others.into_iter().chain([own]).collect(), false)
    }

    /// A thread's first call follows what the process's first thread, which has started it, did last, and
    /// an interrupt; a process's first call comes when a server is there. It is interrupted when it has
    /// printed what the demo waits for.
    fn of_first_call(&self, place: usize, call: &Call) -> Needs {
        let first = self.run.calls.iter().find(|it| it.process == call.process);
        let is_cause = |it: &Call| match call.name {
            "interrupt" => it.process == call.process && it.name == "print",
            _ if it.name == "interrupt" => it.process == call.process,
            _ => first.is_some_and(|first| first.thread == it.thread),
        };
        let returned = self.last(place, |other| match other {
            Moment::Exit(at) => is_cause(&self.run.calls[at]),
            _ => false,
        });
        if returned.is_some() {
            return (returned.into_iter().collect(), false);
        }
        let listens = |it: &Call| it.detail.starts_with("listening on");
        let told = self.last(place, |other| self.call(other).is_some_and(listens));
        (told.into_iter().collect(), true)
    }

    /// A frame follows the call that sends it, and those frames of its connection that must be before.
    fn of_frame(&self, place: usize, frame: &Frame) -> Needs {
        let (is_tcp, fin, rst) = match frame.kind {
            Kind::Tcp { fin, rst, .. } => (true, fin, rst),
            _ => (false, false, false),
        };
        let sends = self.last(place, |other| self.sends(other, frame));
        let closes = self.last(place, |other| {
            let is_close = |it: &Call| ["close", "shutdown"].contains(&it.name);
            self.sends(other, frame) && self.call(other).is_some_and(is_close)
        });
        let cause = closes.filter(|_| fin || rst).or(sends);
        // The ends of a stream may cross each other. What a kernel answers follows what it answers.
        let is_before = |other: &Frame| {
            is_same(frame, other)
                && (cause.is_none() || is_tcp && (rst || other.from == frame.from))
        };
        let before = self.last(place, |other| match other {
            Moment::Frame(at) => is_before(&self.run.frames[at]),
            _ => false,
        });
        let mut needs: Vec<usize> = cause.into_iter().chain(before).collect();
        let ends = (fin || rst) && closes.is_none();
        if ends {
            // Nobody has closed the socket: its process has ended, after all that it did.
            let owners = self.owners.get(frame, frame.from, frame.to);
            let calls = |place: &usize| {
                let call = self.call(self.moments[*place].1);
                call.is_some_and(|call| owners.contains(&call.process))
            };
            needs.extend((0..place).filter(calls));
        }
        (needs, ends)
    }

    /// Whether a process takes part in a moment.
    fn is_own(&self, process: usize, moment: Moment) -> bool {
        match moment {
            Moment::Frame(at) => {
                let frame = &self.run.frames[at];
                self.owners.get(frame, frame.from, frame.to).contains(&process)
            }
            other => self.call(other).is_some_and(|call| call.process == process),
        }
    }

    /// The last moment before `place` of which this holds.
    fn last(&self, place: usize, is_it: impl Fn(Moment) -> bool) -> Option<usize> {
        self.moments[..place].iter().rposition(|(_, moment)| is_it(*moment))
    }

    /// The frame without which a call could not return so.
    fn awaited(&self, index: usize, read: &mut HashMap<usize, u64>) -> Option<usize> {
        let call = &self.run.calls[index];
        let socket = &self.run.sockets[call.socket?];
        let is_udp = socket.protocol == Protocol::Udp;
        let mut missing = 0;
        if let ("recv", Ok(_)) = (call.name, &call.result) {
            let read = read.entry(call.socket?).or_default();
            *read += if is_udp { 1 } else { call.bytes };
            missing = (*read).max(1);
        }
        self.run.frames.iter().position(|frame| {
            let comes = frame.protocol() == socket.protocol
                && (is_udp || socket.peer.or(call.from).is_none_or(|peer| frame.from == peer))
                && self.owners.get(frame, frame.to, frame.from).contains(&call.process);
            comes
                && match (call.name, &call.result, frame.kind) {
                    ("accept", Ok(_), Kind::Tcp { syn, .. }) => syn,
                    ("connect", Ok(_), Kind::Tcp { syn, ack, .. }) => syn && ack,
                    ("connect" | "recv" | "send", Err(_), Kind::Tcp { rst, .. }) => rst,
                    ("connect" | "recv" | "send", Err(_), Kind::Unreachable) => true,
                    ("recv", Ok(0), Kind::Tcp { fin, .. }) => fin,
                    ("recv", Ok(_), kind) => {
                        let same = || call.from.is_none_or(|from| from.ip() == frame.from.ip());
                        let brought = if kind == Kind::Udp { same().into() } else { frame.bytes };
                        missing = missing.saturating_sub(brought);
                        missing == 0
                    }
                    _ => false,
                }
        })
    }

    /// Whether a call may have put this frame on the wire.
    fn sends(&self, moment: Moment, frame: &Frame) -> bool {
        let Moment::Enter(at) = moment else { return false };
        let call = &self.run.calls[at];
        let Some(socket) = call.socket.map(|socket| &self.run.sockets[socket]) else {
            return false;
        };
        let is_udp = socket.protocol == Protocol::Udp;
        let reply =
            matches!(frame.kind, Kind::Tcp { syn: true, ack: true, .. } | Kind::Unreachable);
        let is_from =
            |own: SocketAddr| own == frame.from || is_udp && own.port() == frame.from.port();
        let sends = ["send", "close", "shutdown"].contains(&call.name)
            && socket.local.is_some_and(is_from)
            && (is_udp || socket.peer == Some(frame.to));
        let connects = call.name == "connect" && call.from == Some(frame.to);
        socket.protocol == frame.protocol() && !reply && (sends || connects)
    }

    fn call(&self, moment: Moment) -> Option<&Call> {
        match moment {
            Moment::Enter(at) | Moment::Exit(at) => Some(&self.run.calls[at]),
            _ => None,
        }
    }
}

/// Whether two frames belong to one connection, or one pair of sockets.
fn is_same(one: &Frame, other: &Frame) -> bool {
    one.protocol() == other.protocol()
        && ((one.from, one.to) == (other.from, other.to)
            || (one.from, one.to) == (other.to, other.from))
}
