//! Grades `labs/`: every lab that somebody has edited is checked, each in a module of its name.
//!
//! The modules are `labNN.rs`. `build.rs` decides which ones are compiled.

#![allow(clippy::duplicate_mod, reason = "what every lab owes is asked of each by the same file")]

include!(concat!(env!("OUT_DIR"), "/labs.rs"));

/// Files that were put back, or that came with an old date, are not noticed by cargo.
#[test]
fn every_lab_is_graded_as_it_is_now() {
    harness::untouched::confirm(
        include_str!(concat!(env!("OUT_DIR"), "/edited")),
        concat!(env!("OUT_DIR"), "/again"),
    );
}
