//! The file of results, to which a run adds line by line.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::model::Submission;

/// How each line begins.
const BEGIN: &[u8] = br#"{"submission":""#;

/// A file of results, and what it held before this run.
pub struct Results {
    file: File,
    before: Vec<Submission>,
}

impl Results {
    /// Makes a new file: results that are there already are worth more than this run's.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::options().write(true).create_new(true).open(path);
        let file = file.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                io::Error::other("it exists. Name a new file, or go on with this one: --resume")
            }
            _ => error,
        });
        let file = file.with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { file, before: Vec::new() })
    }

    /// Goes on with a file that an earlier run has made. A line that was cut short when that run
    /// was killed is taken away. Without a file, makes one.
    pub fn resume(path: &Path) -> Result<Self> {
        Self::take_up(path).with_context(|| format!("cannot go on with {}", path.display()))
    }

    fn take_up(path: &Path) -> Result<Self> {
        let options = File::options().read(true).write(true).create(true).truncate(false).clone();
        let mut file = options.open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let (text, cut) = text.split_at(whole);
        let begun = cut.len().min(BEGIN.len());
        ensure!(cut[..begun] == BEGIN[..begun], "it does not end like results");
        let lines = text.split(|&byte| byte == b'\n');
        let lines = lines.map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let before: Result<_, _> = lines.map(serde_json::from_slice).collect();
        let before = before.context("it has a line that is not a graded submission")?;
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, before })
    }

    /// Whether it held a submission already, graded with these checks.
    pub fn has(&self, name: &str, checks: &str) -> bool {
        self.before.iter().any(|known| known.submission == name && known.checks == checks)
    }

    /// Adds a submission. It is on its way to the disk when this returns.
    pub fn add(&mut self, line: &str) -> io::Result<()> {
        // One write, so that a killed grader leaves no half of a line.
        self.file.write_all(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::report::LINES;

    const CHECKS: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn results_that_are_there_stay() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("class.jsonl");
        Results::create(&path).unwrap().add("a\n").unwrap();
        let refusal = format!("{:#}", Results::create(&path).err().unwrap());
        assert!(
            refusal.ends_with(
                "class.jsonl: it exists. Name a new file, or go on with this one: --resume"
            ),
            "{refusal}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\n");
    }

    #[test]
    fn a_run_that_was_killed_is_gone_on_with_after_its_last_whole_line() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("class.jsonl");
        let (first, rest) = LINES.split_once('\n').unwrap();
        fs::write(&path, format!("{first}\n{}", &rest[..99])).unwrap();
        let mut results = Results::resume(&path).unwrap();
        assert!(results.has("alice", CHECKS) && !results.has("bob", CHECKS));
        assert!(!results.has("alice", "sha256:of-corrected-checks"));
        results.add(&format!("{}\n", rest.lines().next().unwrap())).unwrap();
        let two: Vec<&str> = LINES.lines().take(2).collect();
        assert_eq!(fs::read_to_string(&path).unwrap(), two.join("\n") + "\n");
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("thesis.txt");
        for (text, said) in [
            ("one line\nand half", "it does not end like results"),
            ("one line\n", "it has a line that is not a graded submission"),
        ] {
            fs::write(&path, text).unwrap();
            let refusal = format!("{:#}", Results::resume(&path).err().unwrap());
            assert!(refusal.starts_with("cannot go on with "), "{refusal}");
            assert!(refusal.contains(said), "{refusal}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let new = Results::resume(&folder.path().join("new.jsonl")).unwrap();
        assert!(!new.has("alice", CHECKS));
    }
}
