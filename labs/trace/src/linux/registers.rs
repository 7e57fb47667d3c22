//! Where the processor keeps the number of a system call, its arguments and its result.

use nix::Result;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// A stop of a thread at a system call.
pub struct Registers {
    pub number: i64,
    pub arguments: [u64; 6],
    /// Of no meaning before the call has returned. A negative one is the number of an error.
    pub result: i64,
}

#[cfg(target_arch = "x86_64")]
pub fn read(thread: Pid) -> Result<Registers> {
    let registers = ptrace::getregs(thread)?;
    Ok(Registers {
        number: registers.orig_rax.cast_signed(),
        arguments: [
            registers.rdi,
            registers.rsi,
            registers.rdx,
            registers.r10,
            registers.r8,
            registers.r9,
        ],
        result: registers.rax.cast_signed(),
    })
}

/// Written and compiled; nobody has run it on such a machine yet.
#[cfg(target_arch = "aarch64")]
pub fn read(thread: Pid) -> Result<Registers> {
    let [a, b, c, d, e, f, _, _, number, ..] =
        ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(thread)?.regs;
    Ok(Registers {
        number: number.cast_signed(),
        arguments: [a, b, c, d, e, f],
        result: a.cast_signed(),
    })
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn read(_: Pid) -> Result<Registers> {
    Err(nix::errno::Errno::ENOSYS)
}
