//! What the kernel tells of a connection.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Instant;

/// The state of an end that has received a FIN, and has not closed: `proc_net_tcp(5)`.
const CLOSE_WAIT: &str = "08";

/// Waits until the other end of `client`'s connection has received its FIN, or is gone.
///
/// Two processors may handle packets of one connection. So after a `close` the FIN can still be on
/// its way while a program is answered that was told to go on. Only Linux tells; elsewhere this
/// returns at once.
pub(crate) fn wait_for_fin(client: SocketAddr, deadline: Instant) {
    while state_of_the_other_end(client).is_some_and(|state| state != CLOSE_WAIT)
        && Instant::now() < deadline
    {
        thread::yield_now();
    }
}

fn state_of_the_other_end(client: SocketAddr) -> Option<String> {
    let IpAddr::V4(ip) = client.ip() else { return None };
    // Written as the number that the machine takes these four bytes for.
    let peer = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), client.port());
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let mut rows = table.lines().map(|row| row.split_ascii_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row.get(2) == Some(&peer.as_str()))?;
    row.get(3).map(|&state| state.to_owned())
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
        let addr = client.local_addr()?;
        assert_eq!(state_of_the_other_end(addr).as_deref(), Some("01"), "established");
        drop(client);
        wait_for_fin(addr, Instant::now() + Duration::from_secs(60));
        assert_eq!(state_of_the_other_end(addr).as_deref(), Some(CLOSE_WAIT));
        drop(listener);
        assert_eq!(state_of_the_other_end(addr), None);
        Ok(())
    }
}
