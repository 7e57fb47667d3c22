//! What a run of the checks said, read from what libtest prints. It has no other form that is stable.

use crate::ending::CHECK;

/// What the checks in one module said of a program.
pub struct Verdict {
    module: String,
    printed: String,
}

impl Verdict {
    /// Reads what the checks in `module` printed: `solution03`, say, or `lab03`.
    pub fn new(module: &str, printed: &[u8]) -> Self {
        let printed = String::from_utf8_lossy(printed).replace("\r\n", "\n");
        Self { module: module.to_owned(), printed }
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

    /// The story that a failed check told, as a student of the lab would read it, without the line
    /// of the check. Only the first check of a lab that does not compile tells one.
    pub fn story(&self, check: &str) -> Option<String> {
        let module = &self.module;
        let (_, rest) =
            self.printed.split_once(&format!("---- {module}::{check} stdout ----\n"))?;
        let rest = rest.trim_start();
        // What is no story is a panic, which says first where it was.
        let story = match rest.strip_prefix("thread '") {
            Some(panicked) => panicked.split_once('\n')?.1,
            None => rest,
        };
        let check = format!("\n{CHECK}");
        let ends = [check.as_str(), "\nnote: run with", "\n\n----", "\n\nfailures:"];
        let end = ends.iter().filter_map(|end| story.find(end)).min().unwrap_or(story.len());
        Some(story[..end].trim_end().replace(module, &module.replacen("solution", "lab", 1)))
    }

    /// All that was printed.
    pub fn printed(&self) -> &str {
        &self.printed
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    const PRINTED: &[u8] = b"
---- solution01::a_story stdout ----
solution01: a story

read:   a chapter
check:  tests/checks/lab01.rs:1

---- solution01::a_panic stdout ----

thread 'solution01::a_panic' panicked at tests/checks/lab01.rs:2:3:
it went wrong
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    solution01::a_panic
";

    #[test]
    fn a_story_is_told_without_what_surrounds_it() {
        let verdict = Verdict::new("solution01", PRINTED);
        assert_eq!(verdict.story("a_story").unwrap(), "lab01: a story\n\nread:   a chapter");
        assert_eq!(verdict.story("a_panic").unwrap(), "it went wrong");
        assert_eq!(verdict.story("another"), None);
    }
}
