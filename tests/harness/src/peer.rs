//! The other end of a connection, played by the check.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use socket2::Socket;

use crate::kernel;
use crate::story::{Failure, Sign, Story};
use crate::text::{difference, quote};

/// One end of a TCP connection to the program under test.
pub struct Peer {
    name: String,
    /// Who is at the other end.
    other: &'static str,
    story: Story,
    stream: TcpStream,
    /// What was received and not yet expected.
    received: Vec<u8>,
}

/// How the other end stopped sending.
enum Ending {
    Closed,
    Reset,
    Silent,
}

impl Ending {
    /// What it looks like where another ending was expected, and nothing before it.
    fn sign(&self, received: &[u8]) -> Sign {
        match self {
            _ if !received.is_empty() => Sign::Difference,
            Ending::Silent => Sign::Running,
            Ending::Closed | Ending::Reset => Sign::HungUp,
        }
    }
}

impl Peer {
    fn new(name: &str, other: &'static str, stream: TcpStream, story: &Story) -> Self {
        let (name, story) = (name.to_owned(), story.clone());
        Self { name, other, story, stream, received: Vec::new() }
    }

    /// Connects to `addr`.
    #[track_caller]
    pub(crate) fn connect(name: &str, addr: &str, story: &Story) -> Self {
        let to: SocketAddr = match addr.parse() {
            Ok(addr) => addr,
            Err(error) => panic!("{addr:?} is no address to connect to: {error}"),
        };
        match TcpStream::connect_timeout(&to, story.time_left()) {
            Ok(stream) => {
                let peer = Self::new(name, "your server", stream, story);
                story.step(format!("{name} connected from {}", peer.addr()));
                peer
            }
            Err(error) => story.fail(&Failure {
                sign: Sign::HungUp,
                expected: format!("{name} to connect to {addr}"),
                came: format!("it cannot: {error}"),
                means: "Nobody listens there any more.",
            }),
        }
    }

    /// This end's own address.
    pub fn addr(&self) -> String {
        self.stream.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
    }

    /// Sends a message, in one write.
    #[track_caller]
    pub fn send(&mut self, message: &str) {
        self.send_bytes(message.as_bytes());
    }

    /// Sends bytes that need not be text, in one write.
    #[track_caller]
    pub fn send_bytes(&mut self, message: &[u8]) {
        self.story.step(format!("{} sent {}", self.name, quote(message)));
        let _ = self.stream.set_write_timeout(Some(self.story.time_left()));
        if let Err(error) = self.stream.write_all(message) {
            self.fail(
                Sign::HungUp,
                "the message to be taken",
                format!("{} cannot send it: {error}", self.name),
                "The other end has gone.",
            );
        }
    }

