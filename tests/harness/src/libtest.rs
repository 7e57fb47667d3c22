//! Which checks passed, read from what libtest prints: it has no other form that is stable. What the
//! failed ones have to tell is in their records.

use std::collections::BTreeMap;
use std::path::Path;

use crate::records;

/// What the checks in one module said of a program.
pub struct Verdict {
    module: String,
    printed: String,
    stories: BTreeMap<String, String>,
}

impl Verdict {
    /// Reads what the checks in `module` printed: `solution03`, say, or `lab03`.
    pub fn new(module: &str, printed: &[u8]) -> Self {
        let printed = String::from_utf8_lossy(printed).replace("\r\n", "\n");
        Self { module: module.to_owned(), printed, stories: BTreeMap::new() }
    }

    /// Adds what the failed checks wrote into a folder (`records::RECORDS`).
    pub fn with_records(self, folder: &Path) -> Self {
        Self { stories: records::stories(folder), ..self }
    }

    /// The story that a failed check told, as a student of the lab would read it, without the line
    /// of the check. `None` if it left no record.
    pub fn story(&self, check: &str) -> Option<String> {
        let module = &self.module;
        let story = self.stories.get(&format!("{module}::{check}"))?;
        Some(story.trim_end().replace(module, &module.replacen("solution", "lab", 1)))
    }

    /// The checks that passed, by name.
    pub fn passed(&self) -> Vec<&str> {
        self.with_result(|result| result == "ok")
    }

    /// The checks that failed, by name.
    pub fn failed(&self) -> Vec<&str> {
        self.with_result(|result| result == "FAILED")
    }

    /// The checks that were ignored, by name. One may stand for a whole module of them.
    pub fn ignored(&self) -> Vec<&str> {
        self.with_result(|result| result.starts_with("ignored"))
    }

    /// Whether the check, or the module that it is in, is ignored on this machine.
    pub fn ignores(&self, check: &str) -> bool {
        let module = check.split_once("::").map(|(module, _)| module);
        self.ignored().iter().any(|&ignored| ignored == check || Some(ignored) == module)
    }

    fn with_result(&self, is: impl Fn(&str) -> bool) -> Vec<&str> {
        let prefix = format!("test {}::", self.module);
        let tests = self.printed.lines().filter_map(|line| line.strip_prefix(prefix.as_str()));
        let results = tests.filter_map(|line| line.split_once(" ... "));
        let mut names: Vec<_> =
            results.filter(|(_, result)| is(result)).map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }

    /// All that was printed.
    pub fn printed(&self) -> &str {
        &self.printed
    }
}
