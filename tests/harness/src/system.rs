//! What the system tells of a program and its sockets. Most of it only Linux does, as files;
//! elsewhere these functions know nothing, and say so.

use std::fs;
#[cfg(target_os = "linux")]
use std::io::{Read, Seek, SeekFrom};
#[cfg(target_os = "linux")]
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::record::Resource;

/// How many clock ticks a second has: `sysconf(_SC_CLK_TCK)` of every Linux that Rust runs on.
const TICK: u64 = 10;

fn proc(id: u32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{id}/{file}"))
}

/// How much of a resource the program has. `None` where the system does not tell.
pub(crate) fn amount(id: u32, resource: Resource) -> Option<u64> {
    match resource {
        Resource::Descriptors => Some(fs::read_dir(proc(id, "fd")).ok()?.count() as u64),
        Resource::Threads => Some(fs::read_dir(proc(id, "task")).ok()?.count() as u64),
        Resource::Memory => size(&fs::read_to_string(proc(id, "status")).ok()?, "RssAnon:"),
        Resource::Stack => {
            let mappings = fs::read_to_string(proc(id, "smaps")).ok()?;
            size(mappings.split_once("[stack]")?.1, "Rss:")
        }
        Resource::Peak => size(&fs::read_to_string(proc(id, "status")).ok()?, "VmPeak:"),
    }
}

/// The first size of this name, in KiB: `proc_pid_status(5)` and `proc_pid_smaps(5)`.
fn size(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// The processor time that it has used, in milliseconds: fields 14 and 15 of `proc_pid_stat(5)`.
pub(crate) fn processor_time(id: u32) -> Option<u64> {
    let stat = stat(id)?;
    let fields = stat.split(' ').skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(ticks * TICK)
}

/// The fields of `proc_pid_stat(5)` from the third on. The name before it may hold anything, a
/// bracket too.
fn stat(id: u32) -> Option<String> {
    let stat = fs::read_to_string(proc(id, "stat")).ok()?;
    stat.rsplit(") ").next().map(str::to_owned)
}

/// What a file says of each of its threads, where it says it.
fn of_threads(id: u32, file: &str, read: impl Fn(&str) -> Option<u64>) -> Vec<u64> {
    let tasks = fs::read_dir(proc(id, "task")).into_iter().flatten().flatten();
    let texts = tasks.filter_map(|task| fs::read_to_string(task.path().join(file)).ok());
    texts.filter_map(|text| read(&text)).collect()
}

/// How long its threads were ready to run and had no processor: the second number of
/// `/proc/PID/task/TID/schedstat`, nanoseconds.
pub(crate) fn starved(id: u32) -> Duration {
    let delays = of_threads(id, "schedstat", |stat| stat.split(' ').nth(1)?.parse().ok());
    // Of several threads, the one that waited longest held up the rest.
    Duration::from_nanos(delays.into_iter().max().unwrap_or(0))
}

/// How often its threads have waited for something: `voluntary_ctxt_switches` of
/// `proc_pid_status(5)`.
pub(crate) fn waits(id: u32) -> u64 {
    let waits = of_threads(id, "status", |status| {
        let mut lines = status.lines();
        lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?.trim().parse().ok()
    });
    waits.into_iter().sum()
}

/// Whether any of its threads runs, or would if it was given a processor.
pub(crate) fn is_ready(id: u32) -> bool {
    let ready = |stat: &str| stat.rsplit(") ").next()?.starts_with('R').then_some(1);
    !of_threads(id, "stat", ready).is_empty()
}

/// Whether a signal has stopped it, or it has ended: field 3 of `proc_pid_stat(5)`. Where the system
/// does not tell, this is taken for granted.
#[cfg(unix)]
pub(crate) fn is_stopped(id: u32) -> bool {
    stat(id).is_none_or(|fields| !fields.starts_with(['R', 'S', 'D']))
}

/// The system call that its first thread waits in: `/proc/PID/syscall`.
pub(crate) fn waits_in(id: u32) -> Option<String> {
    named(&fs::read_to_string(proc(id, "syscall")).ok()?).map(str::to_owned)
}

/// The name of the call that such a file tells.
fn named(call: &str) -> Option<&'static str> {
    let number: u32 = call.split(' ').next()?.parse().ok()?;
    SYSTEM_CALLS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// Whether any of its threads waits in this system call.
pub(crate) fn is_waiting_in(id: u32, wanted: &str) -> bool {
    let Ok(tasks) = fs::read_dir(proc(id, "task")) else { return false };
    let calls =
        tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("syscall")).ok());
    calls.filter_map(|call| named(&call)).any(|name| name == wanted)
}

/// How long it has asked to sleep, in milliseconds: of several threads, the longest. `None` while none
/// sleeps, or where the system does not tell.
pub(crate) fn sleeps_for(id: u32) -> Option<u64> {
    let memory = fs::File::open(proc(id, "mem")).ok()?;
    let tasks = fs::read_dir(proc(id, "task")).ok()?.flatten();
    let asked = tasks.filter_map(|task| {
        let call = || fs::read_to_string(task.path().join("syscall")).ok();
        let asleep = call()?;
        let asked = asked_to_sleep(&asleep, &memory)?;
        // One that has woken up meanwhile has written something else there.
        (call()? == asleep).then_some(asked)
    });
    asked.max()
}

