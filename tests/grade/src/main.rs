//! Points, reports and many submissions: what instructors ask for, beside `cargo test`.
//!
//! - [`submissions`] grades many copies, each on a pristine copy of the course.
//! - [`report`] makes any format from what was graded.
//! - [`handout`] makes the copy for students.

mod handout;
mod labs;
mod model;
mod points;
mod report;
mod submissions;
mod text;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Grades the labs of many students.
#[derive(Parser)]
#[command(name = "grade", bin_name = "cargo run -p grade --")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Submissions(submissions::Arguments),
    Report(report::Arguments),
    Handout(handout::Arguments),
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
        Command::Submissions(arguments) => submissions::grade(&arguments),
        Command::Report(arguments) => report::make(&arguments),
        Command::Handout(arguments) => handout::make(&arguments),
        Command::Keeper(arguments) => submissions::keep(&arguments),
    }
}
