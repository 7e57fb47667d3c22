//! Lab 13: the other side speaks when it likes.
//!
//! ```text
//! cargo run -p lab13                  the demo, in this terminal
//! cargo run -p lab13 -- server        or each in a terminal of its own
//! cargo run -p lab13 -- client        (here what is half typed stays below what comes)
//! cargo test lab13                    is it right?
//! ```
//!
//! Your work is in `client.rs`. The chapter is book/src/13-both-at-once.md.

mod client;
mod half;
mod keyboard;
mod lines;
mod screen;
mod server;
mod talk;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use cli::{Lab, Part, Role};

/// How long the server is silent before it says something by itself: 1,000 ms, or `PACE`.
fn pace() -> Duration {
    Duration::from_millis(cli::number("PACE", 1_000))
}

/// The client. However it ends, it leaves the terminal as it was.
fn client(addr: &str) -> Result<()> {
    let result = client::run(addr);
    screen::close();
    result
}

const LAB: Lab = Lab {
    name: env!("CARGO_PKG_NAME"),
    law: "the other side speaks when it likes",
    chapter: "13-both-at-once.md",
    roles: &[Role::new("server", server::run), Role::new("client", client)],
    addr: cli::LOOPBACK,
    demo: &[Part::serves("server"), Part::you("client")],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}
