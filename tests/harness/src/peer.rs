//! The other end of a TCP connection, played by the check.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use course::{Connections, Unit};
use socket2::{Domain, Socket, Type};

use crate::Process;
use crate::connections::{End, wait_until};
use crate::record::{Actor, Bytes, Ending, Failure, Observed, Symptom, Verb};
use crate::recorder::Recorder;

/// How long a failed check looks whether a client that has left comes again.
const SOON: Duration = Duration::from_millis(100);

/// How long a piece of a message is waited for until it is read.
const UNREAD: Duration = Duration::from_millis(200);

/// How long a write waits until nothing more goes in.
const FULL: Duration = Duration::from_millis(500);

/// One end of a TCP connection to the program under test.
pub struct Peer {
    actor: Actor,
    /// Who is at the other end.
    other: Actor,
    /// What one message is.
    unit: Unit,
    recorder: Recorder,
    stream: TcpStream,
    /// What was received and not yet expected.
    received: Vec<u8>,
    /// What was expected last.
    last: Vec<u8>,
    /// How many connections of the other end are there that nobody has asked for.
    further: Arc<AtomicUsize>,
}

impl Peer {
    fn new(actor: Actor, other: Actor, stream: TcpStream, unit: Unit, recorder: &Recorder) -> Self {
        let recorder = recorder.clone();
        let (received, last, further) = (Vec::new(), Vec::new(), Arc::default());
        Self { actor, other, unit, recorder, stream, received, last, further }
    }

    /// Connects to `addr`.
    #[track_caller]
    pub(crate) fn connect(
        actor: Actor,
        addr: &str,
        how: How,
        unit: Unit,
        recorder: &Recorder,
    ) -> Self {
        Self::try_connect(actor.clone(), addr, how, unit, recorder).unwrap_or_else(|error| {
            recorder.fail(Failure {
                symptom: Symptom::Disconnected,
                actor,
                expected: Verb::Connected { to: addr.to_owned(), from: None },
                observed: Observed::Error(error.to_string()),
            })
        })
    }

    /// The same where it may fail.
    pub(crate) fn try_connect(
        actor: Actor,
        addr: &str,
        how: How,
        unit: Unit,
        recorder: &Recorder,
    ) -> io::Result<Self> {
        let to = addr.parse().map_err(io::Error::other)?;
        let stream = connect(to, how, recorder.timeout())?;
        let from = stream.local_addr().ok();
        recorder.step(&actor, Verb::Connected { to: addr.to_owned(), from });
        Ok(Self::new(actor, server(), stream, unit, recorder))
    }

    /// This end's own address.
    pub fn addr(&self) -> String {
        self.stream.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
    }

    /// This end's own port.
    pub fn port(&self) -> u16 {
        self.stream.local_addr().map_or(0, |addr| addr.port())
    }

    /// Sends a message, in one write.
    #[track_caller]
    pub fn send(&mut self, message: &str) {
        self.send_bytes(&on_the_wire(message, self.unit));
    }

    /// Sends a message that is not UTF-8, in one write.
    #[track_caller]
    pub fn send_no_text(&mut self) {
        self.send_bytes(&as_message(b"caf\xe9", self.unit));
    }

    /// Sends several messages, all of them in one write.
    #[track_caller]
    pub fn send_together<T: AsRef<str>>(&mut self, messages: &[T]) {
        self.send_bytes(&all_on_the_wire(messages, self.unit));
    }

    /// Sends so much, in one write, that the replies to it fill small buffers.
    #[track_caller]
    pub fn send_and_not_read(&mut self) {
        self.send_together(&vec!["unread".repeat(150); 64]);
    }

    /// Sends bytes that need not be text, in one write.
    #[track_caller]
    pub fn send_bytes(&mut self, message: &[u8]) {
        if message.is_empty() {
            return;
        }
        let sent = Verb::Sent { bytes: message.into(), to: None, times: 1 };
        let _ = self.stream.set_write_timeout(Some(self.recorder.timeout()));
        if let Err(error) = self.stream.write_all(message) {
            self.fail(Symptom::Disconnected, sent, Observed::Error(error.to_string()));
        }
        self.step(sent);
    }

