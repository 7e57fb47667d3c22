//! What labs are worth: `points.toml`, and how passed checks become points.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use course::LABS;

use crate::model::{Check, Outcome};

/// The table that is read unless another is named.
const TABLE: &str = "tests/grade/points.toml";

/// Where is recorded which checks a lab fails as handed out.
const RECORDS: &str = "tests/starters";

/// What labs are worth.
pub struct Points {
    worth: BTreeMap<String, f64>,
    /// By lab, the checks that it fails as handed out. Only they can be earned.
    failing: BTreeMap<String, BTreeSet<String>>,
}

impl Points {
    /// Reads the table `file`, or the one of this copy, and what labs pass as handed out.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        Self::read_in(&harness::workspace(), file)
    }

    fn read_in(workspace: &Path, file: Option<&Path>) -> Result<Self> {
        let file = file.map_or_else(|| workspace.join(TABLE), Path::to_owned);
        let table = fs::read_to_string(&file)
            .with_context(|| format!("cannot read the points in {}", file.display()))?;
        let worth = worth_in(&table).with_context(|| file.display().to_string())?;
        let mut failing = BTreeMap::new();
        for lab in course::labs_in(workspace) {
            failing.insert(lab.name.to_owned(), failing_in(&workspace.join(RECORDS), lab.name)?);
        }
        Ok(Self { worth, failing })
    }

    /// What a lab is worth with every check passed; 0 for one that the course does not have.
    pub fn worth(&self, lab: &str) -> f64 {
        self.worth.get(lab).copied().unwrap_or_default()
    }

    /// What these results of a lab's checks earn: nothing as handed out, everything when all pass.
    /// A check that passed as handed out and does not any more takes away what another earns.
    ///
    /// Checks that this machine cannot run count for nothing.
    pub fn marks(&self, lab: &str, results: &[Check]) -> f64 {
        let passed = results.iter().filter(|check| check.outcome == Outcome::Passed).count();
        let total = results.iter().filter(|check| check.outcome != Outcome::Ignored).count();
        rounded(self.worth(lab) * earned(passed, self.handed_out(lab, results), total))
    }

    /// How many of the checks that were run pass as handed out.
    pub fn handed_out(&self, lab: &str, results: &[Check]) -> usize {
        let none = BTreeSet::new();
        let failing = self.failing.get(lab).unwrap_or(&none);
        let run = results.iter().filter(|check| check.outcome != Outcome::Ignored);
        run.filter(|check| !failing.contains(&check.name)).count()
    }
}

/// The part of a lab's points that its checks earn, from 0 to 1.
pub fn earned(passed: usize, handed_out: usize, total: usize) -> f64 {
    match total.saturating_sub(handed_out) {
        0 => 0.0,
        to_earn => share(passed.saturating_sub(handed_out), to_earn),
    }
}

/// A number of points as it is reported, in hundredths.
pub fn rounded(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}

#[allow(clippy::cast_precision_loss, reason = "a lab has fewer than 2^52 checks")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Reads a table of points. It must name every lab of the course, and nothing else.
fn worth_in(table: &str) -> Result<BTreeMap<String, f64>> {
    let worth: BTreeMap<String, f64> = toml::from_str(table)?;
    for (lab, points) in &worth {
        ensure!(LABS.iter().any(|row| row.name == lab), "{lab} is no lab of this course");
        // Infinity would pass as not negative.
        ensure!(points.is_finite() && *points >= 0.0, "{lab} is worth {points}: say 0 or more");
    }
    for lab in LABS {
        ensure!(worth.contains_key(lab.name), "{} is missing: say what it is worth", lab.name);
    }
    Ok(worth)
}

/// Reads the record of the checks that a lab fails as handed out.
fn failing_in(records: &Path, lab: &str) -> Result<BTreeSet<String>> {
    let record = records.join(format!("{lab}.failing.txt"));
    let Ok(text) = fs::read_to_string(&record) else {
        bail!("cannot read {}, which says what {lab} passes as handed out", record.display());
    };
    Ok(text.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
