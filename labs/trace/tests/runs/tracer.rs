//! The tracer, as a test runs it.

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Far more than any run takes: only one that never ends fails by it.
pub const TOO_LONG: Duration = Duration::from_secs(100);

/// A run that is over.
pub struct Traced {
    pub output: Output,
    /// What was recorded.
    pub json: Value,
    /// The source of the drawing, in the order of causes.
    pub seq: String,
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("it is there")
}

/// The program that does what a tracer must survive. Cargo builds it with the tests.
pub fn hostile() -> String {
    let tests = env::current_exe().expect("it is there");
    let folder = tests.ancestors().nth(2).expect("a target folder");
    folder.join("examples/hostile").to_str().expect("UTF-8").to_owned()
}

/// The tracer, to be given options and words.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trace"));
    command.current_dir(workspace()).env("COLUMNS", "80");
    command
}

/// Runs the tracer with one line of input.
pub fn trace(words: &[&str]) -> Traced {
    let folder = TempDir::new().expect("a folder for files");
    let [json, seq] = ["json", "seq"].map(|name| folder.path().join(name));
    let mut tracer = command();
    if words.first().is_some_and(|word| !word.starts_with('-')) {
        tracer.arg("--json").arg(&json).arg("--seq").arg(&seq);
    }
    tracer.args(words);
    let output = run(tracer);
    let read = |file: &Path| fs::read_to_string(file).unwrap_or_default();
    let json = serde_json::from_str(&read(&json)).unwrap_or_default();
    Traced { json, seq: read(&seq), output }
}

/// Runs a program with one line of input.
pub fn run(mut command: Command) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // One that has ended already reads nothing.
    let _ = child.stdin.take().expect("a pipe").write_all(b"hello\n");
    child.wait_with_output().expect("it is ours")
}

impl Traced {
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// The bytes of all calls of this name, or of all frames.
    pub fn bytes(&self, call: &str) -> u64 {
        let calls = self.json["calls"].as_array().expect("a list").iter();
        calls.filter(|it| it["call"] == call).filter_map(|it| it["bytes"].as_u64()).sum()
    }

    pub fn bytes_on_the_wire(&self) -> u64 {
        let frames = self.json["frames"].as_array().expect("a list").iter();
        frames.filter_map(|frame| frame["bytes"].as_u64()).sum()
    }
}