    /// Sends bytes in as many writes as there are pieces, each when the other end has read the one before
    /// (where the system tells, and no later than that takes a right program): it can only make a wrong
    /// one fail. One that has hung up meanwhile is found out by what is expected next.
    pub fn send_in_pieces(&mut self, pieces: &[&[u8]]) {
        // The kernel is not to collect them. Without the option only a wrong program passes.
        let _ = self.stream.set_nodelay(true);
        // To write nothing is to send nothing.
        for (number, piece) in pieces.iter().filter(|piece| !piece.is_empty()).enumerate() {
            if number > 0 {
                self.wait_until_read();
            }
            let _ = self.stream.set_write_timeout(Some(self.recorder.timeout()));
            if self.stream.write_all(piece).is_err() {
                return;
            }
            self.step(Verb::Sent { bytes: (*piece).into(), to: None, times: 1 });
        }
    }

    /// Sends bytes one by one, each so long after the one before, until the other end has had enough of it.
    pub fn drip(&mut self, bytes: &[u8], pause: Duration) {
        let _ = self.stream.set_nodelay(true);
        let _ = self.stream.set_read_timeout(Some(pause));
        self.step(Verb::Dripped { bytes: bytes.into(), pause: pause.as_millis() });
        for byte in bytes {
            // Waiting for the end of the stream is the pause.
            let hung_up = self.stream.write_all(&[*byte]).is_err()
                || self
                    .stream
                    .peek(&mut [0])
                    .map_or_else(|error| !has_brought_nothing(&error), |_| true);
            if hung_up {
                return;
            }
        }
    }

    /// Receives so many bytes at a time, each so long after the one before, until the connection is over:
    /// twenty times at most.
    pub fn sip(&mut self, bytes: usize, pause: Duration) {
        self.step(Verb::Did(format!("received {bytes} bytes each {} ms", pause.as_millis())));
        let mut sip = vec![0; bytes];
        let _ = self.stream.set_read_timeout(Some(pause));
        for _ in 0..20 {
            thread::sleep(pause);
            match self.stream.read(&mut sip) {
                Ok(0) => return,
                Err(error) if !has_brought_nothing(&error) => return,
                _ => {}
            }
        }
    }

    /// Sends a message again and again, until it is not taken for half a second, or so many bytes were.
    /// How many.
    pub fn floods(&mut self, message: &str, most: usize) -> usize {
        let bytes = on_the_wire(message, self.unit);
        let _ = self.stream.set_write_timeout(Some(FULL));
        let mut sent = 0;
        while sent < most && self.stream.write_all(&bytes).is_ok() {
            sent += bytes.len();
        }
        self.step(Verb::Did(format!("sent {} KiB, and read nothing", sent >> 10)));
        sent
    }

    /// Waits until the other end has read all that was sent, where the system tells, and not for long: it
    /// may have no reason to read.
    pub fn wait_until_read(&self) {
        if let Some(ends) = self.ends() {
            wait_until(ends, UNREAD, |end| end.unread == 0);
        }
    }

