//! The kinds of submissions, and the marks that each should have.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::class::Copy;
use super::deeds;
use super::marks::Expected;
use super::marks::Marks::{self, All, Fewer, NotStarted, Nothing};
use super::model::State::{DoesNotCompile, Failed, Missing, Stopped};

/// A kind of submission.
pub struct Kind {
    pub name: &'static str,
    /// Makes it up, from a copy as handed out.
    pub make: fn(Copy) -> Copy,
    pub expected: Expected<'static>,
}

type Labs = &'static [(&'static str, Marks)];
type Notes = &'static [&'static str];

/// A kind in which these labs were started, and no other.
const fn some(name: &'static str, make: fn(Copy) -> Copy, labs: Labs, told: Notes) -> Kind {
    Kind { name, make, expected: Expected { labs, others: NotStarted, told } }
}

/// A kind in which every lab is right but these.
const fn every(name: &'static str, make: fn(Copy) -> Copy, labs: Labs) -> Kind {
    Kind { name, make, expected: Expected { labs, others: All, told: &[] } }
}

/// Limits so low that a submission of these kinds reaches them soon. But for a lab's time, which is there
/// for checks that hang: each check of a busy loop meets a deadline of its own, and all of them together take
/// a minute on a busy machine.
pub const LIMITS: &[&str] = &[
    "--build-time=30",
    "--lab-time=180",
    "--memory=512",
    "--file=16",
    "--disk=64",
    "--processes=100",
];

