//! Runs a program under trace, with all that it starts: `ptrace(2)`.
//!
//! What is traced ends with the tracer, however that ends (`PTRACE_O_EXITKILL`).

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::recorder::{Recorder, status};
use super::registers;
use super::run::Run;

/// How long those may take to end whom the program has left behind.
const GRACE: Duration = Duration::from_millis(300);
/// How often it is looked whether a suspended process may go on.
const GLANCE: Duration = Duration::from_millis(1);
/// `op` of `struct ptrace_syscall_info`: a call begins.
const ENTRY: u8 = libc::PTRACE_SYSCALL_INFO_ENTRY;
/// The bit of SIGCONT in the sets of `proc_pid_status(5)`.
const CONTINUE: u64 = 1 << (libc::SIGCONT - 1);

/// Runs `command`, which must begin with a stop ([`wait_for_the_tracer`]), and records it under the
/// name `name`. Returns its status, which is 128 and the signal where one has ended it.
///
/// [`wait_for_the_tracer`]: super::program::wait_for_the_tracer
pub fn trace(mut command: Command, name: &str) -> Result<(Run, u8)> {
    let child = command.spawn().context("cannot start the program")?;
    let root = Pid::from_raw(i32::try_from(child.id())?);
    let stopped = waitpid(root, Some(WaitPidFlag::WUNTRACED))?;
    if !matches!(stopped, WaitStatus::Stopped(..)) {
        bail!("the program did not start: {stopped:?}");
    }
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    if let Err(error) = ptrace::seize(root, options) {
        let _ = kill(root, Signal::SIGKILL);
        bail!("this system lets nobody trace a program: {error}{}", forbidden());
    }
    kill(root, Signal::SIGCONT)?;
    let recorder = Recorder::new(root, name);
    Tracer { recorder, root, ended: None, suspended: Vec::new() }.run()
}

/// Which setting forbids it, where one is known to.
fn forbidden() -> String {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    match scope.trim() {
        scope @ ("2" | "3") => format!(" (kernel.yama.ptrace_scope is {scope})"),
        _ => " (in a container, its seccomp profile or a missing CAP_SYS_PTRACE forbids it)".into(),
    }
}

struct Tracer {
    recorder: Recorder,
    root: Pid,
    /// When the program ended, and its status.
    ended: Option<(Instant, u8)>,
    /// Those that a signal has stopped, until SIGCONT lets them go on.
    suspended: Vec<Pid>,
}

impl Tracer {
    fn run(mut self) -> Result<(Run, u8)> {
        loop {
            let polls = self.ended.is_some() || !self.suspended.is_empty();
            let flags = if polls { WaitPidFlag::WNOHANG } else { WaitPidFlag::empty() };
            match waitpid(None, Some(flags | WaitPidFlag::__WALL)) {
                Ok(WaitStatus::StillAlive) => {
                    self.wake_the_suspended();
                    if self.is_over() {
                        break;
                    }
                    thread::sleep(GLANCE);
                }
                Ok(status) => self.take(status),
                Err(Errno::ECHILD) => break,
                // A signal that nix has no name for: whoever takes it goes on without.
                Err(Errno::EINVAL) => self.recorder.threads().for_each(|thread| {
                    if ptrace::getsiginfo(thread).is_ok_and(|info| info.si_signo > 31) {
                        go_on(thread, None);
                    }
                }),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error).context("cannot wait for the program"),
            }
        }
        let status = self.ended.map_or(1, |(_, status)| status);
        Ok((self.recorder.end(), status))
    }

    /// Whether nobody is waited for any more. Who is left is ended.
    fn is_over(&self) -> bool {
        let Some((at, _)) = self.ended else { return false };
        if at.elapsed() > GRACE {
            self.recorder.processes().for_each(|process| {
                let _ = kill(process, Signal::SIGKILL);
            });
        }
        at.elapsed() > 10 * GRACE
    }

    fn take(&mut self, status: WaitStatus) {
        match status {
            WaitStatus::PtraceSyscall(thread) => {
                self.call(thread);
                go_on(thread, None);
            }
            WaitStatus::PtraceEvent(thread, signal, event) => self.event(thread, signal, event),
            WaitStatus::Stopped(thread, signal) => {
                self.recorder.meet(thread);
                go_on(thread, Some(signal));
            }
            WaitStatus::Exited(process, code) => {
                let end = match code {
                    0 => "ended".to_owned(),
                    code => format!("ended with status {code}"),
                };
                self.end(process, &end, u8::try_from(code & 0xff).unwrap_or(1));
            }
            WaitStatus::Signaled(process, signal, _) => {
                let status = 128 + u8::try_from(signal as i32).unwrap_or(0);
                self.end(process, &format!("ended by {signal}"), status);
            }
            _ => {}
        }
    }

    fn call(&mut self, thread: Pid) {
        let Ok(info) = ptrace::syscall_info(thread) else { return };
        if info.op == ENTRY {
            let Ok(registers) = registers::read(thread) else { return };
            self.recorder.enter(thread, &registers);
        } else if self.recorder.awaits(thread)
            && let Ok(registers) = registers::read(thread)
        {
            self.recorder.exit(thread, registers.result);
        }
    }

    fn event(&mut self, thread: Pid, signal: Signal, event: i32) {
        self.recorder.meet(thread);
        if event == libc::PTRACE_EVENT_EXEC {
            self.recorder.exec(thread);
        }
        let stops = [Signal::SIGSTOP, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
        if event == libc::PTRACE_EVENT_STOP && stops.contains(&signal) {
            self.suspended.push(thread);
        } else {
            go_on(thread, None);
        }
    }

    fn end(&mut self, process: Pid, how: &str, status: u8) {
        self.recorder.leave(process, how);
        if process == self.root {
            self.ended = Some((Instant::now(), status));
        }
    }

    /// Lets those go on for whom SIGCONT has come.
    fn wake_the_suspended(&mut self) {
        self.suspended.retain(|&thread| {
            let waits = !is_continued(thread);
            if !waits {
                go_on(thread, None);
            }
            waits
        });
    }
}

/// Whether SIGCONT has come for a thread that the tracer keeps, or the thread is gone.
fn is_continued(thread: Pid) -> bool {
    let pending = |field| status(thread, field).map(|set| u64::from_str_radix(&set, 16));
    let sets: Vec<_> = ["SigPnd:", "ShdPnd:"].into_iter().filter_map(pending).flatten().collect();
    sets.is_empty() || sets.iter().any(|set| set & CONTINUE != 0)
}

/// Lets a thread go on to its next call. One that is gone meanwhile is waited for as all are.
fn go_on(thread: Pid, signal: Option<Signal>) {
    let _ = ptrace::syscall(thread, signal);
}
