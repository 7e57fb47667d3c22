//! Running the checks, and saying meanwhile that they run.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;

/// What the test target `labs` prints. A check that fails is no error here.
pub fn checks(workspace: &Path) -> Result<Vec<u8>> {
    let output = harness::cargo::command()
        .current_dir(workspace)
        .args(["test", "--test", "labs", "--color=never", "--"])
        // Whatever the settings of cargo are, one line a check.
        .args(["--format=pretty", "--color=never"])
        .output()
        .context("cannot run cargo")?;
    if !String::from_utf8_lossy(&output.stdout).contains("\nrunning ") {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("the checks cannot be run; cargo says:\n\n{}", said.trim_end());
    }
    Ok(output.stdout)
}

/// Does something that takes a while, with a sign of life on a terminal.
pub fn with_spinner<T>(work: impl FnOnce() -> T) -> T {
    let spinner = ProgressBar::new_spinner().with_message("running the checks of your labs");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let done = work();
    spinner.finish_and_clear();
    done
}
