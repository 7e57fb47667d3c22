//! The other end of datagrams, played by the check.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::story::{Failure, Sign, Story};
use crate::text::{difference, quote};

/// More than the longest datagram has.
const ROOM: usize = 1 << 16;
/// How long to wait for an answer before asking again, where datagrams may be lost.
const AGAIN: Duration = Duration::from_millis(100);

/// What an answer from elsewhere says.
pub(crate) const OTHER_SOCKET: &str = "another socket answers than the one that was asked";

/// What an answer that does not come says of a server that goes on.
const ASTRAY: &str =
    "A reply goes to the address given to `send_to`. If that is wrong, nobody reports it.";

/// A UDP socket on loopback: a client of the program's server, or a server for its clients.
pub struct DatagramPeer {
    name: String,
    story: Story,
    socket: UdpSocket,
    /// Where the next datagram goes: to the server, or to whoever sent the last one.
    other: Option<SocketAddr>,
    /// Whether datagrams from others are wrong: a client has asked one server only.
    exclusive: bool,
    /// What was received last.
    last: Vec<u8>,
}

impl DatagramPeer {
    /// A client of the server at `addr`.
    #[track_caller]
    pub(crate) fn client(name: &str, addr: &str, story: &Story) -> Self {
        let other = match addr.parse() {
            Ok(addr) => addr,
            Err(error) => panic!("{addr:?} is no address to send to: {error}"),
        };
        let peer = Self::new(name, Some(other), story);
        story.step(format!("{name} has {}", peer.addr()));
        peer
    }

    /// A server that does what the check says.
    pub(crate) fn server(story: &Story) -> Self {
        let peer = Self::new("the check", None, story);
        story.step(format!("the check receives on {}", peer.addr()));
        peer
    }

    /// Somebody who was not asked.
    pub(crate) fn stranger(story: &Story) -> Self {
        let peer = Self::new("a stranger", None, story);
        story.step(format!("a stranger has {}", peer.addr()));
        peer
    }