    /// The addresses of the other end and of this one, while there is a connection.
    fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        Some((self.stream.peer_addr().ok()?, self.stream.local_addr().ok()?))
    }

    /// Whether something has come that is not received yet.
    pub fn has_reply(&self) -> bool {
        self.peek().is_ok_and(|length| length > 0)
    }

    /// Whether the other end has not hung up yet.
    pub fn is_open(&self) -> bool {
        self.peek().is_err_and(|error| has_brought_nothing(&error))
    }

    /// Looks at what has come, and waits for nothing.
    fn peek(&self) -> io::Result<usize> {
        let _ = self.stream.set_nonblocking(true);
        let came = self.stream.peek(&mut [0]);
        let _ = self.stream.set_nonblocking(false);
        came
    }

    /// Expects exactly this message next.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        self.expect_bytes(&on_the_wire(text, self.unit));
        self.recorder.has_progressed();
    }

    /// Expects exactly these messages next, however they come.
    #[track_caller]
    pub fn expect_together<T: AsRef<str>>(&mut self, messages: &[T]) {
        self.expect_bytes(&all_on_the_wire(messages, self.unit));
    }

    #[track_caller]
    fn expect_bytes(&mut self, expected: &[u8]) {
        if expected.is_empty() {
            return;
        }
        let mut ending = None;
        while ending.is_none()
            && self.received.len() < expected.len()
            && expected.starts_with(&self.received)
        {
            ending = self.receive();
        }
        let verb = Verb::Received { bytes: expected.into(), from: None, again: false };
        if self.received != expected {
            let symptom = match ending {
                _ if self.is_repeated(expected) => Symptom::Twice,
                Some(Ending::Open) if self.received.is_empty() => Symptom::NoReply,
                Some(Ending::Closed | Ending::Reset) if self.received.is_empty() => {
                    Symptom::Disconnected
                }
                _ => Symptom::WrongContent,
            };
            self.fail(symptom, verb, self.observed(ending));
        }
        expected.clone_into(&mut self.last);
        self.received.clear();
        self.step(verb);
    }

    /// The same, in one piece where one read is taken for one message: what one write has sent within a
    /// host, one read brings.
    #[track_caller]
    pub fn expect_in_one_piece(&mut self, text: &str) {
        if self.unit != Unit::Read {
            return self.expect(text);
        }
        self.receive();
        let part = Bytes(self.received.clone());
        self.expect(text);
        if !part.0.is_empty() && part.0.len() < text.len() {
            let verb = Verb::Received { bytes: text.as_bytes().into(), from: None, again: false };
            let observed = Observed::Stream { bytes: part, ending: None };
            self.fail(Symptom::InPieces, verb, observed);
        }
    }

    /// Whether what came is the last reply once more, or this one twice.
    fn is_repeated(&self, expected: &[u8]) -> bool {
        let rest = self.received.strip_prefix(expected).unwrap_or_default();
        let after_the_last = self.received.strip_prefix(self.last.as_slice());
        let late = !self.last.is_empty()
            && self.last != expected
            && after_the_last.is_some_and(|rest| expected.starts_with(rest));
        late || (rest == expected && !rest.is_empty())
    }

    /// Receives until the connection is over. How many whole frames came.
    #[track_caller]
    pub fn frames_until_the_end(&mut self) -> usize {
        let ending = self.receive_all();
        let expected = Verb::Disconnected(self.other.clone());
        if ending == Ending::Open {
            self.fail(Symptom::StillOpen, expected, self.observed(Some(ending)));
        }
        self.step(expected);
        let (mut count, mut rest) = (0, self.received.as_slice());
        while let Some((header, body)) = rest.split_first_chunk()
            && let Some((_, next)) = body.split_at_checked(u32::from_be_bytes(*header) as usize)
        {
            (count, rest) = (count + 1, next);
        }
        count
    }

    /// Expects the end of the stream, with nothing more before.
    #[track_caller]
    pub fn expect_eof(&mut self) {
        let ending = self.receive_all();
        if !self.received.is_empty() || ending != Ending::Closed {
            self.fail(self.symptom_of(ending), Verb::ReceivedEnd, self.observed(Some(ending)));
        }
        self.step(Verb::ReceivedEnd);
    }

    /// Expects that the other end closes the connection or resets it, with nothing more before.
    #[track_caller]
    pub fn expect_closed_or_reset(&mut self) {
        self.expect_over(Symptom::StillOpen);
    }

    /// Expects that the other end has had enough of waiting, and closes the connection or resets it.
    #[track_caller]
    pub fn expect_given_up(&mut self) {
        self.expect_over(Symptom::NotGivenUp);
    }

    /// Expects that the connection is over. `open` is what it looks like if it is not.
    #[track_caller]
    fn expect_over(&mut self, open: Symptom) {
        let ending = self.receive_all();
        let expected = Verb::Disconnected(self.other.clone());
        if !self.received.is_empty() || ending == Ending::Open {
            let symptom = match self.symptom_of(ending) {
                Symptom::StillOpen => open,
                other => other,
            };
            self.fail(symptom, expected, self.observed(Some(ending)));
        }
        self.step(expected);
    }

    /// Expects that the client has left, as one does that has a connection for each message.
    #[track_caller]
    fn expect_left(&mut self) {
        let ending = self.receive_all();
        if !self.received.is_empty() || ending == Ending::Open {
            self.fail(Symptom::KeptConnection, Verb::ReceivedEnd, self.observed(Some(ending)));
        }
        self.step(Verb::ReceivedEnd);
    }

    /// What it looks like where the connection should have ended in another way.
    fn symptom_of(&self, ending: Ending) -> Symptom {
        match ending {
            _ if !self.received.is_empty() && self.received == self.last => Symptom::Twice,
            _ if !self.received.is_empty() => Symptom::WrongContent,
            Ending::Open => Symptom::StillOpen,
            Ending::Closed | Ending::Reset => Symptom::Disconnected,
        }
    }

    /// Says nothing for a while, as people do, and longer than `program` is ready to wait.
    #[track_caller]
    pub fn think(&self, program: &Process) {
        program.is_kept_waiting(&self.actor);
    }

    /// Closes its sending side: the other end reads the end of the stream, and can still answer.
    pub fn shutdown_write(&self) {
        self.step(Verb::ShutDown);
        // Fails only when the other end has gone, which the next expectation finds out.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Closes the connection.
    pub fn close(self) {
        self.step(Verb::Closed);
    }

    /// Closes the connection, and waits until the other end's kernel has received the FIN.
    pub fn close_and_wait(self) {
        let (ends, left) = (self.ends(), self.recorder.time_left());
        self.close();
        if let Some(ends) = ends {
            wait_until(ends, left, End::has_received_fin);
        }
    }

    /// Leaves with a reset: what was sent and not yet delivered is lost, and so is what comes.
    pub fn reset(self) {
        self.step(Verb::Reset);
        let ends = self.ends();
        close_with_reset(self.stream);
        if let Some(ends) = ends {
            // A reset leaves no end to tell of.
            wait_until(ends, UNREAD, |_| false);
        }
    }

    /// Waits until a reply has arrived, and closes the connection without reading it: a reset.
    #[track_caller]
    pub fn close_with_unread_data(self) {
        self.awaits_a_reply();
        self.step(Verb::ClosedUnread);
    }

    /// Waits until a reply has arrived, and leaves it unread: there may be others behind it.
    #[track_caller]
    pub fn expect_some_reply(&self) {
        self.awaits_a_reply();
        self.step(Verb::ReceivedSomething);
    }

    #[track_caller]
    fn awaits_a_reply(&self) {
        let ending = loop {
            let _ = self.stream.set_read_timeout(Some(self.recorder.timeout()));
            match self.stream.peek(&mut [0]) {
                Ok(0) => break Some(Ending::Closed),
                Ok(_) => break None,
                Err(error) if has_brought_nothing(&error) && self.recorder.is_over() => {
                    break Some(Ending::Open);
                }
                Err(error) if has_brought_nothing(&error) => {}
                Err(_) => break Some(Ending::Reset),
            }
        };
        if let Some(ending) = ending {
            let symptom = match ending {
                Ending::Open => Symptom::NoReply,
                Ending::Closed | Ending::Reset => Symptom::Disconnected,
            };
            self.fail(symptom, Verb::ReceivedSomething, self.observed(Some(ending)));
        }
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
        let _ = self.stream.set_read_timeout(Some(self.recorder.timeout()));
        match self.stream.read(&mut buffer) {
            Ok(0) => Some(Ending::Closed),
            Ok(length) => {
                self.received.extend_from_slice(&buffer[..length]);
                // Who sends without end has sent enough.
                (self.received.len() > 1 << 20).then_some(Ending::Open)
            }
            Err(error) if has_brought_nothing(&error) => {
                self.recorder.is_over().then_some(Ending::Open)
            }
            Err(_) => Some(Ending::Reset),
        }
    }

    /// Whether the other end has another connection by now, or has it soon.
    fn has_connected_again(&self) -> bool {
        let until = Instant::now() + SOON;
        while self.further.load(Ordering::Relaxed) == 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        self.further.load(Ordering::Relaxed) > 0
    }

    fn observed(&self, ending: Option<Ending>) -> Observed {
        Observed::Stream { bytes: Bytes(self.received.clone()), ending }
    }

    fn step(&self, verb: Verb) {
        self.recorder.step(&self.actor, verb);
    }

    #[track_caller]
    fn fail(&self, symptom: Symptom, expected: Verb, observed: Observed) -> ! {
        let is_over = [Symptom::NoReply, Symptom::Disconnected].contains(&symptom);
        let again = is_over && self.has_connected_again();
        let symptom = if again { Symptom::ConnectedAgain } else { symptom };
        self.recorder.fail(Failure { symptom, actor: self.actor.clone(), expected, observed });
    }
}

