//! The system calls that are drawn: their names, and where their arguments are.

use nix::libc::{self, c_long};
use nix::unistd::Pid;

use super::memory;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Socket,
    Bind,
    Listen,
    Accept,
    Connect,
    Receive(Form),
    Send(Form),
    Shutdown,
    Close,
    Duplicate,
    Poll,
    WaitForEvents,
    SetOption,
    Sleep,
}

/// How a call is told where its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `read`, `write`: a buffer.
    Plain,
    /// `recvfrom`, `sendto`: a buffer, flags, an address.
    Addressed,
    /// `readv`, `writev`: a list of buffers.
    Vector,
    /// `recvmsg`, `sendmsg`: a `struct msghdr`.
    Message,
}

/// What the system call of this number does, and what it is called.
pub fn of(number: i64) -> Option<(Deed, &'static str)> {
    #[cfg(target_arch = "x86_64")]
    match number as c_long {
        libc::SYS_poll => return Some((Deed::Poll, "poll")),
        libc::SYS_epoll_wait => return Some((Deed::WaitForEvents, "epoll_wait")),
        libc::SYS_dup2 => return Some((Deed::Duplicate, "dup")),
        libc::SYS_nanosleep => return Some((Deed::Sleep, "sleep")),
        _ => {}
    }
    Some(match number as c_long {
        libc::SYS_socket => (Deed::Socket, "socket"),
        libc::SYS_bind => (Deed::Bind, "bind"),
        libc::SYS_listen => (Deed::Listen, "listen"),
        libc::SYS_accept | libc::SYS_accept4 => (Deed::Accept, "accept"),
        libc::SYS_connect => (Deed::Connect, "connect"),
        libc::SYS_read => (Deed::Receive(Form::Plain), "recv"),
        libc::SYS_recvfrom => (Deed::Receive(Form::Addressed), "recv"),
        libc::SYS_readv => (Deed::Receive(Form::Vector), "recv"),
        libc::SYS_recvmsg => (Deed::Receive(Form::Message), "recv"),
        libc::SYS_write => (Deed::Send(Form::Plain), "send"),
        libc::SYS_sendto => (Deed::Send(Form::Addressed), "send"),
        libc::SYS_writev => (Deed::Send(Form::Vector), "send"),
        libc::SYS_sendmsg => (Deed::Send(Form::Message), "send"),
        libc::SYS_shutdown => (Deed::Shutdown, "shutdown"),
        libc::SYS_close => (Deed::Close, "close"),
        libc::SYS_dup | libc::SYS_dup3 | libc::SYS_fcntl => (Deed::Duplicate, "dup"),
        libc::SYS_ppoll => (Deed::Poll, "poll"),
        libc::SYS_epoll_pwait => (Deed::WaitForEvents, "epoll_wait"),
        libc::SYS_setsockopt => (Deed::SetOption, "setsockopt"),
        libc::SYS_clock_nanosleep => (Deed::Sleep, "sleep"),
        _ => return None,
    })
}

impl Form {
    /// The first bytes that a call took or gave, of `length` in all.
    pub fn bytes(self, thread: Pid, arguments: &[u64; 6], length: u64, most: usize) -> Vec<u8> {
        let (place, room) = match self {
            Self::Plain | Self::Addressed => (arguments[1], u64::MAX),
            Self::Vector => first_of(thread, arguments[1]),
            Self::Message => first_of(thread, memory::word(thread, arguments[1] + 16)),
        };
        memory::bytes(
            thread,
            place,
            usize::try_from(length.min(room)).map_or(most, |n| n.min(most)),
        )
    }

    /// How many bytes a call is asked to send.
    pub fn length(self, thread: Pid, arguments: &[u64; 6]) -> u64 {
        let (list, count) = match self {
            Self::Plain | Self::Addressed => return arguments[2],
            Self::Vector => (arguments[1], arguments[2]),
            Self::Message => {
                let word = |place| memory::word(thread, arguments[1] + place);
                (word(16), word(24))
            }
        };
        // Of very many buffers, as many as the kernel takes at once: `writev(2)`.
        let lengths = (0..count.min(1024)).map(|i| memory::word(thread, list + 16 * i + 8));
        lengths.fold(0, u64::saturating_add)
    }

    /// Whom a datagram goes to or came from, where the call says so.
    pub fn address(
        self,
        thread: Pid,
        arguments: &[u64; 6],
        sending: bool,
    ) -> Option<memory::Address> {
        let (place, length) = match self {
            Self::Addressed if sending => (arguments[4], arguments[5]),
            Self::Addressed => (arguments[4], memory::word(thread, arguments[5]) & 0xffff_ffff),
            Self::Message => {
                let word = |place| memory::word(thread, arguments[1] + place);
                (word(0), word(8) & 0xffff_ffff)
            }
            Self::Plain | Self::Vector => return None,
        };
        memory::address(thread, place, length)
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

/// The place and the length of the first buffer in a list: `struct iovec`.
fn first_of(thread: Pid, list: u64) -> (u64, u64) {
    (memory::word(thread, list), memory::word(thread, list + 8))
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
