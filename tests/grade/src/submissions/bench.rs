//! A bench: a copy of the course with all dependencies built, for one submission at a time.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::disk;
use super::ending::Ending;
use super::kept::{self, Outcome, Program};
use super::limits::Limits;
use super::messages::{self, Built, WORDS, cut};
use super::notes::Notes;
use super::place;
use super::seal::Seal;
use super::student::Handed;
use crate::labs;

/// How long the course itself may take to be built.
const WARM: Duration = Duration::from_secs(1800);

/// A folder in which labs are built.
pub struct Bench {
    folder: PathBuf,
    seal: Seal,
    /// What cargo reads above the folder, from the beginning on.
    configurations: Vec<PathBuf>,
}

/// What became of a lab.
pub enum Made {
    Program(PathBuf),
    /// The compiler's words.
    Refused(String),
    Stopped(Ending),
}

impl Bench {
    /// Makes a bench in a new folder, and builds there what no submission changes.
    pub fn new(folder: PathBuf) -> Result<Self> {
        place::lay(&folder)?;
        let labs: Vec<&str> = labs::here().into_iter().map(|lab| lab.name).collect();
        let configurations = configurations_above(&folder);
        let mut bench = Self { folder, seal: Seal::of(&[], |_| false), configurations };
        let target = bench.folder.join("target");
        fs::create_dir_all(&target)?;
        let outcome = bench.cargo(&labs, &target, WARM, &Limits::generous(), &[])?;
        if outcome.ending != Ending::Success {
            bail!("the course does not compile:\n{}", outcome.errors);
        }
        bench.seal = bench.look();
        Ok(bench)
    }

    /// A file that somebody has changed since the bench was made.
    pub fn broken(&self) -> Option<PathBuf> {
        self.configured().or_else(|| self.seal.difference(&self.look()).map(Path::to_owned))
    }

    /// A configuration of cargo that somebody has put above the bench, where every build would find it.
    /// In the grader's own folder it is removed.
    fn configured(&self) -> Option<PathBuf> {
        let home = self.folder.parent()?;
        let now = configurations_above(&self.folder).into_iter();
        let new: Vec<PathBuf> = now.filter(|file| !self.configurations.contains(file)).collect();
        for file in new.iter().filter(|file| file.starts_with(home)) {
            let _ = fs::remove_file(file);
        }
        new.into_iter().next()
    }

    /// Removes the bench from the disk.
    pub fn remove(&self) -> io::Result<()> {
        disk::remove(&self.folder)
    }

    /// Everything but the labs' sources and what is made of them, and cargo's own notes.
    fn look(&self) -> Seal {
        let target = self.folder.join("target");
        Seal::of(std::slice::from_ref(&self.folder), |path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_cargos = path.parent().is_some_and(|parent| parent.ends_with("target/debug"))
                && name != "deps"
                && name != "build";
            let is_labs = path.starts_with(&target) && is_of_a_lab(&name);
            let is_source =
                name == "src" && path.strip_prefix(&self.folder).is_ok_and(is_lab_source);
            let is_left = is_left_by_the_compiler(path);
            is_cargos || is_labs || is_source || is_left || name == ".rustc_info.json"
        })
    }

    /// Lays the labs of a submission over those handed out. What cannot be laid is noted.
    pub fn lay(&self, handed: &Handed, notes: &mut Notes) -> Result<()> {
        self.forget_programs()?;
        for lab in labs::here() {
            place::put_back(&self.folder, lab)?;
            let sources = lab.sources(&self.folder);
            for (path, content) in handed.labs.get(lab.name).into_iter().flatten() {
                let file = sources.join(path);
                let laid = fs::create_dir_all(file.parent().unwrap_or(&sources))
                    .and_then(|()| fs::write(&file, content));
                if let Err(error) = laid {
                    notes.add(format!("{}/{} is not used: {error}", lab.name, path.display()));
                }
            }
        }
        Ok(())
    }

    /// Removes what was built from the submission before. Cargo goes by the dates of files, and
    /// would else take a program for one of this submission.
    fn forget_programs(&self) -> Result<()> {
        let debug = self.folder.join("target/debug");
        for folder in [debug.clone(), debug.join("deps"), debug.join(".fingerprint")] {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if !is_of_a_lab(&name) && !is_left_by_the_compiler(&path) {
                    continue;
                }
                if path.is_dir() { disk::remove(&path)? } else { fs::remove_file(&path)? }
            }
        }
        Ok(())
    }

    /// Builds labs, all at once. If their time is over, those that are left have to show one by
    /// one which of them it is that does not end.
    pub fn build(
        &self,
        labs: &[&'static str],
        scratch: &Path,
        deadline: Instant,
        limits: &Limits,
    ) -> Result<BTreeMap<&'static str, Made>> {
        let mut made = BTreeMap::new();
        let mut rounds = vec![labs.to_vec()];
        while let Some(labs) = rounds.pop() {
            let left = deadline.saturating_duration_since(Instant::now());
            let time = limits.build_time().min(left);
            if labs.is_empty() || time.is_zero() {
                made.extend(labs.into_iter().map(|lab| (lab, Made::Stopped(Ending::Time))));
                continue;
            }
            let outcome = self.cargo(&labs, scratch, time, limits, &["--offline"])?;
            let ending = outcome.ending;
            let mut undecided = Vec::new();
            for &lab in &labs {
                match judge(lab, &outcome) {
                    Some(decided) => drop(made.insert(lab, decided)),
                    None => undecided.push(lab),
                }
            }
            if labs.len() == 1 {
                made.extend(undecided.into_iter().map(|lab| (lab, Made::Stopped(ending))));
            } else {
                rounds.extend(undecided.into_iter().map(|lab| vec![lab]));
            }
        }
        Ok(made)
    }

    fn cargo(
        &self,
        labs: &[&str],
        scratch: &Path,
        time: Duration,
        limits: &Limits,
        flags: &[&str],
    ) -> Result<Outcome<Built>> {
        let mut arguments =
            vec!["build", "--keep-going", "--quiet", "--color=never", "--message-format=json"];
        arguments.extend(flags);
        // Other programs that a lab has got are of no interest here.
        arguments.extend(labs.iter().flat_map(|lab| ["-p", lab, "--bin", lab]));
        let cargo = Program {
            path: place::cargo(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: place::environment(scratch),
            folder: self.folder.clone(),
            scratch: scratch.to_owned(),
            time,
        };
        kept::run(cargo, limits, messages::read)
    }
}

