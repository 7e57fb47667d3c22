//! The class that is graded once.

use std::fs;
use std::sync::LazyLock;

use crate::class::Class;
use crate::grader::Grader;
use crate::model::{Check, Lab, Outcome, State, Submission};

/// Low, so that a submission reaches them soon.
const LIMITS: &[&str] = &[
    "--build-time=20",
    "--lab-time=40",
    "--memory=512",
    "--file=16",
    "--disk=64",
    "--processes=100",
];

struct Graded {
    submissions: Vec<Submission>,
    processes: Vec<String>,
    homes: usize,
}

static GRADED: LazyLock<Graded> = LazyLock::new(|| {
    let class = made_up();
    // The one that tampers comes first, so that others are graded after it.
    let mut names: Vec<String> = fs::read_dir(class.path())
        .expect("the class was made")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| name != OUTSIDE)
        .collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let grader = Grader::new();
    let status = grader.start(class.path(), &names, LIMITS).wait();
    assert!(status.success(), "the grader ended with {status}");
    let submissions = grader.results();
    assert_eq!(submissions.len(), names.len(), "every submission has a line");
    for graded in &submissions {
        println!("{}: {} s", graded.submission, graded.seconds);
    }
    Graded { submissions, processes: grader.processes(), homes: grader.homes().len() }
});

/// A folder that links lead to.
const OUTSIDE: &str = "outside";

/// The submissions. Their names sort them: one bench grades them in this order.
fn made_up() -> Class {
    let class = Class::new();
    class.student(OUTSIDE).solves("lab01").solves("lab02");
    class.student("a_changes_the_bench").serves_after(CHANGES_THE_BENCH);
    class
        .student("b_right")
        .solves("lab01")
        .solves("lab03")
        .writes("tests/checks/lab01.rs", "// easier");
    class.student("c_old_and_right").solves("lab01").dates_back("lab01");
    let cheap = "pub fn run(_: &str) -> anyhow::Result<()> { anyhow::bail!(\"later\") }\n";
    class
        .student("d_old_and_wrong")
        .solves("lab01")
        .writes("labs/lab01/src/server.rs", cheap)
        .dates_back("lab01");
    class.student("e_untouched").dates_back("lab02");
    class
        .student("f_does_not_compile")
        .solves("lab01")
        .adds("labs/lab02/src/server.rs", "fn begun( {");
    class.student("g_not_text").writes("labs/lab01/src/server.rs", [0xff, 0xfe, 0, 1]);
    class.student("h_huge").solves("lab01").writes("labs/lab01/src/huge.rs", vec![b' '; 2 << 20]);
    class
        .student("i_links")
        .links("labs/lab01/src", &class.path().join(OUTSIDE).join("labs/lab01/src"))
        .links(
            "labs/lab02/src/server.rs",
            &class.path().join(OUTSIDE).join("labs/lab02/src/server.rs"),
        )
        .pipes("labs/lab03/src/pipe.rs");
    class.student("j_loops").writes(
        "labs/lab03/src/server.rs",
        "pub fn run(_: &str) -> anyhow::Result<()> { loop { std::hint::spin_loop(); } }\n",
    );
    class.student("k_floods").writes(
        "labs/lab03/src/server.rs",
        "pub fn run(_: &str) -> anyhow::Result<()> { loop { println!(\"flood\"); } }\n",
    );
    class.student("l_detaches").serves_after(DETACHES);
    class.student("m_fills_the_disk").serves_after(FILLS_THE_DISK);
    class.student("n_writes_a_large_file").serves_after(WRITES_A_LARGE_FILE);
    class.student("o_takes_memory").serves_after(TAKES_MEMORY);
    class.student("p_breeds").serves_after(BREEDS);
    class.student("q_builds_for_ever").solves("lab01").adds("labs/lab02/src/server.rs", ENDLESS);
    class
        .student("r_includes_without_end")
        .solves("lab01")
        .adds("labs/lab02/src/server.rs", r#"pub static Z: &[u8] = include_bytes!("/dev/zero");"#);
    class.student("s_right_again").solves("lab01").solves("lab03");
    class.student("u_unpacked/socket-labs").solves("lab01");
    fs::create_dir(class.path().join("t_empty")).expect("the folder is ours");
    class
}

const CHANGES_THE_BENCH: &str = r#"
    let bench = std::env::current_exe()?;
    let cli = bench.ancestors().nth(3).context("a bench")?.join("labs/cli/src/lib.rs");
    std::fs::write(cli, "compile_error!(\"changed\");")?;
"#;

/// Starts itself twice, so that the second has no parent any more, in a group of its own.
const DETACHES: &str = r#"
    use std::os::unix::process::CommandExt;
    let generation = std::env::var("GENERATION").unwrap_or_default();
    if generation == "second" {
        loop { std::thread::park(); }
    }
    let next = if generation.is_empty() { "first" } else { "second" };
    let mut child = std::process::Command::new(std::env::current_exe()?);
    child.args(["server", addr]).env("GENERATION", next).env_remove("SOCKET_LABS_PARENT");
    child.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    child.stderr(std::process::Stdio::null()).process_group(0).spawn()?;
    if generation == "first" {
        return Ok(());
    }
"#;

const FILLS_THE_DISK: &str = r#"
    for number in 0_u64.. {
        let file = std::env::temp_dir().join(format!("{}-{number}", std::process::id()));
        std::fs::write(file, vec![1; 1 << 20])?;
    }
"#;

/// Larger than a file may be, and smaller than all files together.
const WRITES_A_LARGE_FILE: &str = r#"
    std::fs::write(std::env::temp_dir().join("large"), vec![1; 32 << 20])?;
"#;

/// Serves rightly, if it is given that much.
const TAKES_MEMORY: &str = r"
    let taken = vec![1_u8; 600 << 20];
    std::mem::forget(taken);
";

/// Every process starts another and goes on.
const BREEDS: &str = r#"
    let mut child = std::process::Command::new(std::env::current_exe()?);
    child.args(["server", addr]).env_remove("SOCKET_LABS_PARENT");
    child.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    child.stderr(std::process::Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut child, 0).spawn()?;
"#;

const ENDLESS: &str = r"
#[allow(long_running_const_eval)]
pub const ENDLESS: usize = { let mut n = 0; while n < usize::MAX { n += 1; } n };
pub static USED: usize = ENDLESS;
";

fn graded(name: &str) -> &'static Submission {
    let found = GRADED.submissions.iter().find(|submission| submission.submission == name);
    found.unwrap_or_else(|| panic!("{name} is not among the results"))
}

