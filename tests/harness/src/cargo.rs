//! Building programs with cargo, each at most once in a run.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::{course, workspace};

/// Names a program to be checked instead of the one that would be built.
pub const PROGRAM: &str = "SOCKET_LABS_PROGRAM";

type Built = Result<PathBuf, String>;

/// What was built in this run, by package.
static BUILT: Mutex<Option<HashMap<String, Built>>> = Mutex::new(None);

/// Cargo, as it runs these tests.
pub fn command() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace());
    cargo
}

/// The program of a package, built into a target folder that nothing else uses: no editor holds
/// its lock, and no lab that still runs blocks it.
///
/// Fails with the compiler's message; all but the first to ask are told only where it is.
pub fn program(package: &str) -> Built {
    if let Some(program) = env::var_os(PROGRAM) {
        return Ok(program.into());
    }
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    match built.get_or_insert_default().entry(package.to_owned()) {
        Entry::Occupied(built) => built.get().clone().map_err(|message| {
            let error = message.lines().skip_while(|line| !line.starts_with("error")).take(2);
            let error: Vec<&str> = error.map(str::trim).collect();
            format!(
                "{package} does not compile: {}\n(the whole: cargo build -p {package})",
                error.join(" ")
            )
        }),
        Entry::Vacant(entry) => {
            forget_if_stale(package);
            let mut cargo = command();
            cargo.args(["build", "-p", package, "--bin", package, "--target-dir"]).arg(target());
            let program = executable(&mut cargo)
                .map_err(|message| format!("{package} does not compile:\n\n{message}"));
            entry.insert(program).clone()
        }
    }
}

/// Runs cargo, and finds the executable that it made. Fails with what cargo said.
pub fn executable(cargo: &mut Command) -> Built {
    let output = cargo
        .args(["--quiet", "--color=never", "--message-format=json-render-diagnostics"])
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let path = messages.lines().rev().find_map(executable_in);
    path.ok_or_else(|| "cargo made no executable".to_owned())
}

/// The field `executable` of one of cargo's JSON messages.
fn executable_in(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once(r#""executable":""#)?;
    let (path, _) = rest.split_once('"')?;
    Some(PathBuf::from(path.replace(r"\\", r"\")))
}

/// `checks` in the target folder from which this test runs.
fn target() -> PathBuf {
    let here = env::current_exe().unwrap_or_default();
    let found = here.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    found.map_or_else(|| workspace().join("target"), Path::to_owned).join("checks")
}

/// Cargo goes by the date of a file. One that came with an old date (from an archive, say) would
/// be graded as the program that was built before it: so that one is removed.
fn forget_if_stale(package: &str) {
    let folder = package.replacen("solution", "lab", 1);
    let home = if package == folder { "labs" } else { "solutions" };
    let sources = workspace().join(home).join(folder).join("src");
    let Some(files) = course::files_in(&sources) else { return };
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    let (note, now) = (target().join(format!("{package}.seen")), hasher.finish().to_string());
    let before = fs::read_to_string(&note).unwrap_or_default();
    if before == now {
        return;
    }
    if !before.is_empty() && !is_newer(&sources, &note) {
        let _ = command().args(["clean", "-p", package, "--target-dir"]).arg(target()).output();
    }
    // Without the note, nothing is known to be stale.
    let _ = fs::create_dir_all(target()).and_then(|()| fs::write(note, now));
}

/// Whether any file in the folder was changed after the note was written.
fn is_newer(folder: &Path, note: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let noted = changed(note);
    fs::read_dir(folder).into_iter().flatten().flatten().any(|file| changed(&file.path()) > noted)
}
