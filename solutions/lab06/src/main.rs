//! Lab 06: every datagram carries its return address.
//!
//! The server answers clients over UDP. There are no connections.
//!
//! ```text
//! cargo run -p lab06                  the demo, in this terminal
//! cargo run -p lab06 -- server        or each in a terminal of its own
//! cargo run -p lab06 -- client
//! cargo test lab06                    is it right?
//! ```
//!
//! Your work is in `server.rs`. The chapter is book/src/06-udp.md.

mod client;
mod server;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "every datagram carries its return address",
    chapter: "06-udp.md",
    roles: &[Role::new("server", server::run), Role::new("client", client::run)],
    addr: cli::LOOPBACK,
    demo: &[
        Part::serves("server"),
        Part::says("another client", "client", &["good morning"]),
        Part::you("client"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