fn lab(name: &str, lab: &str) -> &'static Lab {
    let found = graded(name).labs.iter().find(|graded| graded.lab == lab);
    found.unwrap_or_else(|| panic!("{name} has no {lab}"))
}

#[track_caller]
fn has_all(name: &str, number: &str) {
    let graded = lab(name, number);
    assert_eq!(graded.state, State::Done, "{number} of {name}: {graded:#?}");
    assert!(graded.points > 0.0 && graded.total == graded.passed, "{graded:#?}");
    assert!((graded.points - graded.max_points).abs() < 0.001, "{graded:#?}");
}

#[track_caller]
fn has_none(name: &str, number: &str, state: State) {
    let graded = lab(name, number);
    assert_eq!(graded.state, state, "{number} of {name}: {graded:#?}");
    assert!(graded.points == 0.0, "{graded:#?}");
}

#[track_caller]
fn is_told(name: &str, note: &str) {
    let notes = &graded(name).notes;
    assert!(notes.iter().any(|told| told.contains(note)), "no {note:?} in {notes:#?}");
}

#[test]
fn a_right_lab_has_all_points_and_the_others_none() {
    has_all("b_right", "lab01");
    has_all("b_right", "lab03");
    has_none("b_right", "lab02", State::NotStarted);
}

#[test]
fn edited_checks_are_not_used_and_named() {
    is_told("b_right", "tests/checks/lab01.rs is not as handed out");
    assert!(graded("s_right_again").notes.is_empty(), "{:?}", graded("s_right_again").notes);
}

#[test]
fn an_untouched_copy_is_not_started_and_has_no_points() {
    let untouched = graded("e_untouched");
    assert!(untouched.labs.iter().all(|lab| lab.state == State::NotStarted));
    assert!(untouched.points == 0.0 && untouched.max_points > 0.0 && untouched.notes.is_empty());
}

#[test]
fn an_empty_folder_is_no_copy_and_has_no_points() {
    is_told("t_empty", "no folder labs");
    assert!(graded("t_empty").points == 0.0);
}

