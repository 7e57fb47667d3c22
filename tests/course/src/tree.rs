//! Copying folders.

use std::fs;
use std::io;
use std::path::Path;

/// Copies a file, or a folder with all in it of whose path `is_wanted` holds. What does not exist is
/// no error; links are neither followed nor copied.
///
/// A file is written anew. `fs::copy` keeps its date on some systems, by which cargo would take a
/// program that was built since for the newer one, and a file that nobody may write would stay so.
///
/// Fails with the path of what cannot be copied.
pub fn copy(from: &Path, to: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    let Ok(kind) = from.symlink_metadata() else { return Ok(()) };
    if !is_wanted(from) {
        return Ok(());
    }
    if kind.is_file() {
        return copy_file(from, to).map_err(|error| naming(from, &error));
    }
    if kind.is_dir() {
        fs::create_dir_all(to).map_err(|error| naming(to, &error))?;
        for entry in fs::read_dir(from).map_err(|error| naming(from, &error))? {
            let entry = entry.map_err(|error| naming(from, &error))?;
            copy(&entry.path(), &to.join(entry.file_name()), is_wanted)?;
        }
    }
    Ok(())
}

/// Copies the whole course as it stands, without what cargo and git make.
///
/// Fails as [`copy`] does.
pub fn copy_course(from: &Path, to: &Path) -> io::Result<()> {
    copy(from, to, &|path| path.file_name().is_none_or(|name| name != "target" && name != ".git"))
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(to, fs::read(from)?)?;
    let permissions = fs::metadata(from)?.permissions();
    // A script stays one that can be run.
    if permissions.readonly() { Ok(()) } else { fs::set_permissions(to, permissions) }
}

fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot copy {}: {error}", path.display()))
}
