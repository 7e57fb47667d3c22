//! The third proof: every named wrong program is caught, with the expected message.

use std::path::Path;
use std::sync::Mutex;
use std::thread;

use proofs::checks::Verdict;
use proofs::{PROOFS, Wrong, is_playable};

/// How many wrong programs are checked at a time. Most of them only keep a check waiting.
const AT_A_TIME: usize = 8;

#[test]
fn every_wrong_program_is_caught() {
    let mut programs: Vec<(&str, &Wrong)> = Vec::new();
    for (lab, proof) in PROOFS {
        programs.extend(proof.wrong.iter().map(|wrong| (*lab, wrong)));
    }
    let programs = Mutex::new(programs.into_iter());
    let escaped = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = programs.lock().expect("nobody panics").next();
                    let Some((lab, wrong)) = next else { return };
                    if let Err(why) = is_caught(lab, wrong) {
                        escaped.lock().expect("nobody panics").push(why);
                    }
                }
            });
        }
    });
    let escaped = escaped.into_inner().expect("nobody panics");
    assert!(escaped.is_empty(), "{}", escaped.join("\n\n"));
}

fn is_caught(lab: &'static str, wrong: &Wrong) -> Result<(), String> {
    if (wrong.linux && !cfg!(target_os = "linux")) || !is_playable(lab) {
        return Ok(());
    }
    let program = Path::new(env!("CARGO_BIN_EXE_wrong"));
    let verdict = Verdict::of_wrong(lab, wrong.name, program, wrong.caught_by);
    for check in wrong.caught_by {
        let Some(story) = verdict.story(check) else {
            let printed = verdict.printed();
            return Err(format!(
                "{lab}/{} passes {check}, or there is no such check:\n{printed}",
                wrong.name
            ));
        };
        if !story.contains(wrong.says) {
            return Err(format!(
                "{lab}/{}: no {:?} in the story:\n{story}",
                wrong.name, wrong.says
            ));
        }
    }
    Ok(())
}

#[test]
fn every_lab_has_wrong_programs_enough() {
    for (lab, proof) in PROOFS {
        let enough = if *lab == "lab05" { 8 } else { 4 };
        assert!(proof.wrong.len() >= enough, "{lab} has {} wrong programs", proof.wrong.len());
    }
}
