//! Both ends of a broadcast: receivers of the lab, and the check as the sender or as a receiver.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::Deref;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use course::machine::Lan;

use crate::story::{Sign, Story};
use crate::text::quote;
use crate::{Lab, Process};

/// How long to wait for the news that nobody has a port.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often a sender is looked after that nobody hears.
const LOOK: Duration = Duration::from_millis(50);

/// A receiver of the lab, listening.
pub struct Receiver {
    process: Process,
    addr: String,
    /// How many lines of its log were looked at.
    read: usize,
    nonce: String,
}

/// A word that no other check says. Receivers share ports, so those of other checks, or of another
/// run on this machine, may be heard as well: what is said without the word is left out.
pub(crate) fn nonce() -> String {
    static TAKEN: AtomicU32 = AtomicU32::new(1);
    format!("({}-{})", process::id(), TAKEN.fetch_add(1, Ordering::Relaxed))
}

impl Lab {
    /// A message that no other check sends.
    pub fn message(&self, text: &str) -> String {
        format!("{} {text}", self.nonce)
    }

    /// Starts the role `receiver` on the broadcast address of loopback, and waits until it listens.
    #[track_caller]
    pub fn receiver(&self) -> Receiver {
        self.receiver_at("127.255.255.255:0")
    }

    /// Starts the role `receiver` on `addr`, and waits until it listens.
    #[track_caller]
    pub fn receiver_at(&self, addr: &str) -> Receiver {
        let process = self.start(&self.story.name_for("your receiver"), &["receiver", addr]);
        self.listening(process, addr)
    }

    /// Starts the role `receiver` on a host of a network, and waits until it listens.
    #[track_caller]
    pub fn receiver_on(&self, lan: &Lan, host: u8, addr: &str) -> Receiver {
        let process = self.start_on(lan, host, "your receiver", &["receiver", addr]);
        self.listening(process, addr)
    }

    /// Waits until a receiver listens, which must be where it was told to: one that listens elsewhere
    /// fails every check that follows, for one reason.
    #[track_caller]
    fn listening(&self, mut process: Process, told: &str) -> Receiver {
        self.hint_on(
            Sign::Elsewhere,
            "the receiver binds another address than the one it is given",
            "Where it arrives",
        );
        let addr = process.address();
        let name = &process.program.name;
        let (host, port) = told.rsplit_once(':').unwrap_or((told, "0"));
        if !addr.starts_with(&format!("{host}:")) || (port != "0" && addr != told) {
            process.fail_as(
                Sign::Elsewhere,
                &format!("{name} to listen on {}", if port == "0" { host } else { told }),
                &format!("it listens on {addr}; "),
                "A datagram arrives where its destination is bound: that address, or 0.0.0.0.",
            );
        }
        self.story.step(format!("{name} listens on {addr}"));
        Receiver { process, addr, read: 1, nonce: self.nonce.clone() }
    }

    /// Starts the role `sender`, which sends to `addr`.
    pub fn sender(&self, addr: &str) -> Process {
        self.start("your sender", &["sender", addr])
    }

    /// Sends one message with the role `sender`, from a host of a network.
    #[track_caller]
    pub fn send_on(&self, lan: &Lan, host: u8, addr: &str, message: &str) {
        let mut sender = self.start_on(lan, host, "your sender", &["sender", addr]);
        sender.types(message);
        sender.end_input();
        sender.expect_success();
    }

    /// A socket of the check, with the permission to send to everybody.
    pub fn broadcaster(&self) -> Broadcaster {
        Broadcaster::new(&self.story)
    }

    /// A socket of the check that hears what is sent to everybody.
    pub fn audience(&self) -> Audience {
        Audience::new(&self.story)
    }
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
        let ours = |line: &String| {
            line.contains("message") && (line.contains(&self.nonce) || line.contains(from))
        };
        let next = |lines: &[String]| {
            let (index, line) =
                lines.iter().enumerate().skip(self.read).find(|(_, it)| ours(it))?;
            Some((index, line.clone()))
        };
        let next = self.program.output.wait(self.story.deadline(), next);
        let name = self.program.name.clone();
        let told = quote(text.as_bytes());
        let expected = format!("{name} to log next: message {from} {told}");
        match next {
            Some((index, line)) if line.contains(from) && line.contains(&format!("{text:?}")) => {
                self.read = index + 1;
                self.story.step(format!("{name} heard {told} from {from}"));
            }
            Some((_, line)) => {
                let logged = quote(line.as_bytes());
                self.fail(&expected, &format!("it logged {logged}; "), "");
            }
            None => self.fail(
                &expected,
                "it heard nothing; ",
                "A datagram arrives where its destination is bound: that address, or 0.0.0.0.",
            ),
        }
    }
}

