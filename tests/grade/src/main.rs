//! Points, reports and many submissions: what instructors ask for, beside `cargo test`.
//!
//! - [`board`] is the table of one's own labs.
//! - [`submissions`] grades many copies, each on a pristine copy of the course.
//! - [`report`] makes any format from what was graded.
//! - [`handout`] makes the copy for students, [`reset`] puts one of their labs back.

mod board;
mod handout;
mod labs;
mod model;
mod points;
mod report;
mod reset;
mod submissions;
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
    Submissions(submissions::Arguments),
    Report(report::Arguments),
    Handout(handout::Arguments),
    Reset(reset::Arguments),
    #[command(hide = true)]
    Keeper(submissions::Keeper),
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
        Some(Command::Submissions(arguments)) => submissions::grade(&arguments),
        Some(Command::Report(arguments)) => report::make(&arguments),
        Some(Command::Handout(arguments)) => handout::make(&arguments),
        Some(Command::Reset(arguments)) => reset::put_back(&arguments),
        Some(Command::Keeper(arguments)) => submissions::keep(&arguments),
    }
}
