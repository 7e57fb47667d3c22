//! Makes a socket, `stream` or `datagram`, and hands it over through its standard input.

use std::io;

#[cfg(target_os = "linux")]
fn main() -> io::Result<()> {
    use std::env;
    use std::io::IoSlice;
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;

    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use socket2::{Domain, Socket, Type};

    let kind =
        if env::args().nth(1).as_deref() == Some("stream") { Type::STREAM } else { Type::DGRAM };
    let socket = Socket::new(Domain::IPV4, kind, None)?;

    let lent = [socket.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&lent));
    // A descriptor travels with at least one byte.
    sendmsg(io::stdin(), &[IoSlice::new(b"!")], &mut control, SendFlags::empty())?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
