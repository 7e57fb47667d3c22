//! Statements of the book, each shown by a run: `cargo test -p facts`.
//!
//! Every test in `tests/` is named by the statement that it shows. Its doc comment says the rest,
//! in a form from which the book's appendix is made (`tests/appendix`): the statement, then what
//! tutorials say of it, the figure that was seen, and the document that it is taken from.
//!
//! This library is what the tests share: connections on loopback on which no call waits for ever,
//! and sockets on the hosts of a network.

#[cfg(lan)]
mod network;

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

#[cfg(lan)]
pub use crate::network::Network;

/// How long one call may wait. No statement depends on it: it only ends a test that would hang.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// A listener on a free port of 127.0.0.1, and its address.
pub fn listener() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// A listener with this backlog on a free port of 127.0.0.1, and its address.
pub fn listen(backlog: i32) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(backlog)?;
    let listener = TcpListener::from(socket);
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// A client of the listener at `addr`.
pub fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    with_deadlines(TcpStream::connect_timeout(&addr, DEADLINE)?)
}

/// The next connection of the listener, and the address of the client.
pub fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    // `accept` itself takes no deadline. Waiting for what another thread accepts does.
    let (accepted, connections) = mpsc::channel();
    let listener = listener.try_clone()?;
    thread::spawn(move || {
        let connection = listener.accept();
        drop(listener);
        accepted.send(connection)
    });
    let connection = connections.recv_timeout(DEADLINE).map_err(io::Error::other)?;
    connection.and_then(|(stream, peer)| Ok((with_deadlines(stream)?, peer)))
}

/// Both ends of a connection: the client's, and the one that the server accepted.
pub fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let (listener, addr) = listener()?;
    let client = connect(addr)?;
    let (server, _) = accept(&listener)?;
    Ok((client, server))
}

/// What one read brings, as text: nothing at the end of the stream.
pub fn receive(stream: &mut TcpStream) -> io::Result<String> {
    let mut buffer = [0; 64];
    let length = stream.read(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// The appendix that tells what each error means.
pub const ERRORS: &str = include_str!("../../../book/src/errors.md");

/// The page of errors has this one under that heading: its kind, and its words with its number.
#[track_caller]
pub fn is_told(heading: &str, kind: &str, words: &str) {
    let page = ERRORS.replace("\r\n", "\n");
    let mut sections = page.split("\n## ");
    let begin = format!("{heading} {{#");
    let section = sections.find(|section| section.starts_with(&begin));
    let section = section.unwrap_or_else(|| panic!("errors.md has no heading {heading:?}"));
    for told in [format!("`{kind}`"), format!("`{words}`")] {
        assert!(section.contains(&told), "{heading:?} in errors.md does not name {told}");
    }
}

/// Waits for what happens soon, but not at once: that bytes arrive, or a reset.
#[track_caller]
pub fn until(mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < DEADLINE, "it did not happen within {DEADLINE:?}");
        thread::yield_now();
    }
}

/// Whether the connection is over, as poll(2) tells it: without taking the error away.
#[cfg(target_os = "linux")]
pub fn has_hung_up(stream: &TcpStream) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut asked = [PollFd::new(stream, PollFlags::empty())];
    poll(&mut asked, None).is_ok() && asked[0].revents().contains(PollFlags::HUP)
}

/// A loopback address that no other test and no other program uses, with a port that is free.
///
/// Others are given ports of 127.0.0.1 all the time. A port that is to be closed, or to be bound
/// once more, must not be among them, so each of these addresses has a host part of its own. macOS
/// has no other host than 127.0.0.1.
pub fn own_addr() -> io::Result<SocketAddr> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let number = TAKEN.fetch_add(1, Ordering::Relaxed) % 64;
    let [_, high, middle, low] = ((process::id() << 6) | number).to_be_bytes();
    let host = if cfg!(target_os = "macos") {
        Ipv4Addr::LOCALHOST
    } else {
        Ipv4Addr::new(127, 128 | high, middle, low)
    };
    TcpListener::bind((IpAddr::from(host), 0))?.local_addr()
}

fn with_deadlines(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    Ok(stream)
}

/// Stands for a fact that not every system shows: elsewhere it is reported as ignored, with the
/// reason, and green when forced.
#[macro_export]
macro_rules! only_if {
    (lan, $fact:ident) => {
        $crate::only_if!(lan, $fact, "no network namespaces for this user, which are Linux's");
    };
    ($condition:meta, $fact:ident, $reason:literal) => {
        #[cfg(not($condition))]
        #[test]
        #[ignore = $reason]
        fn $fact() {}
    };
}
