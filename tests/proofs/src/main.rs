//! Runs the wrong program, or the right one of another style, that the environment names.

use std::env;
use std::process::ExitCode;

use cli::Lab;
use proofs::right::RIGHT;
use proofs::{NAME, Role};

fn main() -> ExitCode {
    let asked = env::var(NAME).unwrap_or_default();
    let wrong = proofs::wrong_programs().map(|(lab, wrong)| (lab, wrong.name, wrong.roles));
    let right = RIGHT.iter().map(|right| (right.lab, right.name, right.roles));
    let mut programs = wrong.chain(right);
    let Some((_, name, roles)) = programs.find(|(lab, name, _)| asked == format!("{lab}/{name}"))
    else {
        eprintln!("error: {NAME} names no program: {asked:?}");
        return ExitCode::from(2);
    };
    run(name, roles)
}

fn run(name: &'static str, roles: &[Role]) -> ExitCode {
    let roles = roles.iter().map(|&(name, run)| cli::Role::new(name, run));
    let roles = roles.collect::<Vec<_>>().leak();
    cli::main(&Lab { name, law: "", chapter: "", roles, addr: cli::LOOPBACK, demo: &[] })
}
