//! What this machine must have for any check: loopback, and descriptors.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;

/// How many descriptors a run needs: sixteen checks at a time, each with a few programs.
#[cfg(unix)]
const DESCRIPTORS: u64 = 512;

/// Confirms it, once in a run.
pub(crate) fn confirm() -> io::Result<()> {
    static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| look().map_err(|error| error.to_string()));
    found.clone().map_err(io::Error::other)
}

fn look() -> io::Result<()> {
    #[cfg(unix)]
    raise_limit()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    TcpStream::connect(listener.local_addr()?).map(drop)
}

/// Raises this process's own limit of descriptors, as far as that is allowed.
#[cfg(unix)]
fn raise_limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let most = maximum.unwrap_or(4096).min(4096);
    if current.is_some_and(|current| current < most) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum })?;
    }
    if most < DESCRIPTORS {
        let few = format!("this shell allows {most} open files, and the checks need {DESCRIPTORS}");
        return Err(io::Error::other(format!("{few}: see ulimit -n")));
    }
    Ok(())
}
