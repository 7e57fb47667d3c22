//! From what a failure looks like to what is likely wrong.
//!
//! What is certain comes first: a fault of the machine, a panic, a signal, a difference that says it
//! all. Then what the checks know of such a failure, their [`Hint`]s: of those that fit, **the last
//! one said wins**. So a lab's table is overruled by a check, and a check by what it says further
//! down. Last comes what the programs show.

mod ending;
mod log;

use std::net::SocketAddr;

use serde::Serialize;

use crate::record::{Actor, Condition, Failure, Observed, ProgramState, Step, Symptom, Verb};
use crate::text::{self, Difference};

/// Above so many lines a program is looping: whoever waits for something prints less.
pub(crate) const MANY: usize = 1_000;

/// What is likely wrong when a check fails, and where to read about it.
#[derive(Clone, Copy)]
pub struct Hint {
    /// What the failure must look like. `None` fits any but those that say more themselves: a program
    /// has ended with an error, never listens, is busy or slow, does
    /// something twice, or does not name all it must.
    symptom: Option<Symptom>,
    when: When,
    /// The role that must take part in the check; where a program has ended, the one that has.
    role: Option<&'static str>,
    /// Whether it must be the program that does not print something, and not a peer that does not get it.
    printed: bool,
    pub(crate) cause: &'static str,
    /// The explicit anchor of a section in the lab's chapter, or a page of the book and an anchor.
    pub(crate) section: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum When {
    Always,
    /// As long as nothing has come from the program.
    Before,
    /// Once something has.
    After,
}

impl Hint {
    /// A cause for failures that look like `symptom`.
    pub const fn new(symptom: Symptom, cause: &'static str, section: &'static str) -> Self {
        Self {
            symptom: Some(symptom),
            when: When::Always,
            role: None,
            printed: false,
            cause,
            section,
        }
    }

    /// A cause for any failure but those that say more themselves: a program has ended with an error
    /// of its own, never listens, is busy or slow, does
    /// something twice, or does not name all it must.
    pub const fn any(cause: &'static str, section: &'static str) -> Self {
        Self { symptom: None, when: When::Always, role: None, printed: false, cause, section }
    }

    /// Only as long as the check has received nothing of the program.
    pub const fn before_any_message(self) -> Self {
        Self { when: When::Before, ..self }
    }

    /// Only when the check has received something of the program.
    pub const fn after_a_message(self) -> Self {
        Self { when: When::After, ..self }
    }

    /// Only where the student's server takes part, and not a server of the check.
    pub const fn of_the_server(self) -> Self {
        self.of_the("server")
    }

    /// Only where the student's client takes part.
    pub const fn of_the_client(self) -> Self {
        self.of_the("client")
    }

    /// Only where the student's program takes part in this role.
    pub const fn of_the(self, role: &'static str) -> Self {
        Self { role: Some(role), ..self }
    }

    /// Only where the program does not print what it should, and not where a peer does not get it.
    pub const fn of_what_it_prints(self) -> Self {
        Self { printed: true, ..self }
    }

