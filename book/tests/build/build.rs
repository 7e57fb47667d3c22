//! Looks for what the tests of the pages need. A test cannot say at run time that it is ignored.
//!
//! `CHROME` is the browser, where it has an unusual name. `AXE_CORE` is the accessibility checker,
//! a file.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=tests/build/build.rs");
    know("chromium", "CHROME", chromium());
    know("axe_core", "AXE_CORE", env::var_os("AXE_CORE").map(PathBuf::from));
}

/// Tells the tests what was found, and where.
fn know(name: &str, variable: &str, file: Option<PathBuf>) {
    println!("cargo::rerun-if-env-changed={variable}");
    println!("cargo::rustc-check-cfg=cfg({name})");
    if let Some(file) = file.filter(|file| file.is_file()) {
        println!("cargo::rustc-cfg={name}");
        println!("cargo::rustc-env={variable}={}", file.display());
        watch(&file);
    }
}

fn chromium() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("CHROME") {
        return Some(chosen.into());
    }
    let folders = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut files =
        env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name)));
    files.find(|file| starts(file))
}

/// Whether it is a browser. Ubuntu has a script in its place, which only tells how to get one.
fn starts(file: &Path) -> bool {
    Command::new(file).arg("--version").output().is_ok_and(|run| run.status.success())
}

fn watch(file: &Path) {
    println!("cargo::rerun-if-changed={}", file.display());
}
