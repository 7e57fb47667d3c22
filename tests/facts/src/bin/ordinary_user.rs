//! Binds the given addresses without any privilege, and prints how each of them went.

use std::io;

#[cfg(target_os = "linux")]
fn main() -> io::Result<()> {
    use std::env;
    use std::net::TcpListener;

    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    for addr in env::args().skip(1) {
        match TcpListener::bind(&addr) {
            Ok(_) => println!("{addr} is bound"),
            Err(error) => println!("{addr}: {}", error.kind()),
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
