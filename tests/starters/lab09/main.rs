//! Lab 09: one read is not one message.
//!
//! A message is a frame: four bytes that hold its length, and then its text.
//!
//! ```text
//! cargo run -p lab09                  the demo, in this terminal
//! cargo run -p lab09 -- server        or each in a terminal of its own
//! cargo run -p lab09 -- client
//! cargo run -p lab09 -- hasty         a client that sends three messages in one write
//! cargo run -p lab09 -- slow          a client that sends a message byte by byte
//! cargo test lab09                    is it right?
//! ```
//!
//! Your work is in `frame.rs`. The chapter is book/src/09-framing.md.

mod client;
mod frame;
mod hasty;
mod server;
mod slow;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "one read is not one message",
    chapter: "09-framing.md",
    roles: &[
        Role::new("server", server::run),
        Role::new("client", client::run),
        Role::new("hasty", hasty::run),
        Role::new("slow", slow::run),
    ],
    addr: cli::LOOPBACK,
    demo: &[
        Part::serves("server"),
        Part::runs("hasty client", "hasty"),
        Part::runs("slow client", "slow"),
        Part::you("client"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
