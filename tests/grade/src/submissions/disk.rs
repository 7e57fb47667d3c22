//! How much of the disk a submission takes, and putting an end to what it left there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// How many files and folders a submission may leave in its scratch folder.
const MANY: usize = 10_000;

/// Whether the disk that the folder is on has so little left that nobody can be judged there: a fifth of
/// `limit`, in bytes. Where no limit is set, nobody asks.
pub fn is_full(folder: &Path, limit: u64) -> bool {
    limit > 0 && free(folder).is_some_and(|free| free < limit / 5)
}

/// Whether the folder holds more than `limit` bytes or too many files. No limit is 0.
pub fn is_over(folder: &Path, limit: u64) -> bool {
    if limit == 0 {
        return false;
    }
    let (mut bytes, mut files) = (0, 0);
    for entry in WalkDir::new(folder).max_open(4).into_iter().flatten() {
        files += 1;
        // A file that has gone meanwhile takes no room.
        bytes += entry.metadata().map_or(0, |metadata| metadata.len());
        if bytes > limit || files > MANY {
            return true;
        }
    }
    false
}

/// How many bytes are free on the disk that the folder is on, where the system tells.
#[cfg(unix)]
pub fn free(folder: &Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
pub fn free(_folder: &Path) -> Option<u64> {
    None
}

/// Removes a folder with all that is in it, however deep it is, and also where somebody took away the
/// right to do so. Folders in it are first moved up to the top, so no path and no recursion gets long.
pub fn remove(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() || folder.is_symlink() {
        return Ok(());
    }
    let mut moved = 0_u64;
    open_up(folder);
    while let Some(inner) = folders_in(folder)?.pop() {
        open_up(&inner);
        for deeper in folders_in(&inner)? {
            // Whoever may not be written to cannot be moved either.
            open_up(&deeper);
            moved += 1;
            fs::rename(&deeper, folder.join(format!("moved-{moved}")))?;
        }
        remove_files(&inner)?;
        fs::remove_dir(&inner)?;
    }
    remove_files(folder)?;
    fs::remove_dir(folder)
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    Ok(folders.map(|entry| entry.path()).collect())
}

/// Removes what is no folder: files, and links wherever they lead.
fn remove_files(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        fs::remove_file(entry.path())?;
    }
    Ok(())
}

/// Lets the owner do everything with a folder.
#[cfg(unix)]
fn open_up(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
}

#[cfg(not(unix))]
fn open_up(_folder: &Path) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_full_when_it_has_less_left_than_a_fifth_of_the_limit() {
        let home = tempfile::tempdir().unwrap();
        assert!(is_full(home.path(), u64::MAX));
        assert!(!is_full(home.path(), 5) && !is_full(home.path(), 0));
    }

    /// Deeper than a path can be long, than a process has descriptors, and than a stack has room.
    #[test]
    fn a_folder_is_removed_however_deep_it_is() {
        use rustix::fs::{Mode, OFlags, mkdirat, openat};
        let home = tempfile::tempdir().unwrap();
        let top = home.path().join("top");
        fs::create_dir(&top).unwrap();
        let mut inner = rustix::fs::open(&top, OFlags::RDONLY, Mode::empty()).unwrap();
        for _ in 0..15_000 {
            mkdirat(&inner, "d", Mode::RWXU).unwrap();
            inner = openat(&inner, "d", OFlags::RDONLY, Mode::empty()).unwrap();
        }
        remove(&top).unwrap();
        assert!(!top.exists());
    }

    #[test]
    fn a_folder_that_may_not_be_written_to_is_removed_and_a_link_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let home = tempfile::tempdir().unwrap();
        let (top, outside) = (home.path().join("top"), home.path().join("outside"));
        fs::create_dir_all(top.join("a/b/c")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("file"), "stays").unwrap();
        symlink(&outside, top.join("a/b/link")).unwrap();
        for folder in ["a/b", "a", ""] {
            fs::set_permissions(top.join(folder), fs::Permissions::from_mode(0o500)).unwrap();
        }
        remove(&top).unwrap();
        assert!(!top.exists() && outside.join("file").exists());
    }
}