    fn fits(&self, failure: &Failure, has_received: bool, programs: &[ProgramState]) -> bool {
        let symptom = failure.symptom;
        let is_printed = matches!(failure.actor, Actor::Program { .. });
        let in_time = match self.when {
            When::Always => true,
            When::Before => !has_received,
            When::After => has_received,
        };
        let by_its_end = [Symptom::Exited, Symptom::ExitedOk].contains(&symptom);
        let is_it = |program: &&ProgramState| {
            !by_its_end || !program.ended_as_expected && program.condition != Condition::Running
        };
        let is_there =
            |wanted: &str| programs.iter().filter(is_it).any(|program| plays(program, wanted));
        let own = [
            Symptom::Exited,
            Symptom::NeverListens,
            Symptom::Busy,
            Symptom::Slow,
            Symptom::Twice,
            Symptom::VagueError,
        ];
        let any = !own.contains(&symptom);
        let in_place = in_time && (is_printed || !self.printed);
        in_place && self.role.is_none_or(is_there) && self.symptom.map_or(any, |own| own == symptom)
    }
}

/// What is likely wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The machine cannot do what the check needs. Nothing is said about the program.
    Machine,
    /// A program panicked, with these words.
    Panicked(Actor, String),
    /// A signal ended a program, by name.
    Signalled(Actor, String),
    /// The whole buffer was sent, not only what was read.
    WholeBuffer,
    /// What an earlier message has left in the buffer was sent as well.
    Remains,
    /// A newline was added to a message.
    Newline,
    /// Not every letter is in upper case.
    NotUpperCase,
    /// Every letter became one letter, though some become several.
    OneForOne,
    /// The same thing was sent, or printed, twice.
    Twice,
    /// The text of a message is logged without its quotes.
    NoQuotes,
    /// An error does not name all it must.
    VagueError,
    /// Another socket answers than the one that was asked.
    OtherSocket,
    /// A client prints more than replies.
    MoreThanReplies,
    /// The address that was asked for is printed, not the one that the socket has.
    PortZero,
    /// The line that says where it listens has more than the address, or another form of it.
    ListeningInOtherWords,
    /// Another address is bound, or more than the one that was given.
    OtherAddress,
    /// It never says where it listens.
    NeverListens,
    /// A line begins with a word of the log and goes on in another way.
    MalformedEvent,
    /// This event is logged more often than it happened.
    LoggedTooOften(String),
    /// A message is logged with another text than it has.
    LoggedOtherText,
    /// Only the beginning of a message is logged.
    LoggedCut,
    /// A message is left out, and the next one is there.
    MessageLeftOut,
    /// Another message is logged, which was sent before, or to another address.
    LoggedOtherMessage,
    /// Something is logged as connected, and over UDP nobody connects.
    NobodyConnects,
    /// The events of a peer are logged in another order than they happened.
    LoggedInOtherOrder,
    /// A message that is the same as the one before it is left out.
    RepeatLeftOut,
    /// A line says what an event says, in words of its own.
    LoggedInOtherWords(String),
    /// An error was told, and the program ended with status 0 all the same.
    ErrorWithoutStatus(Actor),
    /// The next line was sent before the reply to this one had come.
    SentAhead,
    /// A reply is sent in several writes.
    InPieces,
    /// Each client costs time in which nothing is done for the next.
    Slow,
    /// It still reads from a client whose conversation should be over.
    StillReads(Actor),
    /// A reply is printed as it came, control characters and all.
    Unescaped,
    /// The client has opened another connection.
    ConnectedAgain,
    /// The client goes on with the connection that it has.
    KeptConnection,
    /// It waits for its next line of input, where it should have ended.
    GoesOn(Actor),
    /// It sleeps, while something waits for it.
    Sleeps(Actor),
    /// Its error is not one line that begins with `error: `, or its status is another than 1.
    ErrorOfAnotherForm,
    /// A client was given up that had time left.
    GaveUpTooSoon,
    /// The log has this ending of a conversation, and the connection is open.
    EndedAndOpen(String),
    /// It asks again and again for what it could wait for.
    Polls(Actor),
    /// What a check says of such a failure.
    Hint(&'static str),
    /// An error of its own ended a program, which says so on standard error.
    OwnError(Actor),
    /// A program loops without waiting for anything.
    Loops(Actor),
    /// Everybody waits for somebody else.
    Deadlock,
    /// Nothing is known but the difference.
    Unknown,
}

impl Cause {
    /// Whether two failures have the same mistake in common, whatever a log happens to hold. Where
    /// nothing is known, nobody can say.
    pub(crate) fn is_shared(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown, _) => false,
            (Self::LoggedTooOften(_), Self::LoggedTooOften(_))
            | (Self::LoggedInOtherWords(_), Self::LoggedInOtherWords(_)) => true,
            _ => self == other,
        }
    }
}

/// The likely cause, and the section to read if a hint names one.
pub(crate) fn diagnose(
    steps: &[Step],
    failure: &mut Failure,
    programs: &[ProgramState],
    hints: &[Hint],
) -> (Cause, Option<&'static str>) {
    failure.symptom = seen_whole(failure.symptom, programs);
    let has_received = steps.iter().any(is_from_the_program);
    let hint = hints.iter().rfind(|hint| hint.fits(failure, has_received, programs));
    let section = hint.map(|hint| hint.section);
    let cause = certain(steps, failure, programs)
        .or_else(|| hint.map(|hint| Cause::Hint(hint.cause)))
        .or_else(|| shown(failure, programs))
        .unwrap_or(Cause::Unknown);
    (cause, section)
}

/// What comes from nobody is a matter of the program that has ended, if one has.
fn seen_whole(symptom: Symptom, programs: &[ProgramState]) -> Symptom {
    let left = |program: &&ProgramState| !program.ended_as_expected;
    let status = |program: &ProgramState| match &program.condition {
        Condition::Running => None,
        Condition::Exited(status) => Some(*status),
        Condition::Signalled(_) => Some(1),
    };
    let ends: Vec<i32> = programs.iter().filter(left).filter_map(status).collect();
    let absent = [Symptom::Disconnected, Symptom::NoReply, Symptom::MissingEvent, Symptom::Untold];
    match symptom {
        _ if !absent.contains(&symptom) || ends.is_empty() => symptom,
        _ if ends.iter().all(|&status| status == 0) => Symptom::ExitedOk,
        _ => Symptom::Exited,
    }
}

