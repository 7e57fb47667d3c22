//! What a run left behind: who took part, what they called, and what crossed the wire.

use std::net::SocketAddr;

/// Nanoseconds since 1970, by the clock that the kernel stamps frames with.
pub type Time = u64;

/// How much of a text is kept, in bytes.
pub const KEPT: usize = 48;
/// How many calls are kept, and how many frames.
pub const MOST: usize = 10_000;
/// So many calls or segments of the same kind in a row become one that counts them.
pub const ALIKE: usize = 4;

#[derive(Default)]
pub struct Run {
    pub processes: Vec<Process>,
    pub sockets: Vec<Socket>,
    pub calls: Vec<Call>,
    pub frames: Vec<Frame>,
    /// What was neither kept nor counted with what was.
    pub left_out: u64,
    /// Whether it was put into an order without times and numbers.
    pub timeless: bool,
    /// Why nothing was captured, where nothing was.
    pub blind: Option<String>,
}

pub struct Process {
    pub name: String,
    /// When it ended, and how.
    pub end: Option<(Time, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    Tcp,
    Udp,
    Unix,
}

pub struct Socket {
    pub process: usize,
    pub protocol: Protocol,
    pub since: Time,
    pub local: Option<SocketAddr>,
    pub peer: Option<SocketAddr>,
}

/// Something a thread called, or the same thing several times.
#[derive(Clone, Debug)]
pub struct Call {
    pub process: usize,
    pub thread: i32,
    pub enter: Time,
    /// `None` as long as it waits.
    pub exit: Option<Time>,
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

impl Call {
    pub fn is_sending(&self) -> bool {
        self.name == "send"
    }

    pub fn is_receiving(&self) -> bool {
        self.name == "recv"
    }

    /// Counts another one with this one, which keeps its own time.
    pub fn absorb(&mut self, more: &Self) {
        self.bytes += more.bytes;
        self.times += more.times;
    }

    /// Whether it is the same as another one, but for the bytes.
    pub fn is_like(&self, other: &Self) -> bool {
        let key = |call: &Self| (call.name, call.thread, call.socket, call.from);
        let same = key(self) == key(other);
        // The end of a stream is another thing than bytes.
        let ends = |call: &Self| call.result == Ok(0);
        same && match (&self.result, &other.result) {
            (Ok(_), Ok(_)) if self.is_sending() || self.is_receiving() => ends(self) == ends(other),
            // Of one that has not returned, nobody knows how.
            (one, another) => {
                self.detail == other.detail && (one == another || other.exit.is_none())
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug)]
pub struct Frame {
    pub at: Time,
    pub kind: Kind,
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// The beginning of the payload.
    pub payload: Vec<u8>,
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

    /// Whether it carries bytes as another one does, between the same two.
    pub fn is_like(&self, other: &Self) -> bool {
        let plain =
            self.is_plain() && self.kind == other.kind && (self.bytes > 0) == (other.bytes > 0);
        plain && (self.from, self.to) == (other.from, other.to)
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
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
