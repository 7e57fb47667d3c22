//! What Linux tells of one connection between programs on this machine: `sock_diag(7)`.
//!
//! `/proc/net/tcp` tells the same of all connections at once, which are tens of thousands after busy
//! tests: too many to look at again and again.

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

// Numbers of linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
const AF_NETLINK: i32 = 16;
const NETLINK_SOCK_DIAG: i32 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;

/// The state of a listener, which answers for connections that are none any more.
const LISTEN: u8 = 10;
/// Where the answer has the state, and how many bytes are unread.
const STATE: usize = 17;
const UNREAD: usize = 72;

/// How many bytes have arrived at the end with the address `own` and are not yet read. `None` where
/// there is no such connection, or the system does not tell.
pub(crate) fn unread(own: SocketAddr, peer: SocketAddr) -> Option<u32> {
    let mut answer = [0; 256];
    let length = ask(&request(own, peer)?, &mut answer).ok()?;
    let is_answer = answer[4..6] == SOCK_DIAG_BY_FAMILY.to_ne_bytes() && length > UNREAD + 4;
    let unread = answer[UNREAD..UNREAD + 4].try_into().ok()?;
    (is_answer && answer[STATE] != LISTEN).then(|| u32::from_ne_bytes(unread))
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
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_lies_unread_is_known() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut client = TcpStream::connect(listener.local_addr()?)?;
        let (server, addr) = (client.peer_addr()?, client.local_addr()?);
        client.write_all(b"hello")?;
        let (mut stream, _) = listener.accept()?;
        stream.peek(&mut [0])?;
        assert_eq!(unread(server, addr), Some(5));
        stream.read_exact(&mut [0; 5])?;
        assert_eq!(unread(server, addr), Some(0));
        assert_eq!(unread(server, server), None, "a listener is no connection");
        Ok(())
    }
}
