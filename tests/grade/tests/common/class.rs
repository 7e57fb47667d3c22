//! A class of students, whose submissions are made up.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// The submissions, each a folder.
pub struct Class(TempDir);

/// One submission, while it is made up.
pub struct Copy(PathBuf);

impl Class {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A submission with all labs as handed out.
    pub fn student(&self, name: &str) -> Copy {
        let copy = Copy(self.path().join(name));
        for lab in harness::course::LABS {
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

    /// Solves lab 03, but for one thing that its server does first.
    pub fn serves_after(self, deed: &str) -> Self {
        let copy = self.solves("lab03");
        let path = copy.0.join("labs/lab03/src/server.rs");
        let text = fs::read_to_string(&path).expect("it was laid");
        let begins = "-> Result<()> {\n";
        assert!(text.contains(begins), "the solution of lab 03 has another form now");
        let text = text.replacen(begins, &format!("{begins}{deed}\n"), 1);
        fs::write(path, text).expect("the folder is ours");
        copy
    }

    /// Writes a file.
    pub fn writes(self, path: &str, content: impl AsRef<[u8]>) -> Self {
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

    /// Gives all files of a lab an old date, as an archive does.
    pub fn dates_back(self, lab: &str) -> Self {
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for entry in fs::read_dir(self.0.join("labs").join(lab).join("src")).expect("it was laid") {
            let path = entry.expect("it can be read").path();
            let file = fs::File::options().append(true).open(path).expect("it is ours");
            file.set_modified(old).expect("a file takes any date");
        }
        self
    }

    /// Puts a link to somewhere else in the place of a file or folder.
    #[cfg(unix)]
    pub fn links(self, path: &str, to: &Path) -> Self {
        let path = self.0.join(path);
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        std::os::unix::fs::symlink(to, path).expect("the folder is ours");
        self
    }

    /// Puts a pipe there, which nobody ever writes to.
    #[cfg(target_os = "linux")]
    pub fn pipes(self, path: &str) -> Self {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        mknodat(CWD, self.0.join(path), FileType::Fifo, Mode::RWXU, 0).expect("a pipe can be made");
        self
    }

    fn lay(&self, lab: &str, from: &Path) {
        let sources = self.0.join("labs").join(lab).join("src");
        fs::create_dir_all(&sources).expect("the folder is ours");
        for entry in fs::read_dir(from).expect("the course is there").flatten() {
            fs::copy(entry.path(), sources.join(entry.file_name())).expect("the folder is ours");
        }
    }
}
