//! What the ending word in a log says of a connection that is not as expected.

use super::Cause;
use crate::log;
use crate::record::{Actor, Failure, ProgramState, Step, Symptom, Verb};

/// The variable by which a check says how long somebody may wait, in milliseconds.
const PATIENCE: &str = "PATIENCE=";
/// A minute, which no check waits for.
const LONG: u64 = 60_000;

/// The cause, if the log leaves no doubt about it.
pub(super) fn cause(steps: &[Step], failure: &Failure, programs: &[ProgramState]) -> Option<Cause> {
    let peer = match (&failure.expected, &failure.actor) {
        (Verb::Logged { peer, .. }, _) => peer.clone(),
        (_, client @ Actor::Client(_)) => addr_of(client, steps)?,
        _ => return None,
    };
    let program = programs.iter().find(|program| matches!(program.actor, Actor::Program { .. }))?;
    let events = log::events_of(&peer, &program.output);
    let end = log::ends_in(&events).pop()?;
    // Two who have had one address are not told apart by it.
    let is_one = events.iter().filter(|event| event.starts_with("connected")).count() == 1;
    let is_open = is_one && [Symptom::StillOpen, Symptom::NotGivenUp].contains(&failure.symptom);
    if end.starts_with("gave up") && !expects(failure, end) && has_time_left(steps, program) {
        return Some(Cause::GaveUpTooSoon);
    }
    is_open.then(|| Cause::EndedAndOpen(end.clone()))
}

/// The address of a client of the check.
fn addr_of(client: &Actor, steps: &[Step]) -> Option<String> {
    steps.iter().rev().filter(|step| step.actor == *client).find_map(|step| match step.verb {
        Verb::Connected { from: Some(from), .. } => Some(from.to_string()),
        _ => None,
    })
}

fn expects(failure: &Failure, end: &String) -> bool {
    matches!(&failure.expected, Verb::Logged { events, .. } if events.contains(end))
}

/// Whether the program was told to wait for longer than any check takes.
fn has_time_left(steps: &[Step], program: &ProgramState) -> bool {
    let patience = steps.iter().rev().filter(|step| step.actor == program.actor).find_map(|step| {
        let Verb::Started(words) = &step.verb else { return None };
        words.iter().find_map(|word| word.strip_prefix(PATIENCE))?.parse::<u64>().ok()
    });
    patience >= Some(LONG)
}