/// What a build says of one lab; nothing if it was stopped before it got there.
fn judge(lab: &str, outcome: &Outcome<Built>) -> Option<Made> {
    let built = outcome.output.as_ref();
    if let Some(program) = built.and_then(|built| built.programs.get(lab)) {
        return Some(Made::Program(program.clone()));
    }
    if let Some(words) = built.and_then(|built| built.words.get(lab)) {
        return Some(Made::Refused(words.clone()));
    }
    // The compiler had no words, because it was ended by a limit, say. Cargo has.
    let ended = outcome.errors.contains(&format!("could not compile `{lab}`"));
    (ended && outcome.ending.is_own())
        .then(|| Made::Refused(cut(&outcome.errors, WORDS).to_owned()))
}

/// Whether a file in the target folder was made from a lab, or from a library that it has got: `lab03`,
/// `lab03-0a1b…`, `lab03.d`, `liblab03-0a1b….rlib`.
fn is_of_a_lab(name: &str) -> bool {
    let name = name.strip_prefix("lib").unwrap_or(name);
    labs::here().into_iter().any(|lab| name.starts_with(lab.name))
}

/// The configurations that cargo would read in a folder above this one.
fn configurations_above(folder: &Path) -> Vec<PathBuf> {
    let above = folder.ancestors().skip(1);
    let names = above
        .flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(".cargo").join(name)));
    names.filter(|file| file.symlink_metadata().is_ok()).collect()
}

/// Whether it is a folder in which the compiler links, `target/debug/deps/rustcXXXXXX`. One that was
/// ended by a limit leaves it behind.
fn is_left_by_the_compiler(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let random = name.strip_prefix("rustc").unwrap_or_default();
    random.len() == 6
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && path.parent().is_some_and(|parent| parent.ends_with("target/debug/deps"))
}

/// Whether the path is `labs/labNN/src`.
fn is_lab_source(path: &Path) -> bool {
    labs::here().into_iter().any(|lab| path == lab.sources(Path::new("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_compiler_leaves_is_taken_for_that() {
        let is_left = |path| is_left_by_the_compiler(Path::new(path));
        assert!(is_left("bench-1/target/debug/deps/rustcXIY0Ef"));
        for other in [
            "bench-1/target/debug/deps/rustc_demangle-0123",
            "bench-1/target/debug/deps/libanyhow.rlib",
            "bench-1/target/debug/rustcXIY0Ef",
            "bench-1/labs/cli/src/rustcXIY0Ef",
        ] {
            assert!(!is_left(other), "{other}");
        }
    }
}
