//! Starts a lab's programs, talks to them, and tells the story of what happened.
//!
//! A check begins with a [`Lab`]: it builds the program under test and hands out everything else.
//!
//! - [`Process`] is one role of the program, running: its input, its output, its end.
//! - [`Peer`] is the other end of a connection, played by the check itself.
//! - [`Listener`] is where the program's own clients connect to.
//! - [`DatagramPeer`] is either of them over UDP.
//! - [`Receiver`], [`Broadcaster`] and [`Audience`] are the same for datagrams to everybody, and a
//!   [`course::machine::Lan`] is a network for them.
//!
//! Whatever a check does is a step of one story, and all of it shares one deadline. An expectation
//! that does not hold ends the check with that story: what was done, what was expected, what came
//! instead, what the program printed, what is likely wrong, and where to read.
//!
//! Programs are ended with their children when the check ends, however it ends. Their input is a
//! pipe of this process, so they end with it as well (`labs/cli/src/supervised.rs`).

mod broadcast;
mod capture;
pub mod cargo;
mod datagram;
mod ending;
mod kernel;
mod lab;
mod peer;
mod process;
pub mod state;
mod story;
mod text;
mod verdict;

use std::path::PathBuf;

pub use crate::broadcast::{Audience, Broadcaster, Receiver};
pub use crate::datagram::DatagramPeer;
pub use crate::lab::{ClosedPort, Lab, Server, own_addr};
pub use crate::peer::{Listener, Peer};
#[cfg(target_os = "linux")]
pub use crate::process::DescriptorLimit;
pub use crate::process::Process;
pub use crate::story::{DEADLINE, Sign};
pub use crate::verdict::Verdict;

/// The lab that the calling module checks: `lab03` or `solution03`, as the module is called.
#[macro_export]
macro_rules! lab {
    () => {
        $crate::Lab::new(module_path!(), concat!(env!("OUT_DIR"), "/again"))
    };
}

/// Stands for a check that this system cannot run: reported as ignored with the reason, and green
/// when forced.
#[macro_export]
macro_rules! ignored {
    ($check:ident, $reason:literal) => {
        #[test]
        #[ignore = $reason]
        fn $check() {}
    };
}

/// The folder of the workspace's root manifest.
pub fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
