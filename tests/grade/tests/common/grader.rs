//! Runs the grader, and looks at what it leaves behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::model::Submission;

/// How long the grader may take for anything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(900);

/// A variable of the instructor's, which a build could put into a program, and that into a story.
pub const SECRET: (&str, &str) = ("INSTRUCTORS_TOKEN", "xyzzy-not-for-students");

/// A grader, and the temporary folder that it works in.
pub struct Grader {
    temporary: TempDir,
}

/// A grader that runs. Dropping it kills it.
pub struct Running(Child);

impl Grader {
    pub fn new() -> Self {
        Self { temporary: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// Where it writes its results.
    pub fn out(&self) -> PathBuf {
        self.temporary.path().join("out.jsonl")
    }

    /// Starts it on the submissions of a class, `jobs` at a time.
    pub fn start(&self, class: &Path, submissions: &[&str], jobs: u32, limits: &[&str]) -> Running {
        let mut grader = Command::new(env!("CARGO_BIN_EXE_grade"));
        grader.args(["submissions", "--jobs", &jobs.to_string(), "--out"]).arg(self.out());
        grader.args(limits).args(submissions.iter().map(|name| class.join(name)));
        grader.env("TMPDIR", self.temporary.path()).env("TEMP", self.temporary.path());
        grader.env(SECRET.0, SECRET.1).stdin(Stdio::null()).stdout(Stdio::null());
        Running(grader.spawn().expect("the grader was built, so it starts"))
    }

    /// The results so far. Fails if a line is none, or is not as the schema says.
    pub fn results(&self) -> Vec<Submission> {
        let lines = fs::read_to_string(self.out()).unwrap_or_default();
        assert!(lines.is_empty() || lines.ends_with('\n'), "a line is not finished");
        let schema = serde_json::from_str(include_str!("../../schema.json")).expect("it is JSON");
        let schema = jsonschema::draft202012::new(&schema).expect("it is a schema");
        let read = |line| {
            let value = serde_json::from_str(line).expect("every line is JSON");
            let refusals: Vec<_> = schema.iter_errors(&value).map(|it| it.to_string()).collect();
            assert_eq!(refusals, [""; 0]);
            serde_json::from_value(value).expect("every line is a submission")
        };
        lines.lines().map(read).collect()
    }

    /// What is in the temporary folder besides the results.
    pub fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.temporary.path()).expect("the folder is ours").flatten();
        entries.map(|entry| entry.path()).filter(|path| *path != self.out()).collect()
    }

    /// What is left: files, and processes. A socket is gone with the last process that holds it, and
    /// its name was a file.
    pub fn left(&self) -> Vec<String> {
        let files = self.files().into_iter().map(|file| file.display().to_string());
        self.processes().into_iter().chain(files).collect()
    }

    /// The processes that have to do with the temporary folder: by their program, their arguments,
    /// their environment or the folder they work in.
    pub fn processes(&self) -> Vec<String> {
        let folder = self.temporary.path().to_string_lossy().into_owned();
        let entries = fs::read_dir("/proc").expect("Linux has it").flatten();
        let commands = entries.filter_map(|entry| {
            entry.file_name().to_str()?.parse::<u32>().ok()?;
            let process = entry.path();
            let arguments = fs::read(process.join("cmdline")).ok()?;
            let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
            let link = |name| fs::read_link(process.join(name)).unwrap_or_default();
            let (program, place) = (link("exe"), link("cwd"));
            let told = format!("{arguments}: {} in {}", program.display(), place.display());
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            let is_its =
                told.contains(&folder) || String::from_utf8_lossy(&environment).contains(&folder);
            is_its.then_some(told)
        });
        commands.collect()
    }
}

impl Running {
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        until(|| self.ended()).expect("the grader ends")
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("it is our child")
    }

    /// Waits until something is the case, while it runs.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn() -> bool) {
        let ended = until(|| {
            let ended = self.ended();
            (ended.is_some() || holds()).then_some(ended)
        });
        let ended = ended.unwrap_or_else(|| panic!("no sign that {what}"));
        assert!(ended.is_none() || holds(), "the grader has ended before {what}");
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        let id = id.expect("a process has an id");
        rustix::process::kill_process(id, signal).expect("it is our child");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks again and again, until there is an answer or patience ends.
pub fn until<T>(ask: impl FnMut() -> Option<T>) -> Option<T> {
    within(PATIENCE, ask)
}

/// The same with a patience of one's own.
pub fn within<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        thread::sleep(Duration::from_millis(20));
    }
    None
}