fn is_from_the_program(step: &Step) -> bool {
    let by_the_check = matches!(step.actor, Actor::Check | Actor::Client(_));
    by_the_check && matches!(step.verb, Verb::Received { .. })
}

/// What leaves no doubt.
fn certain(steps: &[Step], failure: &Failure, programs: &[ProgramState]) -> Option<Cause> {
    if failure.symptom == Symptom::Machine {
        return Some(Cause::Machine);
    }
    let ended = programs.iter().find_map(|program| match (&program.panic, &program.condition) {
        (Some(words), _) => Some(Cause::Panicked(program.actor.clone(), words.clone())),
        // Of one that the check has interrupted, the check knows what it means.
        (None, Condition::Signalled(name))
            if !program.ended_as_expected && !was_interrupted(steps, &program.actor) =>
        {
            Some(Cause::Signalled(program.actor.clone(), name.clone()))
        }
        _ => None,
    });
    let own = programs.iter().find(|program| {
        was_interrupted(steps, &program.actor) && has_failed(program) && has_told_an_error(program)
    });
    ended
        .or_else(|| own.map(|program| Cause::OwnError(program.actor.clone())))
        .or_else(|| ending::cause(steps, failure, programs))
        .or_else(|| by_content(steps, failure))
        .or_else(|| log::cause(steps, failure, programs))
        .or_else(|| by_symptom(failure, programs))
}

fn was_interrupted(steps: &[Step], actor: &Actor) -> bool {
    steps.iter().any(|step| step.actor == *actor && step.verb == Verb::Interrupted)
}

/// Symptoms that have one cause only.
fn by_symptom(failure: &Failure, programs: &[ProgramState]) -> Option<Cause> {
    let should_have_failed = matches!(failure.expected, Verb::Failed { .. });
    match failure.symptom {
        Symptom::NeverListens if programs.iter().any(|program| program.lines > MANY) => {
            shown(failure, programs)
        }
        // Of one that has ended with an error, its own words say more.
        Symptom::NeverListens if !programs.iter().any(has_failed) => Some(Cause::NeverListens),
        Symptom::WrongAddress if is_port_zero(failure) => Some(Cause::PortZero),
        Symptom::WrongAddress if is_no_address(failure) => Some(Cause::ListeningInOtherWords),
        Symptom::WrongAddress => Some(Cause::OtherAddress),
        Symptom::ExitedOk if should_have_failed => {
            let is_it = |program: &&ProgramState| {
                program.actor == failure.actor && has_told_an_error(program)
            };
            let program = programs.iter().find(is_it);
            program.map(|program| Cause::ErrorWithoutStatus(program.actor.clone()))
        }
        Symptom::Other if should_have_failed => Some(Cause::ErrorOfAnotherForm),
        Symptom::StillRunning if should_have_failed || failure.expected == Verb::Ended => {
            waiting_in("read", programs, |program| program.actor == failure.actor)
                .map(Cause::GoesOn)
        }
        // What a server sleeps for, a check may know better.
        Symptom::NoReply => {
            waiting_in("sleep", programs, |program| plays(program, "client")).map(Cause::Sleeps)
        }
        Symptom::InPieces => Some(Cause::InPieces),
        Symptom::StillOpen => {
            let reads = |program: &ProgramState| plays(program, "server");
            waiting_in("recv", programs, reads).map(Cause::StillReads)
        }
        Symptom::Busy if matches!(failure.observed, Observed::Woke(..)) => {
            Some(Cause::Polls(failure.actor.clone()))
        }
        Symptom::MalformedEvent if lacks_quotes(failure) => Some(Cause::NoQuotes),
        Symptom::MalformedEvent => Some(Cause::MalformedEvent),
        Symptom::ConnectedAgain => Some(Cause::ConnectedAgain),
        Symptom::KeptConnection => Some(Cause::KeptConnection),
        Symptom::WrongLine => Some(Cause::MoreThanReplies),
        _ => None,
    }
}

/// Whether a message is logged as it should be, but for the form of its text.
fn lacks_quotes(failure: &Failure) -> bool {
    let Observed::Log(lines) = &failure.observed else { return false };
    lines.first().and_then(|line| line.strip_prefix("message ")).is_some_and(|rest| {
        let (peer, text) = rest.split_once(' ').unwrap_or_default();
        peer.parse::<SocketAddr>().is_ok() && !text.starts_with('"')
    })
}

fn is_port_zero(failure: &Failure) -> bool {
    matches!(&failure.observed, Observed::Address(addr) if addr.ends_with(":0"))
}