/// A receiver is a process.
impl Deref for Receiver {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

/// The check as the sender.
pub struct Broadcaster {
    socket: UdpSocket,
    story: Story,
}

impl Broadcaster {
    fn new(story: &Story) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        socket.set_broadcast(true).expect("anybody may ask");
        Self { socket, story: story.clone() }
    }

    /// Its address.
    pub fn addr(&self) -> String {
        self.socket.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
    }

    /// Sends one datagram.
    pub fn send(&self, to: &str, message: &str) {
        self.send_bytes(to, message.as_bytes());
    }

    /// Sends one datagram that need not be text.
    pub fn send_bytes(&self, to: &str, message: &[u8]) {
        self.story.step(format!("the check sent {} to {to}", quote(message)));
        self.socket.send_to(message, to).expect("the machine was asked for broadcast before");
    }
}

/// The check as a receiver, on a port that nobody shares.
pub struct Audience {
    socket: UdpSocket,
    story: Story,
}

impl Audience {
    fn new(story: &Story) -> Self {
        let socket = UdpSocket::bind("127.255.255.255:0").expect("loopback has a free port");
        let audience = Self { socket, story: story.clone() };
        story.step(format!("the check listens on {}", audience.addr()));
        audience
    }

    /// The address to send to.
    pub fn addr(&self) -> String {
        self.socket.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
    }

    /// Expects that the next datagram is `text`, and gives back the address that `sender` sent from.
    #[track_caller]
    pub fn expect_from(&self, sender: &Process, text: &str) -> SocketAddr {
        let told = quote(text.as_bytes());
        let came = match self.receive(sender) {
            Some((datagram, from)) if datagram == text.as_bytes() => {
                self.story.step(format!("the check heard {told} from {from}"));
                return from;
            }
            Some((datagram, _)) => format!("it heard {}; ", quote(&datagram)),
            None => "it heard nothing; ".to_owned(),
        };
        sender.fail(&format!("the check to hear {told}"), &came, "");
    }

    /// The next datagram, and who sent it. `None` when the deadline has passed, or the sender has
    /// ended without one.
    fn receive(&self, sender: &Process) -> Option<(Vec<u8>, SocketAddr)> {
        let mut buffer = [0; 4096];
        let deadline = self.story.deadline();
        self.socket.set_read_timeout(Some(LOOK)).ok()?;
        let mut over = false;
        loop {
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) => return Some((buffer[..length].to_vec(), from)),
                Err(_) if over => return None,
                // What it sent before it ended is here by now: one look more.
                Err(_) => over = sender.program.has_ended() || Instant::now() >= deadline,
            }
        }
    }
}

impl Process {
    /// Expects that nobody can send to the port of `addr`, one of this program's, through `host`.
    #[track_caller]
    pub fn expect_closed(&self, addr: SocketAddr, host: IpAddr) {
        let elsewhere = SocketAddr::new(host, addr.port());
        let refused = || {
            let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
            socket.set_read_timeout(Some(PATIENCE)).ok()?;
            // A connected socket is told that nobody has the port.
            socket.connect(elsewhere).and_then(|()| socket.send(b"")).ok()?;
            let error = socket.recv(&mut [0]).err()?;
            // Windows calls it a reset.
            let refusals = [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset];
            refusals.contains(&error.kind()).then_some(())
        };
        if refused().is_none() {
            self.fail(
                &format!("{} to be reached by nobody through {host}", self.program.name),
                &format!("what is sent to {elsewhere} arrives; "),
                "On 0.0.0.0 it has its port on every address of the machine, for the whole network.",
            );
        }
        self.story.step(format!("nobody is at {elsewhere}"));
    }
}
