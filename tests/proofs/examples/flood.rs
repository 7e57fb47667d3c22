//! A demo in which everybody is a nuisance: a server that prints without end, clients that never leave.

use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

use anyhow::Result;
use cli::{Lab, Part, Role, log};

const LAB: Lab = Lab {
    name: "flood",
    law: "",
    chapter: "",
    roles: &[Role::new("server", flood), Role::new("client", stay)],
    addr: cli::LOOPBACK,
    demo: &[
        Part::serves("server"),
        Part::says("first client", "client", &["hello"]),
        Part::you("client"),
    ],
};

fn main() -> ExitCode {
    cli::main(&LAB)
}

fn flood(addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr)?;
    log!("listening on {}", listener.local_addr()?);
    for number in 0.. {
        // No two lines are alike, since the same line again would only be counted; and all are long,
        // so that the terminal is slower than the flood.
        log!("line {number:0>400}");
    }
    Ok(())
}

fn stay(_addr: &str) -> Result<()> {
    loop {
        thread::park();
    }
}
