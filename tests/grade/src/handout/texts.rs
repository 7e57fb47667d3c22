//! Texts that speak of the whole course, made true of a copy.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use course::{LABS, Lab};

/// Makes the manifest, the README and the chapters speak of what the copy holds.
pub fn make_true(folder: &Path, labs: &[&Lab]) -> Result<()> {
    rewrite(&folder.join("Cargo.toml"), without_marked)?;
    for package in ["labs/progress", "tests/grade"] {
        rewrite(&folder.join(package).join("Cargo.toml"), without_marked)?;
    }
    rewrite(&folder.join("README.md"), |text| for_students(text, labs))?;
    let chapters = folder.join("book/src");
    for entry in
        fs::read_dir(&chapters).with_context(|| format!("cannot read {}", chapters.display()))?
    {
        let path = entry.with_context(|| format!("cannot read {}", chapters.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            rewrite(&path, |text| without_dead_includes(text, &chapters))?;
        }
    }
    rewrite(&chapters.join("SUMMARY.md"), |text| without_dead_lines(text, &chapters))
}

fn rewrite(path: &Path, change: impl Fn(&str) -> String) -> Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    fs::write(path, change(&text)).with_context(|| format!("cannot write {}", path.display()))
}

/// A text's lines, as `keep` passes them on.
fn lines(text: &str, mut keep: impl FnMut(&str) -> Option<String>) -> String {
    text.lines().filter_map(|line| keep(line).map(|line| line + "\n")).collect()
}

/// What stands behind a line of a manifest that names what only the whole course has.
const MARK: &str = "# not handed out";

/// A manifest without the lines that are marked.
fn without_marked(manifest: &str) -> String {
    lines(manifest, |line| (!line.ends_with(MARK)).then(|| line.to_owned()))
}

/// The README without what is for instructors, without solutions, and with the rows of these labs.
fn for_students(readme: &str, labs: &[&Lab]) -> String {
    let missing = |line: &str| {
        let gone = LABS.iter().filter(|lab| !labs.iter().any(|here| here.name == lab.name));
        gone.map(|lab| format!("| {} |", lab.name)).any(|row| line.starts_with(&row))
    };
    let mut section = "";
    let mut kept = String::new();
    for line in readme.lines() {
        if line.starts_with("## ") {
            section = line;
        }
        if section != "## For instructors" && !line.contains("solution") && !missing(line) {
            kept += &format!("{line}\n");
        }
    }
    kept
}

/// A list of chapters without those that the copy does not hold.
fn without_dead_lines(summary: &str, folder: &Path) -> String {
    lines(summary, |line| {
        let chapter = line.split_once("](").and_then(|(_, rest)| rest.split(')').next());
        let is_here = chapter.is_none_or(|chapter| folder.join(chapter).exists());
        is_here.then(|| line.to_owned())
    })
}

/// A chapter in which no line includes a file that the copy does not hold.
fn without_dead_includes(chapter: &str, folder: &Path) -> String {
    lines(chapter, |line| {
        let file = line.strip_prefix("{{#include ").and_then(|rest| rest.split([':', '}']).next());
        match file.filter(|file| !folder.join(file).exists()) {
            Some(file) => {
                Some(format!("// {} is not part of this copy.", file.trim_start_matches("../")))
            }
            None => Some(line.to_owned()),
        }
    })
}
