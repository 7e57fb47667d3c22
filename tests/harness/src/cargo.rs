//! Building the programs under test with cargo, all that a run needs with one call.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use course::LABS;
use serde_json::Value;

use crate::workspace;

/// Names a program to be checked instead of the one that would be built.
pub const PROGRAM: &str = "SOCKET_LABS_PROGRAM";

/// What became of a package.
#[derive(Clone, Default)]
struct Build {
    program: Option<PathBuf>,
    /// What the compiler warns about, a line each.
    warnings: Vec<String>,
    /// What the compiler has against it.
    errors: String,
}

/// What was built in this run, by package.
static BUILT: Mutex<Option<HashMap<String, Build>>> = Mutex::new(None);

/// Cargo, as it runs these tests.
pub fn command() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace());
    cargo
}

/// The program of a package, built into a target folder that nothing else uses: no editor holds
/// its lock, and no lab that still runs blocks it. Fails with the compiler's message.
pub fn program(package: &str) -> Result<PathBuf, String> {
    if let Some(program) = env::var_os(PROGRAM) {
        return Ok(program.into());
    }
    let Build { program, errors, .. } = built(package);
    program.ok_or_else(|| {
        format!("{package} does not compile, so none of its checks can run:\n\n{errors}")
    })
}

/// What the compiler warns about in a package, a line each. Nothing where the program was not built.
pub(crate) fn warnings(package: &str) -> Vec<String> {
    if env::var_os(PROGRAM).is_some() { Vec::new() } else { built(package).warnings }
}

fn built(package: &str) -> Build {
    let mut before = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let before = before.get_or_insert_default();
    if !before.contains_key(package) {
        let packages = wanted_with(package);
        for package in &packages {
            forget_if_stale(package);
        }
        let mut cargo = command();
        cargo.args(["build", "--keep-going", "--bins", "--target-dir"]).arg(target());
        for package in &packages {
            cargo.args(["-p", package]);
        }
        let (mut builds, said) = build(&mut cargo);
        before.extend(packages.into_iter().map(|package| {
            let lost = || Build { errors: said.clone(), ..Build::default() };
            let build = builds.remove(&package).unwrap_or_else(lost);
            (package, build)
        }));
    }
    before.get(package).cloned().unwrap_or_default()
}

/// The packages that this run is likely to need when it needs this one: those of the same kind that
/// the command line does not leave out.
fn wanted_with(package: &str) -> Vec<String> {
    let filters: Vec<String> =
        env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let folder = workspace();
    let is_lab = package.starts_with("lab");
    let mut packages: Vec<String> = LABS
        .iter()
        .filter(|lab| !is_lab || (lab.sources(&folder).exists() && !lab.is_untouched(&folder)))
        .filter(|lab| is_lab || folder.join("solutions").join(lab.name).exists())
        .map(|lab| if is_lab { lab.name.to_owned() } else { lab.solution() })
        .collect();
    if filters.iter().any(|filter| LABS.iter().any(|lab| filter.contains(&lab.name[3..]))) {
        packages.retain(|one| filters.iter().any(|filter| filter.contains(one.as_str())));
    }
    if !packages.iter().any(|one| one == package) {
        packages = vec![package.to_owned()];
    }
    packages
}

/// Runs cargo, and finds the executable that it made. Fails with what cargo said.
pub fn executable(cargo: &mut Command) -> Result<PathBuf, String> {
    let (builds, said) = build(cargo);
    let mut errors = said;
    for build in builds.into_values() {
        match build.program {
            Some(program) => return Ok(program),
            None => errors += &build.errors,
        }
    }
    Err(errors)
}

/// Runs cargo. What became of each target that it compiled, by name, and what cargo itself said.
fn build(cargo: &mut Command) -> (HashMap<String, Build>, String) {
    let mut builds: HashMap<String, Build> = HashMap::new();
    let output = cargo.args(["--quiet", "--color=never", "--message-format=json"]).output();
    let (messages, said) = match output {
        Ok(output) => (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ),
        Err(error) => (String::new(), format!("cannot run cargo: {error}")),
    };
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    for message in messages {
        let Some(target) = message["target"]["name"].as_str() else { continue };
        let build = builds.entry(target.to_owned()).or_default();
        if let Some(executable) = message["executable"].as_str() {
            build.program = Some(executable.into());
        }
        match message["message"]["level"].as_str() {
            Some("warning") => build.warnings.extend(warning(&message["message"])),
            Some("error") => {
                build.errors += message["message"]["rendered"].as_str().unwrap_or_default();
            }
            _ => {}
        }
    }
    // A manifest that cannot be read, or a crate that the program needs, is told by cargo itself.
    let others: String = builds.values().map(|build| build.errors.as_str()).collect();
    for build in builds.values_mut().filter(|build| build.program.is_none()) {
        if build.errors.is_empty() {
            build.errors.clone_from(&others);
        }
    }
    (builds, said)
}

/// What a warning says, and where.
fn warning(message: &Value) -> Option<String> {
    let place = message["spans"].as_array()?.first()?;
    let (text, file) = (message["message"].as_str()?, place["file_name"].as_str()?);
    Some(format!("{text} ({file}:{}:{})", place["line_start"], place["column_start"]))
}

/// The folder for programs, in the target folder from which this test runs. Copies of the course may
/// share a target folder, so each has one of its own.
pub fn target() -> PathBuf {
    let here = env::current_exe().unwrap_or_default();
    let found = here.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    let target = found.map_or_else(|| workspace().join("target"), Path::to_owned);
    let mut hasher = DefaultHasher::new();
    workspace().canonicalize().unwrap_or_else(|_| workspace()).hash(&mut hasher);
    target.join("checks").join(format!("{:08x}", hasher.finish() & 0xffff_ffff))
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
