//! What a log shows that differs from what happened, where that has one cause only.

use super::Cause;
use crate::log;
use crate::record::{Failure, Observed, ProgramState, Step, Symptom, Verb};

/// The log of a peer that is not as expected, from its first difference on.
struct Difference<'a> {
    steps: &'a [Step],
    programs: &'a [ProgramState],
    peer: &'a str,
    /// What was expected.
    events: &'a [String],
    logged: &'a [String],
    /// How many events are as expected, and what came instead of the next.
    same: usize,
    came: Option<&'a String>,
}

/// The cause, if the log leaves no doubt about it.
pub(super) fn cause(steps: &[Step], failure: &Failure, programs: &[ProgramState]) -> Option<Cause> {
    // Of a program that has ended, its end says more.
    if ![Symptom::MissingEvent, Symptom::WrongEvent].contains(&failure.symptom) {
        return None;
    }
    let (Verb::Logged { peer, events }, Observed::Log(logged)) =
        (&failure.expected, &failure.observed)
    else {
        return None;
    };
    let same = failure.same_events();
    let came = logged.get(same);
    let log = Difference { steps, programs, peer, events, logged, same, came };
    let missing = events.get(same);
    log.one_too_many()
        .or_else(|| missing.and_then(|missing| log.in_other_words(missing)))
        .or_else(|| log.in_other_order())
        .or_else(|| missing.and_then(|missing| log.another_message(missing)))
}

/// A line that looks like an event of this peer, and begins with a word that none has.
fn of_its_own_word(peer: &str, programs: &[ProgramState]) -> Option<Cause> {
    let looks_like_one = |line: &&String| {
        let mut words = line.split(' ');
        let is_free = words.next().is_some_and(|word| !log::WORDS.contains(&word));
        is_free && words.next().is_some_and(|word| word.trim_end_matches(':') == peer)
    };
    let printed = |program: &ProgramState| program.output.iter().rfind(looks_like_one).cloned();
    programs.iter().find_map(printed).map(Cause::LoggedInOtherWords)
}

fn word(event: &str) -> &str {
    event.split(' ').next().unwrap_or_default()
}

impl Difference<'_> {
    fn one_too_many(&self) -> Option<Cause> {
        let came = self.came?;
        if self.logged[..self.same].last() == Some(came) {
            return Some(Cause::LoggedTooOften(came.clone()));
        }
        let may_connect = self.events.iter().any(|event| word(event) == "connected");
        (word(came) == "connected" && !may_connect).then_some(Cause::NobodyConnects)
    }

    fn in_other_words(&self, missing: &str) -> Option<Cause> {
        let wanted = word(missing);
        let says = |line: &&String| {
            word(line) != wanted && line.contains(wanted) && line.contains(self.peer)
        };
        let printed = |program: &ProgramState| {
            program.output.iter().chain(&program.errors).find(says).cloned()
        };
        let other = self.programs.iter().find_map(printed).map(Cause::LoggedInOtherWords);
        other.or_else(|| of_its_own_word(self.peer, self.programs))
    }

    fn in_other_order(&self) -> Option<Cause> {
        let [mut expected, mut logged] = [self.events.to_vec(), self.logged.to_vec()];
        expected.sort();
        logged.sort();
        let begins_late =
            self.same == 0 && self.came.is_some_and(|came| self.events.contains(came));
        (expected == logged || begins_late).then_some(Cause::LoggedInOtherOrder)
    }

    /// A message is missing, and perhaps another one is there.
    fn another_message(&self, missing: &str) -> Option<Cause> {
        if word(missing) != "message" {
            return None;
        }
        if self.same > 0 && self.events[self.same - 1] == missing {
            return Some(Cause::RepeatLeftOut);
        }
        let came = self.came.filter(|came| word(came) == "message")?;
        if self.events[self.same..].contains(came) {
            return Some(Cause::MessageLeftOut);
        }
        if self.steps.iter().any(|step| is_sending_of(came, step)) {
            return Some(Cause::LoggedOtherMessage);
        }
        if came.strip_suffix('"').is_some_and(|came| missing.starts_with(came)) {
            return Some(Cause::LoggedCut);
        }
        // Where another program has sent it, that may have changed it.
        (self.programs.len() == 1).then_some(Cause::LoggedOtherText)
    }
}

/// Whether the message of an event was sent in this step, or typed to be sent.
fn is_sending_of(event: &str, step: &Step) -> bool {
    match &step.verb {
        Verb::Sent { bytes, .. } => {
            event.ends_with(&format!(" {:?}", String::from_utf8_lossy(&bytes.0)))
        }
        Verb::Typed(line) => event.ends_with(&format!(" {line:?}")),
        _ => false,
    }
}
