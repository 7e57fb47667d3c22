//! What a student has changed besides the labs. It has no effect on grading, and the report says so.

use std::fs;
use std::path::Path;

use course::{LABS, Lab};
use toml::{Table, Value};
use walkdir::{DirEntry, WalkDir};

use super::notes::Notes;
use super::student::{is_same_text, read};
use crate::labs;

/// The folders in which a change would have an effect, were it used.
const FOLDERS: [&str; 3] = [".cargo", "labs", "tests"];
/// Packages that no check needs.
const APART: [&str; 3] = ["tests/facts", "tests/grade", "tests/proofs"];
/// What tools leave behind.
const TOOLS: [&str; 6] = ["target", ".git", ".idea", ".vscode", ".vs", ".DS_Store"];
/// How many files are looked at.
const MOST: usize = 5_000;

/// Notes what differs from the course, but for what is missing: a hand-out has less.
pub fn note(folder: &Path, notes: &mut Notes) {
    let course = harness::workspace();
    if !has_nothing_new(folder, &course) {
        notes.add("Cargo.toml is not as handed out: not used");
    }
    for top in FOLDERS {
        let root = folder.join(top);
        if fs::symlink_metadata(&root).is_ok_and(|metadata| metadata.is_symlink()) {
            notes.add(format!("{top} is a link: not followed"));
            continue;
        }
        let walk = WalkDir::new(&root).sort_by_file_name().into_iter();
        let wanted = walk.filter_entry(|entry| !is_left_out(entry, folder)).flatten();
        for entry in wanted.filter(|entry| !entry.file_type().is_dir()).take(MOST) {
            let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let Ok(original) = read(&course.join(path)) else {
                notes.add(format!("{} is not part of the course: not used", path.display()));
                continue;
            };
            let is_same = entry.file_type().is_file()
                && read(entry.path()).is_ok_and(|text| is_same_text(&text, &original));
            if !is_same {
                notes.add(format!("{} is not as handed out: not used", path.display()));
            }
        }
    }
}

/// The student's own files, and what tools leave.
fn is_left_out(entry: &DirEntry, folder: &Path) -> bool {
    let name = entry.file_name().to_string_lossy();
    let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
    let is_source = path.components().count() == 3 && path.starts_with("labs") && name == "src";
    // What `reset` has put aside.
    let is_kept = path.components().count() == 3 && name.starts_with("kept-");
    let is_cli = path.starts_with("labs/cli");
    let has_no_effect = APART.iter().any(|apart| path.starts_with(apart));
    (is_source && !is_cli)
        || is_kept
        || has_no_effect
        || is_of_another_lab(path)
        || TOOLS.contains(&&*name)
        || name.ends_with('~')
}

/// Whether it is of a lab of the course that this copy does not have: the student's hand-out has
/// more labs than the instructor's.
fn is_of_another_lab(path: &Path) -> bool {
    let here = labs::here();
    let is_of =
        |lab: &Lab| path.iter().any(|part| Path::new(part).file_stem() == Some(lab.name.as_ref()));
    LABS.iter().any(|lab| is_of(lab) && !here.iter().any(|known| known.name == lab.name))
}

/// Whether all that is in the manifest is in that of the course as well. A hand-out's has less, but
/// other members.
fn has_nothing_new(folder: &Path, course: &Path) -> bool {
    let table = |folder: &Path| -> Option<Table> {
        let text = read(&folder.join("Cargo.toml")).ok()?;
        let mut table: Table = str::from_utf8(&text).ok()?.parse().ok()?;
        table.get_mut("workspace")?.as_table_mut()?.remove("members");
        Some(table)
    };
    if !folder.join("Cargo.toml").exists() {
        return true;
    }
    match (table(folder), table(course)) {
        (Some(own), Some(original)) => is_part(&Value::Table(own), &Value::Table(original)),
        _ => false,
    }
}

fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Table(part), Value::Table(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|original| is_part(value, original))),
        (part, whole) => part == whole,
    }
}
