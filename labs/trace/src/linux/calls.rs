//! The system calls that are drawn: their names, and where their arguments are.

use nix::libc::{self, c_long};
use nix::unistd::Pid;

use super::memory::{self, Address};

/// How a call is told where its bytes are.
#[derive(Clone, Copy)]
pub enum Form {
    /// `read`, `write`: a buffer. Calls without bytes have no other form.
    Plain,
    /// `recvfrom`, `sendto`: a buffer, flags, an address.
    Addressed,
    /// `readv`, `writev`: a list of buffers.
    Vector,
    /// `recvmsg`, `sendmsg`: a `struct msghdr`.
    Message,
}

/// What the system call of this number is called here, and its form.
pub fn of(number: i64) -> Option<(&'static str, Form)> {
    #[cfg(target_arch = "x86_64")]
    match number as c_long {
        libc::SYS_poll => return Some(("poll", Form::Plain)),
        libc::SYS_epoll_wait => return Some(("epoll_wait", Form::Plain)),
        libc::SYS_dup2 => return Some(("dup", Form::Plain)),
        libc::SYS_nanosleep => return Some(("sleep", Form::Plain)),
        _ => {}
    }
    Some(match number as c_long {
        libc::SYS_socket => ("socket", Form::Plain),
        libc::SYS_bind => ("bind", Form::Plain),
        libc::SYS_listen => ("listen", Form::Plain),
        libc::SYS_accept | libc::SYS_accept4 => ("accept", Form::Plain),
        libc::SYS_connect => ("connect", Form::Plain),
        libc::SYS_read => ("recv", Form::Plain),
        libc::SYS_recvfrom => ("recv", Form::Addressed),
        libc::SYS_readv => ("recv", Form::Vector),
        libc::SYS_recvmsg => ("recv", Form::Message),
        libc::SYS_write => ("send", Form::Plain),
        libc::SYS_sendto => ("send", Form::Addressed),
        libc::SYS_writev => ("send", Form::Vector),
        libc::SYS_sendmsg => ("send", Form::Message),
        libc::SYS_shutdown => ("shutdown", Form::Plain),
        libc::SYS_close => ("close", Form::Plain),
        libc::SYS_dup | libc::SYS_dup3 | libc::SYS_fcntl => ("dup", Form::Plain),
        libc::SYS_ppoll => ("poll", Form::Plain),
        libc::SYS_epoll_pwait => ("epoll_wait", Form::Plain),
        libc::SYS_setsockopt => ("setsockopt", Form::Plain),
        libc::SYS_clock_nanosleep => ("sleep", Form::Plain),
        libc::SYS_kill | libc::SYS_pidfd_send_signal => ("kill", Form::Plain),
        _ => return None,
    })
}

impl Form {
    /// Where each buffer of a call is, and its length: `struct iovec`. Of very many, as many as the
    /// kernel takes at once: `writev(2)`.
    fn buffers(self, thread: Pid, arguments: &[u64; 6]) -> impl Iterator<Item = (u64, u64)> {
        let [_, place, count, ..] = *arguments;
        let word = move |place| memory::word(thread, place);
        let (list, length) = match self {
            Self::Plain | Self::Addressed => (None, 1),
            Self::Vector => (Some(place), count),
            Self::Message => (Some(word(place + 16)), word(place + 24)),
        };
        (0..length.min(1024)).map(move |i| match list.map(|list| list + 16 * i) {
            Some(entry) => (word(entry), word(entry + 8)),
            None => (place, count),
        })
    }

    /// The first bytes that a call took or gave, of `length` in all.
    pub fn bytes(self, thread: Pid, arguments: &[u64; 6], length: u64, most: usize) -> Vec<u8> {
        let (place, room) = self.buffers(thread, arguments).next().unwrap_or((0, 0));
        let length = usize::try_from(length.min(room)).map_or(most, |length| length.min(most));
        memory::bytes(thread, place, length)
    }

    /// How many bytes a call is asked to send.
    pub fn length(self, thread: Pid, arguments: &[u64; 6]) -> u64 {
        let lengths = self.buffers(thread, arguments).map(|(_, length)| length);
        lengths.fold(0, u64::saturating_add)
    }

    /// Whom a datagram goes to or came from, where the call says so.
    pub fn address(self, thread: Pid, arguments: &[u64; 6], sends: bool) -> Option<Address> {
        let (place, length) = match self {
            Self::Addressed if sends => (arguments[4], arguments[5]),
            Self::Addressed => (arguments[4], memory::word(thread, arguments[5])),
            Self::Message => {
                (memory::word(thread, arguments[1]), memory::word(thread, arguments[1] + 8))
            }
            Self::Plain | Self::Vector => return None,
        };
        memory::address(thread, place, length & 0xffff_ffff)
    }

    /// Whether the call only looks.
    pub fn peeks(self, arguments: &[u64; 6]) -> bool {
        let flags = match self {
            Self::Addressed => arguments[3],
            Self::Message => arguments[2],
            Self::Plain | Self::Vector => 0,
        };
        flags & u64::from(libc::MSG_PEEK.unsigned_abs()) != 0
    }
}

/// The name of a socket option: `socket(7)`, `tcp(7)`, `ip(7)`, `ipv6(7)`.
pub fn option(level: u64, name: u64) -> String {
    let [level, number] = [level, name].map(|word| i32::try_from(word & 0xffff).unwrap_or(0));
    let known = match (level, number) {
        (libc::SOL_SOCKET, libc::SO_REUSEADDR) => "SO_REUSEADDR",
        (libc::SOL_SOCKET, libc::SO_REUSEPORT) => "SO_REUSEPORT",
        (libc::SOL_SOCKET, libc::SO_BROADCAST) => "SO_BROADCAST",
        (libc::SOL_SOCKET, libc::SO_RCVTIMEO) => "SO_RCVTIMEO",
        (libc::SOL_SOCKET, libc::SO_SNDTIMEO) => "SO_SNDTIMEO",
        (libc::SOL_SOCKET, libc::SO_RCVBUF) => "SO_RCVBUF",
        (libc::SOL_SOCKET, libc::SO_SNDBUF) => "SO_SNDBUF",
        (libc::SOL_SOCKET, libc::SO_LINGER) => "SO_LINGER",
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE) => "SO_KEEPALIVE",
        (libc::IPPROTO_TCP, libc::TCP_NODELAY) => "TCP_NODELAY",
        (libc::IPPROTO_IP, libc::IP_TTL) => "IP_TTL",
        (libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP) => "IP_ADD_MEMBERSHIP",
        (libc::IPPROTO_IP, libc::IP_MULTICAST_LOOP) => "IP_MULTICAST_LOOP",
        (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY) => "IPV6_V6ONLY",
        _ => return format!("option {number} of level {level}"),
    };
    known.to_owned()
}
