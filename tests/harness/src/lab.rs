//! The lab under test: what a check begins with.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::Command;

use course::machine::Lan;
use course::{Endpoint, LABS, Unit};

#[cfg(target_os = "linux")]
use crate::addresses::FullQueue;
use crate::addresses::{self, ClosedPort, Taken};
use crate::broadcast::{Audience, Broadcaster, Receiver};
use crate::diagnosis::Hint;
use crate::log::Expected as Event;
use crate::peer::{How, close_with_reset};
use crate::program::Pipes;
use crate::record::{Actor, Failure, Observed, Resource, Symptom, Verb};
use crate::recorder::{self, Recorder};
#[cfg(unix)]
use crate::terminal::{Pty, Terminal};
use crate::texts::Texts;
use crate::{DatagramPeer, Listener, Peer, Process, cargo, machine, untouched};

/// How many clients come before it is asked what a server has.
const FIRST: usize = 20;

/// The program, built, a record that begins now, and all that a check needs.
pub struct Lab {
    program: PathBuf,
    row: &'static course::Lab,
    pub(crate) recorder: Recorder,
    clients: usize,
    nonce: String,
    texts: Texts,
}

/// A server of the lab, listening.
pub struct Server {
    process: Process,
    addr: String,
    endpoint: Endpoint,
}

impl Lab {
    /// The lab whose checks are in the module `path`: `labs::lab03`, `solutions::solution03`, or a
    /// module in one of them. What `stamp` is for says [`untouched::confirm_edited`].
    ///
    /// `hints` are tables of what is likely wrong, the most general first.
    #[track_caller]
    pub fn new(path: &str, stamp: &str, hints: &[&[Hint]]) -> Self {
        let package = path.split("::").nth(1).unwrap_or(path);
        let name = package.replacen("solution", "lab", 1);
        let row =
            LABS.iter().find(|lab| lab.name == name).expect("the module is called as its lab");
        if row.name == package {
            untouched::confirm_edited(row, stamp);
        }
        let program = cargo::program(package);
        let program = program.unwrap_or_else(|why| recorder::end_without_program(package, &why));
        let check = recorder::current_check();
        let (texts, seed) = Texts::of(&check);
        // Building is no step of the check, so its clock starts here.
        let recorder = Recorder::begin(package, check, row.chapter, seed);
        recorder.hint(&hints.concat());
        recorder.machine(machine::confirm(), "use loopback and open files");
        let nonce = addresses::nonce();
        Self { program, row, recorder, clients: 0, nonce, texts }
    }

    /// Says what is likely wrong from here on. The last one said wins.
    pub fn likely(&self, hint: Hint) {
        self.recorder.hint(&[hint]);
    }

    /// Where the roles of the lab meet.
    pub fn endpoint(&self) -> Endpoint {
        self.row.endpoint
    }

    /// What one message is on the wire.
    pub fn unit(&self) -> Unit {
        self.row.unit
    }

