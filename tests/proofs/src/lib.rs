//! What the proofs need to know of each lab: how its starter fails, and which wrong programs its
//! checks must catch.
//!
//! A wrong program is a mistake that students make. It is the lab's solution but for one role, or a
//! part of one. All of them are one binary, `wrong`; the variable [`NAME`] says which one it plays.

pub mod checks;
pub mod kinds;
pub mod parallel;
pub mod records;
pub mod right;

use std::time::Duration;

use anyhow::Result;
use course::LABS;

// One module a lab, `wrong/labNN.rs`, and `PROOFS`, the table of what they prove.
include!(concat!(env!("OUT_DIR"), "/wrong.rs"));

/// The environment variable that names the wrong program to play: `lab02/spins_on_zero`.
pub const NAME: &str = "SOCKET_LABS_WRONG";

/// A role, and the function that runs it.
pub type Role = (&'static str, fn(&str) -> Result<()>);

/// What is proved of one lab, besides that its solution passes every check.
pub struct Proof {
    /// What a story of the starter's failure says: the flaw, by name.
    pub flaw: &'static str,
    /// What the starter's demo shows of the flaw.
    pub demo: &'static str,
    /// The check whose story on the starter the chapter shows.
    pub shown: &'static str,
    /// Programs that must be caught.
    pub wrong: &'static [Wrong],
}

/// Whether this machine has what the lab needs.
pub fn can_be_run(lab: &str) -> bool {
    LABS.iter().any(|row| row.name == lab && row.can_be_run())
}

/// A wrong program, and how it is caught.
pub struct Wrong {
    /// The mistake, as one would tell it.
    pub name: &'static str,
    /// Its roles, as in `cli::Lab`.
    pub roles: &'static [Role],
    /// The checks that must fail on it.
    pub caught_by: &'static [&'static str],
    /// What the story of each must say.
    pub says: &'static str,
}

/// Every wrong program, with its lab: the lab's own, and those of kinds that many labs catch.
pub fn wrong_programs() -> impl Iterator<Item = (&'static str, &'static Wrong)> {
    let own = PROOFS.iter().flat_map(|(lab, proof)| proof.wrong.iter().map(move |w| (*lab, w)));
    let kinds = kinds::KINDS.iter().copied().flatten();
    own.chain(kinds.flat_map(|kind| kind.labs.iter().map(|lab| (*lab, &kind.wrong))))
}

/// The frames of lab 09 and later ones, made right: most wrong programs are wrong elsewhere.
#[path = "../../../solutions/lab09/src/frame.rs"]
mod frame;

/// The deadlines of lab 10, in the same way.
#[path = "../../../solutions/lab10/src/timed.rs"]
mod timed;

/// The crowd of lab 11, and what its service does with a message.
#[path = "../../../solutions/lab11/src/crowd.rs"]
mod crowd;
#[path = "../../../solutions/lab11/src/service.rs"]
mod service;

/// What is done at Ctrl-C in lab 12, and what its service does with a message.
#[path = "../../../solutions/lab12/src/interrupt.rs"]
mod interrupt;
#[path = "../../../solutions/lab12/src/service.rs"]
mod service12;

/// The lines of lab 13, and its user's side.
#[path = "../../../solutions/lab13/src/half.rs"]
mod half;
#[path = "../../../solutions/lab13/src/keyboard.rs"]
mod keyboard;
#[path = "../../../solutions/lab13/src/lines.rs"]
mod lines;
#[path = "../../../solutions/lab13/src/screen.rs"]
mod screen;
#[path = "../../../solutions/lab13/src/talk.rs"]
mod talk;

// What the given `main.rs` of some labs names, for programs that are made of their files.

/// How long a client of lab 07 waits for a reply.
fn deadline() -> Duration {
    Duration::from_millis(cli::number("DEADLINE", 200))
}

/// How often it sends a message.
fn tries() -> u64 {
    cli::number("TRIES", 4)
}

/// How long a server of lab 10 waits for a message, and for its reply to be taken.
fn server_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 1_000))
}

/// How many clients a server of lab 11 serves at the same time.
fn most() -> u64 {
    cli::number("MOST", 100)
}

/// How long its client waits for a reply.
fn client_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 2_000))
}

/// How long a server of lab 13 is silent before it says something by itself.
fn pace() -> Duration {
    Duration::from_millis(cli::number("PACE", 1_000))
}

/// The right reply but for bytes that are no text: most wrong programs are wrong elsewhere.
fn upper(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(bytes).to_uppercase().into_bytes()
}
