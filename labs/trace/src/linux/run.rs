//! What a run left behind: who took part, what they called, and what crossed the wire.

use std::net::SocketAddr;

use cli::supervised::STOPPED;
use serde::Serialize;

use super::fold::{Alike, Folded};

/// Nanoseconds since the run began, by the clock that the kernel stamps frames with.
pub type Time = u64;

/// What is so far apart is not done together, and a demo waits for longer until it goes on.
pub const APART: Time = 100_000_000;

/// How a process ends that the demo has stopped.
pub const AT_LAST: &str = "stopped: the demo is over";

/// How much of a text is kept, in bytes.
pub const KEPT: usize = 48;
/// How many calls are kept, how many frames, and how many sockets.
pub const MOST: usize = 10_000;

/// What is written down of a run, for this program and, as JSON, for others.
#[derive(Default, Serialize)]
pub struct Run {
    /// When it began: nanoseconds since 1970.
    #[serde(skip)]
    pub began: Time,
    pub processes: Vec<Process>,
    pub sockets: Vec<Socket>,
    pub calls: Vec<Call>,
    pub frames: Vec<Frame>,
    /// What was neither kept nor counted with what was.
    pub left_out: u64,
    /// Whether it was put into an order without times and numbers.
    #[serde(skip)]
    pub timeless: bool,
    /// Why nothing was captured, where nothing was.
    pub blind: Option<String>,
}

impl Run {
    /// Adds what crossed the wire.
    pub fn add(&mut self, frames: Folded<Frame>) {
        self.left_out += frames.left_out;
        self.frames = frames.into_kept();
        for frame in &mut self.frames {
            frame.at = frame.at.saturating_sub(self.began);
        }
        self.learn_attempts();
    }

    /// Leaves out what follows from the end of a demo, which stops all of its parts at once: who of them
    /// still sees another one go is chance.
    pub fn end_with_the_demo(&mut self) {
        let over = self.calls.iter().find(|call| call.detail.contains(STOPPED));
        let before = |call: &&Call| over.is_some_and(|over| call.enter < over.enter);
        let mut kills: Vec<Time> = self
            .calls
            .iter()
            .filter(|call| call.name == "kill")
            .filter(before)
            .map(|call| call.enter)
            .collect();
        kills.sort_unstable();
        let together = kills.chunk_by(|one, next| next - one < APART).last();
        let Some(&stop) = together.and_then(|kills| kills.first()) else { return };
        self.calls.retain(|call| call.enter < stop);
        for call in &mut self.calls {
            call.exit = call.exit.filter(|exit| *exit < stop);
        }
        self.frames.retain(|frame| frame.at < stop);
        for (at, how) in self.processes.iter_mut().filter_map(|process| process.end.as_mut()) {
            if *at >= stop {
                *at = stop;
                AT_LAST.clone_into(how);
            }
        }
    }

    /// A socket whose attempt to connect fails is in no table of the system. Its SYN tells the address.
    fn learn_attempts(&mut self) {
        for frame in &self.frames {
            let Kind::Tcp { syn: true, ack: false, .. } = frame.kind else { continue };
            let mut attempts = self.calls.iter().filter(|call| {
                let lasts = call.enter <= frame.at && call.exit.is_none_or(|exit| frame.at <= exit);
                lasts && call.name == "connect" && call.from == Some(frame.to)
            });
            let is_it = |socket: &usize| {
                self.sockets[*socket].local.is_none_or(|known| known == frame.from)
            };
            if let Some(socket) = attempts.find_map(|call| call.socket.filter(is_it)) {
                self.sockets[socket].local = Some(frame.from);
            }
        }
    }
}

#[derive(Serialize)]
pub struct Process {
    pub name: String,
    /// When it ended, and how.
    pub end: Option<(Time, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Protocol {
    Tcp,
    Udp,
    Unix,
}

#[derive(Serialize)]
pub struct Socket {
    pub process: usize,
    pub protocol: Protocol,
    pub since: Time,
    pub local: Option<SocketAddr>,
    pub peer: Option<SocketAddr>,
}

/// Something a thread called, or the same thing several times.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    pub process: usize,
    pub thread: i32,
    pub enter: Time,
    /// `None` as long as it waits.
    pub exit: Option<Time>,
    #[serde(rename = "call")]
    pub name: &'static str,
    pub socket: Option<usize>,
    /// What was sent or received, or what else there is to say.
    pub detail: String,
    /// Whom a datagram came from.
    pub from: Option<SocketAddr>,
    /// What it returned, or the name of its error.
    pub result: Result<u64, String>,
    /// How many bytes went through it, and how often it was called.
    pub bytes: u64,
    pub times: u64,
}

impl Alike for Call {
    fn is_like(&self, other: &Self) -> bool {
        let key = |call: &Self| (call.name, call.thread, call.socket, call.from);
        // The end of a stream is another thing than bytes.
        let ends = |call: &Self| call.result == Ok(0);
        let same = match (&self.result, &other.result) {
            (Ok(_), Ok(_)) if ["send", "recv"].contains(&self.name) => ends(self) == ends(other),
            // Of one that has not returned, nobody knows how.
            (one, another) => {
                self.detail == other.detail && (one == another || other.exit.is_none())
            }
        };
        same && key(self) == key(other)
    }

    fn at(&self) -> Time {
        self.enter
    }

    fn counted(&mut self) -> (&mut u64, &mut u64) {
        (&mut self.bytes, &mut self.times)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Kind {
    Tcp {
        syn: bool,
        ack: bool,
        fin: bool,
        rst: bool,
    },
    Udp,
    /// ICMP: nobody has the port to which the datagram went.
    Unreachable,
}

/// One packet on the wire, or several alike.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    pub at: Time,
    pub kind: Kind,
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// How the payload begins.
    pub text: String,
    pub bytes: u64,
    pub times: u64,
}

impl Frame {
    pub fn protocol(&self) -> Protocol {
        if let Kind::Tcp { .. } = self.kind { Protocol::Tcp } else { Protocol::Udp }
    }

    pub fn is_plain(&self) -> bool {
        matches!(self.kind, Kind::Tcp { syn: false, fin: false, rst: false, .. } | Kind::Udp)
    }
}

impl Alike for Frame {
    fn is_like(&self, other: &Self) -> bool {
        let key = |frame: &Self| (frame.kind, frame.from, frame.to, frame.bytes > 0);
        self.is_plain() && key(self) == key(other)
    }

    fn at(&self) -> Time {
        self.at
    }

    fn counted(&mut self) -> (&mut u64, &mut u64) {
        (&mut self.bytes, &mut self.times)
    }
}

/// The beginning of some bytes, as a text in quotation marks.
pub fn quoted(bytes: &[u8], length: u64) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT)]);
    let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
    let whole = bytes.len() as u64 == length && bytes.len() <= KEPT;
    if whole || length == 0 {
        format!("{:?}", String::from_utf8_lossy(bytes))
    } else {
        format!("{:?}…", text.chars().take(KEPT / 2).collect::<String>())
    }
}

/// A number as it is read easily: 1,204,331.
pub fn thousands(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        more => format!("{},{:03}", thousands(more), number % 1_000),
    }
}