/// Every kind: what it is called, what it does, its marks, and what the report tells of it.
///
/// A test grades one of each in this order. Of two that have the same date, the second is another
/// program: a grader that goes by dates would take it for the first.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    every("right", Copy::solves_all, &[]),
    every("does_not_compile",
        |copy| copy.solves_all().adds("labs/lab02/src/server.rs", "fn begun( {"),
        &[("lab02", Nothing(DoesNotCompile))]),
    some("untouched", Copy::dates_back, &[], &[]),
    some("is_no_text",
        |copy| copy.writes("labs/lab01/src/server.rs", [0xff, 0xfe, 0, 1]),
        &[("lab01", Nothing(DoesNotCompile))], &[]),
    some("old_and_right",
        |copy| copy.solves("lab01").dates_back(),
        &[("lab01", All)], &[]),
    some("old_and_wrong",
        |copy| copy.solves("lab01").writes("labs/lab01/src/server.rs", GIVES_UP).dates_back(),
        &[("lab01", Fewer(Failed))], &[]),

    some("hangs",
        |copy| copy.serves_after(deeds::HANGS),
        &[("lab03", Nothing(Failed))], &[]),
    some("loops",
        |copy| copy.serves_after(deeds::LOOPS),
        &[("lab03", Nothing(Failed))], &[]),
    some("floods",
        |copy| copy.serves_after(deeds::FLOODS),
        &[("lab03", Nothing(Failed))], &[]),
    some("hangs_with_a_child",
        |copy| copy.serves_after(deeds::HANGS_WITH_A_CHILD),
        &[("lab03", Nothing(Failed))], &[]),
    some("detaches",
        |copy| copy.serves_after(deeds::DETACHES),
        &[("lab03", All)], &[]),
    some("detaches_by_setsid",
        |copy| copy.serves_after(deeds::DETACHES_BY_SETSID),
        &[("lab03", All)], &[]),
    some("breeds",
        |copy| copy.serves_after(deeds::BREEDS),
        &[("lab03", Nothing(Stopped))], &[]),
    some("fills_the_disk",
        |copy| copy.serves_after(deeds::FILLS_THE_DISK),
        &[("lab03", Nothing(Stopped))], &[]),
    some("writes_a_large_file",
        |copy| copy.serves_after(deeds::WRITES_A_LARGE_FILE),
        &[("lab03", Nothing(Failed))], &[]),
    some("takes_memory",
        |copy| copy.serves_after(deeds::TAKES_MEMORY),
        &[("lab03", Nothing(Failed))], &[]),
    some("builds_for_ever",
        |copy| copy.solves("lab01").adds("labs/lab02/src/server.rs", deeds::BUILDS_FOR_EVER),
        &[("lab01", All), ("lab02", Nothing(Stopped))], &[]),

    some("edits_checks",
        |copy| copy.solves("lab01").writes("tests/checks/lab01.rs", "// easier"),
        &[("lab01", All)], &["tests/checks/lab01.rs is not as handed out: not used"]),
    some("edits_the_workspace",
        |copy| copy.solves("lab01").writes("Cargo.toml", "[workspace]\nexclude = [\"labs\"]\n"),
        &[("lab01", All)], &["Cargo.toml is not as handed out: not used"]),
    some("edits_a_manifest",
        |copy| copy.solves("lab01").writes("labs/lab01/Cargo.toml", "[package]\nname = \"x\"\n"),
        &[("lab01", All)], &["labs/lab01/Cargo.toml is not as handed out: not used"]),
    some("adds_a_build_script",
        |copy| copy.solves("lab01").writes("labs/lab01/build.rs", "fn main() { panic!() }"),
        &[("lab01", All)], &["labs/lab01/build.rs is not part of the course: not used"]),
    some("has_a_library_and_another_program",
        |copy| copy.solves("lab01").writes("labs/lab01/src/lib.rs", "pub const USED: u8 = 1;\n")
            .writes("labs/lab01/src/bin/try.rs", "fn main() {}\n"),
        &[("lab01", All)], &[]),
    some("is_right_after_others",
        |copy| copy.solves("lab01"),
        &[("lab01", All)], &[]),
    some("adds_a_huge_file",
        |copy| copy.solves("lab01").writes("labs/lab01/src/huge.rs", vec![b' '; 2 << 20]),
        &[("lab01", All)], &["labs/lab01/src/huge.rs is larger than 1 MiB: not used"]),
    some("adds_a_name_that_is_no_text",
        |copy| copy.solves("lab01").writes(OsStr::from_bytes(b"labs/lab01/src/caf\xe9.rs"), ""),
        &[("lab01", All)], &[]),
    some("adds_a_pipe",
        |copy| copy.pipes("labs/lab03/src/pipe.rs"),
        &[], &["labs/lab03/src/pipe.rs is no regular file: not used"]),
    some("links_a_folder",
        |copy| copy.links_outside("labs/lab01/src"),
        &[], &["labs/lab01/src is a link: not followed"]),
    some("links_a_file",
        |copy| copy.links_outside("labs/lab02/src/server.rs"),
        &[], &["labs/lab02/src/server.rs is a link: not followed"]),
    Kind { name: "has_labs_of_another_name",
        make: |copy| copy.removes("labs").writes("Labs/lab01/src/main.rs", "").writes("tests/labs/x", ""),
        expected: Expected { labs: &[], others: Nothing(Missing),
            told: &["it has no folder labs: this is not a copy of the course"] } },
    Kind { name: "has_no_labs",
        make: |copy| copy.removes("labs"),
        expected: Expected { labs: &[], others: Nothing(Missing),
            told: &["it has no folder labs: this is not a copy of the course"] } },
    some("is_in_a_folder_of_its_own",
        |copy| copy.solves("lab01").moves_into("socket-labs"),
        &[("lab01", All)], &[]),
    some("is_in_two_folders_beside_what_a_mac_adds",
        |copy| copy.solves("lab01").moves_into("archive/socket-labs").writes("__MACOSX/labs", ""),
        &[("lab01", All)], &[]),
    some("right_again",
        |copy| copy.solves("lab01").solves("lab03"),
        &[("lab01", All), ("lab03", All)], &[]),
];

/// A server that gives up at once.
const GIVES_UP: &str = "pub fn run(_: &str) -> anyhow::Result<()> { anyhow::bail!(\"later\") }\n";
