//! # Descriptors
//!
//! They run out for the whole process, so this fact has a process of its own.

use facts::only_if;

/// Without a free descriptor `accept` fails, and the client stays in the queue.
///
/// - Seen: `EMFILE`; with a descriptor free again, the client is accepted, and what it sent is
///   read.
/// - Source: accept(2), `EMFILE`.
#[cfg(target_os = "linux")]
#[test]
fn without_a_free_descriptor_accept_fails_and_the_client_stays_queued() -> std::io::Result<()> {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    use facts::{accept, connect, listener, receive};
    use rustix::io::Errno;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let (listener, addr) = listener()?;
    let mut client = connect(addr)?;
    client.write_all(b"patience")?;

    // A new descriptor is given the lowest number that is free.
    let lowest_free = listener.try_clone()?.as_raw_fd().unsigned_abs();
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(lowest_free.into()), ..before })?;
    let error = listener.accept().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::MFILE.raw_os_error()));

    setrlimit(Resource::Nofile, before)?;
    let (mut server, _) = accept(&listener)?;
    assert_eq!(receive(&mut server)?, "patience");
    Ok(())
}
only_if!(
    target_os = "linux",
    without_a_free_descriptor_accept_fails_and_the_client_stays_queued,
    "systems differ in how descriptors are limited"
);
