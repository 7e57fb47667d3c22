//! What the arguments of a call point to, in the memory of the program that calls.

use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr};

use nix::libc::{AF_INET, AF_INET6, AF_UNIX};
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// The longest address that is looked at: `struct sockaddr_un` of `unix(7)`, in bytes.
const LONGEST: u64 = 110;

/// At most `length` bytes at `place`; fewer, or none, where the program has no such memory.
pub fn bytes(thread: Pid, place: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let remote = [RemoteIoVec { base: usize::try_from(place).unwrap_or(0), len: length }];
    let read = process_vm_readv(thread, &mut [IoSliceMut::new(&mut bytes)], &remote);
    bytes.truncate(read.unwrap_or(0));
    bytes
}

/// The number in the 8 bytes at `place`.
pub fn word(thread: Pid, place: u64) -> u64 {
    bytes(thread, place, 8).try_into().map_or(0, u64::from_ne_bytes)
}

/// An address as a call is given it.
pub enum Address {
    Inet(SocketAddr),
    Path(String),
}

/// The `struct sockaddr` at `place`: `ip(7)`, `ipv6(7)`, `unix(7)`.
pub fn address(thread: Pid, place: u64, length: u64) -> Option<Address> {
    let length = usize::try_from(length.min(LONGEST)).ok()?;
    let bytes = bytes(thread, place, if place == 0 { 0 } else { length });
    let ip: IpAddr = match u16::from_ne_bytes(*bytes.first_chunk()?).into() {
        AF_INET => (*bytes.get(4..)?.first_chunk::<4>()?).into(),
        AF_INET6 => (*bytes.get(8..)?.first_chunk::<16>()?).into(),
        AF_UNIX => {
            let path = bytes[2..].split(|&byte| byte == 0).find(|path| !path.is_empty())?;
            return Some(Address::Path(String::from_utf8_lossy(path).into_owned()));
        }
        _ => return None,
    };
    let port = u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
    Some(Address::Inet(SocketAddr::new(ip, port)))
}
