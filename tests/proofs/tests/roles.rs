//! Every role bears what a shell may do to it: no input, no reader for its output.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use course::{Endpoint, LABS, Lab};
use harness::{cargo, workspace};
use predicates::prelude::*;
use predicates::str::contains;

const TOO_LONG: Duration = Duration::from_secs(10);

/// The labs that have this role, which is a file of its own.
fn labs(role: &str) -> impl Iterator<Item = &'static Lab> {
    LABS.iter()
        .filter(move |lab| lab.sources(&workspace()).join(role).with_extension("rs").exists())
}

fn programs(role: &str) -> impl Iterator<Item = (&'static Lab, String)> {
    labs(role).flat_map(|lab| [(lab, lab.name.to_owned()), (lab, lab.solution())])
}

fn command(package: &str, arguments: &[&str]) -> Command {
    let program = cargo::program(package).unwrap_or_else(|message| panic!("{message}"));
    let mut command = Command::new(program);
    command.args(arguments).env("RUST_BACKTRACE", "0");
    command
}

/// The writing end of a pipe that nobody reads any more.
fn closed_pipe() -> io::PipeWriter {
    let (reader, mut writer) = io::pipe().expect("the system has one");
    drop(reader);
    // A program that another test starts just now has a copy of the reader until it runs.
    let deadline = Instant::now() + TOO_LONG;
    while writer.write(b"is anybody there?").is_ok() {
        assert!(Instant::now() < deadline, "somebody still reads");
        thread::yield_now();
    }
    writer
}

/// A free port of an address that no other program uses.
fn own_port() -> SocketAddr {
    let listener = TcpListener::bind(harness::own_addr()).expect("it is loopback");
    listener.local_addr().expect("it is bound")
}

/// Connects as soon as somebody listens.
fn connect(addr: SocketAddr) -> TcpStream {
    let deadline = Instant::now() + TOO_LONG;
    loop {
        match TcpStream::connect_timeout(&addr, TOO_LONG) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < deadline, "nobody listens on {addr}: {error}"),
        }
    }
}

/// Sends `hello` to a server; its reply, if it has one.
fn ask(endpoint: Endpoint, addr: SocketAddr) -> Option<[u8; 5]> {
    let mut reply = [0; 5];
    match endpoint {
        Endpoint::Tcp => {
            let mut stream = connect(addr);
            stream.set_read_timeout(Some(TOO_LONG)).expect("it is not zero");
            stream.write_all(b"hello").expect("the server listens");
            stream.read_exact(&mut reply).ok()?;
        }
        Endpoint::Udp | Endpoint::Broadcast => {
            let deadline = Instant::now() + TOO_LONG;
            let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
            socket.set_read_timeout(Some(Duration::from_millis(20))).expect("it is not zero");
            // Before somebody listens, a datagram is lost.
            while socket.send_to(b"hello", addr).is_err() || socket.recv(&mut reply).is_err() {
                assert!(Instant::now() < deadline, "nobody answers on {addr}");
            }
        }
    }
    Some(reply)
}

/// A server of this test, for the clients of a lab.
enum Service {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

impl Service {
    fn new(endpoint: Endpoint) -> Self {
        let free = "127.0.0.1:0";
        match endpoint {
            Endpoint::Tcp => TcpListener::bind(free).map(Self::Tcp),
            Endpoint::Udp | Endpoint::Broadcast => UdpSocket::bind(free).map(Self::Udp),
        }
        .expect("loopback has a free port")
    }

    fn addr(&self) -> String {
        let addr = match self {
            Self::Tcp(listener) => listener.local_addr(),
            Self::Udp(socket) => socket.local_addr(),
        };
        addr.expect("it is bound").to_string()
    }

    /// Answers the first message of the first client.
    fn answer(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => {
                let (mut stream, _) = listener.accept()?;
                stream.read_exact(&mut [0; 5])?;
                stream.write_all(b"HELLO")
            }
            Self::Udp(socket) => {
                let (_, client) = socket.recv_from(&mut [0; 5])?;
                socket.send_to(b"HELLO", client).map(drop)
            }
        }
    }
}

/// Ends a server, whatever it does, and gives back what it printed on standard error.
fn errors_of(mut server: Child) -> String {
    let _ = server.kill();
    let output = server.wait_with_output().expect("it is ours");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_server_serves_without_input_and_without_a_reader_of_its_log() {
    for (lab, package) in programs("server") {
        let addr = own_port();
        let server = command(&package, &["server", &addr.to_string()])
            .stdin(Stdio::null())
            .stdout(closed_pipe())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it was built");
        let reply = ask(lab.endpoint, addr);
        if package.starts_with("solution") {
            assert_eq!(reply.as_ref(), Some(b"HELLO"), "{package}");
        }
        let errors = errors_of(server);
        assert!(!errors.contains("panicked"), "{package}:\n{errors}");
    }
}

#[test]
fn a_client_without_input_ends_well() {
    for (lab, package) in programs("client") {
        let service = Service::new(lab.endpoint);
        let addr = service.addr();
        let mut client = assert_cmd::Command::from_std({
            let mut client = command(&package, &["client", &addr]);
            client.stdin(Stdio::null());
            client
        });
        client.timeout(TOO_LONG).assert().success().stderr("");
    }
}

#[test]
fn a_client_whose_replies_nobody_can_read_says_so() {
    for lab in labs("client") {
        let service = Service::new(lab.endpoint);
        let mut client = command(&lab.solution(), &["client", &service.addr()])
            .stdin(Stdio::piped())
            .stdout(closed_pipe())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it was built");
        client.stdin.take().expect("it is a pipe").write_all(b"hello\n").expect("it runs");
        service.answer().expect("the client asks");
        let output = client.wait_with_output().expect("it is ours");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{}: {errors}", lab.name);
        assert!(contains("error: cannot write to standard output").count(1).eval(&errors));
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}

#[test]
fn a_receiver_goes_on_without_input_and_without_a_reader_of_its_log() {
    for (_, package) in programs("receiver") {
        let own = UdpSocket::bind(harness::own_addr()).expect("it is loopback");
        let addr = own.local_addr().expect("it is bound");
        drop(own);
        let mut receiver = command(&package, &["receiver", &addr.to_string()])
            .stdin(Stdio::null())
            .stdout(closed_pipe())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it was built");
        // The starter listens elsewhere.
        if package.starts_with("solution") {
            send_until_received(addr);
        }
        assert!(matches!(receiver.try_wait(), Ok(None)), "{package} has ended");
        let errors = errors_of(receiver);
        assert_eq!(errors, "", "{package}");
    }
}

/// Sends datagrams until some arrive: a port that nobody has refuses the one before.
fn send_until_received(addr: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.connect(addr).expect("it is loopback");
    let deadline = Instant::now() + TOO_LONG;
    while !(0..10).all(|_| socket.send(b"hello").is_ok()) {
        assert!(Instant::now() < deadline, "nobody is at {addr}");
    }
}

#[test]
fn a_sender_without_input_ends_well() {
    for (_, package) in programs("sender") {
        let mut sender = assert_cmd::Command::from_std({
            let mut sender = command(&package, &["sender", cli::LOOPBACK_BROADCAST]);
            sender.stdin(Stdio::null());
            sender
        });
        sender.timeout(TOO_LONG).assert().success().stderr("");
    }
}
