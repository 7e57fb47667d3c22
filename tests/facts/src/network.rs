//! Sockets on the hosts of a network that is laid inside this machine.

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use course::machine::Lan;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use socket2::Socket;

use crate::DEADLINE;

/// A network whose hosts lend their sockets to the test.
///
/// A socket belongs to the host on which it was made, whoever holds it. So the program `lender` is
/// started on the host, makes the socket, and hands it over.
pub struct Network {
    lan: Lan,
    lender: &'static Path,
}

impl Network {
    /// Lays the network. `lender` is the path of that program.
    pub fn up(lender: &'static str) -> io::Result<Self> {
        Ok(Self { lan: Lan::up()?, lender: Path::new(lender) })
    }

    /// Lays the network, and a connection from its host 1 to its host 2.
    pub fn with_connection(lender: &'static str) -> io::Result<(Self, TcpStream, TcpStream)> {
        let network = Self::up(lender)?;
        let listener = network.listen(2, "10.77.0.2:7878")?;
        let client = network.connect(1, "10.77.0.2:7878")?;
        let (server, _) = crate::accept(&listener)?;
        Ok((network, client, server))
    }

    /// A datagram socket on a host, bound, that may send to everybody.
    pub fn bind(&self, host: u8, addr: &str) -> io::Result<UdpSocket> {
        let socket = self.socket(host, "datagram")?;
        socket.bind(&parse(addr)?.into())?;
        socket.set_broadcast(true)?;
        socket.set_read_timeout(Some(DEADLINE))?;
        Ok(socket.into())
    }

    /// A listener on a host.
    pub fn listen(&self, host: u8, addr: &str) -> io::Result<TcpListener> {
        let socket = self.socket(host, "stream")?;
        socket.bind(&parse(addr)?.into())?;
        socket.listen(128)?;
        Ok(socket.into())
    }

    /// A client on a host, connected. It gives up after the deadline.
    pub fn connect(&self, host: u8, addr: &str) -> io::Result<TcpStream> {
        self.connect_within(host, addr, DEADLINE)
    }

    /// A client on a host that gives up after this time.
    pub fn connect_within(&self, host: u8, addr: &str, time: Duration) -> io::Result<TcpStream> {
        let socket = self.socket(host, "stream")?;
        socket.connect_timeout(&parse(addr)?.into(), time)?;
        crate::with_deadlines(socket.into())
    }

    /// Has a host's shell do something as its administrator, which must succeed.
    pub fn administer(&self, host: u8, command: &str) -> io::Result<()> {
        let status = self.lan.command(host, Path::new("sh")).args(["-ec", command]).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(command.to_owned())) }
    }

    /// A socket of a host, as the system made it.
    fn socket(&self, host: u8, kind: &str) -> io::Result<Socket> {
        let (here, there) = UnixStream::pair()?;
        let mut lender = self.lan.command(host, self.lender);
        let status = lender.arg(kind).stdin(OwnedFd::from(there)).status()?;
        if !status.success() {
            return Err(io::Error::other("no socket was lent"));
        }
        take(&here).map(Socket::from)
    }
}

impl Deref for Network {
    type Target = Lan;

    fn deref(&self) -> &Lan {
        &self.lan
    }
}

/// The descriptor that has been handed over.
fn take(stream: &UnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let descriptor = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    descriptor.ok_or_else(|| io::Error::other("no socket was lent"))
}

fn parse(addr: &str) -> io::Result<SocketAddr> {
    addr.parse().map_err(io::Error::other)
}
