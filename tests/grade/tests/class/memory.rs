//! How much memory the grader takes, and all that it has started.

use std::fs;

use crate::family;

/// The most of everything that was seen.
#[derive(Default)]
pub struct Peak {
    /// The grader's own memory, as the system has noted it, in bytes.
    pub grader: u64,
    /// That of all together, by samples, in bytes. A page that several share counts for each.
    pub all: u64,
    pub processes: usize,
}

impl Peak {
    /// Looks at the grader, process `id` and this one's only child, and at what descends from it.
    pub fn sample(&mut self, id: u32) {
        let all = family::size();
        self.grader = self.grader.max(highest(id).unwrap_or_default());
        self.all = self.all.max(all.memory);
        self.processes = self.processes.max(all.processes);
    }
}

/// The line `VmHWM` of `proc_pid_status(5)`, which is in KiB. A process that has ended has none.
fn highest(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib << 10)
}
