//! A network of our own, in which nothing but the run is on the wire.

use std::fs;

use anyhow::{Context, Result};
use nix::libc::{AF_NETLINK, NETLINK_ROUTE, SOCK_RAW};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getgid, getuid};
use socket2::{Domain, Protocol, Socket, Type};

/// Moves this process, which must have one thread, and all that it will start into a new network
/// with nothing but loopback. An ordinary user may do so inside a user namespace, where there is one
/// for them: `user_namespaces(7)`.
pub fn enter() -> Result<()> {
    if unshare(CloneFlags::CLONE_NEWNET).is_err() {
        let (user, group) = (getuid(), getgid());
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
            .context("this system gives no network namespace to this user")?;
        let map = |file, id| fs::write(format!("/proc/self/{file}"), format!("{id} {id} 1"));
        fs::write("/proc/self/setgroups", "deny")
            .and_then(|()| map("uid_map", user.as_raw()))
            .and_then(|()| map("gid_map", group.as_raw()))
            .context("this user cannot be mapped into a namespace")?;
    }
    loopback_up().context("loopback stays down")
}

/// Brings `lo` up, which gives it 127.0.0.1/8 and `::1`: one message `RTM_NEWLINK`.
fn loopback_up() -> Result<()> {
    let socket = Socket::new(
        Domain::from(AF_NETLINK),
        Type::from(SOCK_RAW),
        Some(Protocol::from(NETLINK_ROUTE)),
    )?;
    let mut message = Vec::new();
    // The header: length, type, NLM_F_REQUEST, sequence number, port.
    message.extend(32_u32.to_ne_bytes());
    message.extend([16_u16, 1].map(u16::to_ne_bytes).concat());
    message.extend([1_u32, 0].map(u32::to_ne_bytes).concat());
    // `struct ifinfomsg`: the first interface, the flag IFF_UP, and that it is the one to change.
    message.extend([0; 4]);
    message.extend([1_u32, 1, 1].map(u32::to_ne_bytes).concat());
    socket.send(&message)?;
    Ok(())
}
