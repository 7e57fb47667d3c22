//! Finds out whether this machine can lay a network of its own, and whether it has IPv6. A test
//! cannot say at run time that it is ignored.

use std::net::TcpListener;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(lan, ipv6)");
    // What is built may be for another system than this one.
    let linux = std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|system| system == "linux");
    if linux && course::machine::Lan::up().is_ok() {
        println!("cargo::rustc-cfg=lan");
    }
    if linux && TcpListener::bind("[::1]:0").is_ok() {
        println!("cargo::rustc-cfg=ipv6");
    }
}
