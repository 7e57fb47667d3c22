//! Lab 07: a datagram arrives whole, once, or not at all, and nobody tells you.
//!
//! A client gets its replies over UDP, even from a server that loses some of them.
//!
//! ```text
//! cargo run -p lab07                  the demo, in this terminal
//! cargo run -p lab07 -- server        or each in a terminal of its own
//! cargo run -p lab07 -- lossy         given: a server that loses replies
//! cargo run -p lab07 -- client
//! cargo test lab07                    is it right?
//! ```
//!
//! Your work is in `server.rs` and `client.rs`. The chapter is book/src/07-loss.md.

mod client;
mod lossy;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use cli::{Lab, Part, Role};

/// How long to wait for a reply before the message is sent again: 200 ms, or `DEADLINE` in the
/// environment, in milliseconds. A client on a real network doubles it with each try.
#[allow(dead_code, reason = "a client that waits for ever has no use for it")]
fn deadline() -> Duration {
    Duration::from_millis(cli::number("DEADLINE", 200))
}

/// How often a message is sent before its client gives up: 4 times, or `TRIES` in the environment.
#[allow(dead_code, reason = "a client that waits for ever has no use for it")]
fn tries() -> u64 {
    cli::number("TRIES", 4)
}

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "a datagram arrives whole, once, or not at all, and nobody tells you",
    chapter: "07-loss.md",
    roles: &[
        Role::new("server", server::run),
        Role::new("lossy", lossy::run),
        Role::new("client", client::run),
    ],
    addr: cli::LOOPBACK,
    demo: &[Part::serves("lossy"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
