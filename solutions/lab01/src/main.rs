//! Lab 01: accept gives you a new socket.
//!
//! A server and a client exchange one message and one reply over TCP.
//!
//! ```text
//! cargo run -p lab01                  both in this terminal
//! cargo run -p lab01 -- server        or each in a terminal of its own
//! cargo run -p lab01 -- client
//! cargo test lab01                    is it right?
//! ```
//!
//! Your work is in `server.rs` and `client.rs`. The chapter is book/src/01-one-exchange.md.

mod client;
mod server;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "accept gives you a new socket",
    chapter: "01-one-exchange.md",
    roles: &[Role::new("server", server::run), Role::new("client", client::run)],
    addr: cli::LOOPBACK,
    demo: &[Part::serves("server"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
