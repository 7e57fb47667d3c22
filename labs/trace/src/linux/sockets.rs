//! What the system knows of a program's sockets: the tables of `proc(5)`.

use std::fs;
use std::net::{IpAddr, SocketAddr};

use nix::unistd::Pid;

use super::run::Protocol;

/// The two addresses of a socket, the second one if it is connected.
pub fn addresses(
    process: Pid,
    descriptor: i32,
    protocol: Protocol,
) -> Option<(SocketAddr, Option<SocketAddr>)> {
    let inode = inode(process, descriptor)?;
    let name = if protocol == Protocol::Udp { "udp" } else { "tcp" };
    [name.to_owned(), format!("{name}6")].iter().find_map(|file| {
        let table = fs::read_to_string(format!("/proc/{process}/net/{file}")).ok()?;
        table.lines().skip(1).find_map(|row| {
            let mut fields = row.split_whitespace();
            let (local, peer) = (fields.nth(1)?, fields.next()?);
            let is_it = fields.nth(6)? == inode;
            let peer = is_it.then(|| address(peer))?.filter(|peer| peer.port() != 0);
            Some((address(local)?, peer))
        })
    })
}

/// The number by which the tables know a socket. `None` of what is none.
pub fn inode(process: Pid, descriptor: i32) -> Option<String> {
    let link = fs::read_link(format!("/proc/{process}/fd/{descriptor}")).ok()?;
    let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
    Some(inode.to_owned())
}

/// An address of a table: each 4 bytes of it as the number that the machine takes them for.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let word = |place| u32::from_str_radix(ip.get(place..place + 8)?, 16).ok();
    let words = (0..ip.len()).step_by(8).filter_map(word);
    let bytes: Vec<u8> = words.flat_map(u32::to_ne_bytes).collect();
    let ip = match bytes[..] {
        [a, b, c, d] => IpAddr::from([a, b, c, d]),
        _ => IpAddr::from(*bytes.first_chunk::<16>()?).to_canonical(),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}
