//! Whose an address is, and what of the wire was received.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

use super::run::{Call, Frame, Kind, Protocol, Run, Socket};

/// Who has which address.
pub struct Owners<'a> {
    run: &'a Run,
    /// The sockets at each port, in the order in which they came.
    at: HashMap<(Protocol, u16), Vec<&'a Socket>>,
}

impl<'a> Owners<'a> {
    pub fn of(run: &'a Run) -> Self {
        let mut at: HashMap<_, Vec<&Socket>> = HashMap::new();
        for socket in &run.sockets {
            if let Some(local) = socket.local {
                at.entry((socket.protocol, local.port())).or_default().push(socket);
            }
        }
        Self { run, at }
    }

    /// The processes that a frame at `local` belongs to when the other end is `peer`: the one that has
    /// this connection, or that had the port last; of a broadcast, all that have it.
    pub fn get(&self, frame: &Frame, local: SocketAddr, peer: SocketAddr) -> Vec<usize> {
        let mut sockets = self.at(frame.protocol(), local);
        sockets.retain(|socket| socket.since <= frame.at);
        if let Some(socket) = sockets.iter().rfind(|socket| socket.peer == Some(peer)) {
            return vec![socket.process];
        }
        let mut found: Vec<_> = sockets.iter().map(|socket| socket.process).collect();
        found.dedup();
        if frame.kind == Kind::Udp && is_broadcast(local) {
            found
        } else {
            found.pop().into_iter().collect()
        }
    }

    /// The process that has an address, for a text that names it.
    pub fn name(&self, addr: SocketAddr) -> Option<&'a str> {
        let protocols = [Protocol::Tcp, Protocol::Udp].into_iter();
        let socket = protocols.flat_map(|protocol| self.at(protocol, addr)).next()?;
        Some(&self.run.processes[socket.process].name)
    }

    /// The sockets at an address, in the order in which they came.
    fn at(&self, protocol: Protocol, addr: SocketAddr) -> Vec<&'a Socket> {
        let is_there = |own: SocketAddr| {
            own.ip() == addr.ip() || own.ip().is_unspecified() || addr.ip().is_unspecified()
        };
        let sockets = self.at.get(&(protocol, addr.port())).into_iter().flatten().copied();
        sockets.filter(|socket| socket.local.is_some_and(is_there)).collect()
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
        for call in run.calls.iter().filter(|call| call.name == "recv" && call.result.is_ok()) {
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