/// The time of a `clock_nanosleep(2)`, as a thread's line in `/proc/PID/task/TID/syscall` tells: the
/// third argument is the address of its seconds and nanoseconds. One that names a moment has no length.
#[cfg(target_os = "linux")]
fn asked_to_sleep(call: &str, mut memory: &fs::File) -> Option<u64> {
    let mut words = call.split_ascii_whitespace();
    let is_sleep = words.next()?.parse() == Ok(CLOCK_NANOSLEEP);
    let arguments = words.map(|word| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok());
    let [_clock, flags, time] = arguments.take(3).collect::<Option<Vec<u64>>>()?.try_into().ok()?;
    if !is_sleep || flags != 0 {
        return None;
    }
    let mut asked = [[0; 8]; 2];
    memory.seek(SeekFrom::Start(time)).ok()?;
    memory.read_exact(asked.as_flattened_mut()).ok()?;
    let [seconds, nanoseconds] = asked.map(u64::from_ne_bytes);
    Some(seconds.saturating_mul(1_000) + nanoseconds / 1_000_000)
}

#[cfg(not(target_os = "linux"))]
fn asked_to_sleep(_: &str, _: &fs::File) -> Option<u64> {
    None
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const CLOCK_NANOSLEEP: u32 = 230;
#[cfg(all(target_os = "linux", not(target_arch = "x86_64")))]
const CLOCK_NANOSLEEP: u32 = 115;

/// The calls that these programs wait in, by number.
#[cfg(target_arch = "x86_64")]
const SYSTEM_CALLS: &[(u32, &str)] = &[
    (0, "read"),
    (1, "write"),
    (7, "poll"),
    (35, "sleep"),
    (42, "connect"),
    (43, "accept"),
    (44, "send"),
    (45, "recv"),
    (202, "a lock"),
    (230, "sleep"),
    (271, "poll"),
    (288, "accept"),
];
#[cfg(target_arch = "aarch64")]
const SYSTEM_CALLS: &[(u32, &str)] = &[
    (63, "read"),
    (64, "write"),
    (73, "poll"),
    (98, "a lock"),
    (101, "sleep"),
    (115, "sleep"),
    (202, "accept"),
    (203, "connect"),
    (206, "send"),
    (207, "recv"),
    (242, "accept"),
];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const SYSTEM_CALLS: &[(u32, &str)] = &[];

/// The socket of another program that is bound to `addr` over UDP, as a socket of this one
/// (`pidfd_getfd(2)`): what is set on one holds for both. For a program that this process started.
#[cfg(target_os = "linux")]
pub(crate) fn udp_socket_of(id: u32, addr: SocketAddr) -> Option<socket2::Socket> {
    sockets_of(id)?.into_iter().find(|socket| {
        let own = socket.local_addr().ok().and_then(|addr| addr.as_socket());
        own == Some(addr) && socket.r#type().ok() == Some(socket2::Type::DGRAM)
    })
}

/// How a socket is asked for one of its timeouts.
type Timeout = fn(&socket2::Socket) -> std::io::Result<Option<Duration>>;

/// The longest timeout of this kind that any of the program's sockets has.
#[cfg(target_os = "linux")]
pub(crate) fn longest_timeout(id: u32, timeout: Timeout) -> Option<Duration> {
    sockets_of(id)?.iter().filter_map(|socket| timeout(socket).ok()?).max()
}

/// The address space that a program has now, in KiB.
#[cfg(target_os = "linux")]
pub(crate) fn address_space(id: u32) -> Option<u64> {
    size(&fs::read_to_string(proc(id, "status")).ok()?, "VmSize:")
}

/// The program's sockets over TCP: those that listen, or those that are connections.
#[cfg(target_os = "linux")]
pub(crate) fn tcp_sockets_of(id: u32, listening: bool) -> Option<Vec<socket2::Socket>> {
    let is_meant = |socket: &socket2::Socket| {
        socket.r#type().ok() == Some(socket2::Type::STREAM)
            && socket.is_listener().ok() == Some(listening)
    };
    Some(sockets_of(id)?.into_iter().filter(is_meant).collect())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn longest_timeout(_: u32, _: Timeout) -> Option<Duration> {
    None
}

/// Another program's sockets, as descriptors of this one.
#[cfg(target_os = "linux")]
pub(crate) fn sockets_of(id: u32) -> Option<Vec<socket2::Socket>> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

    let program = pidfd_open(crate::descendants::pid(id)?, PidfdFlags::empty()).ok()?;
    let numbers = fs::read_dir(proc(id, "fd")).ok()?.flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let descriptors =
        numbers.filter_map(|number| pidfd_getfd(&program, number, PidfdGetfdFlags::empty()).ok());
    let sockets = descriptors.map(socket2::Socket::from);
    Some(sockets.filter(|socket| socket.r#type().is_ok()).collect())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{process, thread};

    use super::*;

    #[test]
    fn a_sleep_is_known_by_its_length() {
        let asleep = thread::spawn(|| thread::sleep(Duration::from_millis(1_234)));
        while !asleep.is_finished() && sleeps_for(process::id()) != Some(1_234) {
            thread::yield_now();
        }
        assert!(!asleep.is_finished(), "its time was over before anybody saw it");
    }

    #[test]
    fn a_program_has_descriptors_threads_and_memory() {
        for resource in [Resource::Descriptors, Resource::Threads, Resource::Memory] {
            assert!(amount(process::id(), resource).is_some_and(|amount| amount > 0));
        }
    }
}
