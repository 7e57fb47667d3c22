//! Both ends of a broadcast: receivers of the lab, and the check as the sender or as a receiver.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::Process;
use crate::record::{Actor, Bytes, Failure, Observed, Symptom, Verb};
use crate::recorder::Recorder;

/// How often a sender is looked after that nobody hears.
const LOOK: Duration = Duration::from_millis(50);

/// A receiver of the lab, listening.
pub struct Receiver {
    pub(crate) process: Process,
    pub(crate) addr: String,
    /// How many lines of its log were looked at.
    pub(crate) read: usize,
    pub(crate) nonce: String,
}

impl Receiver {
    /// The address to send to.
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// Its port on another host.
    pub fn port_on(&self, host: &str) -> String {
        self.addr.rsplit_once(':').map_or(String::new(), |(_, port)| format!("{host}:{port}"))
    }

    /// Expects that the next message in its log is `text`, from an address that begins with `from`.
    #[track_caller]
    pub fn expect_heard(&mut self, from: &str, text: &str) {
        let read = self.read;
        let ours = |line: &str| {
            let message = line.strip_prefix("message ");
            message.is_some_and(|rest| line.contains(&self.nonce) || rest.starts_with(from))
        };
        let next = |lines: &[String]| {
            let mut lines = lines.iter().enumerate().skip(read);
            lines.find(|(_, line)| ours(line)).map(|(index, line)| (index, line.clone()))
        };
        let next = self.program.output.wait(|| self.recorder.time_left(), next);
        let said = format!("{text:?}");
        let expected =
            Verb::Logged { peer: from.to_owned(), events: vec![format!("message {from} {said}")] };
        match next {
            Some((index, line)) if is_message(&line, from, &said) => {
                self.read = index + 1;
                self.step(expected);
            }
            Some((_, line)) => {
                self.keeps_the_form();
                self.fail(Symptom::WrongEvent, expected, Observed::Log(vec![line]));
            }
            None => {
                self.keeps_the_form();
                self.fail(Symptom::MissingEvent, expected, Observed::Log(Vec::new()));
            }
        }
    }
}

/// Whether a line is the event of a message: the sender's whole address, and the text as it is.
fn is_message(line: &str, from: &str, said: &str) -> bool {
    let rest = line.strip_prefix("message ").and_then(|rest| rest.strip_prefix(from));
    let rest =
        rest.and_then(|rest| rest.strip_suffix(said)).and_then(|rest| rest.strip_suffix(' '));
    rest.is_some_and(|port| port.chars().all(|digit| digit.is_ascii_digit()))
}

/// A receiver is a process.
impl Deref for Receiver {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Receiver {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// The check as the sender.
pub struct Broadcaster {
    socket: UdpSocket,
    recorder: Recorder,
}

impl Broadcaster {
    #[track_caller]
    pub(crate) fn new(recorder: &Recorder, own: &str) -> Self {
        let socket = recorder.machine(UdpSocket::bind(own), "bind a free port of loopback");
        recorder.machine(socket.set_broadcast(true), "ask for permission to send to everybody");
        Self { socket, recorder: recorder.clone() }
    }

    /// Its address.
    pub fn addr(&self) -> String {
        self.socket.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
    }

    /// Sends one datagram.
    #[track_caller]
    pub fn send(&self, to: &str, message: &str) {
        self.send_bytes(to, message.as_bytes());
    }

    /// Sends one datagram that need not be text.
    #[track_caller]
    pub fn send_bytes(&self, to: &str, message: &[u8]) {
        let sent = self.socket.send_to(message, to);
        self.recorder.machine(sent, "send to everybody");
        let verb = Verb::Sent { bytes: message.into(), to: to.parse().ok(), times: 1 };
        self.recorder.step(&Actor::Check, verb);
    }
}

/// The check as a receiver, on a port that nobody shares.
pub struct Audience {
    socket: UdpSocket,
    recorder: Recorder,
}

impl Audience {
    #[track_caller]
    pub(crate) fn new(recorder: &Recorder) -> Self {
        Self::of(UdpSocket::bind("127.255.255.255:0"), recorder)
    }

    /// One that lets others have its port, if they ask for it too: `SO_REUSEADDR`.
    #[track_caller]
    pub(crate) fn sharing(recorder: &Recorder) -> Self {
        let shared = || -> io::Result<UdpSocket> {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
            socket.set_reuse_address(true)?;
            socket.bind(&SocketAddr::from(([127, 255, 255, 255], 0)).into())?;
            Ok(socket.into())
        };
        Self::of(shared(), recorder)
    }

    #[track_caller]
    fn of(socket: io::Result<UdpSocket>, recorder: &Recorder) -> Self {
        let socket = recorder.machine(socket, "bind a free port of 127.255.255.255");
        let audience = Self { socket, recorder: recorder.clone() };
        recorder.step(&Actor::Check, Verb::Listened(audience.addr()));
        audience
    }

    /// The address to send to.
    pub fn addr(&self) -> String {
        self.socket.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
    }

    /// Expects that the next datagram is `text`, and gives back the address that `sender` sent from.
    #[track_caller]
    pub fn expect_from(&self, sender: &Process, text: &str) -> SocketAddr {
        let verb = Verb::Received { bytes: text.as_bytes().into(), from: None, again: false };
        let arrived = self.receive(sender);
        if let Some((datagram, from)) = &arrived
            && datagram == text.as_bytes()
        {
            self.recorder.step(&Actor::Check, verb);
            return *from;
        }
        let symptom = if arrived.is_some() { Symptom::WrongContent } else { Symptom::NoReply };
        let observed = Observed::Datagram(arrived.map(|(bytes, from)| (Bytes(bytes), from)));
        self.recorder.fail(Failure { symptom, actor: Actor::Check, expected: verb, observed });
    }

    /// Expects that nothing more has been sent by a sender that has ended.
    #[track_caller]
    pub fn expect_nothing_more(&self, sender: &Process) {
        if let Some((bytes, from)) = self.receive(sender) {
            self.recorder.fail(Failure {
                symptom: Symptom::WrongContent,
                actor: Actor::Check,
                expected: Verb::ReceivedNothing,
                observed: Observed::Datagram(Some((Bytes(bytes), from))),
            });
        }
    }

    /// The next datagram, and who sent it. `None` when no time is left, or the sender has ended
    /// without one.
    fn receive(&self, sender: &Process) -> Option<(Vec<u8>, SocketAddr)> {
        let mut buffer = vec![0; 1 << 16];
        self.socket.set_read_timeout(Some(LOOK)).ok()?;
        let mut over = false;
        loop {
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) => return Some((buffer[..length].to_vec(), from)),
                Err(_) if over => return None,
                // What it sent before it ended is here by now: one look more.
                Err(_) => over = sender.program.has_ended() || self.recorder.is_over(),
            }
        }
    }
}
