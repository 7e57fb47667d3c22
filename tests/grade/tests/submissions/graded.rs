//! The class that is graded once.

use std::sync::LazyLock;

use crate::common::class::Class;
use crate::common::grader::{Grader, SECRET};
use crate::common::kinds::{KINDS, LIMITS};
use crate::common::marks::{Expected, Marks};
use crate::common::model::{Check, Lab, Outcome, State, Submission};

struct Graded {
    submissions: Vec<Submission>,
    left: Vec<String>,
}

static GRADED: LazyLock<Graded> = LazyLock::new(|| {
    let class = Class::new();
    // The one that tampers comes first, so that others are graded after it.
    class.student("changes_the_bench").serves_after(CHANGES_THE_BENCH);
    class.student("configures_the_bench").serves_after(CONFIGURES_THE_BENCH);
    class
        .student("asks_for_a_secret")
        .solves("lab01")
        .writes("labs/lab01/src/server.rs", ASKS_FOR_A_SECRET);
    for kind in KINDS {
        (kind.make)(class.student(kind.name));
    }
    class
        .student("includes_without_end")
        .solves("lab01")
        .adds("labs/lab02/src/server.rs", r#"pub static Z: &[u8] = include_bytes!("/dev/zero");"#);
    let mut names = vec!["changes_the_bench", "configures_the_bench", "asks_for_a_secret"];
    names.extend(KINDS.iter().map(|kind| kind.name));
    names.push("includes_without_end");

    let grader = Grader::new();
    let status = grader.start(class.path(), &names, 1, LIMITS).wait();
    assert!(status.success(), "the grader ended with {status}");
    let submissions = grader.results();
    assert_eq!(submissions.len(), names.len(), "every submission has a line");
    for graded in &submissions {
        println!("{}: {} s", graded.submission, graded.seconds);
    }
    // The grader's folder goes with it: nothing that is static is ever dropped.
    Graded { submissions, left: grader.left() }
});

const CHANGES_THE_BENCH: &str = r#"
    let bench = std::env::current_exe()?;
    let cli = bench.ancestors().nth(3).context("a bench")?.join("labs/cli/src/lib.rs");
    std::fs::write(cli, "compile_error!(\"changed\");")?;
"#;

/// What cargo finds above the bench, and would build everything with that comes after.
const CONFIGURES_THE_BENCH: &str = r#"
    let bench = std::env::current_exe()?;
    let above = bench.ancestors().nth(4).context("a folder above")?.join(".cargo");
    std::fs::create_dir_all(&above)?;
    std::fs::write(above.join("config.toml"), "[build]\nrustc = \"/nowhere\"\n")?;
"#;

/// The variable [`SECRET`], when it is built and when it runs.
const ASKS_FOR_A_SECRET: &str = "pub fn run(_: &str) -> anyhow::Result<()> {
    anyhow::bail!(\"{:?} {:?}\", option_env!(\"INSTRUCTORS_TOKEN\"), std::env::var(\"INSTRUCTORS_TOKEN\"))
}
";

fn graded(name: &str) -> &'static Submission {
    let found = GRADED.submissions.iter().find(|submission| submission.submission == name);
    found.unwrap_or_else(|| panic!("{name} is not among the results"))
}

fn lab(name: &str, lab: &str) -> &'static Lab {
    let found = graded(name).labs.iter().find(|graded| graded.lab == lab);
    found.unwrap_or_else(|| panic!("{name} has no {lab}"))
}

#[test]
fn every_kind_of_submission_has_the_marks_it_should() {
    let differences = KINDS.iter().flat_map(|kind| kind.expected.differences(graded(kind.name)));
    let differences: Vec<String> = differences.collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_does_not_compile_is_told_in_the_compilers_words() {
    let lab = lab("does_not_compile", "lab02");
    assert!(lab.words.starts_with("error: ") && lab.words.contains("labs/lab02/src/server.rs"));
    assert!(lab.total > 0 && lab.results.iter().all(|check| check.outcome == Outcome::NotRun));
    assert!(self::lab("is_no_text", "lab01").words.contains("UTF-8"));
}

#[test]
fn a_submission_that_was_stopped_is_told_why() {
    for (name, number, why) in [
        ("fills_the_disk", "lab03", "disk"),
        ("breeds", "lab03", "processes"),
        ("builds_for_ever", "lab02", "time"),
    ] {
        let words = &lab(name, number).words;
        assert!(words.contains(why), "{name}: {words}");
    }
}

#[test]
fn a_file_with_an_old_date_is_built_and_checked_itself() {
    let wrong = lab("old_and_wrong", "lab01");
    assert!(wrong.results.iter().any(|check| check.story.contains("error: later")));
}

#[test]
fn the_stories_of_a_program_that_floods_stay_short() {
    let results = &lab("floods", "lab03").results;
    assert!(results.iter().all(|check| check.story.len() <= 16 << 10));
    assert!(results.iter().any(|check| check.story.contains("flood")));
}

#[test]
fn memory_has_a_limit() {
    let graded = lab("takes_memory", "lab03");
    let refused = |check: &Check| check.story.contains("memory allocation of");
    assert!(graded.results.iter().any(refused), "{graded:#?}");
}

#[test]
fn a_build_that_takes_all_memory_fails_alone() {
    let state = lab("includes_without_end", "lab02").state;
    assert!(matches!(state, State::DoesNotCompile | State::Stopped), "{state:?}");
    assert!(!lab("includes_without_end", "lab02").words.is_empty());
    let labs = &[("lab01", Marks::All), ("lab02", Marks::Nothing(state))];
    let expected = Expected { labs, others: Marks::NotStarted, told: &[] };
    assert_eq!(expected.differences(graded("includes_without_end")), [""; 0]);
}

#[test]
fn a_program_that_changes_the_bench_is_named() {
    let notes = &graded("changes_the_bench").notes;
    assert!(notes.iter().any(|note| note.contains("changed the grader's own")), "{notes:#?}");
}

#[test]
fn a_program_that_configures_the_next_builds_is_named() {
    let notes = &graded("configures_the_bench").notes;
    assert!(notes.iter().any(|note| note.contains(".cargo/config.toml")), "{notes:#?}");
}

#[test]
fn no_student_is_told_what_stands_in_the_graders_environment() {
    let told = serde_json::to_string(graded("asks_for_a_secret")).expect("it was read as JSON");
    assert!(told.contains("error: None Err(NotPresent)") && !told.contains(SECRET.1), "{told}");
}

#[test]
fn nothing_is_left_behind() {
    assert!(GRADED.left.is_empty(), "{:?}", GRADED.left);
}

#[test]
fn every_line_names_the_course_and_the_checks() {
    let digests = GRADED.submissions.iter().map(|graded| graded.checks.as_str());
    for digest in digests {
        let digits = digest.strip_prefix("sha256:").expect("it says which digest it is");
        assert!(digits.len() == 64 && digits.chars().all(|digit| digit.is_ascii_hexdigit()));
    }
    assert!(GRADED.submissions.iter().all(|graded| graded.course == env!("CARGO_PKG_VERSION")));
}
