//! A client whose replies nobody can read says so.

use std::io::{self, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Stdio};

use course::{Endpoint, LABS, Lab, Unit};
use harness::{cargo, on_the_wire, workspace};

/// The labs that have a client, which is a file of its own.
fn labs() -> impl Iterator<Item = &'static Lab> {
    LABS.iter().filter(|lab| lab.sources(&workspace()).join("client.rs").exists())
}

/// A server of this test, for the clients of a lab.
enum Service {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

impl Service {
    fn new(endpoint: Endpoint) -> io::Result<Self> {
        match endpoint {
            Endpoint::Tcp => TcpListener::bind("127.0.0.1:0").map(Self::Tcp),
            Endpoint::Udp | Endpoint::Broadcast => UdpSocket::bind("127.0.0.1:0").map(Self::Udp),
        }
    }

    fn addr(&self) -> io::Result<String> {
        let addr = match self {
            Self::Tcp(listener) => listener.local_addr(),
            Self::Udp(socket) => socket.local_addr(),
        };
        Ok(addr?.to_string())
    }

    /// Answers the first message of the first client.
    fn answer(&self, unit: Unit) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => {
                let (mut stream, _) = listener.accept()?;
                stream.read_exact(&mut on_the_wire("hello", unit))?;
                stream.write_all(&on_the_wire("HELLO", unit))
            }
            Self::Udp(socket) => {
                let (_, client) = socket.recv_from(&mut [0; 5])?;
                socket.send_to(b"HELLO", client).map(drop)
            }
        }
    }
}

#[test]
fn a_client_whose_replies_nobody_can_read_says_so() -> io::Result<()> {
    for lab in labs() {
        let service = Service::new(lab.endpoint)?;
        let program = cargo::program(&lab.solution()).map_err(io::Error::other)?;
        let (reader, writer) = io::pipe()?;
        drop(reader);
        let mut client = Command::new(program)
            .args(["client", &service.addr()?])
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()?;
        client.stdin.take().expect("it is a pipe").write_all(b"hello\n")?;
        service.answer(lab.unit)?;
        let output = client.wait_with_output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{}: {errors}", lab.name);
        assert!(errors.starts_with("error: cannot write to standard output"), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
    Ok(())
}
