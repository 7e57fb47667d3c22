//! What the kernel tells of a connection.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Instant;

/// The state of an end that has received a FIN, and has not closed: `proc_net_tcp(5)`.
const CLOSE_WAIT: &str = "08";

/// Waits until the other end of a connection, `server`, has received the FIN of `client`, or is gone.
///
/// Two processors may handle packets of one connection. So after a `close` the FIN can still be on
/// its way while a program is answered that was told to go on. Only Linux tells; elsewhere this
/// returns at once.
pub(crate) fn wait_for_fin(server: SocketAddr, client: SocketAddr, deadline: Instant) {
    while state(server, client).is_some_and(|state| state != CLOSE_WAIT)
        && Instant::now() < deadline
    {
        thread::yield_now();
    }
}

/// The state of the end that has the address `own`. Both addresses tell it from connections that are
/// over, of which the kernel remembers some for a while.
fn state(own: SocketAddr, peer: SocketAddr) -> Option<String> {
    let (own, peer) = (in_the_table(own)?, in_the_table(peer)?);
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let mut rows = table.lines().map(|row| row.split_ascii_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row.get(1..3) == Some(&[own.as_str(), peer.as_str()]))?;
    row.get(3).map(|&state| state.to_owned())
}

/// An address as the table has it: the number that the machine takes its four bytes for.
fn in_the_table(addr: SocketAddr) -> Option<String> {
    let IpAddr::V4(ip) = addr.ip() else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), addr.port()))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io;
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_other_end_is_known_by_its_state() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        let (server, addr) = (client.peer_addr()?, client.local_addr()?);
        assert_eq!(state(server, addr).as_deref(), Some("01"), "established");
        drop(client);
        wait_for_fin(server, addr, Instant::now() + Duration::from_secs(60));
        assert_eq!(state(server, addr).as_deref(), Some(CLOSE_WAIT));
        drop(listener);
        assert_eq!(state(server, addr), None);
        Ok(())
    }
}
