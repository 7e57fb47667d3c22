//! Addresses that nobody else uses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use course::Endpoint;
use socket2::{Domain, Socket, Type};

/// How long a connection to an address that must not be open may take.
const PATIENCE: Duration = Duration::from_millis(300);

/// Another address of loopback, where the system has several.
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A word that no other check says. Receivers share ports, so those of other checks, or of another
/// run on this machine, may be heard as well: what is said without the word is left out.
pub(crate) fn nonce() -> String {
    static TAKEN: AtomicU32 = AtomicU32::new(1);
    format!("({}-{})", process::id(), TAKEN.fetch_add(1, Ordering::Relaxed))
}

/// A loopback address that no other program uses, where the system has more than one; port 0.
///
/// A port that such an address has given back is not given to others, as it could be on 127.0.0.1.
pub fn own_addr() -> String {
    format!("{}:0", own_host())
}

/// The same without a port.
pub fn own_host() -> IpAddr {
    if cfg!(target_os = "macos") {
        return Ipv4Addr::LOCALHOST.into();
    }
    let [_, high, middle, low] = process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 + high, middle, low).into()
}

/// An address that is in use as long as this is kept.
pub enum Taken {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

impl Taken {
    pub(crate) fn new(endpoint: Endpoint) -> io::Result<Self> {
        match endpoint {
            Endpoint::Tcp => TcpListener::bind("127.0.0.1:0").map(Self::Tcp),
            Endpoint::Udp => UdpSocket::bind("127.0.0.1:0").map(Self::Udp),
            Endpoint::Broadcast => UdpSocket::bind("127.255.255.255:0").map(Self::Udp),
        }
    }

    /// The address.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr(),
            Self::Udp(socket) => socket.local_addr(),
        }
    }
}

/// A port that is taken, so that nobody else is given it, and on which nobody listens.
pub struct ClosedPort {
    addr: SocketAddr,
    _socket: Socket,
}

impl ClosedPort {
    pub(crate) fn new(endpoint: Endpoint) -> io::Result<Self> {
        let kind = if endpoint == Endpoint::Tcp { Type::STREAM } else { Type::DGRAM };
        let socket = Socket::new(Domain::IPV4, kind, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let addr = socket.local_addr()?;
        if endpoint != Endpoint::Tcp {
            // Connected to itself, it takes nothing from others: for them the port is closed.
            socket.connect(&addr)?;
        }
        let addr = addr.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { addr, _socket: socket })
    }

    /// The address.
    pub fn addr(&self) -> String {
        self.addr.to_string()
    }

    pub(crate) fn socket_addr(&self) -> SocketAddr {
        self.addr
    }
}

/// A port whose listener accepts nobody, and whose queue is full: whoever connects waits. With a backlog of
/// 0 there is room for one on Linux, and a further SYN is dropped (listen(2)).
#[cfg(target_os = "linux")]
pub struct FullQueue {
    addr: SocketAddr,
    _listener: Socket,
    _first: TcpStream,
}

#[cfg(target_os = "linux")]
impl FullQueue {
    pub(crate) fn new() -> io::Result<Self> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        listener.listen(0)?;
        let addr = listener.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { addr, _first: TcpStream::connect(addr)?, _listener: listener })
    }

    /// The address.
    pub fn addr(&self) -> String {
        self.addr.to_string()
    }
}

/// Where a port can be reached besides the host address in `addr`, if anywhere. Where
/// [`ELSEWHERE`] does not exist, nobody can be reached by it.
pub(crate) fn reached_elsewhere(endpoint: Endpoint, addr: SocketAddr) -> Option<SocketAddr> {
    let elsewhere = SocketAddr::from((ELSEWHERE, addr.port()));
    let open = match endpoint {
        Endpoint::Tcp => TcpStream::connect_timeout(&elsewhere, PATIENCE).is_ok(),
        Endpoint::Udp | Endpoint::Broadcast => {
            UdpSocket::bind(elsewhere).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
        }
    };
    open.then_some(elsewhere)
}
