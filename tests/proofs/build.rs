//! Compiles the wrong programs of every lab that the course names.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let here = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let out = env::var("OUT_DIR").expect("cargo sets it");

    let mut modules = String::new();
    let mut rows = String::new();
    for course::Lab { name, .. } in course::LABS {
        let file = Path::new(&here).join("src/wrong").join(name).with_extension("rs");
        modules += &format!("#[path = {:?}]\nmod {name};\n", file.to_string_lossy());
        rows += &format!("(\"{name}\", &{name}::PROOF), ");
    }
    let table = format!("pub const PROOFS: &[(&str, &Proof)] = &[{rows}];\n");
    fs::write(Path::new(&out).join("wrong.rs"), modules + &table).expect("cargo made the folder");
}
