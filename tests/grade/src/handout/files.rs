//! Which files are handed out.

use std::path::Path;

use anyhow::Result;
use course::{Lab, tree};

/// What every copy holds: files, and folders with all that is in them.
const ALWAYS: &[&str] = &[
    ".cargo/config.toml",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "book",
    "labs/cli",
    "labs/progress",
    "labs/trace",
    "tests/checks/build.rs",
    "tests/checks/contract",
    "tests/checks/labs.rs",
    "tests/course",
    "tests/facts",
    "tests/grade",
    "tests/harness",
];

/// What is built in them, or is for the whole course or its instructors.
const NEVER: &[&str] = &[
    "book/book",
    "book/src/instructors.md",
    "labs/progress/tests",
    "labs/trace/tests",
    "tests/grade/tests",
];

/// Where the workflow that grades each push is kept, and where it works.
const WORKFLOW: [&str; 2] = ["tests/grade/github/grade.yml", ".github/workflows/grade.yml"];

/// Copies what is handed out.
pub fn copy(course: &Path, folder: &Path, labs: &[&Lab]) -> Result<()> {
    for path in ALWAYS {
        copy_all(course, path, folder, path)?;
    }
    let [kept, works] = WORKFLOW;
    copy_all(course, kept, folder, works)?;
    for Lab { name, .. } in labs {
        // The lab itself is the starter: somebody may have edited the other.
        copy_all(course, &format!("tests/starters/{name}"), folder, &format!("labs/{name}/src"))?;
        for path in [
            format!("labs/{name}/Cargo.toml"),
            format!("labs/{name}/examples"),
            format!("tests/checks/{name}.rs"),
            format!("tests/starters/{name}"),
            // Which checks it fails as handed out: points are counted from there.
            format!("tests/starters/{name}.failing.txt"),
            // What it tells whoever is done.
            format!("tests/starters/{name}.mistakes.txt"),
        ] {
            copy_all(course, &path, folder, &path)?;
        }
    }
    Ok(())
}

/// Copies a file, or a folder with all in it that belongs to the course, if it exists.
fn copy_all(course: &Path, from: &str, folder: &Path, to: &str) -> Result<()> {
    let is_handed_out = |path: &Path| {
        let inner = path.strip_prefix(course).unwrap_or(path);
        let is_never = NEVER.iter().any(|never| inner == Path::new(never));
        // What was asked for by name is wanted; a name that is no text is nothing of the course.
        let name = path.file_name().and_then(|name| name.to_str());
        !is_never && (inner == Path::new(from) || name.is_some_and(|name| !is_leftover(name)))
    };
    Ok(tree::copy(&course.join(from), &folder.join(to), &is_handed_out)?)
}

/// Whether editors, systems and tools leave files of such a name. No file below a folder of the
/// course has one.
fn is_leftover(name: &str) -> bool {
    let ends = ["~", ".bak", ".orig", ".rej", ".swp", ".tmp"];
    name.starts_with(['.', '#']) || name == "target" || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_leaves_is_no_file_of_the_course() {
        for left in [".server.rs.swp", "server.rs~", "#server.rs#", ".DS_Store", ".idea", "a.orig"]
        {
            assert!(is_leftover(left), "{left}");
        }
        for kept in ["server.rs", "run_autograder", "Cargo.toml", "socket-labs.css"] {
            assert!(!is_leftover(kept), "{kept}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        use std::fs;

        let (course, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let book = course.path().join("book");
        fs::create_dir(&book).unwrap();
        fs::write(book.join("chapter.md"), "text").unwrap();
        std::os::unix::fs::symlink("/etc", book.join("outside")).unwrap();
        std::os::unix::fs::symlink("chapter.md", book.join("inside.md")).unwrap();
        copy_all(course.path(), "book", copy.path(), "book").unwrap();
        let copied = fs::read_dir(copy.path().join("book")).unwrap();
        let names: Vec<_> = copied.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["chapter.md"]);
    }
}
