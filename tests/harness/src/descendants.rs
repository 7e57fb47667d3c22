//! Ending a program with all that it has started.
//!
//! On Unix a program has a process group of its own, which is killed as a whole. A child may move to
//! another group, or session. On Linux it is found all the same: as a child of the program while
//! that lives, and as a child of this process afterwards, since this process is made the one that
//! orphans fall to (`PR_SET_CHILD_SUBREAPER`). Elsewhere such a child outlives the check.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use shared_child::SharedChild;

/// A mark that no other program has, on this machine, now.
pub(crate) fn mark() -> String {
    static TAKEN: AtomicU32 = AtomicU32::new(1);
    #[cfg(target_os = "linux")]
    linux::adopt_orphans();
    format!("{}-{}", process::id(), TAKEN.fetch_add(1, Ordering::Relaxed))
}

/// Kills a program and what it has started, and waits until the program is gone.
pub(crate) fn end(child: &SharedChild, mark: &str) {
    #[cfg(target_os = "linux")]
    linux::kill_children(child.id());
    #[cfg(unix)]
    if let Some(group) = pid(child.id()) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
    #[cfg(target_os = "linux")]
    linux::kill_orphans(mark);
    #[cfg(not(target_os = "linux"))]
    let _ = mark;
}

#[cfg(unix)]
pub(crate) fn pid(id: u32) -> Option<rustix::process::Pid> {
    i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::path::Path;
    use std::process;
    use std::sync::Once;

    use rustix::process::{
        Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid,
    };

    use super::pid;
    use crate::program::MARK;

    /// How often orphans are looked for: each look may find children of those that the last killed.
    const LOOKS: usize = 100;

    pub(super) fn adopt_orphans() {
        static ADOPTED: Once = Once::new();
        ADOPTED.call_once(|| {
            let _ = set_child_subreaper(Some(getpid()));
        });
    }

    /// The children of a process: `/proc/PID/task/TID/children`.
    fn children(id: u32) -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        lists.flat_map(|list| numbers(&list)).collect()
    }

    fn numbers(list: &str) -> Vec<u32> {
        list.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect()
    }

    /// Kills the descendants of a program, each before its children, so that it starts no more.
    pub(super) fn kill_children(id: u32) {
        for child in children(id) {
            kill(child);
            kill_children(child);
        }
    }

    /// Kills what has fallen to this process, if it has the mark of a program that is over.
    pub(super) fn kill_orphans(mark: &str) {
        for _ in 0..LOOKS {
            let orphans = children(process::id()).into_iter().filter(|&id| has_mark(id, mark));
            let orphans: Vec<u32> = orphans.collect();
            for &orphan in &orphans {
                kill_children(orphan);
                kill(orphan);
                let _ = waitpid(pid(orphan), WaitOptions::empty());
            }
            if orphans.is_empty() {
                return;
            }
        }
    }

    fn has_mark(id: u32, mark: &str) -> bool {
        let wanted = format!("{MARK}={mark}");
        let environment = fs::read(Path::new("/proc").join(id.to_string()).join("environ"));
        let environment = environment.unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == wanted.as_bytes())
    }

    fn kill(id: u32) {
        let _ = pid(id).map(|id| kill_process(id, Signal::KILL));
    }
}
