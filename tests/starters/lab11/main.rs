//! Lab 11: one slow client must not stop the others.
//!
//! ```text
//! cargo run -p lab11                  the demo, in this terminal
//! cargo run -p lab11 -- server        or each in a terminal of its own
//! cargo run -p lab11 -- client
//! cargo run -p lab11 -- busy          a client that has much to say, and never leaves
//! cargo test lab11                    is it right?
//! ```
//!
//! Your work is in `server.rs` and `crowd.rs`. The chapter is book/src/11-many-clients.md.

mod busy;
mod client;
mod crowd;
mod frame;
mod server;
mod service;
mod timed;

use std::process::ExitCode;
use std::time::Duration;

use cli::{Lab, Part, Role};

/// How many clients the server serves at the same time: 100, or `MOST`.
fn most() -> u64 {
    cli::number("MOST", 100)
}

/// How long the server waits for a message, and again for its reply: 1,000 ms, or `PATIENCE`.
fn server_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 1_000))
}

/// How long the client waits for connection and reply together: 2,000 ms, or `PATIENCE`.
fn client_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 2_000))
}

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "one slow client must not stop the others",
    chapter: "11-many-clients.md",
    roles: &[
        Role::new("server", server::run),
        Role::new("client", client::run),
        Role::new("busy", busy::run),
    ],
    addr: cli::LOOPBACK,
    demo: &[Part::serves("server"), Part::stays("busy client", "busy"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
