//! The same run without a clock: only what is caused by something comes after it.
//!
//! Two runs of one program differ in times, in ports, and in the order of what has nothing to do with
//! each other. This puts a run into the one order that all of them share: each cause before its
//! effect, and otherwise whoever came first runs as far as they can.

use std::collections::HashMap;

use super::owners::Owners;
use super::run::{Call, Frame, Kind, Protocol, Run, Time};

/// What is so far apart has an order: a demo waits for longer until it goes on. Nanoseconds.
const APART: Time = 100_000_000;

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

/// What a moment comes after.
struct Needs {
    places: Vec<usize>,
    /// Whether nobody who takes part causes it: somebody starts, or ends. Then the time says more.
    by_itself: bool,
}

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

/// The order: of what may come next, frames first, and then the process that came first.
fn sorted(run: &Run, moments: &[(Time, Moment)], needs: &[Needs]) -> Vec<usize> {
    let rank = |moment: Moment| match moment {
        Moment::Frame(_) => 0,
        Moment::Enter(call) | Moment::Exit(call) => 1 + run.calls[call].process,
        Moment::End(process) => 1 + process,
    };
    let mut order = Vec::new();
    let mut is_placed = vec![false; moments.len()];
    let mut left: Vec<usize> = (0..moments.len()).collect();
    while let Some(&earliest) = left.first() {
        let is_ready = |place: &&usize| {
            let (at, needs) = (moments[**place].0, &needs[**place]);
            (!needs.by_itself || at < moments[earliest].0 + APART)
                && needs.places.iter().all(|&need| is_placed[need])
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
            Moment::Enter(index) => {
                let call = &self.run.calls[index];
                let own = self.last(place, |other| self.thread(other) == Some(call.thread));
                let by_itself = own.is_none();
                let listens = |other| {
                    self.call(other).is_some_and(|it| it.detail.starts_with("listening on"))
                };
                let told = self.last(place, listens).filter(|_| by_itself);
                Needs { places: own.into_iter().chain(told).collect(), by_itself }
            }
            Moment::Exit(index) => {
                let enters = self.last(place, |other| other == Moment::Enter(index));
                let frame = self.awaited(index, read);
                let frame =
                    frame.and_then(|frame| self.last(place, |other| other == Moment::Frame(frame)));
                Needs { places: enters.into_iter().chain(frame).collect(), by_itself: false }
            }
            Moment::Frame(index) => self.of_frame(place, &self.run.frames[index]),
            Moment::End(process) => {
                let own = |place: &usize| match self.moments[*place].1 {
                    Moment::Frame(at) => {
                        let frame = &self.run.frames[at];
                        self.owners.get(frame, frame.from, frame.to).contains(&process)
                    }
                    other => self.process(other) == Some(process),
                };
                Needs { places: (0..place).filter(own).collect(), by_itself: true }
            }
        }
    }

    fn of_frame(&self, place: usize, frame: &Frame) -> Needs {
        let Kind::Tcp { fin, rst, .. } = frame.kind else {
            let sends = self.last(place, |other| self.sends(other, frame));
            let answered =
                self.last(place, |other| self.is_of(other, frame)).filter(|_| sends.is_none());
            return Needs { places: sends.into_iter().chain(answered).collect(), by_itself: false };
        };
        let sends = self.last(place, |other| self.sends(other, frame));
        let closes = self.last(place, |other| self.sends(other, frame) && self.is_close(other));
        let cause = if fin || rst { closes.or(sends) } else { sends };
        // The ends of a stream may cross each other. What a kernel answers follows what it answers.
        let is_before = |other| self.frame(other).is_some_and(|it| it.from == frame.from || rst);
        let before = self
            .last(place, |other| self.is_of(other, frame) && (cause.is_none() || is_before(other)));
        let by_itself = (fin || rst) && closes.is_none();
        Needs { places: cause.into_iter().chain(before).collect(), by_itself }
    }

    /// The last moment before `place` of which this holds.
    fn last(&self, place: usize, is_it: impl Fn(Moment) -> bool) -> Option<usize> {
        self.moments[..place].iter().rposition(|(_, moment)| is_it(*moment))
    }

    /// Whether it is a frame of the same connection, or of the same two sockets.
    fn is_of(&self, moment: Moment, frame: &Frame) -> bool {
        self.frame(moment).is_some_and(|other| is_same(frame, other))
    }

    /// The frame without which a call could not return so.
    fn awaited(&self, index: usize, read: &mut HashMap<usize, u64>) -> Option<usize> {
        let call = &self.run.calls[index];
        let socket = &self.run.sockets[call.socket?];
        let mut coming = self.run.frames.iter().enumerate().filter(|(_, frame)| {
            self.owners.get(frame, frame.to, frame.from).contains(&call.process)
                && frame.protocol() == socket.protocol
                && (socket.protocol == Protocol::Udp
                    || socket.peer.or(call.from).is_none_or(|peer| frame.from == peer))
        });
        let is =
            |wanted: fn(&Kind) -> bool| move |(_, frame): &(usize, &Frame)| wanted(&frame.kind);
        let found = match (call.name, &call.result) {
            ("accept", Ok(_)) => {
                coming.find(is(|kind| matches!(kind, Kind::Tcp { syn: true, .. })))
            }
            ("connect", Ok(_)) => {
                coming.find(is(|kind| matches!(kind, Kind::Tcp { syn: true, ack: true, .. })))
            }
            ("connect" | "recv" | "send", Err(_)) => coming
                .find(is(|kind| matches!(kind, Kind::Tcp { rst: true, .. } | Kind::Unreachable))),
            ("recv", Ok(0)) if socket.protocol == Protocol::Tcp => {
                coming.find(is(|kind| matches!(kind, Kind::Tcp { fin: true, .. })))
            }
            ("recv", Ok(_)) => {
                let read = read.entry(call.socket?).or_default();
                *read += if socket.protocol == Protocol::Udp { 1 } else { call.bytes };
                let wanted = (*read).max(1);
                let mut seen = 0;
                coming.find(|(_, frame)| {
                    seen += match frame.kind {
                        Kind::Udp => {
                            u64::from(call.from.is_none_or(|from| from.ip() == frame.from.ip()))
                        }
                        _ => frame.bytes,
                    };
                    seen >= wanted
                })
            }
            _ => None,
        };
        found.map(|(index, _)| index)
    }

    /// Whether a call may have put this frame on the wire.
    fn sends(&self, moment: Moment, frame: &Frame) -> bool {
        let Moment::Enter(at) = moment else { return false };
        let call = &self.run.calls[at];
        let Some(socket) = call.socket.map(|socket| &self.run.sockets[socket]) else {
            return false;
        };
        let reply =
            matches!(frame.kind, Kind::Tcp { syn: true, ack: true, .. } | Kind::Unreachable);
        let own = socket.local == Some(frame.from)
            || socket.protocol == Protocol::Udp
                && socket.local.is_some_and(|own| own.port() == frame.from.port());
        let connects = call.name == "connect" && call.from == Some(frame.to);
        let to = socket.protocol == Protocol::Udp || socket.peer == Some(frame.to);
        let kind = ["send", "close", "shutdown"].contains(&call.name);
        socket.protocol == frame.protocol() && !reply && (own && to && kind || connects)
    }

    fn is_close(&self, moment: Moment) -> bool {
        self.call(moment).is_some_and(|call| ["close", "shutdown"].contains(&call.name))
    }

    fn frame(&self, moment: Moment) -> Option<&Frame> {
        match moment {
            Moment::Frame(at) => Some(&self.run.frames[at]),
            _ => None,
        }
    }

    fn call(&self, moment: Moment) -> Option<&Call> {
        match moment {
            Moment::Enter(at) | Moment::Exit(at) => Some(&self.run.calls[at]),
            _ => None,
        }
    }

    fn thread(&self, moment: Moment) -> Option<i32> {
        self.call(moment).map(|call| call.thread)
    }

    fn process(&self, moment: Moment) -> Option<usize> {
        self.call(moment).map(|call| call.process)
    }
}

/// Whether two frames belong to one connection, or one pair of sockets.
fn is_same(one: &Frame, other: &Frame) -> bool {
    one.protocol() == other.protocol()
        && ((one.from, one.to) == (other.from, other.to)
            || (one.from, one.to) == (other.to, other.from))
}
