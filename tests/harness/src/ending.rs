//! How a check ends that has failed: as by a panic, but saying only what it has to tell, and not
//! where in the harness the panic was.

use std::panic::{Location, resume_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What begins the last line after a story: it names the line of the check.
pub(crate) const CHECK: &str = "check:  ";

/// Ends the check with a story, and with the place in the check that it is told at.
#[track_caller]
pub(crate) fn with_story(story: &str) -> ! {
    let place = Location::caller();
    let file = Path::new(place.file()).file_name().unwrap_or_default();
    fail(&format!("{story}{CHECK}tests/checks/{}:{}", file.display(), place.line()))
}

/// Ends a check that has no program. The first one says why; the others have nothing to add.
pub(crate) fn without_program(why: &str) -> ! {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let first = !told.iter().any(|before| before == why);
    told.push(why.to_owned());
    drop(told);
    fail(if first { why } else { "" })
}

fn fail(told: &str) -> ! {
    // Of a test that has failed, libtest shows what it printed, if anything.
    if !told.is_empty() {
        eprintln!("{told}");
    }
    resume_unwind(Box::new("the check failed"))
}
