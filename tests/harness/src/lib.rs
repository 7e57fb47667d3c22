//! Starts a lab's programs, talks to them, records what happened, and tells it when it was wrong.
//!
//! A check begins with a [`Lab`]: it builds the program under test and hands out everything else.
//!
//! - [`Process`] is one role of the program, running: its input, its output, its end.
//! - [`Peer`] is the other end of a connection, played by the check itself.
//! - [`Listener`] is where the program's own clients connect to.
//! - [`Terminal`] is where a person types, with a screen.
//! - [`DatagramPeer`] is either of them over UDP.
//! - [`Receiver`], [`Broadcaster`] and [`Audience`] are the same for datagrams to everybody.
//! - [`Hint`] says what is likely wrong when a check fails, by what the failure looks like.
//!
//! Whatever a check does is a step of one [`record`], and all of it shares one deadline. From the
//! bottom up: `record` is data; `program`, `capture` and `system` know one program; `diagnosis`
//! finds the likely cause; `wording` makes a story of a record, and nothing else knows English;
//! `recorder` stands above them and ends a check; everything that acts or expects stands on it.
//!
//! Programs are ended when the check ends, however it ends, with what they have started
//! (`descendants.rs` says how far that goes on each system). Their input is a pipe of this process,
//! so they end with it as well (`labs/cli`).

mod addresses;
mod broadcast;
mod capture;
pub mod cargo;
mod connections;
mod datagram;
mod descendants;
mod diagnosis;
#[cfg(target_os = "linux")]
mod fault;
pub mod interrupts;
mod lab;
mod libtest;
mod log;
mod machine;
mod peer;
mod process;
mod program;
pub mod record;
mod recorder;
pub mod records;
mod system;
#[cfg(unix)]
mod terminal;
mod text;
mod texts;
pub mod untouched;
mod wording;

use std::env;
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
pub use crate::addresses::FullQueue;
pub use crate::addresses::{ClosedPort, ELSEWHERE, Taken, own_addr, own_host};
pub use crate::broadcast::{Audience, Broadcaster, Receiver};
pub use crate::datagram::DatagramPeer;
pub use crate::diagnosis::Hint;
#[cfg(target_os = "linux")]
pub use crate::fault::Breakage;
pub use crate::lab::{Lab, Server};
pub use crate::libtest::Verdict;
pub use crate::log::Expected as Event;
pub use crate::peer::{Listener, Peer, frame, on_the_wire};
pub use crate::process::Process;
pub use crate::record::{Resource, Symptom};
pub use crate::recorder::DEADLINE;
#[cfg(unix)]
pub use crate::terminal::Terminal;
pub use crate::texts::{SEED, Texts};
/// A reply as a client shows it: one line, with escapes for control characters.
pub use cli::escaped as as_shown;

/// The lab that the calling module checks: `lab03` or `solution03`, as the module is called, or the
/// one that it is in. The arguments are tables of [`Hint`]s, the most general first.
#[macro_export]
macro_rules! lab {
    ($($hints:expr),*) => {
        $crate::Lab::new(module_path!(), concat!(env!("OUT_DIR"), "/again"), &[$($hints),*])
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

/// The folder of the workspace's root manifest: of the copy of the course in which cargo was called,
/// since two copies may share what was compiled.
pub fn workspace() -> PathBuf {
    let called = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let is_course = |folder: &&Path| folder.join("tests/course").is_dir();
    let found = called.as_deref().and_then(|here| here.ancestors().find(is_course));
    found.map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../..").into(), Path::to_owned)
}
