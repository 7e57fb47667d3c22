//! Every role bears what a shell may do to it: no input, no reader for its output.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use harness::cargo;
use harness::course::LABS;
use predicates::prelude::*;
use predicates::str::contains;

const TOO_LONG: Duration = Duration::from_secs(10);

fn programs() -> impl Iterator<Item = String> {
    LABS.iter().flat_map(|lab| [lab.name.to_owned(), lab.solution()])
}

fn command(package: &str, arguments: &[&str]) -> Command {
    let program = cargo::program(package).unwrap_or_else(|message| panic!("{message}"));
    let mut command = Command::new(program);
    command.args(arguments).env("RUST_BACKTRACE", "0");
    command
}

/// The writing end of a pipe that nobody reads any more.
fn closed_pipe() -> io::PipeWriter {
    let (reader, writer) = io::pipe().expect("the system has one");
    drop(reader);
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

/// Ends a server, whatever it does, and gives back what it printed on standard error.
fn errors_of(mut server: Child) -> String {
    let _ = server.kill();
    let output = server.wait_with_output().expect("it is ours");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_server_serves_without_input_and_without_a_reader_of_its_log() {
    for package in programs() {
        let addr = own_port();
        let server = command(&package, &["server", &addr.to_string()])
            .stdin(Stdio::null())
            .stdout(closed_pipe())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it was built");
        let mut stream = connect(addr);
        if package.starts_with("solution") {
            stream.set_read_timeout(Some(TOO_LONG)).expect("it is not zero");
            stream.write_all(b"hello").expect("the server listens");
            let mut reply = [0; 5];
            stream.read_exact(&mut reply).expect("the server answers");
            assert_eq!(&reply, b"HELLO", "{package}");
        }
        drop(stream);
        let errors = errors_of(server);
        assert!(!errors.contains("panicked"), "{package}:\n{errors}");
    }
}

#[test]
fn a_client_without_input_ends_well() {
    for package in programs() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound").to_string();
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
    for lab in LABS {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let addr = listener.local_addr().expect("it is bound").to_string();
        let mut client = command(&lab.solution(), &["client", &addr])
            .stdin(Stdio::piped())
            .stdout(closed_pipe())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it was built");
        client.stdin.take().expect("it is a pipe").write_all(b"hello\n").expect("it runs");
        let (mut stream, _) = listener.accept().expect("the client connects");
        stream.read_exact(&mut [0; 5]).expect("the client sends");
        stream.write_all(b"HELLO").expect("the client listens");
        let output = client.wait_with_output().expect("it is ours");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{}: {errors}", lab.name);
        assert!(contains("error: cannot write to standard output").count(1).eval(&errors));
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}
