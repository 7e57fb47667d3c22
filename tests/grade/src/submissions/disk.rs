//! How much of the disk a submission takes, and putting an end to what it left there.

use std::fs;
use std::io;
use std::path::Path;

use walkdir::WalkDir;

/// How many files and folders a submission may leave in its scratch folder.
const MANY: usize = 10_000;

/// Whether the folder holds more than `limit` bytes or too many files, or the disk it is on has
/// less than `limit` left. No limit is 0.
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
    free(folder).is_some_and(|free| free < limit)
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

/// Removes a folder with all that is in it, also where somebody took away the right to do so.
pub fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(folder);
            fs::remove_dir_all(folder)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Lets the owner do everything with the folders below this one.
#[cfg(unix)]
fn open_up(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let inner = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.extend(inner.map(|entry| entry.path()));
    }
}

#[cfg(not(unix))]
fn open_up(_folder: &Path) {}
