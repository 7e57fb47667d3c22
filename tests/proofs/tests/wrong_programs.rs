//! The third proof: every named wrong program is caught, with the expected message.

use std::path::Path;

use course::LABS;
use proofs::checks;
use proofs::right::RIGHT;
use proofs::{PROOFS, Wrong, can_be_run, parallel, records};

/// How many wrong programs are checked at a time. Most of them only keep a check waiting.
const AT_A_TIME: usize = 32;

#[test]
fn every_wrong_program_is_caught() {
    parallel::each(proofs::wrong_programs(), AT_A_TIME, |(lab, wrong)| is_caught(lab, wrong));
}

fn is_caught(lab: &'static str, wrong: &Wrong) {
    if !can_be_run(lab) {
        return;
    }
    let name = wrong.name;
    let program = Path::new(env!("CARGO_BIN_EXE_wrong"));
    let verdict = checks::of_wrong(lab, name, program, wrong.caught_by);
    for check in wrong.caught_by.iter().filter(|check| !verdict.ignores(check)) {
        let story = verdict.story(check).unwrap_or_else(|| {
            panic!("{lab}/{name} passes {check}, or there is none:\n{}", verdict.printed())
        });
        assert!(story.contains(wrong.says), "{lab}/{name}: no {:?} in:\n{story}", wrong.says);
    }
}

/// The names are shown to whoever has made a lab right.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "other systems cannot make every mistake")]
fn the_names_of_the_mistakes_are_those_of_the_wrong_programs() {
    for lab in LABS {
        let names = proofs::wrong_programs().filter(|(of, _)| *of == lab.name);
        let plain = |name: &'static str| {
            name.strip_prefix("tcp_").or(name.strip_prefix("udp_")).unwrap_or(name)
        };
        let names: Vec<_> = names.map(|(_, wrong)| plain(wrong.name)).collect();
        let record = format!("tests/starters/{}.mistakes.txt", lab.name);
        records::check(&record, &(names.join("\n") + "\n"), |recorded, now| recorded == now);
    }
}

#[test]
fn every_lab_has_wrong_programs_enough() {
    for (row, (lab, proof)) in LABS.iter().zip(PROOFS) {
        assert!(proof.wrong.len() >= row.wrong, "{lab} has {} wrong programs", proof.wrong.len());
    }
}

/// Of what such a program prints of itself, the checks ask only that it names a chapter and a check.
#[test]
fn every_right_program_of_another_style_passes() {
    parallel::each(RIGHT, 2, |right| {
        let program = Path::new(env!("CARGO_BIN_EXE_wrong"));
        let verdict = checks::of_wrong(right.lab, right.name, program, &[]);
        let failed = verdict.failed();
        let stories: Vec<_> = failed.iter().filter_map(|check| verdict.story(check)).collect();
        let stories = stories.join("\n");
        assert!(failed.is_empty(), "{}/{} fails {failed:?}:\n{stories}", right.lab, right.name);
        assert!(!verdict.passed().is_empty(), "{}", verdict.printed());
    });
}
