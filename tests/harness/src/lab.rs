//! The lab under test.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{self, Command};
use std::time::Duration;

use course::machine::Lan;
use course::{Endpoint, LABS};
use socket2::{Domain, Socket, Type};

use crate::datagram::is_open_beyond;
use crate::peer::leave_with_a_reset;
use crate::story::{Failure, Sign, Story};
use crate::{DatagramPeer, Listener, Peer, Process, broadcast, cargo, ending, state};

/// What a check begins with: the program, built, and a story that begins now.
pub struct Lab {
    program: PathBuf,
    chapter: &'static str,
    endpoint: Endpoint,
    pub(crate) story: Story,
    clients: usize,
    pub(crate) nonce: String,
}

/// A server of the lab, listening.
pub struct Server {
    process: Process,
    addr: String,
    endpoint: Endpoint,
}

impl Lab {
    /// The lab whose checks are in the module `path`: `labs::lab03`, `solutions::solution03`. What
    /// `stamp` is for says [`state::confirm_edited`].
    #[track_caller]
    pub fn new(path: &str, stamp: &str) -> Self {
        let package = path.rsplit("::").next().unwrap_or(path);
        let name = package.replacen("solution", "lab", 1);
        let row =
            LABS.iter().find(|lab| lab.name == name).expect("the module is called as its lab");
        if row.name == package {
            state::confirm_edited(row, stamp);
        }
        let program = cargo::program(package).unwrap_or_else(|why| ending::without_program(&why));
        // Building is not part of the story, so its clock starts here.
        let (chapter, endpoint, nonce) = (row.chapter, row.endpoint, broadcast::nonce());
        Self { program, chapter, endpoint, story: Story::begin(package), clients: 0, nonce }
    }

    /// What is likely wrong when this check fails, and the section of the chapter to read.
    pub fn hint(&self, cause: &'static str, section: &str) {
        self.story.hint(None, cause, self.section(section));
    }

    /// The same for a failure that looks like `sign`. It is preferred to what can be told in general.
    pub fn hint_on(&self, sign: Sign, cause: &'static str, section: &str) {
        self.story.hint(Some(sign), cause, self.section(section));
    }

    fn section(&self, title: &str) -> String {
        format!("book/src/{}, \"{title}\"", self.chapter)
    }

    /// Notes something that the check did without the help of this crate.
    pub fn step(&self, step: &str) {
        self.story.step(step);
    }

    /// Expects something that the check has found out by itself, or ends with what came instead.
    #[track_caller]
    pub fn expect(&self, holds: bool, expected: &str, came: &str) {
        if !holds {
            let (expected, came) = (expected.to_owned(), came.to_owned());
            self.story.fail(&Failure { sign: Sign::Difference, expected, came, means: "" });
        }
    }

    /// Starts the role `server` on a free port, and waits until it listens.
    #[track_caller]
    pub fn server(&self) -> Server {
        self.server_at("127.0.0.1:0")
    }

    /// Starts the role `server` on `addr`, and waits until it listens.
    #[track_caller]
    pub fn server_at(&self, addr: &str) -> Server {
        self.service("your server", "server", addr)
    }

    /// Starts a role that serves on `addr`, and waits until it listens.
    #[track_caller]
    pub fn service(&self, name: &str, role: &str, addr: &str) -> Server {
        let mut process = self.start(name, &[role, addr]);
        let addr = process.address();
        self.story.step(format!("{name} listens on {addr}"));
        Server { process, addr, endpoint: self.endpoint }
    }

    /// Starts the role `client`, which connects to `addr`.
    pub fn client(&self, addr: &str) -> Process {
        self.start(&self.story.name_for("your client"), &["client", addr])
    }

    /// Starts a role, or what else `arguments` ask for.
    pub fn start(&self, name: &str, arguments: &[&str]) -> Process {
        self.start_as(Command::new(&self.program), name, arguments)
    }

    /// Starts a role on one of the hosts of a network.
    pub fn start_on(&self, lan: &Lan, host: u8, name: &str, arguments: &[&str]) -> Process {
        let name = format!("{name} on host {host}");
        self.start_as(lan.command(host, &self.program), &name, arguments)
    }

    fn start_as(&self, mut command: Command, name: &str, arguments: &[&str]) -> Process {
        self.story.step(format!("started {name}: {}", arguments.join(" ")));
        command.args(arguments);
        Process::start(name, command, &self.story)
    }

