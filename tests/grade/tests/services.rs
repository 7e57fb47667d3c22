//! The files for services do their work, as far as a machine without these services can tell.

#[cfg(not(unix))]
harness::ignored!(services, "the files for services need sh");

#[cfg(unix)]
mod services {
    use std::env;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use course::LABS;
    use serde_json::Value;
    use tempfile::TempDir;

    /// Stands for cargo, which would build the grader anew.
    const GRADE: &str = "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$GRADE\" \"$@\"";

    /// A folder like Gradescope's own, in which the program `cargo` is this script.
    struct Machine(TempDir);

    impl Machine {
        fn new(cargo: &str) -> Self {
            let machine = Self(tempfile::tempdir().unwrap());
            for folder in ["bin", "source", "submission", "course"] {
                fs::create_dir(machine.path(folder)).unwrap();
            }
            let program = machine.path("bin/cargo");
            fs::write(&program, format!("#!/bin/sh\n{cargo}\n")).unwrap();
            fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
            machine
        }

        fn path(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        /// Runs a script, from the folder `course`.
        fn run(&self, sh: &mut Command) -> Output {
            let own = env::var_os("PATH").unwrap_or_default();
            let path = [self.path("bin")].into_iter().chain(env::split_paths(&own));
            sh.current_dir(self.path("course"))
                .env("PATH", env::join_paths(path).unwrap())
                .env("AUTOGRADER", self.0.path())
                .env("GITHUB_STEP_SUMMARY", self.path("summary.md"))
                .env("GRADE", env!("CARGO_BIN_EXE_grade"))
                .output()
                .unwrap()
        }

        fn autograder(&self) -> (Output, Value) {
            let script = harness::workspace().join("tests/grade/gradescope/run_autograder");
            let output = self.run(Command::new("sh").arg(script));
            let results = fs::read_to_string(self.path("results/results.json")).unwrap();
            (output, serde_json::from_str(&results).unwrap())
        }
    }

    fn copy(from: &Path, to: &Path) {
        course::tree::copy(from, to, &|_| true).unwrap();
    }

    #[test]
    fn gradescope_is_given_points_also_for_a_submission_of_which_a_lab_does_not_compile() {
        let machine = Machine::new(GRADE);
        // As an archive of a folder is unpacked.
        let labs = machine.path("submission/my copy/labs");
        let solutions = harness::workspace().join("solutions");
        copy(&solutions.join("lab01/src"), &labs.join("lab01/src"));
        copy(&solutions.join("lab02/src"), &labs.join("lab02/src"));
        fs::write(labs.join("lab02/src/server.rs"), "mistake").unwrap();

        let (output, results) = machine.autograder();
        assert!(output.status.success(), "{output:?}");
        let tests = results["tests"].as_array().unwrap();
        assert_eq!(tests.len(), LABS.len(), "{results:#}");
        assert!(tests[0]["score"].as_f64() > Some(0.0), "{results:#}");
        assert_eq!(tests[0]["score"], tests[0]["max_score"]);
        assert_eq!(tests[1]["score"].as_f64(), Some(0.0), "{results:#}");
        assert_eq!(results["score"], tests[0]["score"]);
    }

    #[test]
    fn gradescope_is_told_when_the_grader_itself_fails() {
        for cargo in ["echo no room left >&2; exit 101", "exit 0"] {
            let (output, results) = Machine::new(cargo).autograder();
            assert!(!output.status.success(), "{output:?}");
            assert_eq!(results["score"], 0);
            assert!(results["output"].as_str().unwrap().contains("The grader has failed"));
        }
    }

    #[test]
    fn a_push_is_graded_with_its_points_in_the_summary() {
        let workflow = harness::workspace().join("tests/grade/github/grade.yml");
        let workflow = fs::read_to_string(workflow).unwrap();
        let (_, rest) = workflow.split_once("run: |\n").unwrap();
        let script: Vec<_> =
            rest.lines().map_while(|line| line.strip_prefix("          ")).collect();
        let machine = Machine::new("echo \"$*\" >>../calls; echo 45 of 90");
        // As GitHub runs what has `shell: bash`, but for its pipefail.
        let output = machine.run(Command::new("sh").args(["-e", "-c", &script.join("\n")]));
        assert!(output.status.success(), "{output:?}");
        let summary = fs::read_to_string(machine.path("summary.md")).unwrap();
        assert_eq!(summary, "```text\n45 of 90\n```\n");
        let calls = fs::read_to_string(machine.path("calls")).unwrap();
        assert!(calls.contains("-- submissions ../submission --out ../graded.jsonl"), "{calls}");
    }

    #[test]
    fn the_scripts_are_scripts() {
        for script in ["setup.sh", "run_autograder"] {
            let path = harness::workspace().join("tests/grade/gradescope").join(script);
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o111, 0o111, "{script} cannot be run");
            let output = Command::new("sh").arg("-n").arg(&path).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
    }
}
