//! Whether anybody has touched what is not theirs.
//!
//! Students' programs run as the same user, so they can write where the grader can. On Unix they
//! cannot put back the time at which the system saw a file change.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::WalkDir;

/// The state of all files below some folders.
pub struct Seal(Vec<File>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct File {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    /// When the system saw it change, in seconds and nanoseconds.
    changed: (i64, i64),
}

impl Seal {
    /// Looks at every file below the folders, but for those that are left out.
    pub fn of(folders: &[PathBuf], is_left_out: impl Fn(&Path) -> bool) -> Self {
        let mut files = Vec::new();
        for folder in folders {
            let walk =
                WalkDir::new(folder).into_iter().filter_entry(|entry| !is_left_out(entry.path()));
            for entry in walk.flatten().filter(|entry| !entry.file_type().is_dir()) {
                let Ok(metadata) = entry.metadata() else { continue };
                files.push(File {
                    path: entry.into_path(),
                    length: metadata.len(),
                    modified: metadata.modified().ok(),
                    changed: changed(&metadata),
                });
            }
        }
        files.sort();
        Self(files)
    }

    /// The first file in which two states differ.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Option<&'a Path> {
        let only = |one: &'a Self, other: &Self| {
            one.0.iter().find(|file| other.0.binary_search(file).is_err())
        };
        only(self, other).or_else(|| only(other, self)).map(|file| file.path.as_path())
    }
}

/// When the system saw the file change, in seconds and nanoseconds.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_metadata: &Metadata) -> (i64, i64) {
    (0, 0)
}
