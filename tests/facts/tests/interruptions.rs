//! # Interruptions
//!
//! A program is stopped and goes on, as by Ctrl-Z and `fg`. These facts start programs, so they are
//! kept apart from those whose sockets nobody else may hold.

use facts::only_if;

/// A receive with a timeout fails with number 4 when its program was stopped and goes on.
///
/// - Seen: `Interrupted`, "Interrupted system call (os error 4)", though no handler is installed.
/// - Source: signal(7), "Interruption of system calls and library functions by stop signals".
#[cfg(target_os = "linux")]
#[test]
fn a_receive_with_a_timeout_is_interrupted_by_a_stop() -> std::io::Result<()> {
    use std::process::{Command, Stdio};
    use std::time::Instant;
    use std::{fs, io, thread};

    use facts::DEADLINE;
    use rustix::process::{Pid, Signal, kill_process};

    let waiter = env!("CARGO_BIN_EXE_interrupted");
    let mut waiter = Command::new(waiter).stdout(Stdio::piped()).spawn()?;
    let id = Pid::from_child(&waiter);
    let state = |wanted: &str| {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", id.as_raw_pid())).unwrap_or_default();
        stat.rsplit(") ").next().is_none_or(|fields| fields.starts_with(wanted))
    };
    // It may not wait yet when it is stopped, so it is stopped until it minds.
    let begin = Instant::now();
    while waiter.try_wait()?.is_none() {
        assert!(begin.elapsed() < DEADLINE, "it was not interrupted within {DEADLINE:?}");
        kill_process(id, Signal::STOP)?;
        while !state("T") && waiter.try_wait()?.is_none() {
            thread::yield_now();
        }
        kill_process(id, Signal::CONT).or_else(|error| match error {
            rustix::io::Errno::SRCH => Ok(()),
            error => Err(io::Error::from(error)),
        })?;
        thread::yield_now();
    }
    let printed = waiter.wait_with_output()?.stdout;
    let printed = String::from_utf8_lossy(&printed);
    let (kind, words) = printed.trim_end().split_once('\n').unwrap_or_default();
    assert_eq!(kind, format!("{:?}", io::ErrorKind::Interrupted));
    facts::is_told("Interrupted", kind, words);
    Ok(())
}
only_if!(
    target_os = "linux",
    a_receive_with_a_timeout_is_interrupted_by_a_stop,
    "the words and the number are those of Linux"
);
