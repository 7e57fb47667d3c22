//! What helps on the way through the labs, beside `cargo test`.
//! - [`board`] is the table of one's own labs, [`reset`] puts one of them back.

mod board;
mod labs;
mod reset;
mod text;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Grades the labs. Without a command: the board of this copy's labs.
#[derive(Parser)]
#[command(name = "grade", bin_name = "cargo run -p grade --")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Reset(reset::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        None => board::show(),
        Some(Command::Reset(arguments)) => reset::put_back(&arguments),
    }
}
