//! Lab 10: waiting for ever is a bug.
//!
//! ```text
//! cargo run -p lab10                  the demo, in this terminal
//! cargo run -p lab10 -- server        or each in a terminal of its own
//! cargo run -p lab10 -- client
//! cargo run -p lab10 -- silent        a client that connects, and says nothing
//! cargo run -p lab10 -- deaf          a server that never answers
//! cargo test lab10                    is it right?
//! ```
//!
//! Your work is in `timed.rs` and `server.rs`. The chapter is book/src/10-deadlines.md.

mod client;
mod deaf;
mod frame;
mod server;
mod silent;
mod timed;

use std::process::ExitCode;
use std::time::Duration;

use cli::{Lab, Part, Role};

/// How long the server waits for a message, and again for its reply: 1,000 ms, or `PATIENCE`.
#[allow(dead_code, reason = "a server that waits for ever has no use for it")]
fn server_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 1_000))
}

/// How long the client waits for connection and reply together: 2,000 ms, or `PATIENCE`.
fn client_patience() -> Duration {
    Duration::from_millis(cli::number("PATIENCE", 2_000))
}

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "waiting for ever is a bug",
    chapter: "10-deadlines.md",
    roles: &[
        Role::new("server", server::run),
        Role::new("client", client::run),
        Role::new("silent", silent::run),
        Role::new("deaf", deaf::run),
    ],
    addr: cli::LOOPBACK,
    demo: &[
        Part::serves_as("deaf server", "deaf"),
        Part::says("first client", "client", &["is anybody there?"]),
        Part::serves("server").on_a_new_port(),
        Part::stays("silent client", "silent"),
        Part::you("client"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