#[test]
fn a_copy_in_a_folder_of_its_own_is_found() {
    has_all("u_unpacked", "lab01");
}

#[test]
fn files_with_the_same_old_date_are_each_built() {
    has_all("c_old_and_right", "lab01");
    let wrong = lab("d_old_and_wrong", "lab01");
    assert_eq!(wrong.state, State::Failed);
    assert!(wrong.results.iter().any(|check| check.story.contains("error: later")));
}

#[test]
fn what_does_not_compile_fails_alone_with_the_compilers_words() {
    has_all("f_does_not_compile", "lab01");
    has_none("f_does_not_compile", "lab02", State::DoesNotCompile);
    let lab = lab("f_does_not_compile", "lab02");
    assert!(lab.words.starts_with("error: ") && lab.words.contains("labs/lab02/src/server.rs"));
    assert!(lab.total > 0 && lab.results.iter().all(|check| check.outcome == Outcome::NotRun));
}

#[test]
fn a_file_that_is_no_text_does_not_compile() {
    has_none("g_not_text", "lab01", State::DoesNotCompile);
    assert!(lab("g_not_text", "lab01").words.contains("UTF-8"));
}

#[test]
fn a_huge_file_is_not_used_and_named() {
    has_all("h_huge", "lab01");
    is_told("h_huge", "labs/lab01/src/huge.rs is larger than 1 MiB");
}

#[test]
fn links_are_not_followed_and_pipes_not_read() {
    for lab in ["lab01", "lab02", "lab03"] {
        has_none("i_links", lab, State::NotStarted);
    }
    is_told("i_links", "labs/lab01/src is a link");
    is_told("i_links", "labs/lab02/src/server.rs is a link");
    is_told("i_links", "labs/lab03/src/pipe.rs is no regular file");
}

#[test]
fn a_program_that_loops_fails() {
    has_none("j_loops", "lab03", State::Failed);
}

#[test]
fn a_program_that_floods_fails_and_its_stories_stay_short() {
    has_none("k_floods", "lab03", State::Failed);
    let results = &lab("k_floods", "lab03").results;
    assert!(results.iter().all(|check| check.story.len() <= 16 << 10));
    assert!(results.iter().any(|check| check.story.contains("flood")));
}

#[test]
fn a_program_whose_children_detach_is_graded_as_any_other() {
    has_all("l_detaches", "lab03");
}

#[test]
fn a_program_that_fills_the_disk_is_stopped() {
    has_none("m_fills_the_disk", "lab03", State::Stopped);
    assert!(lab("m_fills_the_disk", "lab03").words.contains("disk"));
}

#[test]
fn a_file_cannot_grow_beyond_its_limit() {
    has_none("n_writes_a_large_file", "lab03", State::Failed);
}

#[test]
fn memory_has_a_limit() {
    let graded = lab("o_takes_memory", "lab03");
    let refused = |check: &Check| check.story.contains("memory allocation of");
    assert!(graded.results.iter().any(refused), "{graded:#?}");
    assert!(graded.points == 0.0, "{graded:#?}");
}

#[test]
fn a_program_that_breeds_is_stopped() {
    assert_eq!(lab("p_breeds", "lab03").state, State::Stopped);
    assert!(lab("p_breeds", "lab03").words.contains("processes"));
}

#[test]
fn a_build_that_never_ends_is_stopped_and_hides_no_other_lab() {
    has_none("q_builds_for_ever", "lab02", State::Stopped);
    assert!(lab("q_builds_for_ever", "lab02").words.contains("time"));
    has_all("q_builds_for_ever", "lab01");
}

#[test]
fn a_build_that_takes_all_memory_fails_alone() {
    let graded = lab("r_includes_without_end", "lab02");
    assert!(matches!(graded.state, State::DoesNotCompile | State::Stopped), "{graded:#?}");
    assert!(!graded.words.is_empty());
    has_all("r_includes_without_end", "lab01");
}

#[test]
fn a_program_that_changes_the_bench_is_named_and_harms_no_other() {
    is_told("a_changes_the_bench", "changed the grader's own");
    has_all("b_right", "lab03");
}

#[test]
fn nothing_is_left_behind() {
    assert!(GRADED.processes.is_empty(), "{:#?}", GRADED.processes);
    assert_eq!(GRADED.homes, 0, "a temporary folder is left");
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
