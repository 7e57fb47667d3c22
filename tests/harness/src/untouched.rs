//! Whether the labs still are as they were when their checks were compiled.
//!
//! An edited lab is not watched by the build script, so that an edit does not compile the checks
//! again. So the checks themselves see to it that a lab that was put back is "not started" again.

use std::env;
use std::fs::File;
use std::path::Path;
use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use course::{LABS, Lab};

use crate::{cargo, workspace};

/// Set by nextest, which has asked for the names of the checks before.
const NEXTEST: &str = "NEXTEST";

/// Tells a run that it was started by this module.
const RESTARTED: &str = "SOCKET_LABS_RESTARTED";

/// Starts over if other labs are edited now than when the checks were compiled.
///
/// `compiled` are the labs that were edited then. `stamp` is a file that the build script watches.
pub fn confirm(compiled: &str, stamp: &str) {
    let folder = workspace();
    let edited =
        LABS.iter().filter(|lab| lab.sources(&folder).exists() && !lab.is_untouched(&folder));
    if compiled.lines().ne(edited.map(|lab| lab.name)) {
        start_over(Path::new(stamp));
    }
}

/// Starts over if a lab whose checks were compiled is as handed out again.
pub fn confirm_edited(lab: &Lab, stamp: &str) {
    if lab.is_untouched(&workspace()) {
        start_over(Path::new(stamp));
    }
}

/// Compiles the checks anew and runs them in place of this run.
fn start_over(stamp: &Path) {
    // Others who come here meanwhile wait until this process ends.
    static STARTING: Mutex<()> = Mutex::new(());
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let now = SystemTime::now();
    File::options().append(true).open(stamp).and_then(|file| file.set_modified(now)).ok();
    let again = env::var_os(RESTARTED).is_none() && env::var_os(NEXTEST).is_none();
    assert!(again, "the labs have changed since their checks were compiled; run the command again");
    let status = cargo::command()
        .args(["test", "--test", "labs", "--"])
        .args(env::args_os().skip(1))
        .env(RESTARTED, "")
        .status();
    process::exit(status.ok().and_then(|status| status.code()).unwrap_or(1));
}
