//! Several proofs at a time: most of their time is spent waiting for programs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` with every item, `at_a_time` together. Fails when any of it has failed, with all
/// that was said.
#[track_caller]
pub fn each<T: Send>(
    items: impl IntoIterator<Item = T>,
    at_a_time: usize,
    work: impl Fn(T) + Sync,
) {
    let items = Mutex::new(items.into_iter().collect::<Vec<_>>());
    let failures = Mutex::new(Vec::new());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work_on = || {
        while let Some(item) = next() {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(item))) {
                let said = panic
                    .downcast::<String>()
                    .map_or_else(|_| "it panicked".to_owned(), |said| *said);
                failures.lock().unwrap_or_else(PoisonError::into_inner).push(said);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(work_on);
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
