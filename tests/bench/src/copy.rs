//! A folder in which cargo is measured, with a target folder of its own.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use course::tree;

const HELLO: &str = "\
[package]
name = \"hello\"
edition = \"2024\"

[dependencies]
anyhow = \"1\"

[workspace]
";

/// The course, or a hello-world program.
pub struct Copy(PathBuf);

impl Copy {
    /// The course as it stands, without what cargo and git make.
    pub fn course(parent: &Path) -> Result<Self> {
        let folder = parent.join("course");
        tree::copy_course(&harness::workspace(), &folder)?;
        Ok(Self(folder))
    }

    /// A program that says hello, and has one of the course's dependencies.
    pub fn hello(parent: &Path) -> Result<Self> {
        let folder = parent.join("hello");
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), HELLO)?;
        fs::write(
            folder.join("src/main.rs"),
            "fn main() -> anyhow::Result<()> {\n    println!(\"hello\");\n    Ok(())\n}\n",
        )?;
        Ok(Self(folder))
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Puts the solution into a lab.
    pub fn solve(&self, lab: &str) -> Result<()> {
        let [from, to] = ["solutions", "labs"].map(|part| self.0.join(part).join(lab).join("src"));
        Ok(tree::copy(&from, &to, &|_| true)?)
    }

    /// How long `cargo` takes with these words. Fails, with what it printed, if it does.
    pub fn cargo(&self, words: &str) -> Result<Duration> {
        let mut cargo = harness::cargo::command();
        cargo.current_dir(&self.0).args(words.split(' ')).stdin(Stdio::piped());
        cargo.env("CARGO_TARGET_DIR", self.0.join("target")).env_remove("RUST_TEST_THREADS");
        let begin = Instant::now();
        let mut child =
            cargo.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("no cargo")?;
        // What a person would type. Who reads nothing has closed its end already.
        let typed = child.stdin.take().map(|mut input| input.write_all(b"hello\n"));
        drop(typed);
        let output = child.wait_with_output()?;
        let time = begin.elapsed();
        if !output.status.success() {
            bail!("cargo {words} fails:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(time)
    }

    /// The median of several times, a file being edited before each.
    pub fn median(&self, times: usize, file: &str, words: &str) -> Result<Duration> {
        let path = self.0.join(file);
        let mut measured = Vec::new();
        for number in 0..times {
            let mut edited = OpenOptions::new().append(true).open(&path)?;
            writeln!(edited, "// edit {number}")?;
            drop(edited);
            measured.push(self.cargo(words)?);
        }
        measured.sort();
        Ok(measured[times / 2])
    }
}
