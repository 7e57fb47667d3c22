//! What every lab is given, so that a lab's own files hold nothing but networking.
//!
//! - [`main`] reads the command line and plays one role, or the whole cast (`cast.rs`, `stage.rs`).
//! - [`Console`] is the person's side of a client: messages in, replies out (`console.rs`).
//! - [`log!`] prints one event of a server's log (`console.rs`).
//!
//! Nothing in this crate touches the network.

mod cast;
mod console;
mod relay;
mod screen;
mod stage;
pub mod supervised;

use std::env;
use std::process::{self, ExitCode};

use anyhow::Result;

pub use crate::cast::Part;
pub use crate::console::{Console, log_line};

/// Where the roles of most labs meet unless told otherwise.
pub const LOOPBACK: &str = "127.0.0.1:7878";

/// The longest message, in bytes. Clients refuse longer ones.
pub const MAX_MESSAGE: usize = 1024;

/// The longest reply, in bytes: upper-casing makes a message at most three times as long.
pub const MAX_REPLY: usize = 3 * MAX_MESSAGE;

/// The longest datagram over IPv4, in bytes: a packet of 65,535 without the headers of IP (20) and UDP (8).
pub const MAX_DATAGRAM: usize = 65_507;

/// A role by its name, and what plays it. It is given the address to listen on, connect to or send to.
pub type Role = (&'static str, fn(&str) -> Result<()>);

/// One lab's program: what it teaches, the roles it can play, and the cast that shows them together.
pub struct Lab {
    /// What follows `cargo run -p`.
    pub name: &'static str,
    /// The law the lab teaches, in one sentence.
    pub law: &'static str,
    /// The chapter's file in `book/src`.
    pub chapter: &'static str,
    /// What it can play.
    pub roles: &'static [Role],
    /// Where the roles meet unless told otherwise.
    pub addr: &'static str,
    /// Who plays when no role is named, in order of appearance.
    pub cast: &'static [Part],
}

impl Lab {
    /// The package's name, which is also what `cargo test` takes to check this lab.
    fn package(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or(self.name)
    }

    fn usage(&self) -> String {
        let Lab { name, roles, addr, .. } = self;
        let mut usage =
            format!("usage: cargo run -p {name}    (the whole cast, in this terminal)\n");
        for (role, _) in *roles {
            usage += &format!("       cargo run -p {name} -- {role} [ADDR]\n");
        }
        usage + &format!("ADDR is {addr} unless given. With port 0 the system picks a free one.")
    }

    fn help(&self) -> String {
        format!(
            "{}: {}\n\n{}\n\nchapter: book/src/{}\ncheck:   cargo test {}",
            self.package(),
            self.law,
            self.usage(),
            self.chapter,
            self.package()
        )
    }
}

/// Plays what the command line asks for.
///
/// An error that ends the program is one line on standard error, and status 1. A command line that
/// asks for nothing this lab has is answered with the usage, and status 2.
pub fn main(lab: &Lab) -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();

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
        [] => report(cast::play(lab)),
        [role] => play(lab, role, lab.addr),
        [role, addr] => play(lab, role, addr),
        [.., last] => refuse(lab, &format!("one word too many: {last}")),
    }
}

/// A number that a lab demands: `default`, or what the environment variable `name` says.
///
/// A value that is no number is refused like a wrong command line: one line, and status 2.
pub fn number(name: &str, default: u64) -> u64 {
    let Ok(value) = env::var(name) else { return default };
    value.parse().unwrap_or_else(|_| {
        console::error_line(&format!("error: {name}={value} is no number"));
        process::exit(2)
    })
}

/// Plays one role.
fn play(lab: &Lab, role: &str, addr: &str) -> ExitCode {
    match lab.roles.iter().find(|(name, _)| *name == role) {
        Some((_, run)) => {
            supervised::start();
            report(run(addr))
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
