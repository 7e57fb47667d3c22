//! The other end of datagrams, played by the check.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::Process;
use crate::record::{Actor, Bytes, Failure, Observed, Symptom, Verb};
use crate::recorder::Recorder;

/// More than the longest datagram has.
const ROOM: usize = 1 << 16;
/// How long to wait for an answer before asking again, where datagrams may be lost.
const AGAIN: Duration = Duration::from_millis(100);

/// A UDP socket on loopback: a client of the program's server, or a server for its clients.
pub struct DatagramPeer {
    actor: Actor,
    recorder: Recorder,
    socket: UdpSocket,
    /// Where the next datagram goes: to the server, or to whoever sent the last one.
    other: Option<SocketAddr>,
    /// Whether datagrams from others are wrong: a client has asked one server only.
    exclusive: bool,
    /// What was received last.
    last: Vec<u8>,
}

impl DatagramPeer {
    /// A client of the server at `addr`, with a socket on `own`.
    #[track_caller]
    pub(crate) fn client(actor: Actor, addr: &str, own: &str, recorder: &Recorder) -> Self {
        let other = addr.parse().map_err(io::Error::other);
        let other = recorder.machine(other, "read the server's address");
        Self::new(actor, own, Some(other), recorder)
    }

    /// A server that does what the check says.
    #[track_caller]
    pub(crate) fn server(recorder: &Recorder) -> Self {
        Self::new(Actor::Check, "127.0.0.1:0", None, recorder)
    }

    /// A third party.
    #[track_caller]
    pub(crate) fn stranger(recorder: &Recorder) -> Self {
        Self::new(Actor::Stranger, "127.0.0.1:0", None, recorder)
    }

    #[track_caller]
    fn new(actor: Actor, own: &str, other: Option<SocketAddr>, recorder: &Recorder) -> Self {
        let socket = recorder.machine(UdpSocket::bind(own), "bind a free port of loopback");
        let addr = recorder.machine(socket.local_addr(), "have an address");
        recorder.step(&actor, Verb::Opened(addr));
        let recorder = recorder.clone();
        let exclusive = other.is_some();
        Self { actor, recorder, socket, other, exclusive, last: Vec::new() }
    }

    /// This end's own address.
    pub fn addr(&self) -> String {
        self.socket.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
    }

    /// Where the next datagram goes: for a server, the sender of the last one.
    pub fn other(&self) -> SocketAddr {
        self.other.expect("a server sends when it was sent something")
    }

    /// Sends a message, as one datagram.
    #[track_caller]
    pub fn send(&self, message: &str) {
        self.send_bytes(message.as_bytes());
    }

    /// Sends bytes that need not be text, as one datagram.
    #[track_caller]
    pub fn send_bytes(&self, message: &[u8]) {
        self.send_to(message, self.other(), 1);
    }

    /// Sends a message to a client that has not asked here.
    #[track_caller]
    pub fn send_unasked(&self, message: &str, to: SocketAddr) {
        self.send_to(message.as_bytes(), to, 1);
    }

    /// Sends a message to an address from which no question is open any more.
    #[track_caller]
    pub fn send_late(&self, message: &str, to: SocketAddr) {
        // A port that was given back is held meanwhile, so that no other check receives this.
        let held = UdpSocket::bind(to);
        if held.is_ok() || self.other == Some(to) {
            self.send_to(message.as_bytes(), to, 1);
        }
    }

    /// Sends many datagrams in a row, as fast as it can.
    #[track_caller]
    pub fn send_burst(&self, message: &str, times: usize) {
        self.send_to(message.as_bytes(), self.other(), times);
    }

    #[track_caller]
    fn send_to(&self, message: &[u8], to: SocketAddr, times: usize) {
        let verb = Verb::Sent { bytes: message.into(), to: Some(to), times };
        for _ in 0..times {
            if let Err(error) = self.socket.send_to(message, to) {
                self.fail(Symptom::Machine, verb, Observed::Error(error.to_string()));
            }
        }
        self.step(verb);
    }

    /// Says nothing for a while, as people do, and longer than `program` is ready to wait.
    #[track_caller]
    pub fn think(&self, program: &Process) {
        program.is_kept_waiting(&self.actor);
    }

