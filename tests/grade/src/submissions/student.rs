//! What a student has handed in: the files of the labs, taken with care.
//!
//! Only regular files are read, and nothing is reached through a link, so nothing from outside
//! the submission comes in, and nothing is waited for.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use course::{LABS, Lab};
use walkdir::WalkDir;

use super::notes::Notes;
use crate::labs;

/// In how many folders, each in the other, a copy may lie.
const NESTED: usize = 2;
/// How deep the folders of a lab may be, how many files it may have, how large each may be.
const DEEPEST: usize = 8;
const MOST: usize = 200;
const LARGEST: u64 = 1 << 20;

/// The files of one lab by their path in `src`.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The labs of a submission that are not as handed out.
pub struct Handed {
    pub labs: BTreeMap<&'static str, Files>,
}

impl Handed {
    /// Takes in the labs of the copy in `folder`. What is not taken is noted.
    pub fn read(folder: &Path, notes: &mut Notes) -> Self {
        let mut labs = BTreeMap::new();
        for lab in labs::here() {
            let files = files(folder, lab, notes);
            if is_touched(lab, &files) {
                labs.insert(lab.name, files);
            }
        }
        Self { labs }
    }
}

/// Where the copy is: in the folder itself, or in the only one below it that has a copy, as
/// archives are often unpacked. A link is none.
pub fn copy_in(folder: &Path) -> Option<PathBuf> {
    let mut folder = folder.to_owned();
    for _ in 0..NESTED {
        if is_copy(&folder) {
            return Some(folder);
        }
        let inner = folders_in(&folder);
        let mut copies = inner.iter().filter(|folder| is_copy(folder));
        folder = match (copies.next(), copies.next(), &inner[..]) {
            (Some(copy), None, _) => return Some(copy.clone()),
            (None, None, [only]) => only.clone(),
            _ => return None,
        };
    }
    None
}

/// Whether these are several submissions, and none itself: the folder of a class, say.
pub fn is_class(folder: &Path) -> bool {
    let copies = folders_in(folder).into_iter().filter(|folder| copy_in(folder).is_some());
    !is_copy(folder) && copies.count() > 1
}

/// Whether it has a folder `labs`, by itself and in this spelling, in which any lab is.
fn is_copy(folder: &Path) -> bool {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_dir());
    let labs = folder.join("labs");
    is_folder(&labs) && LABS.iter().any(|lab| is_folder(&labs.join(lab.name)))
}

/// The folders in a folder, but for those that tools and archives add.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| {
        let name = entry.file_name();
        let is_added = name == "__MACOSX" || name.to_string_lossy().starts_with('.');
        !is_added && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    folders.map(|entry| entry.path()).collect()
}

fn files(folder: &Path, lab: &Lab, notes: &mut Notes) -> Files {
    let home = Path::new("labs").join(lab.name);
    let sources = home.join("src");
    if !is_real_folder(folder, &home, notes) || !is_real_folder(folder, &sources, notes) {
        return Files::new();
    }
    let mut files = Files::new();
    let root = folder.join(&sources);
    for entry in WalkDir::new(&root).min_depth(1).max_depth(DEEPEST).sort_by_file_name() {
        let Ok(entry) = entry else {
            notes.add(format!("{}: a folder cannot be read", sources.display()));
            continue;
        };
        let inner = entry.path().strip_prefix(&root).unwrap_or(entry.path()).to_owned();
        let name = sources.join(&inner);
        if entry.file_type().is_dir() {
            continue;
        }
        if files.len() == MOST {
            notes.add(format!("{}: only the first {MOST} files are used", sources.display()));
            break;
        }
        if entry.file_type().is_symlink() {
            notes.add(format!("{} is a link: not followed", name.display()));
        } else if !entry.file_type().is_file() {
            notes.add(format!("{} is no regular file: not used", name.display()));
        } else {
            match read(entry.path()) {
                Ok(content) if content.len() as u64 > LARGEST => {
                    notes.add(format!("{} is larger than 1 MiB: not used", name.display()));
                }
                Ok(content) => drop(files.insert(inner, content)),
                Err(error) => notes.add(format!("{} cannot be read: {error}", name.display())),
            }
        }
    }
    files
}

/// Whether it is a folder by itself. A link to one is noted.
fn is_real_folder(folder: &Path, path: &Path, notes: &mut Notes) -> bool {
    let Ok(metadata) = fs::symlink_metadata(folder.join(path)) else { return false };
    if metadata.is_symlink() {
        notes.add(format!("{} is a link: not followed", path.display()));
    }
    metadata.is_dir()
}

/// The content of a regular file, or more of it than is allowed.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open(path)?.take(LARGEST + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// Opens a file that was regular a moment ago. Should it be another now, that fails or is empty.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Whether any file differs from the one handed out. Line endings do not count, and a file that is
/// missing is taken from what was handed out.
fn is_touched(lab: &Lab, files: &Files) -> bool {
    let starter = lab.starter(&harness::workspace());
    files.iter().any(|(path, content)| {
        fs::read(starter.join(path)).map_or(true, |handed_out| !is_same_text(&handed_out, content))
    })
}

/// Whether two files are the same but for their line endings.
pub fn is_same_text(left: &[u8], right: &[u8]) -> bool {
    unified(left).eq(unified(right))
}

/// The bytes without the first half of a line ending of Windows.
fn unified(text: &[u8]) -> impl Iterator<Item = u8> {
    let next = text.iter().skip(1).copied().map(Some).chain([None]);
    let bytes = text.iter().copied().zip(next);
    bytes.filter(|&pair| pair != (b'\r', Some(b'\n'))).map(|(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn with(folders: &[&str]) -> TempDir {
        let home = TempDir::new().unwrap();
        for folder in folders {
            fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        home
    }

    #[test]
    fn a_copy_is_found_where_archives_put_it() {
        for (folders, copy) in [
            (&["labs/lab01", "other/labs/lab01"][..], Some("")),
            (&["socket-labs/labs/lab01"], Some("socket-labs")),
            (&["socket-labs/labs/lab01", "__MACOSX/socket-labs", ".git"], Some("socket-labs")),
            (&["report", "socket-labs/labs/lab01"], Some("socket-labs")),
            (&["archive/socket-labs/labs/lab01"], Some("archive/socket-labs")),
            (&["anna/labs/lab01", "ben/labs/lab01"], None),
            (&["anna", "ben/inner/labs/lab01"], None),
            (&["a/b/c/labs/lab01"], None),
            (&[], None),
            // What is left of a whole copy of the course without its labs.
            (&["tests/labs", "solutions/lab01", "Labs/lab01"], None),
        ] {
            let home = with(folders);
            let copy = copy.map(|copy| home.path().join(copy).components().collect());
            assert_eq!(copy_in(home.path()), copy, "{folders:?}");
        }
    }

    #[test]
    fn several_copies_are_a_class() {
        assert!(is_class(with(&["anna/labs/lab01", "ben/socket-labs/labs/lab01"]).path()));
        for folders in [
            &["anna/labs/lab01"][..],
            &["labs/lab01", "anna/labs/lab01", "ben/labs/lab01"],
            &["anna", "ben"],
        ] {
            assert!(!is_class(with(folders).path()), "{folders:?}");
        }
    }
}
