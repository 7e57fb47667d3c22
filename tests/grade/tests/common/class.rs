//! A class of students, whose submissions are made up.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use walkdir::WalkDir;

/// A folder beside the submissions, with every lab solved. Links lead there.
const OUTSIDE: &str = "outside";

/// The submissions, each a folder.
pub struct Class(TempDir);

/// One submission, while it is made up.
pub struct Copy(PathBuf);

impl Class {
    pub fn new() -> Self {
        let class = Self(tempfile::tempdir().expect("a temporary folder can be made"));
        class.student(OUTSIDE).solves_all();
        class
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A submission with all labs as handed out.
    pub fn student(&self, name: &str) -> Copy {
        let copy = Copy(self.path().join(name));
        for lab in course::LABS {
            copy.lay(lab.name, &lab.starter(&harness::workspace()));
        }
        copy
    }
}

impl Copy {
    /// Solves a lab.
    pub fn solves(self, lab: &str) -> Self {
        self.lay(lab, &harness::workspace().join("solutions").join(lab).join("src"));
        self
    }

    /// Solves every lab.
    pub fn solves_all(self) -> Self {
        course::LABS.iter().fold(self, |copy, lab| copy.solves(lab.name))
    }

    /// Solves lab 03, but for one thing that its server does first.
    pub fn serves_after(self, deed: &str) -> Self {
        self.solves("lab03").inserts("labs/lab03/src/server.rs", "-> Result<()> {\n", deed)
    }

    /// Does one thing first, whatever role a lab plays.
    pub fn plays_after(self, lab: &str, deed: &str) -> Self {
        self.inserts(&format!("labs/{lab}/src/main.rs"), "-> ExitCode {\n", deed)
    }

    /// Inserts lines where a function begins.
    fn inserts(self, path: &str, begins: &str, lines: &str) -> Self {
        let text = fs::read_to_string(self.0.join(path)).expect("it was laid");
        assert!(text.contains(begins), "{path} has another form now");
        self.writes(path, text.replacen(begins, &format!("{begins}{lines}\n"), 1))
    }

    /// Writes a file.
    pub fn writes(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("it is inside")).expect("the folder is ours");
        fs::write(path, content).expect("the folder is ours");
        self
    }

    /// Adds a line at the end of a file.
    pub fn adds(self, path: &str, line: &str) -> Self {
        let text = fs::read_to_string(self.0.join(path)).expect("the file is there");
        self.writes(path, text + line + "\n")
    }

    /// Removes a folder.
    pub fn removes(self, path: &str) -> Self {
        fs::remove_dir_all(self.0.join(path)).expect("the folder is ours");
        self
    }

    /// Moves all of it into a folder in it, as an archive is unpacked.
    pub fn moves_into(self, folder: &str) -> Self {
        let aside = self.0.with_extension("aside");
        fs::rename(&self.0, &aside).expect("the folder is ours");
        let folder = self.0.join(folder);
        fs::create_dir_all(folder.parent().expect("it is inside")).expect("the folder is ours");
        fs::rename(aside, folder).expect("the folder is ours");
        self
    }

    /// Gives all files the same old date, as an archive does.
    pub fn dates_back(self) -> Self {
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for entry in WalkDir::new(&self.0) {
            let entry = entry.expect("it can be read");
            if entry.file_type().is_file() {
                let file = fs::File::options().append(true).open(entry.path());
                file.and_then(|file| file.set_modified(old)).expect("a file takes any date");
            }
        }
        self
    }

    /// Puts a link in the place of a file or folder, to the same one where all labs are solved.
    pub fn links_outside(self, path: &str) -> Self {
        let (link, to) = (self.0.join(path), self.0.with_file_name(OUTSIDE).join(path));
        let _ = fs::remove_file(&link).or_else(|_| fs::remove_dir_all(&link));
        std::os::unix::fs::symlink(to, link).expect("the folder is ours");
        self
    }

    /// Puts a pipe there, which nobody ever writes to.
    pub fn pipes(self, path: &str) -> Self {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        mknodat(CWD, self.0.join(path), FileType::Fifo, Mode::RWXU, 0).expect("a pipe can be made");
        self
    }

    fn lay(&self, lab: &str, from: &Path) {
        let sources = self.0.join("labs").join(lab).join("src");
        course::tree::copy(from, &sources, &|_| true).expect("the folder is ours");
    }
}
