//! Everything that descends from this process.
//!
//! On Linux it is found whatever it does: who loses its parent becomes a child of this process.
//! Elsewhere it is the process group of the program, which a program may leave.

use super::ending::Ending;

/// How much a family is.
#[derive(Default)]
pub struct Size {
    pub processes: usize,
    /// What is in memory of them, in bytes.
    pub memory: u64,
}

#[cfg(target_os = "linux")]
pub use linux::{adopt_orphans, end, end_strangers, size, wait};
#[cfg(not(target_os = "linux"))]
pub use others::{adopt_orphans, end, end_strangers, size, wait};

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{HashMap, HashSet};
    use std::fs;
    use std::process::{self, Child};
    use std::thread::{self, JoinHandle};
    use std::time::{Duration, Instant};

    use rustix::param::page_size;
    use rustix::process::{
        Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait as wait_for_any,
    };

    use super::{Ending, Size};

    /// How long killed processes may take to be gone.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// One process, as `proc_pid_stat(5)` tells of it.
    struct Stat {
        id: u32,
        parent: u32,
        is_alive: bool,
        pages: u64,
    }

    /// Makes this process the parent of whatever of its family loses its own.
    pub fn adopt_orphans() {
        // Linux has it since 3.4.
        let _ = set_child_subreaper(Some(getpid()));
    }

    /// Waits until `child` has ended, and tells how; then for orphans, for as long as there are any.
    pub fn wait(child: &mut Child, tell: impl Fn(Ending)) {
        let id = child.id();
        while let Ok(Some((ended, status))) = wait_for_any(WaitOptions::empty()) {
            if ended.as_raw_nonzero().get().cast_unsigned() == id {
                tell(match status.exit_status() {
                    Some(0) => Ending::Success,
                    Some(_) => Ending::Failure,
                    None => Ending::Crash,
                });
            }
        }
    }

    pub fn size() -> Size {
        let family = alive(process::id());
        let pages: u64 = family.iter().map(|stat| stat.pages).sum();
        Size { processes: family.len(), memory: pages * page_size() as u64 }
    }

    /// Ends all of the family, until `waiter`, which runs [`wait`], has found that nobody is left. A
    /// look at all processes is none at one moment, and may miss who changes its parent meanwhile.
    /// `child` is part of the family, so it needs no mention here.
    pub fn end(_child: u32, waiter: &JoinHandle<()>) {
        end_all(Some(process::id()), || alive(process::id()), |_| waiter.is_finished());
    }

    /// Ends what became this process's because its keeper has gone. `keepers` are those that it
    /// has started and that are at work.
    pub fn end_strangers(keepers: &[u32]) {
        let strangers = || {
            let mut strangers = Vec::new();
            for child in all().into_iter().filter(|stat| stat.parent == process::id()) {
                if keepers.contains(&child.id) {
                    continue;
                }
                strangers.extend(alive(child.id));
                if child.is_alive {
                    strangers.push(child);
                } else if let Some(id) = pid(child.id) {
                    let _ = rustix::process::waitpid(Some(id), WaitOptions::NOHANG);
                }
            }
            strangers
        };
        end_all(None, strangers, <[Stat]>::is_empty);
    }

    /// Kills the members of a family again and again, until it is gone, or patience ends. All children
    /// of the `adopter` are of the family.
    fn end_all(
        adopter: Option<u32>,
        family: impl Fn() -> Vec<Stat>,
        is_gone: impl Fn(&[Stat]) -> bool,
    ) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = newest();
            let members = family();
            if is_gone(&members) || Instant::now() > deadline {
                return;
            }
            for member in &members {
                kill(member.id);
            }
            let ids = members.iter().map(|member| member.id).chain(adopter);
            overtake(seen, ids.collect(), deadline);
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Kills those whom a family has started after the process `seen`. Who starts others without
    /// end may be faster than a look at all processes, but not than one at the newest.
    fn overtake(mut seen: Option<u32>, mut family: HashSet<u32>, deadline: Instant) {
        while let (Some(from), Some(to)) = (seen, newest())
            && Instant::now() < deadline
        {
            let others = family.len();
            for born in (from + 1..=to).filter_map(stat) {
                if family.contains(&born.parent) && family.insert(born.id) {
                    kill(born.id);
                }
            }
            seen = (family.len() > others).then_some(to);
        }
    }

    fn kill(id: u32) {
        if let Some(id) = pid(id) {
            // It may have ended meanwhile.
            let _ = kill_process(id, Signal::KILL);
        }
    }

    /// The process that was started last, as `proc_loadavg(5)` tells.
    fn newest() -> Option<u32> {
        fs::read_to_string("/proc/loadavg").ok()?.split_ascii_whitespace().last()?.parse().ok()
    }

    fn pid(id: u32) -> Option<Pid> {
        i32::try_from(id).ok().and_then(Pid::from_raw)
    }

    /// All that descends from a process and has not ended.
    fn alive(root: u32) -> Vec<Stat> {
        let mut children: HashMap<u32, Vec<Stat>> = HashMap::new();
        for stat in all() {
            children.entry(stat.parent).or_default().push(stat);
        }
        let mut family = Vec::new();
        let mut parents = vec![root];
        while let Some(parent) = parents.pop() {
            for child in children.remove(&parent).unwrap_or_default() {
                parents.push(child.id);
                family.push(child);
            }
        }
        family.retain(|stat| stat.is_alive);
        family
    }

    fn all() -> Vec<Stat> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let stats = entries.filter_map(|entry| stat(entry.file_name().to_str()?.parse().ok()?));
        stats.collect()
    }

    fn stat(id: u32) -> Option<Stat> {
        parse(id, &fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// The fields after the name, which may hold anything: 3 is the state, 4 the parent, 20 the
    /// number of threads, 24 the pages in memory. A process whose first thread has ended looks like
    /// one that has, but for its other threads.
    fn parse(id: u32, stat: &str) -> Option<Stat> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        Some(Stat {
            id,
            parent: fields.get(1)?.parse().ok()?,
            is_alive: !matches!(*fields.first()?, "Z" | "X")
                || fields.get(17)?.parse::<u32>().ok()? > 1,
            pages: fields.get(21)?.parse().ok()?,
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use std::process::Child;
    use std::thread::JoinHandle;

    use super::{Ending, Size};

    /// Only Linux has it.
    pub fn adopt_orphans() {}

    /// Nobody is adopted, so there is none.
    pub fn end_strangers(_keepers: &[u32]) {}

    /// Waits until `child` has ended, and tells how.
    pub fn wait(child: &mut Child, tell: impl Fn(Ending)) {
        let code = child.wait().ok().and_then(|status| status.code());
        tell(match code {
            Some(0) => Ending::Success,
            Some(_) => Ending::Failure,
            None => Ending::Crash,
        });
    }

    /// Not known here.
    pub fn size() -> Size {
        Size::default()
    }

    /// Ends the program with its process group.
    #[cfg(unix)]
    pub fn end(child: u32, _waiter: &JoinHandle<()>) {
        use rustix::process::{Pid, Signal, kill_process_group};
        if let Some(group) = i32::try_from(child).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// The system ends the program by its own means: there is no group.
    #[cfg(windows)]
    pub fn end(child: u32, _waiter: &JoinHandle<()>) {
        let id = child.to_string();
        let _ = std::process::Command::new("taskkill").args(["/T", "/F", "/PID", &id]).output();
    }
}
