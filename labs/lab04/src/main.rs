//! Lab 04: writing nothing sends nothing.
//!
//! A person may press Enter without typing anything. The conversation must go on.
//!
//! ```text
//! cargo run -p lab04                  the demo, in this terminal
//! cargo run -p lab04 -- server        or each in a terminal of its own
//! cargo run -p lab04 -- client
//! cargo test lab04                    is it right?
//! ```
//!
//! Your work is in `client.rs`. The chapter is book/src/04-empty-data.md.

mod client;
mod server;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "writing nothing sends nothing",
    chapter: "04-empty-data.md",
    roles: &[Role::new("server", server::run), Role::new("client", client::run)],
    addr: cli::LOOPBACK,
    demo: &[
        Part::serves("server"),
        Part::says("hasty client", "client", &[""]),
        Part::you("client"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
