//! What the tracer draws, beside what is known; and that nothing is left behind.
#![cfg(target_os = "linux")]

mod hostile;
mod known;
mod recorded;
mod tracer;
