//! Decides which checks are compiled into the test targets `labs` and `solutions`.
//!
//! A solution is always checked. A lab is checked once somebody has edited it; before that it is
//! one ignored test that says where to begin.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use course::LABS;
use course::machine::{self, Lan};

fn main() {
    let workspace = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));

    // Checked labs are not watched, so an edit does not compile the checks again. When such a lab
    // is put back as handed out, the checks notice, and change this file (state.rs).
    let stamp = out.join("again");
    leave_in_the_past(&stamp);
    watch(&stamp);
    watch("tests/checks/build.rs");
    watch("tests/starters");
    know("loopback_broadcast", machine::has_loopback_broadcast());
    know("lan", Lan::up().is_ok());

    let (mut labs, mut solutions, mut edited) = (String::new(), String::new(), String::new());
    for lab in LABS {
        let checks = workspace.join("tests/checks").join(lab.name).with_extension("rs");
        if workspace.join("labs").join(lab.name).exists() {
            if lab.is_untouched(&workspace) {
                watch(lab.sources(&workspace));
                labs += &not_started(lab);
            } else {
                labs += &module(lab.name, &checks);
                writeln!(edited, "{}", lab.name).expect("a string takes it");
            }
        }
        if workspace.join("solutions").join(lab.name).exists() {
            solutions += &module(&lab.solution(), &checks);
        }
    }

    fs::write(out.join("labs.rs"), labs).expect("cargo made the folder");
    fs::write(out.join("solutions.rs"), solutions).expect("cargo made the folder");
    fs::write(out.join("edited"), edited).expect("cargo made the folder");
}

/// Makes the file with a date before this run, or cargo would take it for a change since.
fn leave_in_the_past(stamp: &Path) {
    let file = fs::File::create(stamp).expect("cargo made the folder");
    file.set_modified(SystemTime::UNIX_EPOCH).expect("a new file takes any date");
}

/// Lets the checks know what this machine has. A test cannot say at run time that it is ignored.
fn know(name: &str, has: bool) {
    println!("cargo::rustc-check-cfg=cfg({name})");
    if has {
        println!("cargo::rustc-cfg={name}");
    }
}

fn watch(path: impl AsRef<Path>) {
    println!("cargo::rerun-if-changed={}", path.as_ref().display());
}

fn module(name: &str, file: &Path) -> String {
    format!("#[path = {:?}]\nmod {name};\n", file.to_string_lossy())
}

fn not_started(lab: &course::Lab) -> String {
    let course::Lab { name, chapter, edits, .. } = lab;
    let files: Vec<String> = edits.iter().map(|edit| format!("labs/{name}/src/{edit}")).collect();
    let files = files.join(" and ");
    format!(
        r#"
mod {name} {{
    #[test]
    #[ignore = "not started: edit {files}"]
    fn not_started() {{
        panic!("{name} is not started: its files are as handed out.\n\
                Read book/src/{chapter}, edit {files}, then run: cargo test {name}");
    }}
}}
"#
    )
}
