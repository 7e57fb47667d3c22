//! Lab 02: zero bytes read means: the peer has finished.
//!
//! One client talks to the server for as long as it likes. Then both end.
//!
//! ```text
//! cargo run -p lab02                  the demo, in this terminal
//! cargo run -p lab02 -- server        or each in a terminal of its own
//! cargo run -p lab02 -- client
//! cargo test lab02                    is it right?
//! ```
//!
//! Your work is in `server.rs` and `client.rs`. The chapter is book/src/02-conversation.md.

mod client;
mod server;

use std::process::ExitCode;

use cli::{Lab, Part, Role};

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "zero bytes read means: the peer has finished",
    chapter: "02-conversation.md",
    roles: &[Role::new("server", server::run), Role::new("client", client::run)],
    addr: cli::LOOPBACK,
    demo: &[Part::serves("server"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
