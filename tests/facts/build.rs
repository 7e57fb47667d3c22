//! Tells the facts whether this machine has a network of their own to count packets in.

#[path = "../harness/src/lan.rs"]
#[allow(dead_code, reason = "here it is only tried")]
mod lan;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../harness/src/lan.rs");
    println!("cargo::rustc-check-cfg=cfg(lan)");
    if lan::Lan::up().is_ok() {
        println!("cargo::rustc-cfg=lan");
    }
}
