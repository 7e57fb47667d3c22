//! Grading a class: whatever a submission does, it gets the marks it should, and nothing is left.
//!
//! The class of most tests is graded once, by the first of them. Limits are complete on Linux only,
//! so it is there that a class is graded.

#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod common;

mod ends;
mod graded;