/// A message as it is sent.
pub fn on_the_wire(text: &str, unit: Unit) -> Vec<u8> {
    as_message(text.as_bytes(), unit)
}

fn as_message(bytes: &[u8], unit: Unit) -> Vec<u8> {
    match unit {
        Unit::Read => bytes.to_vec(),
        Unit::Frame => framed(bytes),
        Unit::Line => [bytes, b"\n"].concat(),
    }
}

fn all_on_the_wire<T: AsRef<str>>(messages: &[T], unit: Unit) -> Vec<u8> {
    messages.iter().flat_map(|message| on_the_wire(message.as_ref(), unit)).collect()
}

/// A frame: the length in four bytes, most significant first, and the text.
pub fn frame(text: &str) -> Vec<u8> {
    framed(text.as_bytes())
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("nobody sends 4 GiB");
    [&length.to_be_bytes(), bytes].concat()
}

fn server() -> Actor {
    Actor::Program { role: "server".to_owned(), number: 1, host: None }
}

fn client() -> Actor {
    Actor::Program { role: "client".to_owned(), number: 1, host: None }
}

/// How the check's end of a connection is made.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum How {
    AsUsual,
    /// From this address.
    From(SocketAddr),
    /// With so little room for what it receives that the other end's writes soon have to wait.
    WithSmallBuffers,
}

