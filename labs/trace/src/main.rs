//! The student's tool: a run of a lab, drawn. Who called what and waited in it, and what crossed the
//! wire.
//!
//! ```text
//! cargo run -p trace -- lab05                the demo, and then its drawing
//! cargo run -p trace -- lab05 server         one role
//! cargo run -p trace -- lab05::CHECK         one check, which has a lane as well
//! cargo run -p trace -- solution05           the finished program
//! ```
//!
//! The programs are run as they are: the system tells of their calls (`ptrace(2)`), and of the frames
//! on loopback (`packet(7)`), in a network of their own. That is Linux; elsewhere this program says
//! where to find the drawing that the book has.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod capture;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod order;
#[cfg(target_os = "linux")]
mod output;
#[cfg(target_os = "linux")]
mod owners;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod recorder;
#[cfg(target_os = "linux")]
mod registers;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod sockets;
#[cfg(target_os = "linux")]
mod story;
#[cfg(target_os = "linux")]
mod tracer;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!(
        "error: only Linux lets a program watch another one's calls as this one does; the drawings of\n\
         all demos are in the book, under \"See it on the wire\": cargo run -p book -- --open"
    );
    ExitCode::FAILURE
}
