//! Whose an address is, and what of the wire was received.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

use super::run::{Call, Frame, Kind, Protocol, Run, Socket};

/// Who has which address.
pub struct Owners<'a> {
    run: &'a Run,
    /// The sockets at each port, in the order in which they came.
    at: HashMap<(Protocol, u16), Vec<&'a Socket>>,
    /// The attempts to connect, by their aim.
    attempts: HashMap<SocketAddr, Vec<&'a Call>>,
    /// Who was seen to connect from an address.
    seen: RefCell<HashMap<SocketAddr, usize>>,
}

impl<'a> Owners<'a> {
    pub fn of(run: &'a Run) -> Self {
        let mut at: HashMap<_, Vec<&Socket>> = HashMap::new();
        for socket in &run.sockets {
            if let Some(local) = socket.local {
                at.entry((socket.protocol, local.port())).or_default().push(socket);
            }
        }
        let mut attempts: HashMap<_, Vec<&Call>> = HashMap::new();
        for call in run.calls.iter().filter(|call| call.name == "connect") {
            if let Some(addr) = call.from {
                attempts.entry(addr).or_default().push(call);
            }
        }
        let owners = Self { run, at, attempts, seen: RefCell::default() };
        for frame in &run.frames {
            if let Kind::Tcp { syn: true, ack: false, .. } = frame.kind {
                owners.attempt(frame, frame.from, frame.to);
            }
        }
        owners
    }

    /// The processes that a frame at `local` belongs to when the other end is `peer`: the one that has
    /// this connection, or that had the port last; of a broadcast, all that have it.
    pub fn get(&self, frame: &Frame, local: SocketAddr, peer: SocketAddr) -> Vec<usize> {
        let sockets = self.at.get(&(frame.protocol(), local.port())).map_or(&[][..], Vec::as_slice);
        let bound = |socket: &&&Socket| {
            socket.since <= frame.at
                && socket
                    .local
                    .is_some_and(|own| own.ip() == local.ip() || own.ip().is_unspecified())
        };
        let connected = |socket: &&&Socket| socket.peer == Some(peer);
        if let Some(socket) = sockets.iter().filter(bound).rfind(connected) {
            return vec![socket.process];
        }
        let mut found: Vec<_> = sockets.iter().filter(bound).map(|socket| socket.process).collect();
        found.dedup();
        if found.is_empty() {
            return self.attempt(frame, local, peer).into_iter().collect();
        }
        if frame.kind == Kind::Udp && is_broadcast(local) {
            found
        } else {
            found.pop().into_iter().collect()
        }
    }

    /// Who is connecting to `peer` as the frame crosses. A socket of which the attempt fails is in no
    /// table, so this is all that tells.
    fn attempt(&self, frame: &Frame, local: SocketAddr, peer: SocketAddr) -> Option<usize> {
        let lasts =
            |call: &&&Call| call.enter <= frame.at && call.exit.is_none_or(|exit| frame.at <= exit);
        let mut seen = self.seen.borrow_mut();
        let call = self.attempts.get(&peer).and_then(|calls| calls.iter().find(lasts));
        match (seen.get(&local), call) {
            (Some(&process), _) => Some(process),
            (None, Some(call)) => Some(*seen.entry(local).or_insert(call.process)),
            (None, None) => None,
        }
    }

    /// The process that has an address, for a text that names it.
    pub fn name(&self, addr: SocketAddr) -> Option<&'a str> {
        if let Some(&process) = self.seen.borrow().get(&addr) {
            return Some(&self.run.processes[process].name);
        }
        let ports = [Protocol::Tcp, Protocol::Udp].map(|protocol| (protocol, addr.port()));
        let mut sockets = ports.iter().filter_map(|port| self.at.get(port)).flatten();
        let socket = sockets.find(|socket| {
            let own = socket.local.map(|own| own.ip());
            own.is_some_and(|own| {
                own == addr.ip() || own.is_unspecified() || addr.ip().is_unspecified()
            })
        })?;
        Some(&self.run.processes[socket.process].name)
    }
}

/// Whether an address means everybody on loopback.
fn is_broadcast(addr: SocketAddr) -> bool {
    matches!(addr, SocketAddr::V4(addr) if addr.ip().octets()[3] == 255)
}

/// What the programs have received, to be taken away as it is seen on the wire.
#[derive(Default)]
pub struct Received {
    /// How many bytes of a stream were read, by process and by the two ends.
    streams: HashMap<(usize, Option<SocketAddr>, Option<SocketAddr>), u64>,
    /// The lengths of the datagrams that a process has taken, by their source. Of many alike, only
    /// their number is known: `None`.
    datagrams: HashMap<(usize, Option<SocketAddr>), Vec<Option<u64>>>,
    /// Who has received something by a socket of which no address is known: nobody knows what.
    unknown: HashSet<usize>,
}

impl Received {
    pub fn of(run: &Run) -> Self {
        let mut received = Self::default();
        for call in run.calls.iter().filter(|call| call.is_receiving() && call.result.is_ok()) {
            received.add(run, call);
        }
        received
    }

    fn add(&mut self, run: &Run, call: &Call) {
        let Some(socket) = call.socket.map(|socket| &run.sockets[socket]) else { return };
        match socket.protocol {
            Protocol::Tcp | Protocol::Udp if socket.local.is_none() => {
                self.unknown.insert(call.process);
            }
            Protocol::Tcp => {
                let ends = (call.process, socket.local, socket.peer);
                *self.streams.entry(ends).or_default() += call.bytes;
            }
            Protocol::Udp if !call.detail.ends_with("(peek)") => {
                let from = (call.process, call.from.or(socket.peer));
                let length = (call.times == 1).then_some(call.bytes);
                self.datagrams.entry(from).or_default().push(length);
            }
            _ => {}
        }
    }

    /// Whether `process` takes what this frame brings. An empty segment is for its kernel alone.
    pub fn takes(&mut self, process: usize, frame: &Frame) -> bool {
        match frame.kind {
            _ if self.unknown.contains(&process) => true,
            Kind::Udp => {
                let Some(lengths) = self.datagrams.get_mut(&(process, Some(frame.from))) else {
                    return false;
                };
                let is_it =
                    |length: &Option<u64>| length.is_none_or(|length| length == frame.bytes);
                let Some(place) = lengths.iter().position(is_it) else { return false };
                if lengths[place].is_some() {
                    lengths.remove(place);
                }
                true
            }
            Kind::Tcp { .. } if frame.bytes > 0 => {
                let ends = (process, Some(frame.to), Some(frame.from));
                let left = self.streams.entry(ends).or_default();
                let takes = *left > 0;
                *left = left.saturating_sub(frame.bytes);
                takes
            }
            _ => true,
        }
    }
}