fn connect(to: SocketAddr, how: How, timeout: Duration) -> io::Result<TcpStream> {
    let socket = socket(to, how)?;
    socket.connect_timeout(&to.into(), timeout)?;
    Ok(socket.into())
}

fn listen(how: How) -> io::Result<TcpListener> {
    let addr = (Ipv4Addr::LOCALHOST, 0).into();
    let socket = socket(addr, how)?;
    // As std does it: what earlier connections have left is in nobody's way.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}

/// A socket that is not connected yet.
fn socket(addr: SocketAddr, how: How) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    match how {
        How::AsUsual => {}
        How::From(addr) => {
            // A port may be that of connections that are over.
            #[cfg(unix)]
            socket.set_reuse_address(true)?;
            socket.bind(&addr.into())?;
        }
        How::WithSmallBuffers => {
            // Both count from the handshake on: the kernel takes the least that it can for 1.
            socket.set_recv_buffer_size(1)?;
            #[cfg(unix)]
            socket.set_tcp_mss(536)?;
        }
    }
    Ok(socket)
}

/// Whether a read has only brought nothing so far: its timeout has passed, which Unix and Windows name
/// differently, or it was interrupted, as Linux interrupts reads with a timeout now and then.
fn has_brought_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Closes with a linger time of zero, which sends a reset instead of the end of the stream (socket(7)).
pub(crate) fn close_with_reset(stream: TcpStream) {
    let socket = Socket::from(stream);
    // Without the option it only closes, and the check that needs a reset fails.
    let _ = socket.set_linger(Some(Duration::ZERO));
}

/// Where the program's own clients connect to.
pub struct Listener {
    addr: SocketAddr,
    row: &'static course::Lab,
    recorder: Recorder,
    accepted: Receiver<TcpStream>,
    /// How many connections are there that the check has not asked for.
    waiting: Arc<AtomicUsize>,
}

impl Listener {
    #[track_caller]
    pub(crate) fn new(row: &'static course::Lab, how: How, recorder: &Recorder) -> Self {
        let listener = recorder.machine(listen(how), "listen on a free port of loopback");
        let addr = recorder.machine(listener.local_addr(), "have an address");
        recorder.step(&Actor::Check, Verb::Listened(addr.to_string()));
        let (sender, accepted) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&waiting);
        // Accepting has no timeout, receiving from a channel has one.
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                counted.fetch_add(1, Ordering::Relaxed);
                if sender.send(stream).is_err() {
                    return;
                }
            }
        });
        Self { addr, row, recorder: recorder.clone(), accepted, waiting }
    }

    /// The address to connect to.
    pub fn addr(&self) -> String {
        self.addr.to_string()
    }

    /// Waits for a connection. The check is its server.
    #[track_caller]
    pub fn accept(&self) -> Peer {
        loop {
            match self.accepted.recv_timeout(self.recorder.timeout()) {
                Ok(stream) => {
                    let from = stream.peer_addr().ok();
                    self.recorder.step(&Actor::Check, Verb::Accepted { at: self.addr, from });
                    let mut peer =
                        Peer::new(Actor::Check, client(), stream, self.row.unit, &self.recorder);
                    self.waiting.fetch_sub(1, Ordering::Relaxed);
                    if self.row.connections == Connections::One {
                        peer.further = Arc::clone(&self.waiting);
                    }
                    return peer;
                }
                Err(_) if !self.recorder.is_over() => {}
                Err(_) => self.recorder.fail(Failure {
                    symptom: Symptom::NoReply,
                    actor: Actor::Check,
                    expected: Verb::Accepted { at: self.addr, from: None },
                    observed: Observed::Nothing,
                }),
            }
        }
    }

    /// Where the client's next message comes: on the connection that there is, or on another one if it
    /// has one for each message. The last one is over then.
    #[track_caller]
    pub fn next(&self, last: Option<Peer>) -> Peer {
        match last {
            Some(last) if self.row.connections == Connections::One => last,
            Some(mut last) => {
                last.expect_left();
                self.accept()
            }
            None => self.accept(),
        }
    }

    /// Expects that a client which has ended has left nothing but connections without a byte.
    #[track_caller]
    pub fn expect_nothing_sent(&self) {
        while let Ok(stream) = self.accepted.try_recv() {
            Peer::new(Actor::Check, client(), stream, self.row.unit, &self.recorder)
                .expect_closed_or_reset();
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
