//! What becomes of Ctrl-C in programs that are started.
//!
//! A shell starts a script's background jobs with SIGINT ignored, and what is ignored is ignored by all
//! that such a job starts: signal(7), execve(2). A signal with a handler is not, so this process has one,
//! which does nothing.

#[cfg(target_os = "linux")]
use std::sync::{Arc, Once};

/// From now on, programs that this process starts are ended by SIGINT, unless they say otherwise. Only
/// Linux tells whether they would not be.
pub fn are_heard() {
    #[cfg(target_os = "linux")]
    {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            if is_ignored(signal_hook::consts::SIGINT) {
                let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::default());
            }
        });
    }
}

/// Whether this process ignores a signal: `SigIgn` of `proc_pid_status(5)`.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.is_some_and(|set| set >> (signal - 1) & 1 == 1)
}
