//! Proves that every check can be passed: the checks of `tests/checks`, run on `solutions/`.

include!(concat!(env!("OUT_DIR"), "/solutions.rs"));
