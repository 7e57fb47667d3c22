//! The checks of all labs: compiled once for all submissions, and run on one program at a time.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use harness::{Verdict, cargo, records};

use super::ending::Ending;
use super::kept::{self, Program};
use super::limits::{Limits, MIB};
use super::messages::{self, cut};
use super::place;
use super::seal::Seal;
use crate::labs;
use crate::model::{Check, Outcome};

/// How long the course itself may take to be built.
const BUILD: Duration = Duration::from_secs(1800);
/// How much of a story is kept, in bytes.
const STORY: usize = 16 << 10;

/// The compiled checks.
pub struct Checks {
    program: PathBuf,
    /// Every lab's checks, by name; whether this machine can run each.
    known: BTreeMap<String, Vec<(String, bool)>>,
    watched: Vec<PathBuf>,
    seal: Seal,
}

impl Checks {
    /// Compiles the checks in a new folder.
    pub fn compile(folder: &Path) -> Result<Self> {
        place::lay(folder)?;
        for lab in labs::here() {
            // Only the checks of labs that somebody has edited are compiled.
            let main = lab.sources(folder).join("main.rs");
            let edited = File::options().append(true).open(&main);
            let edited = edited.and_then(|mut file| file.write_all(b"\n// Edited.\n"));
            edited.with_context(|| format!("cannot write {}", main.display()))?;
        }
        let scratch = folder.join("target");
        fs::create_dir_all(&scratch).context("cannot make a folder")?;
        let arguments =
            ["test", "--test", "labs", "--no-run", "--message-format=json", "--color=never"];
        let cargo = Program {
            path: place::cargo(),
            arguments: arguments.map(Into::into).into(),
            environment: place::environment(&scratch),
            folder: folder.to_owned(),
            scratch,
            time: BUILD,
        };
        let outcome = kept::run(cargo, &Limits::generous(), messages::read)?;
        let built = outcome.output.unwrap_or_default();
        let Some(program) = built.programs.get("labs") else {
            bail!("the checks do not compile ({}):\n{}", outcome.ending.reason(), outcome.errors);
        };
        let program = program.clone();
        let known = known(&program, folder)?;
        let watched = vec![program.clone(), folder.join("labs"), folder.join("tests")];
        let seal = Seal::of(&watched, |_| false);
        Ok(Self { program, known, watched, seal })
    }

    /// A file that somebody has changed since the checks were compiled.
    pub fn broken(&self) -> Option<PathBuf> {
        let now = Seal::of(&self.watched, |_| false);
        self.seal.difference(&now).map(Path::to_owned)
    }

    /// The checks of a lab that none of was run.
    pub fn not_run(&self, lab: &str) -> Vec<Check> {
        self.results(lab, |_| (Outcome::NotRun, String::new()))
    }

    /// Runs the checks of a lab on a program.
    pub fn run(
        &self,
        lab: &str,
        program: &Path,
        scratch: &Path,
        time: Duration,
        limits: &Limits,
    ) -> Result<(Ending, Vec<Check>)> {
        let folder = scratch.join("records");
        fs::create_dir_all(&folder).context("cannot make a folder")?;
        let mut environment = environment(program, scratch);
        environment.push((records::RECORDS.into(), folder.clone().into()));
        let checks = Program {
            path: self.program.clone(),
            arguments: vec![format!("{lab}::").into()],
            environment,
            folder: scratch.to_owned(),
            scratch: scratch.to_owned(),
            time,
        };
        let room = limits.output * MIB;
        let outcome = kept::run(checks, limits, move |output| kept::beginning(output, room))?;
        // Whoever kills the checks may also have written what they seem to have printed.
        if matches!(outcome.ending, Ending::Crash | Ending::Lost) {
            return Ok((outcome.ending, self.not_run(lab)));
        }
        let printed = outcome.output.unwrap_or_default();
        Ok((outcome.ending, self.judge(lab, &printed, &folder)))
    }

    fn judge(&self, lab: &str, printed: &[u8], records: &Path) -> Vec<Check> {
        // Stories follow the results, and may quote anything.
        let printed = String::from_utf8_lossy(printed);
        let results = printed.split("\nfailures:\n").next().unwrap_or_default();
        let verdict = Verdict::new(lab, results.as_bytes()).with_records(records);
        let (passed, failed) = (verdict.passed(), verdict.failed());
        self.results(lab, |check| {
            if failed.contains(&check) {
                let story = verdict.story(check).unwrap_or_else(|| "its story was lost".to_owned());
                (Outcome::Failed, cut(&story, STORY).to_owned())
            } else if passed.contains(&check) {
                (Outcome::Passed, String::new())
            } else {
                (Outcome::NotRun, String::new())
            }
        })
    }

    fn results(&self, lab: &str, outcome: impl Fn(&str) -> (Outcome, String)) -> Vec<Check> {
        let known = self.known.get(lab).into_iter().flatten();
        let results = known.map(|(name, can_run)| {
            let (outcome, story) =
                if *can_run { outcome(name) } else { (Outcome::Ignored, String::new()) };
            Check { name: name.clone(), outcome, story }
        });
        results.collect()
    }
}

/// Asks the checks for their names.
fn known(program: &Path, folder: &Path) -> Result<BTreeMap<String, Vec<(String, bool)>>> {
    let all = list(program, folder, &[])?;
    let ignored = list(program, folder, &["--ignored"])?;
    let mut known: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for name in &all {
        if let Some((lab, check)) = name.split_once("::") {
            let checks = known.entry(lab.to_owned()).or_default();
            checks.push((check.to_owned(), !ignored.contains(name)));
        }
    }
    for checks in known.values_mut() {
        checks.sort();
    }
    Ok(known)
}

fn list(program: &Path, folder: &Path, which: &[&str]) -> Result<Vec<String>> {
    let listed = Program {
        path: program.to_owned(),
        arguments: ["--list"].iter().chain(which).map(Into::into).collect(),
        environment: environment(program, folder),
        folder: folder.to_owned(),
        scratch: folder.to_owned(),
        time: BUILD,
    };
    let limits = Limits::generous();
    let outcome = kept::run(listed, &limits, |output| kept::beginning(output, MIB))?;
    let printed = String::from_utf8_lossy(&outcome.output.unwrap_or_default()).into_owned();
    let names = printed.lines().filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(str::to_owned).collect())
}

/// The environment in which students' programs run: the same for everybody.
fn environment(program: &Path, scratch: &Path) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let inherited = ["PATH", "SystemRoot"].into_iter();
    let inherited = inherited.filter_map(|name| Some((name.into(), env::var_os(name)?)));
    let folders = ["HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"].into_iter();
    let folders = folders.map(|name| (name.into(), scratch.into()));
    let fixed = [
        (cargo::PROGRAM, program.as_os_str().to_owned()),
        ("LANG", "C.UTF-8".into()),
        ("RUST_TEST_THREADS", "16".into()),
        ("RUST_BACKTRACE", "0".into()),
    ];
    let fixed = fixed.into_iter().map(|(name, value)| (name.into(), value));
    inherited.chain(folders).chain(fixed).collect()
}