    /// Expects exactly this text next.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let expected = text.as_bytes();
        let mut ending = None;
        while ending.is_none()
            && self.received.len() < expected.len()
            && expected.starts_with(&self.received)
        {
            ending = self.receive();
        }
        if self.received != expected {
            let means = match (&ending, self.received.is_empty()) {
                (Some(Ending::Closed), true) => "It hung up without a word.",
                (Some(Ending::Closed), false) => "It hung up before it had sent everything.",
                (Some(Ending::Reset), _) => {
                    "It hung up with bytes unread, or before it accepted: a reset (lab 05)."
                }
                (Some(Ending::Silent), true) => "It waits for something, most likely in `read`.",
                (Some(Ending::Silent), false) => "It believes that it has sent everything.",
                (None, _) => "",
            };
            let sign = match (&ending, self.received.is_empty()) {
                (Some(Ending::Silent), true) => Sign::Silence,
                (Some(Ending::Closed | Ending::Reset), true) => Sign::HungUp,
                _ => Sign::Difference,
            };
            let mut came = self.account(ending.as_ref());
            if !self.received.is_empty() {
                came = format!("{came}\n{}", difference(expected, &self.received));
            }
            self.fail(sign, &format!("{} to receive {}", self.name, quote(expected)), came, means);
        }
        self.received.clear();
        self.story.step(format!("{} received {}", self.name, quote(expected)));
    }

    /// Expects that the other end closes the connection, with nothing more before.
    #[track_caller]
    pub fn expect_end(&mut self) {
        let ending = self.receive_all();
        if !self.received.is_empty() || !matches!(ending, Ending::Closed) {
            let came = self.account(Some(&ending));
            self.fail(
                ending.sign(&self.received),
                &format!("the end of the stream for {}", self.name),
                came,
                "",
            );
        }
        self.story.step(format!("{} received the end of the stream", self.name));
    }

    /// Expects that the other end is gone, by close or by reset, with nothing more before.
    #[track_caller]
    pub fn expect_gone(&mut self) {
        let ending = self.receive_all();
        if !self.received.is_empty() || matches!(ending, Ending::Silent) {
            let came = self.account(Some(&ending));
            self.fail(
                ending.sign(&self.received),
                &format!("{} to close the connection to {}", self.other, self.name),
                came,
                "",
            );
        }
        self.story.step(format!("{} closed the connection to {}", self.other, self.name));
    }

    /// Closes its sending side: the other end reads the end of the stream, and can still answer.
    pub fn finish_sending(&self) {
        self.story.step(format!("{} closed its sending side", self.name));
        // Fails only when the other end has gone, which the next expectation finds out.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Closes the connection.
    pub fn leave(self) {
        self.story.step(format!("{} closed the connection", self.name));
    }

    /// Closes the connection, and waits until the other end's kernel has heard of it.
    pub fn leave_heard(self) {
        let addrs = (self.stream.peer_addr(), self.stream.local_addr());
        let deadline = self.story.deadline();
        self.leave();
        if let (Ok(other), Ok(own)) = addrs {
            kernel::wait_for_fin(other, own, deadline);
        }
    }

    /// Leaves with a reset: what was sent and not yet delivered is lost, and so is what comes.
    pub fn reset(self) {
        self.story.step(format!("{} left with a reset", self.name));
        leave_with_a_reset(self.stream);
    }

    /// Waits until a reply has arrived, and closes the connection without reading it: a reset.
    #[track_caller]
    pub fn leave_unread(self) {
        let _ = self.stream.set_read_timeout(Some(self.story.time_left()));
        let (sign, came) = match self.stream.peek(&mut [0]) {
            Ok(0) => (Sign::HungUp, "the end of the stream"),
            Ok(_) => (Sign::Difference, ""),
            Err(error) if is_silence(&error) => (Sign::Silence, "nothing"),
            Err(_) => (Sign::HungUp, "a reset"),
        };
        if !came.is_empty() {
            let came = format!("{} received {came}", self.name);
            self.fail(sign, "a reply that can be left unread", came, "");
        }
        self.story.step(format!("{} closed the connection with the reply unread", self.name));
    }

    fn receive_all(&mut self) -> Ending {
        loop {
            if let Some(ending) = self.receive() {
                return ending;
            }
        }
    }

    /// Takes what one read brings. The ending, if it brings nothing.
    fn receive(&mut self) -> Option<Ending> {
        let mut buffer = [0; 4096];
        let _ = self.stream.set_read_timeout(Some(self.story.time_left()));
        match self.stream.read(&mut buffer) {
            Ok(0) => Some(Ending::Closed),
            Ok(length) => {
                self.received.extend_from_slice(&buffer[..length]);
                None
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => None,
            Err(error) if is_silence(&error) => Some(Ending::Silent),
            Err(_) => Some(Ending::Reset),
        }
    }

    /// What was received, and how that ended.
    fn account(&self, ending: Option<&Ending>) -> String {
        let mut account = match self.received.len() {
            0 => format!("{} received nothing", self.name),
            _ => format!("{} received {}", self.name, quote(&self.received)),
        };
        account += match ending {
            None => "",
            Some(Ending::Closed) => ", then the end of the stream",
            Some(Ending::Reset) => ", then a reset",
            Some(Ending::Silent) => ", and the connection is still open",
        };
        account
    }

    #[track_caller]
    fn fail(&self, sign: Sign, expected: &str, came: String, means: &'static str) -> ! {
        self.story.fail(&Failure { sign, expected: expected.to_owned(), came, means });
    }
}

/// Whether the time-out of a read has passed: Unix and Windows name it differently.
fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Closes with a linger time of zero, which sends a reset instead of the end of the stream (socket(7)).
pub(crate) fn leave_with_a_reset(stream: TcpStream) {
    let socket = Socket::from(stream);
    // Without the option it only closes, and the check that needs a reset fails.
    let _ = socket.set_linger(Some(Duration::ZERO));
}

/// Where the program's own clients connect to.
pub struct Listener {
    addr: SocketAddr,
    story: Story,
    accepted: Receiver<TcpStream>,
}

impl Listener {
    pub(crate) fn new(story: &Story) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound");
        story.step(format!("the check listens on {addr}"));
        let (sender, accepted) = channel();
        // Accepting has no deadline, receiving from a channel has one.
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if sender.send(stream).is_err() {
                    return;
                }
            }
        });
        Self { addr, story: story.clone(), accepted }
    }

    /// The address to connect to.
    pub fn addr(&self) -> String {
        self.addr.to_string()
    }

    /// Waits for a connection. The check is its server.
    #[track_caller]
    pub fn accept(&self) -> Peer {
        match self.accepted.recv_timeout(self.story.time_left()) {
            Ok(stream) => {
                let from = stream.peer_addr().map(|addr| addr.to_string()).unwrap_or_default();
                self.story.step(format!("the check accepted a connection from {from}"));
                Peer::new("the check", "your client", stream, &self.story)
            }
            Err(_) => self.story.fail(&Failure {
                sign: Sign::Silence,
                expected: format!("a connection to {}", self.addr),
                came: "nobody connects".to_owned(),
                means: "A client connects to the address that it is given.",
            }),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Wakes the thread, which then finds that nobody receives any more.
        let (_, closed) = channel();
        self.accepted = closed;
        let _ = TcpStream::connect(self.addr);
    }
}