    /// What a server of the lab says to whoever comes, before anything else.
    pub fn greeting(&self) -> Option<&'static str> {
        self.row.greeting
    }

    /// Texts that nobody guesses.
    pub fn texts(&mut self) -> &mut Texts {
        &mut self.texts
    }

    /// A text that nobody guesses.
    pub fn text(&mut self) -> String {
        self.texts.any()
    }

    /// A message to everybody that no other check sends.
    pub fn message(&self, text: &str) -> String {
        format!("{} {text}", self.nonce)
    }

    /// Expects something that the check has found out by itself, or ends with what came instead.
    #[track_caller]
    pub fn expect(&self, holds: bool, expected: &str, came: &str) {
        self.recorder.expect(holds, expected, came);
    }

    /// Notes something that the check did without the help of this crate.
    pub fn note(&self, did: &str) {
        self.recorder.step(&Actor::Check, Verb::Did(did.to_owned()));
    }

    /// Starts a role, or what else `arguments` ask for.
    #[track_caller]
    pub fn start(&self, arguments: &[&str]) -> Process {
        self.start_with(&[], arguments)
    }

    /// The same with changes of its environment.
    #[track_caller]
    pub fn start_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Process {
        let mut command = Command::new(&self.program);
        command.envs(environment.iter().copied());
        self.run(command, Pipes::All, arguments, None)
    }

    /// Starts a role as a shell may: with no input, and an output that nobody reads any more once it
    /// listens.
    #[track_caller]
    pub fn start_without_input_and_output(&self, arguments: &[&str]) -> Process {
        self.start_closed_with(&[], arguments)
    }

    #[track_caller]
    fn start_closed_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Process {
        let mut command = Command::new(&self.program);
        command.envs(environment.iter().copied());
        self.run(command, Pipes::Closed, arguments, None)
    }

    /// The same for the role that listens, on a free port.
    #[track_caller]
    pub fn server_without_input_and_output(&self) -> Server {
        self.server_without_input_and_output_with(&[])
    }

    /// The same with changes of its environment.
    #[track_caller]
    pub fn server_without_input_and_output_with(&self, environment: &[(&str, &str)]) -> Server {
        let (role, told) = match self.row.endpoint {
            Endpoint::Tcp | Endpoint::Udp => ("server", "127.0.0.1:0"),
            Endpoint::Broadcast => ("receiver", "127.255.255.255:0"),
        };
        let mut process = self.start_closed_with(environment, &[role, told]);
        let addr = process.address(told);
        Server { process, addr, endpoint: self.row.endpoint }
    }

    /// Starts a role on one of the hosts of a network.
    #[track_caller]
    pub fn start_on(&self, lan: &Lan, host: u8, arguments: &[&str]) -> Process {
        self.run(lan.command(host, &self.program), Pipes::All, arguments, Some(host))
    }

    #[track_caller]
    fn run(
        &self,
        mut command: Command,
        pipes: Pipes,
        arguments: &[&str],
        host: Option<u8>,
    ) -> Process {
        let role = arguments.first().copied().unwrap_or_default();
        let actor = self.recorder.actor(role, host);
        self.leave_time(&mut command);
        let settings = command.get_envs().filter_map(|(name, value)| {
            Some(format!("{}={}", name.to_string_lossy(), value?.to_string_lossy()))
        });
        let words = settings.chain(arguments.iter().map(|&word| word.to_owned()));
        self.recorder.step(&actor, Verb::Started(words.collect()));
        command.args(arguments);
        Process::start(actor, command, pipes, &self.recorder)
    }

    /// Sets the numbers that the lab's programs take from the environment, if the check has not.
    fn leave_time(&self, command: &mut Command) {
        let is_set = |name: &str| command.get_envs().any(|(known, _)| known == name);
        let unset = self.row.environment.iter().filter(|(name, _)| !is_set(name));
        let unset: Vec<_> = unset.copied().collect();
        command.envs(unset);
    }

    /// Starts the role that listens on a free port of loopback, and waits until it does.
    #[track_caller]
    pub fn server(&self) -> Server {
        match self.row.endpoint {
            Endpoint::Tcp | Endpoint::Udp => self.server_at("127.0.0.1:0"),
            Endpoint::Broadcast => self.service("receiver", "127.255.255.255:0"),
        }
    }

    /// Starts the role `server` on `addr`, and waits until it listens.
    #[track_caller]
    pub fn server_at(&self, addr: &str) -> Server {
        self.service("server", addr)
    }

    /// Starts a role that serves on `addr`, and waits until it listens.
    #[track_caller]
    pub fn service(&self, role: &str, addr: &str) -> Server {
        self.service_with(&[], role, addr)
    }

    /// The same with changes of its environment.
    #[track_caller]
    pub fn service_with(&self, environment: &[(&str, &str)], role: &str, addr: &str) -> Server {
        let mut process = self.start_with(environment, &[role, addr]);
        let addr = process.address(addr);
        process.step(Verb::Listened(addr.clone()));
        Server { process, addr, endpoint: self.row.endpoint }
    }

    /// Starts the role `client`, which connects to `addr`.
    #[track_caller]
    pub fn client(&self, addr: &str) -> Process {
        self.start(&["client", addr])
    }

    /// The same on a terminal.
    #[cfg(unix)]
    #[track_caller]
    pub fn client_on_a_terminal(&self, addr: &str) -> Terminal {
        let pty = self.recorder.machine(Pty::new(), "open a terminal");
        let mut command = Command::new(&self.program);
        self.recorder.machine(pty.belongs_to(&mut command), "use a terminal");
        let process = self.run(command, Pipes::Others, &["client", addr], None);
        self.recorder.machine(Terminal::new(pty, process), "use a terminal")
    }

    /// Connects to a server of the lab, or to any other.
    #[track_caller]
    pub fn connect(&mut self, addr: &str) -> Peer {
        self.peer(addr, How::AsUsual)
    }

    /// The same with so little room that whoever sends much to this client soon has to wait.
    #[track_caller]
    pub fn connect_with_small_buffers(&mut self, addr: &str) -> Peer {
        self.peer(addr, How::WithSmallBuffers)
    }

    /// A client that has sent many messages, and takes none of the replies.
    #[track_caller]
    pub fn client_that_does_not_read(&mut self, addr: &str) -> Peer {
        let mut client = self.connect_with_small_buffers(addr);
        client.send_and_not_read();
        client
    }

    /// The same from another address of loopback.
    #[track_caller]
    pub fn connect_from(&mut self, from: IpAddr, addr: &str) -> Peer {
        self.peer(addr, How::From(SocketAddr::new(from, 0)))
    }

    /// The same from the port that another client has, or had.
    #[track_caller]
    pub fn connect_with_port(&mut self, port: u16, from: IpAddr, addr: &str) -> Peer {
        self.peer(addr, How::From(SocketAddr::new(from, port)))
    }

    #[track_caller]
    fn peer(&mut self, addr: &str, how: How) -> Peer {
        Peer::connect(self.next_client(), addr, how, self.row.unit, &self.recorder)
    }

    /// A client that comes when nobody is served any more: it finds nobody, or is hung up on.
    #[track_caller]
    pub fn comes_too_late(&mut self, addr: &str) {
        let client = self.next_client();
        match Peer::try_connect(client.clone(), addr, How::AsUsual, self.row.unit, &self.recorder) {
            Ok(mut client) => client.expect_closed_or_reset(),
            Err(error) => {
                self.recorder.step(&client, Verb::Did(format!("cannot connect: {error}")));
            }
        }
    }

    /// A client over UDP, of a server of the lab or of any other.
    #[track_caller]
    pub fn datagram_client(&mut self, addr: &str) -> DatagramPeer {
        DatagramPeer::client(self.next_client(), addr, "127.0.0.1:0", &self.recorder)
    }

    /// The same from another address of loopback.
    #[track_caller]
    pub fn datagram_client_from(&mut self, from: IpAddr, addr: &str) -> DatagramPeer {
        let own = SocketAddr::new(from, 0).to_string();
        DatagramPeer::client(self.next_client(), addr, &own, &self.recorder)
    }

    /// One client comes, has one message answered (or heard, where nothing is answered), and leaves.
    /// Its address.
    #[track_caller]
    pub fn exchange(&mut self, server: &Server) -> String {
        let text = self.text();
        self.exchange_of(server, &text)
    }

    /// The same, with this message.
    #[track_caller]
    pub fn exchange_of(&mut self, server: &Server, text: &str) -> String {
        let addr = match self.row.endpoint {
            Endpoint::Tcp => {
                let mut client = self.connect(server.addr());
                self.greeting().inspect(|greeting| client.expect(greeting));
                client.send(text);
                client.expect(&text.to_uppercase());
                let addr = client.addr();
                client.close();
                addr
            }
            Endpoint::Udp => {
                let mut client = self.datagram_client(server.addr());
                client.send(text);
                client.expect(&text.to_uppercase());
                client.addr()
            }
            Endpoint::Broadcast => {
                let check = self.broadcaster();
                check.send(server.addr(), text);
                server.expect_latest(&check.addr(), &Event::Message(text));
                check.addr()
            }
        };
        self.recorder.has_progressed();
        addr
    }

    /// The same where nobody reads the log: of a datagram that is answered by nobody, nothing is known.
    #[track_caller]
    pub fn exchange_unlogged(&mut self, server: &Server) {
        if self.row.endpoint == Endpoint::Broadcast {
            let text = self.text();
            self.broadcaster().send(server.addr(), &text);
        } else {
            self.exchange(server);
        }
    }

    /// What the server has when a few clients have come and left: whatever it makes once, and not for
    /// each, is there by then.
    #[track_caller]
    pub fn possessions(&mut self, server: &Server) -> Vec<(Resource, u64)> {
        for _ in 0..FIRST {
            self.exchange(server);
        }
        server.possessions()
    }

    fn next_client(&mut self) -> Actor {
        self.clients += 1;
        Actor::Client(self.clients)
    }

    /// Connects to `addr` many times, and leaves each time with a reset.
    #[track_caller]
    pub fn connect_and_reset(&self, addr: &str, times: usize) {
        let verb = Verb::ConnectedAndReset { to: addr.to_owned(), times };
        let to: SocketAddr = addr.parse().expect("a server's address was looked at");
        for _ in 0..times {
            match TcpStream::connect_timeout(&to, self.recorder.timeout()) {
                Ok(stream) => close_with_reset(stream),
                Err(error) => self.recorder.fail(Failure {
                    symptom: Symptom::Disconnected,
                    actor: Actor::Check,
                    expected: verb,
                    observed: Observed::Error(error.to_string()),
                }),
            }
        }
        self.recorder.step(&Actor::Check, verb);
    }

    /// An address where nobody listens, now or later.
    #[track_caller]
    pub fn closed_port(&self) -> ClosedPort {
        let port = ClosedPort::new(self.row.endpoint);
        let port = self.recorder.machine(port, "take a free port of loopback");
        self.recorder.step(&Actor::Check, Verb::KeptClosed(port.socket_addr()));
        port
    }

    /// An address where somebody listens, and nobody is let in.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn full_queue(&self) -> FullQueue {
        let queue = self.recorder.machine(FullQueue::new(), "fill the queue of a listener");
        self.note(&format!("the check listens on {}, and its queue is full", queue.addr()));
        queue
    }

    /// An address of the kind that the lab's roles meet at, which is in use.
    #[track_caller]
    pub fn taken_addr(&self) -> (Taken, String) {
        let taken = self.recorder.machine(Taken::new(self.row.endpoint), "take a port of loopback");
        let addr = self.recorder.machine(taken.addr(), "have an address").to_string();
        self.recorder.step(&Actor::Check, Verb::Listened(addr.clone()));
        (taken, addr)
    }

    /// Listens for clients of the lab.
    #[track_caller]
    pub fn listen(&self) -> Listener {
        Listener::new(self.row, How::AsUsual, &self.recorder)
    }

    /// The same with so little room that whoever sends much to this server soon has to wait.
    #[track_caller]
    pub fn listen_with_small_buffers(&self) -> Listener {
        Listener::new(self.row, How::WithSmallBuffers, &self.recorder)
    }

    /// Receives what clients of the lab send over UDP.
    #[track_caller]
    pub fn datagram_server(&self) -> DatagramPeer {
        DatagramPeer::server(&self.recorder)
    }

    /// Sends what clients of the lab have not asked for.
    #[track_caller]
    pub fn stranger(&self) -> DatagramPeer {
        DatagramPeer::stranger(&self.recorder)
    }

    /// Expects that a program's socket, which has this address, is on that host address only.
    #[track_caller]
    pub fn expect_only_on(&self, program: &Process, addr: SocketAddr) {
        let expected = Verb::OnlyOn(addr.ip().to_string());
        if let Some(elsewhere) = addresses::reached_elsewhere(self.row.endpoint, addr) {
            program.fail(Symptom::WrongAddress, expected, Observed::Reachable(elsewhere));
        }
        program.step(expected);
    }

    /// Starts the role `receiver` on the broadcast address of loopback, and waits until it listens.
    #[track_caller]
    pub fn receiver(&self) -> Receiver {
        self.receiver_at("127.255.255.255:0")
    }

    /// Starts the role `receiver` on `addr`, and waits until it listens.
    #[track_caller]
    pub fn receiver_at(&self, addr: &str) -> Receiver {
        self.listening(self.start(&["receiver", addr]), addr)
    }

    /// Starts the role `receiver` on a host of a network, and waits until it listens.
    #[track_caller]
    pub fn receiver_on(&self, lan: &Lan, host: u8, addr: &str) -> Receiver {
        self.listening(self.start_on(lan, host, &["receiver", addr]), addr)
    }

    #[track_caller]
    fn listening(&self, mut process: Process, told: &str) -> Receiver {
        let addr = process.address(told);
        process.step(Verb::Listened(addr.clone()));
        Receiver { process, addr, read: 0, nonce: self.nonce.clone() }
    }

    /// Starts the role `sender`, which sends to `addr`.
    #[track_caller]
    pub fn sender(&self, addr: &str) -> Process {
        self.start(&["sender", addr])
    }

    /// Sends one message with the role `sender`, from a host of a network.
    #[track_caller]
    pub fn send_on(&self, lan: &Lan, host: u8, addr: &str, message: &str) {
        let mut sender = self.start_on(lan, host, &["sender", addr]);
        sender.types(message);
        sender.end_input();
        sender.expect_success();
    }

    /// A socket of the check, with the permission to send to everybody.
    #[track_caller]
    pub fn broadcaster(&self) -> Broadcaster {
        Broadcaster::new(&self.recorder, "127.0.0.1:0")
    }

    /// The same on another address of loopback.
    #[track_caller]
    pub fn broadcaster_on(&self, own: IpAddr) -> Broadcaster {
        Broadcaster::new(&self.recorder, &SocketAddr::new(own, 0).to_string())
    }

    /// A socket of the check that hears what is sent to everybody.
    #[track_caller]
    pub fn audience(&self) -> Audience {
        Audience::new(&self.recorder)
    }

    /// The same, with a port that others may have as well, if they ask for it too.
    #[track_caller]
    pub fn sharing_audience(&self) -> Audience {
        Audience::sharing(&self.recorder)
    }
}

impl Server {
    /// Where it listens.
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// Expects that it can be reached on its host address, and on no other of this machine.
    #[track_caller]
    pub fn expect_only_there(&self) {
        let Ok(addr) = self.addr.parse::<SocketAddr>() else { return };
        let expected = Verb::OnlyOn(addr.ip().to_string());
        if let Some(elsewhere) = addresses::reached_elsewhere(self.endpoint, addr) {
            self.process.fail(Symptom::WrongAddress, expected, Observed::Reachable(elsewhere));
        }
        self.process.step(expected);
    }
}

/// A server is a process.
impl Deref for Server {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