    /// Expects that the next datagram is exactly this text.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let before = self.last.clone();
        let arrived = self.receive(None).ok();
        self.judge(text, arrived, &before);
    }

    /// As `expect`, after what may still be there of the message before: a client that waits for a
    /// reply sends its message again.
    #[track_caller]
    pub fn expect_next(&mut self, text: &str) {
        let before = self.last.clone();
        loop {
            let arrived = self.receive(None).ok();
            if arrived.is_none() || arrived != self.other || self.last != before {
                return self.judge(text, arrived, &before);
            }
        }
    }

    /// Asks until the answer comes. Where a buffer overflowed, a question may be lost.
    #[track_caller]
    pub fn ask_until_answered(&mut self, message: &str, reply: &str) {
        let before = self.last.clone();
        loop {
            self.send(message);
            let arrived = self.receive(Some(AGAIN)).ok();
            if arrived.is_some() || self.recorder.is_over() {
                return self.judge(reply, arrived, &before);
            }
        }
    }

    /// Expects that no datagram waits to be received. It takes no time: a mark that is sent now
    /// must be the first to come out.
    #[track_caller]
    pub fn expect_nothing(&mut self) {
        let mark = UdpSocket::bind("127.0.0.1:0");
        let mark = self.recorder.machine(mark, "bind a free port of loopback");
        let sent = mark.send_to(b"mark", self.addr());
        self.recorder.machine(sent, "send itself a datagram");
        let before = self.last.clone();
        let sender = self.receive(None).ok();
        if sender != mark.local_addr().ok() {
            let again = self.last == before && !before.is_empty();
            let symptom = if again { Symptom::Twice } else { Symptom::WrongContent };
            self.fail(symptom, Verb::ReceivedNothing, self.observed(sender));
        }
        self.last = before;
        self.step(Verb::ReceivedNothing);
    }

    /// Closes the socket: for everybody else its port is closed from now on. Nobody is given the port
    /// as long as what this returns is kept, so that no other check receives what is still sent to it.
    #[must_use = "the port may be given to another check"]
    pub fn close(self) -> Option<UdpSocket> {
        self.step(Verb::Closed);
        let own = self.socket.local_addr().ok()?;
        // Connected to itself, it takes nothing from others. Windows does not tell them, so there it
        // has to be closed.
        cfg!(unix).then_some(self.socket).filter(|socket| socket.connect(own).is_ok())
    }

    /// Waits for a datagram, which is then the last. Its sender.
    fn receive(&mut self, patience: Option<Duration>) -> io::Result<SocketAddr> {
        let mut buffer = vec![0; ROOM];
        let until = patience.map(|patience| Instant::now() + patience);
        loop {
            let left = self.recorder.timeout();
            let left = until
                .map_or(left, |until| left.min(until.saturating_duration_since(Instant::now())));
            self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            match self.socket.recv_from(&mut buffer) {
                Ok((length, sender)) => {
                    self.last = buffer[..length].to_vec();
                    return Ok(sender);
                }
                Err(error) => match error.kind() {
                    _ if self.recorder.is_over() => return Err(error),
                    // Windows tells by a reset that an earlier datagram met a closed port.
                    ErrorKind::Interrupted | ErrorKind::ConnectionReset => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut if patience.is_none() => {}
                    _ => return Err(error),
                },
            }
        }
    }

    #[track_caller]
    fn judge(&mut self, text: &str, arrived: Option<SocketAddr>, before: &[u8]) {
        let expected = text.as_bytes();
        // A server was sent this before, and expects it once more.
        let again = !self.exclusive && self.other.is_some() && before == expected;
        let from = if self.exclusive { self.other } else { None };
        let verb = Verb::Received { bytes: expected.into(), from, again };
        let Some(sender) = arrived else {
            self.fail(Symptom::NoReply, verb, Observed::Datagram(None));
        };
        let stray = self.exclusive && Some(sender) != self.other;
        if self.last != expected || stray {
            let twice = !before.is_empty() && self.last == before && self.last != expected;
            let symptom = if twice { Symptom::Twice } else { Symptom::WrongContent };
            self.fail(symptom, verb, self.observed(Some(sender)));
        }
        self.other = Some(sender);
        let from = if self.exclusive { None } else { Some(sender) };
        self.step(Verb::Received { bytes: expected.into(), from, again });
    }

    fn observed(&self, sender: Option<SocketAddr>) -> Observed {
        Observed::Datagram(sender.map(|sender| (Bytes(self.last.clone()), sender)))
    }

    fn step(&self, verb: Verb) {
        self.recorder.step(&self.actor, verb);
    }

    #[track_caller]
    fn fail(&self, symptom: Symptom, expected: Verb, observed: Observed) -> ! {
        self.recorder.fail(Failure { symptom, actor: self.actor.clone(), expected, observed });
    }
}