fn is_no_address(failure: &Failure) -> bool {
    matches!(&failure.observed, Observed::Address(addr) if addr.parse::<SocketAddr>().is_err())
}

/// A difference between what was expected and what came that has one cause only.
fn by_content(steps: &[Step], failure: &Failure) -> Option<Cause> {
    let difference = match (&failure.expected, &failure.observed) {
        (Verb::Received { bytes, .. }, Observed::Stream { bytes: came, .. }) => {
            let ahead = came.0.strip_prefix(bytes.0.as_slice()).filter(|ahead| !ahead.is_empty());
            if ahead.is_some_and(|ahead| steps.iter().any(|step| is_typing_of(ahead, step))) {
                return Some(Cause::SentAhead);
            }
            text::difference(&bytes.0, &came.0)
        }
        (Verb::Received { bytes, from, .. }, Observed::Datagram(Some((came, sender)))) => {
            if bytes == came && from.is_some_and(|from| from != *sender) {
                return Some(Cause::OtherSocket);
            }
            text::difference(&bytes.0, &came.0)
        }
        (Verb::Printed(line), Observed::Line(came)) => {
            let shown = cli::escaped(came);
            let beginning = line.strip_prefix(&shown);
            if shown != *came && *line == shown
                || beginning.is_some_and(|rest| rest.starts_with("\\n") || rest.starts_with("\\r"))
            {
                return Some(Cause::Unescaped);
            }
            text::difference_of_lines(line, came)
        }
        _ => return None,
    };
    if let Verb::Received { bytes, .. } = &failure.expected
        && let Observed::Stream { bytes: came, .. } | Observed::Datagram(Some((came, _))) =
            &failure.observed
        && remains(steps, &bytes.0, &came.0)
    {
        return Some(Cause::Remains);
    }
    match difference {
        Difference::Zeros(_) => Some(Cause::WholeBuffer),
        Difference::Newline => Some(Cause::Newline),
        Difference::Lower(_) => Some(Cause::NotUpperCase),
        Difference::OneForOne(_) => Some(Cause::OneForOne),
        _ => None,
    }
}

/// Whether what came goes on where it should have ended, with what an earlier message has there.
fn remains(steps: &[Step], expected: &[u8], came: &[u8]) -> bool {
    let Some(rest) = came.strip_prefix(expected).filter(|rest| !rest.is_empty()) else {
        return false;
    };
    steps.iter().any(|step| match &step.verb {
        Verb::Received { bytes, .. } => bytes.0.get(expected.len()..came.len()) == Some(rest),
        _ => false,
    })
}

/// Whether a program plays this role.
fn plays(program: &ProgramState, wanted: &str) -> bool {
    matches!(&program.actor, Actor::Program { role, .. } if role == wanted)
}

/// Who of these programs waits in this system call.
fn waiting_in(
    call: &str,
    programs: &[ProgramState],
    is_meant: impl Fn(&ProgramState) -> bool,
) -> Option<Actor> {
    let waits =
        |program: &&ProgramState| is_meant(program) && program.waits_in.as_deref() == Some(call);
    programs.iter().find(waits).map(|program| program.actor.clone())
}

fn has_told_an_error(program: &ProgramState) -> bool {
    program.errors.iter().any(|line| line.starts_with("error"))
}

/// Whether these bytes are a line that was typed, or its beginning.
fn is_typing_of(bytes: &[u8], step: &Step) -> bool {
    matches!(&step.verb, Verb::Typed(line) if line.trim().as_bytes().starts_with(bytes))
}

/// What the programs show, whatever the check is about.
fn shown(failure: &Failure, programs: &[ProgramState]) -> Option<Cause> {
    let symptom = failure.symptom;
    let loops = programs.iter().find(|program| program.lines > MANY);
    let by_itself = [Symptom::Exited, Symptom::NeverListens].contains(&symptom);
    let failed = programs.iter().find(|program| has_failed(program)).filter(|_| by_itself);
    loops
        .map(|program| Cause::Loops(program.actor.clone()))
        .or_else(|| failed.map(|program| Cause::OwnError(program.actor.clone())))
        .or_else(|| match symptom {
            Symptom::Busy => Some(Cause::Polls(failure.actor.clone())),
            Symptom::NoReply => Some(Cause::Deadlock),
            Symptom::Slow => Some(Cause::Slow),
            Symptom::Twice => Some(Cause::Twice),
            Symptom::VagueError => Some(Cause::VagueError),
            _ => None,
        })
}

/// Whether it has ended with an error where it should not have.
fn has_failed(program: &ProgramState) -> bool {
    !program.ended_as_expected
        && matches!(program.condition, Condition::Exited(status) if status != 0)
}
