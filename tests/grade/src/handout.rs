//! The copy of the course that students get.
//!
//! It is made by a list of what is handed out (`handout/files.rs`), so that whatever else lies in
//! the instructor's copy stays there. A few texts are made true of the copy (`handout/texts.rs`).

mod files;
mod texts;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use course::Lab;

use crate::labs;

/// Makes a copy for students: without solutions, wrong programs and proofs.
///
/// The labs are as handed out, whatever was done to them here. The book has all chapters but the one
/// for instructors.
#[derive(Args)]
pub struct Arguments {
    /// Where to make it: outside the course, and new or empty.
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Which labs, as 01-05 or 01,03-05. All of them unless given.
    #[arg(long, value_name = "LIST")]
    labs: Option<String>,
}

pub fn make(arguments: &Arguments) -> Result<()> {
    let course = harness::workspace();
    let labs = match &arguments.labs {
        Some(list) => labs::named(list, &course)?,
        None => course::labs_in(&course).collect(),
    };
    let folder = &arguments.folder;
    refuse_if_in_the_way(folder, &course)?;
    files::copy(&course, folder, &labs)?;
    texts::make_true(folder, &labs)?;
    fit_lock_file(folder)?;
    tell(folder, &labs, &course);
    Ok(())
}

/// The copy must neither mix with other files nor become a part of the course.
fn refuse_if_in_the_way(folder: &Path, course: &Path) -> Result<()> {
    let shown = folder.display();
    if folder.exists() {
        let mut entries =
            fs::read_dir(folder).with_context(|| format!("cannot make a copy in {shown}"))?;
        if entries.next().is_some() {
            bail!("{shown} is not empty: name a new folder");
        }
    }
    let whole =
        std::path::absolute(folder).with_context(|| format!("cannot tell where {shown} is"))?;
    let existing = whole.ancestors().find_map(|folder| folder.canonicalize().ok());
    let course = course.canonicalize().context("cannot find the course")?;
    if existing.is_some_and(|existing| existing.starts_with(&course)) {
        bail!("{shown} is inside the course itself: name a folder outside, such as ../handout");
    }
    Ok(())
}

/// Takes out of `Cargo.lock` what the copy does not need, so that its first build changes nothing.
///
/// Cargo does it, without network: it alone knows how it writes that file.
fn fit_lock_file(folder: &Path) -> Result<()> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["update", "--workspace", "--offline", "--quiet", "--color=never"])
        .current_dir(folder)
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("cannot fit Cargo.lock in {}: {}", folder.display(), said.trim());
    }
    Ok(())
}

/// Says what was made, and what an instructor should know about it.
fn tell(folder: &Path, labs: &[&Lab], course: &Path) {
    let names: Vec<&str> = labs.iter().map(|lab| lab.name).collect();
    println!("{} holds {}, as handed out, and the book.", folder.display(), names.join(", "));
    let told: Vec<String> = labs
        .windows(2)
        .filter(|pair| contains_solution_of(pair[1], pair[0], course))
        .map(|pair| {
            format!("{} as handed out contains the solution of {}", pair[1].name, pair[0].name)
        })
        .collect();
    if !told.is_empty() {
        println!("\n{}.", told.join(",\n"));
        println!("Who should not look ahead gets fewer labs: --labs 01 first, --labs 01-02 later.");
    }
}

/// Whether the later lab goes on where the earlier one ends: over the same endpoint, with the same
/// files.
fn contains_solution_of(later: &Lab, earlier: &Lab, course: &Path) -> bool {
    let files = later.starter(course);
    later.endpoint == earlier.endpoint && earlier.edits.iter().all(|file| files.join(file).exists())
}
