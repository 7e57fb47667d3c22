//! Reports of which each submission has one of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::model::Submission;

/// What the files are called: `results` and `json` make `results-NAME.json`.
pub struct Called {
    pub prefix: &'static str,
    pub extension: &'static str,
}

/// Writes the report of one submission to the file `out` or to the terminal, of several to files
/// in the folder `out`, each called as its submission.
pub fn write(
    submissions: &[Submission],
    out: Option<&Path>,
    called: &Called,
    report: impl Fn(&Submission) -> Result<String>,
) -> Result<()> {
    match (submissions, out) {
        ([one], out) if !out.is_some_and(Path::is_dir) => super::write(out, &report(one)?),
        (several, out) => {
            ensure!(out.is_some(), "{} submissions: name a folder with --out", several.len());
            let folder = out.unwrap_or(Path::new("."));
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            let mut taken = BTreeSet::new();
            for submission in several {
                let name = called.file(&submission.submission, &mut taken);
                super::write(Some(&folder.join(name)), &report(submission)?)?;
            }
            Ok(())
        }
    }
}

impl Called {
    /// A name that every system takes, and that leads nowhere else. Some tell no case apart.
    fn file(&self, submission: &str, taken: &mut BTreeSet<String>) -> String {
        let tame = |character: char| {
            let is_tame = character.is_alphanumeric() || matches!(character, '-' | '_' | '@');
            if is_tame { character } else { '_' }
        };
        // Windows keeps short names such as CON for itself; none begins like this.
        let name: String = submission.chars().take(60).map(tame).collect();
        let name = format!("{}-{name}", self.prefix);
        let unique =
            (1..).map(|count| if count == 1 { name.clone() } else { format!("{name}-{count}") });
        let free = unique.into_iter().find(|name| taken.insert(name.to_lowercase()));
        let free = free.expect("there are more numbers than submissions");
        format!("{free}.{}", self.extension)
    }
}
