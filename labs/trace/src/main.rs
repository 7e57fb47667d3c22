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
mod linux;

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
