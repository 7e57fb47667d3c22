//! Lab 08: one send, every listener, if you ask for permission.
//!
//! Receivers share a port, and one datagram of a sender reaches them all.
//!
//! ```text
//! cargo run -p lab08                  the demo, in this terminal
//! cargo run -p lab08 -- receiver      or each in a terminal of its own, receivers in several
//! cargo run -p lab08 -- sender
//! cargo test lab08                    is it right?
//! ```
//!
//! Your work is in `receiver.rs` and `sender.rs`. The chapter is book/src/08-broadcast.md.

mod receiver;
mod sender;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "one send, every listener, if you ask for permission",
    chapter: "08-broadcast.md",
    roles: &[Role::new("receiver", receiver::run), Role::new("sender", sender::run)],
    addr: "127.255.255.255:7878",
    demo: &[
        Part::serves_as("first receiver", "receiver"),
        Part::serves_as("second receiver", "receiver"),
        Part::you("sender"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
