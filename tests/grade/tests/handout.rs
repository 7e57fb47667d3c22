//! What students are given is whole: every command that they read of works in their copy.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use assert_cmd::Command;
use course::{LABS, Lab};
use predicates::prelude::*;
use predicates::str::contains;

/// A hand-out. They all share a target folder, so one is used at a time.
struct Copy {
    folder: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Copy {
    /// Makes a hand-out with these labs, or with all.
    fn new(labs: Option<&str>) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = env::temp_dir().join(format!("socket-labs-handout-{:x}", of_this_clone()));
        remove(&folder);
        let mut grade = Command::new(env!("CARGO_BIN_EXE_grade"));
        grade.arg("handout").arg(&folder);
        if let Some(labs) = labs {
            grade.args(["--labs", labs]);
        }
        grade.assert().success().stderr("");
        Self { folder, _turn: turn }
    }

    /// Cargo in the copy, which may neither change the lock file nor use the network.
    fn cargo(&self, command: &str, arguments: &str) -> Command {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("handout-target");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.arg(command).args(["--locked", "--offline", "--quiet"]);
        cargo.args(arguments.split_whitespace());
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", target);
        cargo
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// Every file, by its path in the copy.
    fn files(&self) -> Vec<String> {
        let (mut files, mut folders) = (Vec::new(), vec![self.folder.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let path = path.strip_prefix(&self.folder).unwrap();
                    files.push(path.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        files
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

fn remove(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
}

/// A number for this clone of the course. Copies are outside of it, each where the last one was:
/// cargo would build everything anew for another place, and keep it.
fn of_this_clone() -> u64 {
    let mut hasher = DefaultHasher::new();
    harness::workspace().hash(&mut hasher);
    hasher.finish()
}

fn source(lab: &Lab, home: &str, file: &str) -> PathBuf {
    harness::workspace().join(home).join(lab.name).join("src").join(file)
}

#[test]
fn the_answers_stay_behind() {
    let copy = Copy::new(None);
    let files = copy.files();
    for file in &files {
        let withheld =
            ["solutions/", "tests/checks/solutions.rs", "tests/proofs/", "book/src/instructors.md"];
        assert!(!withheld.iter().any(|folder| file.starts_with(folder)), "{file}");
    }
    for lab in LABS {
        for file in lab.edits {
            let solution = fs::read_to_string(source(lab, "solutions", file)).unwrap();
            let told = files.iter().filter(|path| path.ends_with(&format!("/{file}")));
            let told: Vec<_> = told.filter(|path| copy.read(path) == solution).collect();
            // The next lab begins where this one ends, and says so.
            assert!(told.iter().all(|path| !path.contains(lab.name)), "{} {told:?}", lab.name);
        }
    }
}

#[test]
fn the_labs_are_as_handed_out_whatever_the_instructor_did_to_them() {
    let copy = Copy::new(None);
    for lab in LABS {
        assert!(
            lab.is_untouched(&copy.folder) && lab.sources(&copy.folder).exists(),
            "{}",
            lab.name
        );
    }
}

#[test]
fn the_manifest_keeps_its_comments_and_the_lock_file_fits() {
    let copy = Copy::new(None);
    let (whole, copied) = (harness::workspace().join("Cargo.toml"), copy.read("Cargo.toml"));
    let whole = fs::read_to_string(whole).unwrap();
    let comments = |text: &str| text.matches('#').count();
    assert_eq!(comments(&copied), comments(&whole) - whole.matches("# not handed out").count());
    for said in ["proofs", "bench", "solutions"] {
        assert!(!copied.contains(said), "{said}: {copied}");
    }
    assert!(!copy.read("Cargo.lock").contains("solution"));
    copy.cargo("update", "--workspace").assert().success().stderr("");
}

#[test]
fn the_readme_is_true_of_the_copy() {
    let copy = Copy::new(Some("01-05"));
    let readme = copy.read("README.md");
    for said in ["solution", "proofs", "handout", "CONTRIBUTING", "lab06"] {
        assert!(!readme.contains(said), "{said}:\n{readme}");
    }
    for said in ["| lab01 |", "| lab05 |", "cargo progress watch", "## Licence"] {
        assert!(readme.contains(said), "{said}:\n{readme}");
    }
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.contains("://")) {
        assert!(copy.folder.join(link).exists(), "{link}");
    }
}

#[test]
fn every_command_of_the_readme_works() {
    let copy = Copy::new(None);
    let play = copy.cargo("run", "-p lab01").write_stdin("hello\n").assert().success();
    play.stdout(contains("client has ended with status 1")).stderr("");
    let tests = copy.cargo("test", "").assert().success();
    tests.stdout(contains(format!("1 passed; 0 failed; {} ignored", LABS.len())));
    copy.cargo("run", "-p book").assert().success().stdout(contains("The book is at"));
    copy.cargo("test", "-p facts").assert().success();
}

#[test]
fn a_lab_is_taken_over_from_another_copy_and_put_back() {
    let copy = Copy::new(None);
    let lab = LABS.iter().find(|lab| lab.name == "lab03").unwrap();
    let server = lab.sources(&copy.folder).join("server.rs");
    fs::copy(source(lab, "solutions", "server.rs"), &server).unwrap();
    let tests = copy.cargo("test", "lab03").assert().success();
    tests.stdout(contains("0 failed; 0 ignored").and(contains("ok. 0 passed").not()));

    fs::write(&server, fs::read_to_string(&server).unwrap() + "mistake").unwrap();
    let tests = copy.cargo("test", "lab03").assert().failure();
    tests.stdout(contains("lab03 does not compile"));

    let reset = copy.cargo("run", "-p progress -- reset lab03").assert().success();
    reset.stdout(
        "lab03: your version is in labs/lab03/kept-1 now.\n\
         To have it back, remove labs/lab03/src and give kept-1 that name.\n\
         lab03 is as handed out.\n",
    );
    assert!(copy.read("labs/lab03/kept-1/server.rs").ends_with("mistake"));
    let tests = copy.cargo("test", "").assert().success();
    tests.stdout(contains(format!("1 passed; 0 failed; {} ignored", LABS.len())));
    let reset = copy.cargo("run", "-p progress -- reset --all").assert().success();
    reset.stdout(contains("as handed out already").count(LABS.len()));
}

#[test]
fn chosen_labs_come_with_the_chapters_of_all_and_can_be_handed_on() {
    // The first chapter includes a file of lab 01, which is not here.
    let copy = Copy::new(Some("02,04-05"));
    let here = |lab: &&Lab| copy.folder.join("labs").join(lab.name).exists();
    let labs: Vec<&str> = LABS.iter().filter(here).map(|lab| lab.name).collect();
    assert_eq!(labs, ["lab02", "lab04", "lab05"]);
    assert!(!copy.files().iter().any(|file| file.contains("lab06.rs") || file.contains("lab06/")));
    copy.cargo("test", "").assert().success().stdout(contains("0 failed; 3 ignored"));
    copy.cargo("run", "-p book").assert().success().stdout(contains("The book is at"));
    for lab in LABS {
        let page = lab.chapter.replace(".md", ".html");
        assert!(copy.folder.join("book/book").join(&page).exists(), "{page}");
    }
    assert!(!copy.read("book/src/SUMMARY.md").contains("instructors"));
    let reset = copy.cargo("run", "-p progress -- reset lab06").assert().failure();
    reset.stderr(contains(
        "error: there is no lab \"lab06\" in this copy; it has lab02, lab04, lab05\n",
    ));

    let again = tempfile::tempdir().unwrap();
    let mut grade = copy.cargo("run", "-p grade -- handout");
    let told = grade.arg(again.path()).assert().success();
    told.stdout(contains("lab05 as handed out contains the solution of lab04").count(1));
    for file in ["Cargo.lock", "Cargo.toml", "README.md"] {
        assert_eq!(fs::read_to_string(again.path().join(file)).unwrap(), copy.read(file));
    }
}

#[test]
fn a_folder_that_is_not_empty_or_inside_the_course_is_refused() {
    let full = tempfile::tempdir().unwrap();
    fs::write(full.path().join("mine.txt"), "").unwrap();
    let course = harness::workspace();
    let inside = [course.join("labs/copy"), course.join("copy"), course.join("book/src/../new")];
    let places = inside.iter().map(|folder| (folder.as_path(), "is inside the course itself"));
    for (folder, said) in places.chain([(full.path(), "is not empty")]) {
        let mut grade = Command::new(env!("CARGO_BIN_EXE_grade"));
        let told = grade.arg("handout").arg(folder).assert().failure().stdout("");
        told.stderr(contains(said).and(contains("\n").count(1)));
        assert!(folder == full.path() || !folder.exists(), "{} was made", folder.display());
    }
    assert_eq!(fs::read_dir(full.path()).unwrap().count(), 1);
}
