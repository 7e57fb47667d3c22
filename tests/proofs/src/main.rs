//! Plays the wrong program that the environment names.

use std::env;
use std::process::ExitCode;

use cli::Lab;
use proofs::{NAME, PROOFS};

fn main() -> ExitCode {
    let asked = env::var(NAME).unwrap_or_default();
    for (lab, proof) in PROOFS {
        for wrong in proof.wrong {
            if asked == format!("{lab}/{}", wrong.name) {
                let roles = wrong.roles;
                return cli::main(&Lab {
                    name: wrong.name,
                    law: "",
                    chapter: "",
                    roles,
                    addr: cli::LOOPBACK,
                    cast: &[],
                });
            }
        }
    }
    eprintln!("error: {NAME} names no wrong program: {asked:?}");
    ExitCode::from(2)
}
