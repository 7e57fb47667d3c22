//! What Linux tells of one connection between programs on this machine: `sock_diag(7)`.
//!
//! `/proc/net/tcp` tells the same of all connections at once. After busy tests they are tens of thousands,
//! and one look has taken six seconds on a busy machine.

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

// Numbers of linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
const AF_NETLINK: i32 = 16;
const NETLINK_SOCK_DIAG: i32 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;

// Of the states of net/tcp_states.h, those in which a FIN is still to come: ESTABLISHED, SYN_RECV,
// FIN_WAIT1, FIN_WAIT2, NEW_SYN_RECV.
const BEFORE_FIN: [u8; 5] = [1, 3, 4, 5, 12];
/// The state of a listener, which answers for connections that are none any more.
const LISTEN: u8 = 10;
/// Where the answer has the state, and how many bytes are unread.
const STATE: usize = 17;
const UNREAD: usize = 72;

/// How often a connection is looked at.
const LOOK: Duration = Duration::from_micros(100);

/// Waits until this is true of the end of a connection that has the address `own`, or there is no such end
/// any more, and no longer than `most`. Only Linux tells; elsewhere this returns at once.
///
/// Two processors may handle packets of one connection. So what one end has done can still be on its way
/// to the other while a program is answered, or woken up, that was told to go on.
pub(crate) fn wait_until(
    (own, peer): (SocketAddr, SocketAddr),
    most: Duration,
    is_true: impl Fn(&End) -> bool,
) {
    let until = Instant::now() + most;
    while End::of(own, peer).is_some_and(|end| !is_true(&end)) && Instant::now() < until {
        thread::sleep(LOOK);
    }
}

/// What the kernel knows of one end of a connection.
pub(crate) struct End {
    state: u8,
    /// How many bytes have arrived that are not yet read.
    pub(crate) unread: u32,
}

impl End {
    /// The end with the address `own`. `None` where there is no such connection, or the system does not
    /// tell.
    fn of(own: SocketAddr, peer: SocketAddr) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let mut answer = [0; 256];
        let length = ask(&request(own, peer)?, &mut answer).ok()?;
        let is_answer = answer[4..6] == SOCK_DIAG_BY_FAMILY.to_ne_bytes() && length > UNREAD + 4;
        let unread = answer[UNREAD..UNREAD + 4].try_into().ok()?;
        let end = Self { state: answer[STATE], unread: u32::from_ne_bytes(unread) };
        (is_answer && end.state != LISTEN).then_some(end)
    }

    pub(crate) fn has_received_fin(&self) -> bool {
        !BEFORE_FIN.contains(&self.state)
    }
}

/// Has the kernel answer one request.
fn ask(request: &[u8], answer: &mut [u8]) -> io::Result<usize> {
    let netlink = Socket::new(
        Domain::from(AF_NETLINK),
        Type::DGRAM,
        Some(Protocol::from(NETLINK_SOCK_DIAG)),
    )?;
    netlink.send(request)?;
    (&netlink).read(answer)
}

/// A message of netlink(7) with a `struct inet_diag_req_v2` for one connection.
fn request(own: SocketAddr, peer: SocketAddr) -> Option<Vec<u8>> {
    let (IpAddr::V4(own_ip), IpAddr::V4(peer_ip)) = (own.ip(), peer.ip()) else { return None };
    let any_state = u32::MAX.to_ne_bytes();
    let no_cookie = [0xff; 8];
    let body = [
        &[AF_INET, IPPROTO_TCP, 0, 0][..],
        &any_state,
        &own.port().to_be_bytes(),
        &peer.port().to_be_bytes(),
        &own_ip.octets(),
        &[0; 12],
        &peer_ip.octets(),
        &[0; 12],
        &[0; 4],
        &no_cookie,
    ]
    .concat();
    let length = u32::try_from(16 + body.len()).ok()?;
    let kind = SOCK_DIAG_BY_FAMILY.to_ne_bytes();
    let header = [&length.to_ne_bytes()[..], &kind, &NLM_F_REQUEST.to_ne_bytes(), &[0; 8]].concat();
    Some([header, body].concat())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::*;

    #[test]
    fn what_lies_unread_is_known() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut client = TcpStream::connect(listener.local_addr()?)?;
        let (server, addr) = (client.peer_addr()?, client.local_addr()?);
        let unread = || End::of(server, addr).map(|end| end.unread);
        client.write_all(b"hello")?;
        let (mut stream, _) = listener.accept()?;
        stream.peek(&mut [0])?;
        assert_eq!(unread(), Some(5));
        stream.read_exact(&mut [0; 5])?;
        assert_eq!(unread(), Some(0));
        assert!(End::of(server, server).is_none(), "a listener is no connection");
        Ok(())
    }

    #[test]
    fn a_fin_is_known_before_anybody_accepts_or_reads() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        let (server, addr) = (client.peer_addr()?, client.local_addr()?);
        let has_received_fin = || End::of(server, addr).map(|end| end.has_received_fin());
        assert_eq!(has_received_fin(), Some(false));
        drop(client);
        while has_received_fin() == Some(false) {
            thread::yield_now();
        }
        assert_eq!(has_received_fin(), Some(true));
        drop(listener);
        assert_eq!(has_received_fin(), None, "nobody is there any more");
        Ok(())
    }
}
