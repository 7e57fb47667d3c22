//! Finds out whether this machine can lay a network of its own. A test cannot say at run time that
//! it is ignored.

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
