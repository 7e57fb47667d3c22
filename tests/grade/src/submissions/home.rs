//! The temporary folder of one grader, and what a killed one has left.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::disk;

const PREFIX: &str = "socket-labs-grade-";

/// Held for as long as the grader lives; the system lets go of it, however that ends.
const LOCK: &str = "lock";

/// A folder outside the workspace. Dropping it removes it.
pub struct Home {
    folder: TempDir,
    _lock: File,
}

impl Home {
    /// Makes the folder, after removing those whose grader was killed.
    pub fn new() -> Result<Self> {
        let parent = std::env::temp_dir();
        remove_abandoned(&parent);
        let make = || -> Result<Self> {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&parent)?;
            // Under its name, the file is never seen without its lock.
            let early = folder.path().join("lock.new");
            let lock = File::create(&early)?;
            fs4::FileExt::lock(&lock)?;
            fs::rename(&early, folder.path().join(LOCK))?;
            Ok(Self { folder, _lock: lock })
        };
        make().with_context(|| format!("cannot make a folder in {}", parent.display()))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = disk::remove(self.folder.path()) {
            eprintln!("cannot remove {}: {error}", self.folder.path().display());
        }
    }
}

/// Removes the folders of graders that have gone. Others' folders cannot be opened, and stay.
fn remove_abandoned(parent: &Path) {
    for folder in homes(parent) {
        let lock = File::options().write(true).open(folder.join(LOCK));
        if lock.is_ok_and(|lock| fs4::FileExt::try_lock(&lock).is_ok()) {
            // What cannot be removed now is tried again by the next grader.
            let _ = disk::remove(&folder);
        }
    }
}

fn homes(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let homes = entries.filter(|entry| {
        entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    homes.map(|entry| entry.path()).collect()
}
