//! Lab 07: a datagram arrives whole, once, or not at all, and nobody tells you.
//!
//! A client gets its replies over UDP, even from a server that loses some of them.
//!
//! ```text
//! cargo run -p lab07                  the cast, in this terminal
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

use cli::{Lab, Part};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "a datagram arrives whole, once, or not at all, and nobody tells you",
    chapter: "07-loss.md",
    roles: &[("server", server::run), ("lossy", lossy::run), ("client", client::run)],
    addr: cli::LOOPBACK,
    cast: &[Part::serves("lossy"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
