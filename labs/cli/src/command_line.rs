//! What the command line and the environment ask for.

use std::env;
use std::process::{self, ExitCode};

use anyhow::Result;

use crate::lab::Lab;
use crate::{console, demo, supervised};

/// The numbers that labs take from the environment.
const NUMBERS: [&str; 6] = ["DEADLINE", "TRIES", "PATIENCE", "MOST", "WORK", "PACE"];

/// Runs what the command line asks for.
///
/// An error that ends the program is one line on standard error, and status 1. A command line that
/// asks for nothing this lab has is answered with the usage, and status 2.
pub fn main(lab: &Lab) -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // What is no number is refused before anybody relies on it.
    for name in NUMBERS {
        number(name, 0);
    }

    if let Some(option) = arguments.iter().find(|argument| argument.starts_with('-')) {
        return match *option {
            "-h" | "--help" => {
                console::print_line(&lab.help());
                ExitCode::SUCCESS
            }
            _ => refuse(lab, &format!("there is no option {option}")),
        };
    }
    match arguments[..] {
        [] => report(demo::run(lab)),
        [role] => run(lab, role, lab.addr),
        [role, addr] => run(lab, role, addr),
        [.., last] => refuse(lab, &format!("one word too many: {last}")),
    }
}

/// A number that a lab demands: `default`, or what the environment variable `name` says.
///
/// A value that is no number is refused like a wrong command line: one line, and status 2.
pub fn number(name: &str, default: u64) -> u64 {
    let Ok(value) = env::var(name) else { return default };
    value.parse().unwrap_or_else(|_| {
        console::error_line(&format!(
            "error: {name}={value} is no whole number from 0 to {}",
            u64::MAX
        ));
        process::exit(2)
    })
}

/// Runs one role.
fn run(lab: &Lab, role: &str, addr: &str) -> ExitCode {
    match lab.roles.iter().find(|known| known.name == role) {
        Some(role) => {
            supervised::start();
            report((role.run)(addr))
        }
        None => refuse(lab, &format!("there is no role {role}")),
    }
}

/// Tells an error that ends the program.
fn report(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error_line(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the command line.
fn refuse(lab: &Lab, problem: &str) -> ExitCode {
    console::error_line(&format!("error: {problem}\n\n{}", lab.usage()));
    ExitCode::from(2)
}
