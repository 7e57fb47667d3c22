//! Lab 05: a peer can vanish between any two lines of your code.
//!
//! One client leaves with a reset. The service must not care.
//!
//! ```text
//! cargo run -p lab05                  the demo, in this terminal
//! cargo run -p lab05 -- server        or each in a terminal of its own
//! cargo run -p lab05 -- client
//! cargo run -p lab05 -- rude          a client that leaves with a reset
//! cargo test lab05                    is it right?
//! ```
//!
//! Your work is in `server.rs`. The chapter is book/src/05-abrupt-disconnect.md.

mod client;
mod rude;
mod server;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "a peer can vanish between any two lines of your code",
    chapter: "05-abrupt-disconnect.md",
    roles: &[
        Role::new("server", server::run),
        Role::new("client", client::run),
        Role::new("rude", rude::run),
    ],
    addr: cli::LOOPBACK,
    demo: &[Part::serves("server"), Part::runs("rude client", "rude"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
