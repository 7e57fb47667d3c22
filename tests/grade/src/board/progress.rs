//! How far each lab is, as its checks say.

use std::path::Path;

use course::{LABS, Lab};
use harness::Verdict;

/// One lab of the board.
pub struct Row {
    pub lab: &'static Lab,
    pub progress: Progress,
    /// Whether there are checks of it that this machine cannot run.
    pub lacks: bool,
}

/// How far a lab is.
#[derive(Debug, PartialEq)]
pub enum Progress {
    /// Its files are as handed out.
    NotStarted,
    /// The compiler refuses it.
    DoesNotCompile,
    /// So many of its checks passed.
    Checked { passed: usize, total: usize },
}

impl Progress {
    /// Whether every check passes. Where none can be run, nobody knows.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Checked { passed, total } if passed == total && *total > 0)
    }
}

/// Every lab that this copy has, by what the test target `labs` printed.
pub fn read(workspace: &Path, printed: &[u8]) -> Vec<Row> {
    let here = LABS.iter().filter(|lab| lab.sources(workspace).exists());
    here.map(|lab| row(lab, lab.is_untouched(workspace), printed)).collect()
}

/// One lab, by what the test target printed.
pub fn row(lab: &'static Lab, untouched: bool, printed: &[u8]) -> Row {
    if untouched {
        return Row { lab, progress: Progress::NotStarted, lacks: false };
    }
    let verdict = Verdict::new(lab.name, last_run(printed));
    let failed = verdict.failed();
    let mut passed = verdict.passed();
    passed.dedup();
    passed.retain(|check| !failed.contains(check));
    let refused = format!("\n{} does not compile", lab.name);
    let progress = if verdict.printed().contains(&refused) {
        Progress::DoesNotCompile
    } else {
        Progress::Checked { passed: passed.len(), total: passed.len() + failed.len() }
    };
    Row { lab, progress, lacks: !verdict.ignored().is_empty() }
}

/// Checks start over when they find that other labs are edited than when they were compiled. What
/// was printed before is of no interest then.
fn last_run(printed: &[u8]) -> &[u8] {
    let mark = b"\nrunning ";
    let start = printed.windows(mark.len()).rposition(|window| window == mark);
    &printed[start.unwrap_or(0)..]
}
