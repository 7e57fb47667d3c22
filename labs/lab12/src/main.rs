//! Lab 12: a service must know how to end.
//!
//! ```text
//! cargo run -p lab12                  the demo, in this terminal
//! cargo run -p lab12 -- server        or each in a terminal of its own: Ctrl-C ends the server
//! cargo run -p lab12 -- client        (silent is a client that connects, and says nothing)
//! cargo test lab12                    is it right?
//! ```
//!
//! Your work is in `server.rs` and `crowd.rs`. The chapter is book/src/12-ending.md.

mod client;
mod crowd;
mod frame;
mod interrupt;
mod server;
mod service;
mod silent;
mod timed;

use std::process::ExitCode;
use std::time::Duration;

use cli::{Lab, Part, Role};

/// How many clients the server serves at the same time: 100, or `MOST`.
fn most() -> u64 {
    cli::number("MOST", 100)
}

/// How long the server waits for a message, and again for its reply: 10,000 ms, or `PATIENCE`.
fn server_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 10_000))
}

/// How long the client waits for connection and reply together: 2,000 ms, or `PATIENCE`.
fn client_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 2_000))
}

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "a service must know how to end",
    chapter: "12-ending.md",
    roles: &[
        Role::new("server", server::run),
        Role::new("client", client::run),
        Role::new("silent", silent::run),
    ],
    addr: cli::LOOPBACK,
    demo: &[
        Part::serves("server").interrupted_after("message"),
        Part::stays("silent client", "silent"),
        Part::you("client"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
