//! What crosses the wire: every frame on loopback, with the time at which the kernel saw it.

use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::cmsg_space;
use nix::libc::{AF_PACKET, ETH_P_ALL, PACKET_OUTGOING, SOCK_RAW};
use nix::sys::socket::{ControlMessageOwned, LinkAddr, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use socket2::{Domain, Protocol, Socket, Type};

use super::run::{ALIKE, Frame, KEPT, Kind, MOST, Time};

/// How much of a frame is looked at, in bytes: headers, and the beginning of a payload.
const LOOKED_AT: usize = 256;
/// How many bytes the kernel keeps while nobody looks.
const BUFFER: usize = 16 << 20;
/// Nothing more is coming when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(20);

pub struct Capture {
    over: Arc<AtomicBool>,
    thread: JoinHandle<(Vec<Frame>, u64)>,
}

impl Capture {
    /// Begins to listen on the wire. With `all`, acknowledgements without data are kept as well.
    pub fn start(all: bool) -> Result<Self> {
        let protocol = i32::from(u16::try_from(ETH_P_ALL)?.to_be());
        let socket = Socket::new(
            Domain::from(AF_PACKET),
            Type::from(SOCK_RAW),
            Some(Protocol::from(protocol)),
        )
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

    /// What has been seen, once nothing more comes; and how much more there was than is kept.
    pub fn end(self) -> (Vec<Frame>, u64) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

fn listen(socket: &Socket, over: &AtomicBool, all: bool) -> (Vec<Frame>, u64) {
    let (mut frames, mut more) = (Vec::new(), 0);
    loop {
        match next(socket) {
            // Loopback shows every frame twice: as it leaves, and as it comes.
            Some((at, false, bytes)) => {
                let frame = parse(&bytes, at).filter(|frame| all || !is_bare(frame));
                more += frame.map_or(0, |frame| keep(&mut frames, frame));
            }
            None if over.load(Ordering::Relaxed) => return (frames, more),
            _ => {}
        }
    }
}

/// The next frame: its time, whether it is leaving, and how it begins. `None` if none comes.
fn next(socket: &Socket) -> Option<(Time, bool, Vec<u8>)> {
    let mut bytes = vec![0; LOOKED_AT];
    let mut slices = [IoSliceMut::new(&mut bytes)];
    let mut space = cmsg_space!(TimeSpec);
    let flags = MsgFlags::empty();
    let seen =
        recvmsg::<LinkAddr>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags).ok()?;
    let at = seen.cmsgs().ok()?.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(time) => Some(time),
        _ => None,
    })?;
    let at = u64::try_from(at.tv_sec()).ok()? * 1_000_000_000 + u64::try_from(at.tv_nsec()).ok()?;
    let leaving = seen.address.is_some_and(|address| address.pkttype() == PACKET_OUTGOING);
    let length = seen.bytes;
    bytes.truncate(length);
    Some((at, leaving, bytes))
}

/// Whether it is an acknowledgement and nothing else.
fn is_bare(frame: &Frame) -> bool {
    frame.bytes == 0 && frame.is_plain() && frame.kind != Kind::Udp
}

/// Keeps a frame, or counts it with those before it. Returns how many were neither.
fn keep(frames: &mut Vec<Frame>, frame: Frame) -> u64 {
    let alike = frames.iter().rev().take_while(|before| before.is_like(&frame)).take(ALIKE).count();
    let folded = frames.last().is_some_and(|last| alike > 0 && last.times > 1);
    let first = frames.len() - alike;
    if folded || alike == ALIKE {
        let begin = if folded { frames.len() - 1 } else { first };
        for more in frames.split_off(begin + 1).iter().chain([&frame]) {
            frames[begin].bytes += more.bytes;
            frames[begin].times += more.times;
        }
    } else if frames.len() < MOST {
        frames.push(frame);
    } else {
        return 1;
    }
    0
}

/// Reads a frame of Ethernet with TCP, UDP or ICMP in IP; `None` of anything else.
fn parse(bytes: &[u8], at: Time) -> Option<Frame> {
    let packet = bytes.get(14..)?;
    match number(bytes, 12)? {
        0x0800 => {
            let header = usize::from(packet.first()? & 0xf) * 4;
            let length = u64::from(number(packet, 2)?).checked_sub(header as u64)?;
            let address = |place| -> Option<IpAddr> {
                Some(
                    Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(place..place + 4)?).ok()?).into(),
                )
            };
            let (from, to, inside) = (address(12)?, address(16)?, packet.get(header..)?);
            segment(*packet.get(9)?, (from, to), inside, length, at)
        }
        0x86dd => {
            let address = |place| -> Option<IpAddr> {
                Some(
                    Ipv6Addr::from(<[u8; 16]>::try_from(packet.get(place..place + 16)?).ok()?)
                        .into(),
                )
            };
            let length = u64::from(number(packet, 4)?);
            segment(*packet.get(6)?, (address(8)?, address(24)?), packet.get(40..)?, length, at)
        }
        _ => None,
    }
}

/// Reads what is in a packet of `length` bytes without its header.
fn segment(
    protocol: u8,
    (from, to): (IpAddr, IpAddr),
    bytes: &[u8],
    length: u64,
    at: Time,
) -> Option<Frame> {
    let (kind, header) = match protocol {
        6 => {
            let flags = *bytes.get(13)?;
            let [fin, syn, rst, ack] = [1, 2, 4, 16].map(|flag| flags & flag != 0);
            (Kind::Tcp { syn, ack, fin, rst }, usize::from(bytes.get(12)? >> 4) * 4)
        }
        17 => (Kind::Udp, 8),
        // "Destination unreachable", code "port": the beginning of the datagram follows.
        1 if bytes.starts_with(&[3, 3]) => return unreachable((from, to), bytes.get(28..)?, at),
        58 if bytes.starts_with(&[1, 4]) => return unreachable((from, to), bytes.get(48..)?, at),
        _ => return None,
    };
    let (from, to) = (at_port(from, number(bytes, 0)?), at_port(to, number(bytes, 2)?));
    let payload = bytes.get(header..)?;
    let bytes = length.checked_sub(header as u64)?;
    let kept = payload.len().min(KEPT + 1).min(usize::try_from(bytes).unwrap_or(usize::MAX));
    let payload = payload[..kept].to_owned();
    Some(Frame { at, kind, from, to, payload, bytes, times: 1 })
}

/// The answer to the datagram whose header is `udp`.
fn unreachable((from, to): (IpAddr, IpAddr), udp: &[u8], at: Time) -> Option<Frame> {
    let (from, to) = (at_port(from, number(udp, 2)?), at_port(to, number(udp, 0)?));
    let kind = Kind::Unreachable;
    Some(Frame { at, kind, from, to, payload: Vec::new(), bytes: 0, times: 1 })
}

fn at_port(ip: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(ip, port)
}

/// Two bytes in the order of the network.
fn number(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(place..place + 2)?.try_into().ok()?))
}