    fn new(name: &str, other: Option<SocketAddr>, story: &Story) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        let (name, story) = (name.to_owned(), story.clone());
        Self { name, story, socket, other, exclusive: other.is_some(), last: Vec::new() }
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
        self.story.step(format!("{} sent {}", self.name, quote(message)));
        self.transmit(message, self.other());
    }

    /// Sends a message to a client that has not asked here.
    #[track_caller]
    pub fn send_unasked(&self, message: &str, to: SocketAddr) {
        self.story.step(format!("a stranger sent {} to {to}", quote(message.as_bytes())));
        self.transmit(message.as_bytes(), to);
    }

    /// Sends a message to an address from which no question is open any more.
    #[track_caller]
    pub fn send_late(&self, message: &str, to: SocketAddr) {
        self.story.step(format!("{} sent {} late, to {to}", self.name, quote(message.as_bytes())));
        // A port that was given back is held meanwhile, so that no other check receives this.
        let held = UdpSocket::bind(to);
        if held.is_ok() || self.other == Some(to) {
            self.transmit(message.as_bytes(), to);
        }
    }

    /// Sends many datagrams in a row, as fast as it can.
    #[track_caller]
    pub fn send_burst(&self, message: &str, count: usize) {
        self.story.step(format!("{} sent {} {count} times", self.name, quote(message.as_bytes())));
        for _ in 0..count {
            self.transmit(message.as_bytes(), self.other());
        }
    }

    #[track_caller]
    fn transmit(&self, message: &[u8], to: SocketAddr) {
        if let Err(error) = self.socket.send_to(message, to) {
            let came = format!("{} cannot send it: {error}", self.name);
            self.fail("the datagram to be sent", came, "");
        }
    }

    /// Expects that the next datagram is exactly this text.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let arrived = self.receive(self.story.time_left()).ok();
        self.judge(text, arrived);
    }

    /// As `expect`, after what may still be there of the message before: a client that waits for a
    /// reply sends its message again.
    #[track_caller]
    pub fn expect_next(&mut self, text: &str) {
        let before = self.last.clone();
        loop {
            let arrived = self.receive(self.story.time_left()).ok();
            if arrived.is_none() || arrived != self.other || self.last != before {
                return self.judge(text, arrived);
            }
        }
    }

    /// Asks until the answer comes. Where a buffer overflowed, a question may be lost.
    #[track_caller]
    pub fn ask_until_answered(&mut self, message: &str, reply: &str) {
        let asked = Instant::now();
        self.send(message);
        loop {
            let arrived = self.receive(AGAIN.min(self.story.time_left())).ok();
            if arrived.is_some() || Instant::now() >= self.story.deadline() {
                return self.judge(reply, arrived);
            }
            self.story.step(format!(
                "{} sent it again after {} ms",
                self.name,
                asked.elapsed().as_millis()
            ));
            self.transmit(message.as_bytes(), self.other());
        }
    }

    /// Expects that no datagram waits to be received. It takes no time: a mark that is sent now
    /// must be the first to come out.
    #[track_caller]
    pub fn expect_nothing(&mut self) {
        let mark = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        let from = mark.local_addr().ok();
        mark.send_to(b"mark", self.addr()).expect("it is loopback");
        let mut buffer = vec![0; ROOM];
        let _ = self.socket.set_read_timeout(Some(self.story.time_left()));
        if let Ok((length, sender)) = self.socket.recv_from(&mut buffer)
            && Some(sender) != from
        {
            let came = format!("{} received {}", self.name, quote(&buffer[..length]));
            self.fail(&format!("nothing more for {}", self.name), came, "");
        }
        self.story.step(format!("{} received nothing more", self.name));
    }

    /// Leaves: for everybody else its port is closed from now on. Nobody is given the port as long as
    /// what this returns is kept, so that no other check receives what is still sent to it.
    #[must_use = "the port may be given to another check"]
    pub fn leave(self) -> Option<UdpSocket> {
        self.story.step(format!("{} closed its socket", self.name));
        // Connected to itself, it takes nothing from others. Windows does not tell them, so there it
        // has to be closed.
        let own = self.socket.local_addr().expect("it is bound");
        cfg!(unix).then_some(self.socket).filter(|socket| socket.connect(own).is_ok())
    }

    /// Waits for a datagram, which is then the last. Its sender.
    fn receive(&mut self, patience: Duration) -> io::Result<SocketAddr> {
        let mut buffer = vec![0; ROOM];
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            match self.socket.recv_from(&mut buffer) {
                Ok((length, sender)) => {
                    self.last = buffer[..length].to_vec();
                    return Ok(sender);
                }
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    // Windows tells here that an earlier datagram met a closed port.
                    ErrorKind::ConnectionReset if !left.is_zero() => {}
                    _ => return Err(error),
                },
            }
        }
    }

    #[track_caller]
    fn judge(&mut self, text: &str, arrived: Option<SocketAddr>) {
        let (name, expected) = (&self.name, quote(text.as_bytes()));
        let wanted = format!("{name} to receive {expected}");
        let Some(sender) = arrived else { self.fail_unanswered(text) };
        if self.last != text.as_bytes() {
            let came = format!("{name} received {} from {sender}", quote(&self.last));
            let difference = difference(text.as_bytes(), &self.last);
            self.fail(&wanted, format!("{came}\n{difference}"), "");
        }
        if self.exclusive && Some(sender) != self.other {
            let came = format!(
                "{name} received it from {sender}, and had sent to {}: {OTHER_SOCKET}",
                self.other()
            );
            self.fail(&wanted, came, "A client takes an answer only from where it has asked.");
        }
        self.other = Some(sender);
        let from = if self.exclusive { String::new() } else { format!(" from {sender}") };
        self.story.step(format!("{name} received {expected}{from}"));
    }

    #[track_caller]
    fn fail_unanswered(&self, text: &str) -> ! {
        let (name, told) = (&self.name, quote(text.as_bytes()));
        // A server was sent this before, and expects it once more.
        let again = !self.exclusive && self.other.is_some() && self.last == text.as_bytes();
        let (again, more) = if again { (" again", " more") } else { ("", "") };
        let means = match (self.exclusive, self.story.has_lost_a_program()) {
            (true, true) => "A server that has ended answers nobody.",
            (true, false) => ASTRAY,
            (false, _) => "",
        };
        self.story.fail(&Failure {
            sign: Sign::Unanswered,
            expected: format!("{name} to receive {told}{again}"),
            came: format!("{name} received nothing{more}"),
            means,
        });
    }

    #[track_caller]
    fn fail(&self, expected: &str, came: String, means: &'static str) -> ! {
        // A datagram that does not come has many causes. The check knows which is likely.
        let sign = Sign::Difference;
        self.story.fail(&Failure { sign, expected: expected.to_owned(), came, means });
    }
}

/// Whether a UDP socket with the port of `addr` can be reached beyond the host address in it. Where
/// 127.0.0.2 does not exist, nobody can be reached by it.
pub(crate) fn is_open_beyond(addr: SocketAddr) -> bool {
    let elsewhere = SocketAddr::from(([127, 0, 0, 2], addr.port()));
    UdpSocket::bind(elsewhere).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}
