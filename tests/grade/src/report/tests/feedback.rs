use std::fs;

use tempfile::TempDir;

use super::super::feedback::write;
use super::super::samples::{nasty, submissions};

#[test]
fn a_student_reads_the_points_of_each_lab_and_every_story() {
    let folder = TempDir::new().expect("a temporary folder");
    write(&submissions(), Some(folder.path())).expect("it can be written");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("it was written");
    let alice = read("feedback-alice.txt");
    for told in [
        "alice: 38.33 of 90 points\n\n== lab01: accept gives you a new socket\n10 of 10 points: done\n",
        "\n== lab04: writing nothing sends nothing\n5 of 10 points: some checks do not pass\n\
         4 of 7 checks passed; as handed out it is 1\n\n---- c ----\nlab04 did not hold\n",
        "points: does not compile\n0 of 2 checks passed; as handed out it is 0\n\nerror: ",
        "\n== Graded with\ntests/checks/lab04.rs was edited",
        "\ncourse 0.1.0\nchecks sha256:0123",
    ] {
        assert!(alice.contains(told), "no {told:?} in {alice}");
    }
    assert!(read("feedback-dora.txt").contains("0 of 10 points: nothing to grade"));
}

#[test]
fn nothing_steers_the_terminal_that_shows_it() {
    let folder = TempDir::new().expect("a temporary folder");
    let submissions = nasty();
    write(&submissions, Some(folder.path())).expect("it can be written");
    let files: Vec<_> = fs::read_dir(folder.path()).expect("it was made").collect();
    assert_eq!(files.len(), submissions.len());
    for file in files {
        let text = fs::read_to_string(file.expect("it can be read").path()).expect("it is text");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
    }
}
