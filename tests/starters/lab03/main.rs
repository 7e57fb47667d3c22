//! Lab 03: a server outlives its clients.
//!
//! The server takes one client after another, for ever.
//!
//! ```text
//! cargo run -p lab03                  the demo, in this terminal
//! cargo run -p lab03 -- server        or each in a terminal of its own
//! cargo run -p lab03 -- client
//! cargo test lab03                    is it right?
//! ```
//!
//! Your work is in `server.rs`. The chapter is book/src/03-service.md.

mod client;
mod server;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "a server outlives its clients",
    chapter: "03-service.md",
    roles: &[Role::new("server", server::run), Role::new("client", client::run)],
    addr: cli::LOOPBACK,
    demo: &[
        Part::serves("server"),
        Part::says("first client", "client", &["good morning"]),
        Part::you("client"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
