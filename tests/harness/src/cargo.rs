//! Building programs with cargo, each at most once in a run.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::workspace;

/// Names a program to be checked instead of the one that would be built.
pub const PROGRAM: &str = "SOCKET_LABS_PROGRAM";

/// A program that was built.
#[derive(Clone)]
struct Build {
    program: PathBuf,
    /// What the compiler warns about, a line each.
    warnings: Vec<String>,
}

/// What was built in this run, by package.
static BUILT: Mutex<Option<HashMap<String, Result<Build, String>>>> = Mutex::new(None);

/// Cargo, as it runs these tests.
pub fn command() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace());
    cargo
}

/// The program of a package, built into a target folder that nothing else uses: no editor holds
/// its lock, and no lab that still runs blocks it. Fails with the compiler's message.
pub fn program(package: &str) -> Result<PathBuf, String> {
    match env::var_os(PROGRAM) {
        Some(program) => Ok(program.into()),
        None => built(package).map(|build| build.program),
    }
}

/// What the compiler warns about in a package, a line each. Nothing where the program was not built.
pub(crate) fn warnings(package: &str) -> Vec<String> {
    match env::var_os(PROGRAM) {
        Some(_) => Vec::new(),
        None => built(package).map(|build| build.warnings).unwrap_or_default(),
    }
}

fn built(package: &str) -> Result<Build, String> {
    let mut before = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    match before.get_or_insert_default().entry(package.to_owned()) {
        Entry::Occupied(built) => built.get().clone(),
        Entry::Vacant(entry) => {
            forget_if_stale(package);
            let mut cargo = command();
            cargo.args(["build", "-p", package, "--bin", package, "--target-dir"]).arg(target());
            let build = build(&mut cargo).map_err(|message| {
                format!("{package} does not compile, so none of its checks can run:\n\n{message}")
            });
            entry.insert(build).clone()
        }
    }
}

/// Runs cargo, and finds the executable that it made. Fails with what cargo said.
pub fn executable(cargo: &mut Command) -> Result<PathBuf, String> {
    build(cargo).map(|build| build.program)
}

fn build(cargo: &mut Command) -> Result<Build, String> {
    let output = cargo
        .args(["--quiet", "--color=never", "--message-format=json-render-diagnostics"])
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(said.into_owned());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let path = messages.lines().rev().find_map(executable_in);
    let program = path.ok_or_else(|| "cargo made no executable".to_owned())?;
    Ok(Build { program, warnings: warnings_in(&said) })
}

/// The warnings in what the compiler said: what is wrong, and where.
fn warnings_in(said: &str) -> Vec<String> {
    let lines: Vec<&str> = said.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| {
        // What cargo itself says at the end has no place.
        let warning = pair[0].strip_prefix("warning: ")?;
        let place = pair[1].trim_start().strip_prefix("--> ")?;
        Some(format!("{warning} ({place})"))
    });
    pairs.collect()
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

#[cfg(test)]
mod tests {
    use super::warnings_in;

    #[test]
    fn a_warning_is_one_line_with_its_place() {
        let said = "warning: unused variable: `length`\n  --> labs/lab01/src/server.rs:24:9\n   |\n\n\
                    warning: `lab01` (bin \"lab01\") generated 1 warning\n";
        let told = "unused variable: `length` (labs/lab01/src/server.rs:24:9)";
        assert_eq!(warnings_in(said), [told]);
    }
}
