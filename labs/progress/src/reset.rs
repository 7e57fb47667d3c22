//! Putting a lab back as it was handed out, without git and without losing anything: what was written
//! becomes `kept-1` beside it, the next time `kept-2`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use course::Lab;

/// Puts a lab of this copy back as handed out, and says what becomes of it.
pub fn put_back(lab: &Lab) -> Result<()> {
    let was_as_handed_out = put_back_lab(lab, &harness::workspace())?;
    println!("{} is as handed out{}.", lab.name, if was_as_handed_out { " already" } else { "" });
    Ok(())
}

/// Puts one lab back, and says where the student's version is. Whether it was as handed out before.
///
/// The student's files are neither copied nor deleted: their folder gets another name. Whenever
/// this is cut short, they are where they were, or kept, and another run does the rest.
pub fn put_back_lab(lab: &Lab, course: &Path) -> Result<bool> {
    let name = lab.name;
    let sources = lab.sources(course);
    if sources.exists() && lab.is_untouched(course) {
        return Ok(true);
    }
    let home = course.join("labs").join(name);
    let fresh = home.join(".being-put-back");
    copy_starter(&lab.starter(course), &fresh)?;

    // A link that leads nowhere does not exist, and yet is in the way.
    if sources.symlink_metadata().is_ok() {
        let (kept, number) = first_free(&home);
        rename(&sources, &kept)?;
        println!("{name}: your version is in labs/{name}/kept-{number} now.");
        println!("To have it back, remove labs/{name}/src and give kept-{number} that name.");
    }
    rename(&fresh, &sources)?;
    Ok(false)
}

/// Copies a starter into a folder of its own, anew if an earlier run was cut short.
fn copy_starter(starter: &Path, fresh: &Path) -> Result<()> {
    ensure!(starter.is_dir(), "{} is not there", starter.display());
    if fresh.exists() {
        fs::remove_dir_all(fresh).with_context(|| format!("cannot remove {}", fresh.display()))?;
    }
    Ok(course::tree::copy(starter, fresh, &|_| true)?)
}

/// The first of `kept-1`, `kept-2`, … that is not taken, and its number.
fn first_free(home: &Path) -> (PathBuf, u32) {
    let mut number = 1;
    loop {
        let kept = home.join(format!("kept-{number}"));
        if kept.symlink_metadata().is_err() {
            return (kept, number);
        }
        number += 1;
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| {
        let (from, to) = (from.display(), to.display());
        format!("cannot rename {from} to {to}; is a file of it open in another program?")
    })
}

#[cfg(test)]
mod tests {
    use course::{LABS, files_in};

    use super::*;

    /// A course of one lab, with a line of the student's in one of its files.
    fn edited() -> (tempfile::TempDir, &'static Lab) {
        let (course, lab) = (tempfile::tempdir().unwrap(), &LABS[0]);
        let (starter, sources) = (lab.starter(course.path()), lab.sources(course.path()));
        copy_starter(&lab.starter(&harness::workspace()), &starter).unwrap();
        copy_starter(&starter, &sources).unwrap();
        fs::write(sources.join("server.rs"), "// mine\n").unwrap();
        (course, lab)
    }

    fn is_mine(folder: &Path) -> bool {
        fs::read_to_string(folder.join("server.rs")).is_ok_and(|text| text == "// mine\n")
    }

    #[test]
    fn a_lab_is_put_back_and_the_students_version_is_kept() {
        let (course, lab) = edited();
        let home = course.path().join("labs/lab01");
        fs::create_dir(home.join("src/notes")).unwrap();
        fs::write(home.join("src/notes/todo.txt"), [0xff]).unwrap();
        put_back_lab(lab, course.path()).unwrap();
        assert!(lab.is_untouched(course.path()));
        assert!(is_mine(&home.join("kept-1")));
        assert_eq!(fs::read(home.join("kept-1/notes/todo.txt")).unwrap(), [0xff]);
    }

    #[test]
    fn a_lab_as_handed_out_is_left_alone() {
        let (course, lab) = edited();
        put_back_lab(lab, course.path()).unwrap();
        put_back_lab(lab, course.path()).unwrap();
        let left = fs::read_dir(course.path().join("labs/lab01")).unwrap().count();
        assert_eq!(left, 2, "src and kept-1");
    }

    #[test]
    fn what_was_kept_before_is_never_replaced() {
        let (course, lab) = edited();
        let home = course.path().join("labs/lab01");
        fs::create_dir(home.join("kept-1")).unwrap();
        fs::write(home.join("kept-2"), "a file of the student's").unwrap();
        put_back_lab(lab, course.path()).unwrap();
        assert!(is_mine(&home.join("kept-3")));
        assert_eq!(fs::read_dir(home.join("kept-1")).unwrap().count(), 0);
        assert_eq!(fs::read(home.join("kept-2")).unwrap(), b"a file of the student's");
    }

    #[test]
    fn a_run_that_was_cut_short_is_finished_by_the_next() {
        // While the starter was copied.
        let (course, lab) = edited();
        let home = course.path().join("labs/lab01");
        fs::create_dir(home.join(".being-put-back")).unwrap();
        fs::write(home.join(".being-put-back/half.rs"), "half").unwrap();
        put_back_lab(lab, course.path()).unwrap();
        assert!(lab.is_untouched(course.path()) && is_mine(&home.join("kept-1")));

        // Between the two new names.
        fs::rename(home.join("src"), home.join(".being-put-back")).unwrap();
        put_back_lab(lab, course.path()).unwrap();
        assert!(lab.is_untouched(course.path()) && is_mine(&home.join("kept-1")));
        assert_eq!(files_in(&home).unwrap().len(), 2, "src and kept-1");
    }

    #[test]
    fn nothing_is_moved_if_there_is_nothing_to_put_in_its_place() {
        let (course, lab) = edited();
        fs::remove_dir_all(lab.starter(course.path())).unwrap();
        put_back_lab(lab, course.path()).unwrap_err();
        assert!(is_mine(&lab.sources(course.path())));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_kept_and_not_written_through() {
        let (course, lab) = edited();
        let (home, outside) = (course.path().join("labs/lab01"), course.path().join("outside"));
        fs::rename(home.join("src"), &outside).unwrap();
        std::os::unix::fs::symlink(&outside, home.join("src")).unwrap();
        put_back_lab(lab, course.path()).unwrap();
        assert!(
            lab.is_untouched(course.path()) && is_mine(&outside) && is_mine(&home.join("kept-1"))
        );
    }
}
