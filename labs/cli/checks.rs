//! `cargo test -p labNN`: runs that lab's checks, which are tests of the workspace's root package.

use std::env;
use std::process::{Command, exit};

fn main() {
    let package = env!("CARGO_PKG_NAME");
    let target = if package.starts_with("lab") { "labs" } else { "solutions" };
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .args(["test", "--quiet", "--test", target, "--", &format!("{package}::")])
        .args(env::args_os().skip(1))
        .status();
    match status {
        Ok(status) => exit(status.code().unwrap_or(1)),
        Err(error) => {
            eprintln!("error: cannot run cargo: {error}");
            exit(1);
        }
    }
}