    /// The program, for short runs that cannot hang: a refused command line, an address in use.
    pub fn command(&self) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(&self.program);
        command.timeout(crate::DEADLINE).env("RUST_BACKTRACE", "0");
        command
    }

    /// Connects to a server of the lab, or to any other.
    #[track_caller]
    pub fn connect(&mut self, addr: &str) -> Peer {
        let name = self.next_name();
        Peer::connect(&name, addr, &self.story)
    }

    /// A client over UDP, of a server of the lab or of any other.
    #[track_caller]
    pub fn datagram_client(&mut self, addr: &str) -> DatagramPeer {
        let name = self.next_name();
        DatagramPeer::client(&name, addr, &self.story)
    }

    fn next_name(&mut self) -> String {
        self.clients += 1;
        match self.clients {
            1 => "the client".to_owned(),
            number => format!("client {number}"),
        }
    }

    /// Connects to `addr` many times, and leaves each time with a reset.
    #[track_caller]
    pub fn connect_and_reset(&self, addr: &str, times: usize) {
        let to: SocketAddr = addr.parse().expect("a server prints its address");
        for time in 0..times {
            match TcpStream::connect_timeout(&to, self.story.time_left()) {
                Ok(stream) => leave_with_a_reset(stream),
                Err(error) => self.story.fail(&Failure {
                    sign: Sign::HungUp,
                    expected: format!("{times} clients to connect to {addr}"),
                    came: format!("number {} cannot: {error}", time + 1),
                    means: "",
                }),
            }
        }
        self.story.step(format!("{times} clients connected and left with a reset"));
    }

    /// An address where nobody listens, now or later.
    pub fn closed_port(&self) -> ClosedPort {
        let port = ClosedPort::new(self.endpoint);
        self.story.step(format!("the check keeps {} closed", port.addr));
        port
    }

    /// Listens for clients of the lab.
    pub fn listen(&self) -> Listener {
        Listener::new(&self.story)
    }

    /// Receives what clients of the lab send over UDP.
    pub fn datagram_server(&self) -> DatagramPeer {
        DatagramPeer::server(&self.story)
    }

    /// Sends what clients of the lab have not asked for.
    pub fn stranger(&self) -> DatagramPeer {
        DatagramPeer::stranger(&self.story)
    }

    /// Expects that the socket of a client of the lab is on its own host address only.
    #[track_caller]
    pub fn expect_client_only_on(&self, addr: SocketAddr) {
        if is_open_beyond(addr) {
            self.story.fail(&Failure {
                sign: Sign::Difference,
                expected: format!("the client's socket to be on {} only", addr.ip()),
                came: format!("port {} is open on other addresses as well", addr.port()),
                means: "On 0.0.0.0 it receives from the whole network.",
            });
        }
        self.story.step(format!("the client's socket is on {} only", addr.ip()));
    }
}

impl Server {
    /// Where it listens.
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// Kills it, as `kill -9` and the task manager do.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Expects that it listens on this host address, and not on others of this machine.
    #[track_caller]
    pub fn expect_only_on(&self, host: IpAddr) {
        let expected = format!("your server to listen on {host} only");
        let Ok(addr) = self.addr.parse::<SocketAddr>() else {
            self.process.fail(&expected, &format!("{} is no address; ", self.addr), "");
        };
        if addr.ip() != host {
            self.process.fail(&expected, &format!("it listens on {addr}; "), "");
        }
        // Where this address does not exist, nobody can be reached by it.
        let elsewhere = SocketAddr::from(([127, 0, 0, 2], addr.port()));
        let reached = match self.endpoint {
            Endpoint::Tcp => {
                TcpStream::connect_timeout(&elsewhere, Duration::from_millis(300)).is_ok()
            }
            Endpoint::Udp | Endpoint::Broadcast => is_open_beyond(addr),
        };
        if reached {
            self.process.fail(
                &expected,
                &format!("it can be reached on {elsewhere} as well; "),
                "On 0.0.0.0 it listens on every address of the machine, for the whole network.",
            );
        }
    }
}

/// A port that is taken, so that nobody else is given it, and on which nobody listens.
pub struct ClosedPort {
    addr: String,
    _socket: Socket,
}

impl ClosedPort {
    fn new(endpoint: Endpoint) -> Self {
        let kind = if endpoint == Endpoint::Tcp { Type::STREAM } else { Type::DGRAM };
        let bound = || -> io::Result<Self> {
            let socket = Socket::new(Domain::IPV4, kind, None)?;
            socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
            let addr = socket.local_addr()?;
            if endpoint != Endpoint::Tcp {
                // Connected to itself, it takes nothing from others: for them the port is closed.
                socket.connect(&addr)?;
            }
            let addr = addr.as_socket().map(|addr| addr.to_string());
            Ok(Self { addr: addr.unwrap_or_default(), _socket: socket })
        };
        bound().expect("loopback has a free port")
    }

    /// The address.
    pub fn addr(&self) -> &str {
        &self.addr
    }
}

/// A loopback address that no other program uses, where the system has more than one; port 0.
///
/// A port that such an address has given back is not given to others, as it could be on 127.0.0.1.
pub fn own_addr() -> String {
    if cfg!(target_os = "macos") {
        return "127.0.0.1:0".to_owned();
    }
    let [_, high, middle, low] = process::id().to_be_bytes();
    format!("127.{}.{middle}.{low}:0", 64 + high)
}

/// A server is a process.
impl Deref for Server {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}
