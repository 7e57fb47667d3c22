//! What crosses the wire: a network in which nobody else is, and every packet on its loopback.

use std::collections::HashSet;
use std::fs;
use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::cmsg_space;
use nix::libc::{AF_NETLINK, AF_PACKET, ETH_P_ALL, NETLINK_ROUTE, PACKET_OUTGOING};
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{ControlMessageOwned, LinkAddr, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use nix::unistd::{getgid, getuid};
use socket2::{Domain, Protocol, Socket, Type};

use super::fold::Folded;
use super::run::{Frame, KEPT, Kind, Time, quoted};

/// How much of a packet is looked at, in bytes: headers, and the beginning of a payload.
const LOOKED_AT: usize = 256;
/// How many bytes the kernel keeps while nobody looks.
const BUFFER: usize = 16 << 20;
/// Nothing more is coming when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(20);

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

/// Brings `lo` up, which gives it 127.0.0.1/8 and `::1`.
fn loopback_up() -> Result<()> {
    let protocol = Protocol::from(NETLINK_ROUTE);
    let socket = Socket::new(Domain::from(AF_NETLINK), Type::DGRAM, Some(protocol))?;
    // `netlink(7)`: length, RTM_NEWLINK and NLM_F_REQUEST, sequence, port; `rtnetlink(7)`: family,
    // the first interface, IFF_UP, and that it is the flag to change.
    let message = [32_u32, 16 | 1 << 16, 0, 0, 0, 1, 1, 1];
    socket.send(&message.map(u32::to_le_bytes).concat())?;
    Ok(())
}

pub struct Capture {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Folded<Frame>>,
}

impl Capture {
    /// Begins to listen on the wire. With `all`, acknowledgements without data are kept as well.
    pub fn start(all: bool) -> Result<Self> {
        let protocol = Protocol::from(i32::from(u16::try_from(ETH_P_ALL)?.to_be()));
        let socket = Socket::new(Domain::from(AF_PACKET), Type::DGRAM, Some(protocol))
            .context("this system lets nobody listen on the wire")?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        // With less, a flood loses more; the drawing is the same.
        let _ = setsockopt(&socket, sockopt::RcvBufForce, &BUFFER);
        socket.set_read_timeout(Some(QUIET))?;
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let thread = thread::spawn(move || listen(&socket, &ends, all));
        Ok(Self { over, thread })
    }

    /// What has been seen, once nothing more comes.
    pub fn end(self) -> Folded<Frame> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_| Folded::new())
    }
}

fn listen(socket: &Socket, over: &AtomicBool, all: bool) -> Folded<Frame> {
    let (mut frames, mut finished) = (Folded::new(), HashSet::new());
    loop {
        match next(socket) {
            // Loopback shows every packet twice: as it leaves, and as it comes.
            Some((false, Some(frame))) if all || !is_unnoticed(&frame, &mut finished) => {
                frames.add(0, frame);
            }
            None if over.load(Ordering::Relaxed) => return frames,
            _ => {}
        }
    }
}

/// Whether no program can notice a frame: an acknowledgement and nothing else, or the answer of a kernel
/// that has forgotten a connection after both ends have `finished` it. Such a reset acknowledges nothing
/// (RFC 9293, 3.10.7.1); that of a `close` with something unread does.
fn is_unnoticed(frame: &Frame, finished: &mut HashSet<(SocketAddr, SocketAddr)>) -> bool {
    let Kind::Tcp { ack, fin, rst, .. } = frame.kind else { return false };
    if fin {
        finished.insert((frame.from, frame.to));
    }
    let ends = [(frame.from, frame.to), (frame.to, frame.from)];
    let is_over = ends.iter().all(|way| finished.contains(way));
    frame.bytes == 0 && frame.is_plain() || rst && !ack && is_over
}

/// The next packet, if one comes: whether it is leaving, and what it is.
fn next(socket: &Socket) -> Option<(bool, Option<Frame>)> {
    let mut bytes = [0; LOOKED_AT];
    let mut slices = [IoSliceMut::new(&mut bytes)];
    let mut space = cmsg_space!(TimeSpec);
    // With MSG_TRUNC, the length is that of the packet, however little of it is read: `packet(7)`.
    let (place, flags) = (socket.as_raw_fd(), MsgFlags::MSG_TRUNC);
    let seen = recvmsg::<LinkAddr>(place, &mut slices, Some(&mut space), flags).ok()?;
    let at = seen.cmsgs().ok()?.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(time) => Some(Duration::from(time)),
        _ => None,
    });
    let at = Time::try_from(at?.as_nanos()).ok()?;
    let leaves = seen.address.is_some_and(|address| address.pkttype() == PACKET_OUTGOING);
    let length = seen.bytes;
    Some((leaves, parse(&bytes[..length.min(LOOKED_AT)], length, at)))
}

/// Reads a packet of `length` bytes with TCP, UDP or ICMP in it; `None` of anything else.
fn parse(packet: &[u8], length: usize, at: Time) -> Option<Frame> {
    let ([from, to], protocol, header): ([IpAddr; 2], _, _) = match packet.first()? >> 4 {
        4 => {
            let ends = [12, 16].map(|place| array::<4>(packet, place).into());
            (ends, packet.get(9)?, usize::from(packet[0] & 0xf) * 4)
        }
        6 => ([8, 24].map(|place| array::<16>(packet, place).into()), packet.get(6)?, 40),
        _ => return None,
    };
    let inside = packet.get(header..)?;
    let (kind, own) = match (protocol, inside) {
        (6, &[_, _, _, _, _, _, _, _, _, _, _, _, size, flags, ..]) => {
            let [fin, syn, rst, ack] = [1, 2, 4, 16].map(|flag| flags & flag != 0);
            (Kind::Tcp { syn, ack, fin, rst }, usize::from(size >> 4) * 4)
        }
        (17, _) => (Kind::Udp, 8),
        // "Destination unreachable", code "port": the datagram that it answers follows.
        (1, [3, 3, ..]) | (58, [1, 4, ..]) => {
            let Frame { from: to, to: from, .. } = parse(inside.get(8..)?, 0, at)?;
            let (kind, text) = (Kind::Unreachable, String::new());
            return Some(Frame { at, kind, from, to, text, bytes: 0, times: 1 });
        }
        _ => return None,
    };
    let [from, to] = [(from, 0), (to, 2)]
        .map(|(ip, place)| SocketAddr::new(ip, u16::from_be_bytes(array(inside, place))));
    let bytes = length.saturating_sub(header + own);
    let payload = inside.get(own..)?;
    let text = quoted(&payload[..payload.len().min(KEPT + 1)], bytes as u64);
    Some(Frame { at, kind, from, to, text, bytes: bytes as u64, times: 1 })
}

/// Some bytes of a header. What is not there is 0.
fn array<const N: usize>(bytes: &[u8], place: usize) -> [u8; N] {
    bytes.get(place..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}
