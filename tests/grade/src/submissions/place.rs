//! A pristine copy of the course, without solutions, in which something is built.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use course::{LABS, Lab, tree};
use toml::{Table, Value};

use crate::labs;

/// What is needed for building the labs and their checks.
const PARTS: [&str; 6] =
    ["Cargo.lock", ".cargo", "labs", "tests/checks", "tests/course", "tests/harness"];
const STARTERS: &str = "tests/starters";
const MEMBERS: [&str; 4] = ["labs/cli", "labs/lab[0-9][0-9]", "tests/course", "tests/harness"];

/// Lays a copy of the course into a new folder, its labs as handed out.
pub fn lay(folder: &Path) -> Result<()> {
    let course = harness::workspace();
    for part in PARTS {
        tree::copy(&course.join(part), &folder.join(part), &|path| !is_left_out(path))?;
    }
    tree::copy(&course.join(STARTERS), &folder.join(STARTERS), &|_| true)?;
    for lab in labs::here() {
        put_back(folder, lab)?;
    }
    let manifest = course.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let reduced =
        reduced(&text).with_context(|| format!("cannot understand {}", manifest.display()))?;
    fs::write(folder.join("Cargo.toml"), reduced)
        .with_context(|| format!("cannot write {}", folder.display()))
}

/// Puts a lab's sources back as they are handed out.
pub fn put_back(folder: &Path, lab: &Lab) -> Result<()> {
    let sources = lab.sources(folder);
    super::disk::remove(&sources)
        .with_context(|| format!("cannot remove {}", sources.display()))?;
    Ok(tree::copy(&lab.starter(&harness::workspace()), &sources, &|_| true)?)
}

/// The environment for cargo: what it needs to find its tools and its registry, and nothing else of the
/// grader's. A build can put any variable into a program (`env!`), and so into what a student is told.
/// On Windows a linker is found by variables that nobody here can list, so those of the system stay.
pub fn environment(scratch: &Path) -> Vec<(OsString, OsString)> {
    const NEEDED: [&str; 8] = [
        "PATH",
        "HOME",
        "LANG",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ];
    const CHANGES: [&str; 5] = ["CARGO_", "RUSTC_", "RUSTDOC", "RUSTFLAGS", "SOCKET_LABS"];
    let own = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        NEEDED.contains(&name.as_ref())
            || cfg!(windows) && !CHANGES.iter().any(|changes| name.starts_with(changes))
    });
    // Nothing of one submission's build is of use to the next.
    let added = [("CARGO_INCREMENTAL", "0".into()), ("TMPDIR", scratch.into())];
    own.chain(added.map(|(name, value)| (name.into(), value))).collect()
}

/// The cargo that runs this program.
pub fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Labs' sources come from the starters: the instructor may have edited the labs.
fn is_left_out(path: &Path) -> bool {
    let is_source = path.file_name().is_some_and(|name| name == "src")
        && path
            .parent()
            .and_then(Path::file_name)
            .is_some_and(|lab| LABS.iter().any(|known| lab == known.name));
    is_source || path.file_name().is_some_and(|name| name == "target")
}

/// The workspace's manifest with only those members that a place has.
fn reduced(manifest: &str) -> Result<String> {
    let mut manifest: Table = manifest.parse()?;
    let workspace = manifest.get_mut("workspace").and_then(Value::as_table_mut);
    let workspace = workspace.context("it has no workspace")?;
    let members = MEMBERS.map(Value::from).to_vec();
    workspace.insert("members".to_owned(), members.into());
    workspace.remove("default-members");
    Ok(toml::to_string(&manifest)?)
}
