//! What is to be run: a demo, a role, or a check.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal, raise};
use serde_json::Value;

use super::recorder::CHECK;

/// The first word of a command line that asks this program to wait for its tracer, and then to become
/// another.
pub const WAIT: &str = "--wait-for-the-tracer";

/// A program that is built, and what it is called in the drawing.
pub struct Program {
    pub name: String,
    command: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

impl Program {
    /// Builds what the words ask for: `lab05`, `lab05 server ADDR`, `lab05::a_check`. A path is that
    /// of a program which is there.
    pub fn build(workspace: &Path, words: &[&str]) -> Result<Self> {
        let [what, rest @ ..] = words else { bail!("nothing to run") };
        let given = || words.iter().map(|&word| word.to_owned()).collect();
        if what.contains('/') {
            let name = what.rsplit('/').next().unwrap_or(what).to_owned();
            return Ok(Self { name, command: given(), environment: Vec::new() });
        }
        let (package, check) = what.split_once("::").map_or((*what, None), |(p, c)| (p, Some(c)));
        let known =
            course::labs_in(workspace).any(|lab| lab.name == package || lab.solution() == package);
        if !known {
            bail!("there is no lab {package:?} in this copy");
        }
        let program = built(workspace, &["build", "-p", package])?;
        let Some(check) = check else {
            let command =
                [&program].into_iter().cloned().chain(rest.iter().map(|&word| word.to_owned()));
            return Ok(Self {
                name: package.to_owned(),
                command: command.collect(),
                environment: Vec::new(),
            });
        };
        let kind = if package.starts_with("lab") { "labs" } else { "solutions" };
        let tests = built(workspace, &["test", "--no-run", "--test", kind])?;
        if !has(&tests, &format!("{package}::{check}"))? {
            bail!(
                "{package} has no check {check:?}: `cargo test {package}` names them once you have begun"
            );
        }
        let command = [&tests, "--exact", "--nocapture", &format!("{package}::{check}")];
        Ok(Self {
            name: CHECK.to_owned(),
            command: command.map(str::to_owned).to_vec(),
            environment: vec![
                ("SOCKET_LABS_PROGRAM", program),
                ("CARGO_MANIFEST_DIR", workspace.display().to_string()),
            ],
        })
    }

    /// The command that waits for the tracer and then is this program.
    pub fn command(&self) -> Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(WAIT).args(&self.command).envs(self.environment.iter().cloned());
        Ok(command)
    }
}

/// Stops until a tracer lets this process go on, and then becomes the program of the command line.
/// Returns only if that fails. Should the tracer end before it traces, so does this process.
pub fn wait_for_the_tracer(command: &[String]) -> Result<()> {
    use std::os::unix::process::CommandExt;

    let [program, arguments @ ..] = command else { bail!("nothing to become") };
    set_pdeathsig(Signal::SIGKILL)?;
    raise(Signal::SIGSTOP)?;
    // The tracer has blocked it for itself, and a child inherits that.
    SigSet::from(Signal::SIGINT).thread_unblock()?;
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {program}"))
}

/// Whether there is a test of this name in the program that runs them.
fn has(tests: &str, name: &str) -> Result<bool> {
    let listed = Command::new(tests).args(["--list", "--exact", name]).output()?;
    Ok(String::from_utf8_lossy(&listed.stdout).contains(": test"))
}

/// Has cargo build something, and finds the executable. What the compiler says is shown.
fn built(workspace: &Path, arguments: &[&str]) -> Result<String> {
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let output = Command::new(cargo)
        .current_dir(workspace)
        .args(arguments)
        .args(["--quiet", "--message-format=json-render-diagnostics"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executables =
        messages.filter_map(|message| message["executable"].as_str().map(str::to_owned));
    let executable = executables.reduce(|_, last| last).filter(|_| output.status.success());
    executable.with_context(|| format!("it does not compile: cargo {}", arguments.join(" ")))
}
