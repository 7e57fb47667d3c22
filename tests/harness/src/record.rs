//! What happened in one check, as data. `wording` turns it into a story, `records` into JSON.

use std::net::SocketAddr;

use serde::{Serialize, Serializer};

use crate::diagnosis::Cause;
use crate::text::escaped;

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A role of the program under test. The number tells several of one role apart, from 1.
    Program { role: String, number: usize, host: Option<u8> },
    /// A client that the check plays, from 1.
    Client(usize),
    /// The check as a server, a sender or an audience, or what it does to a program.
    Check,
    /// A third party on the network: neither client nor server.
    Stranger,
}

/// Bytes that were sent or received. In JSON they are text, with escapes for what is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&escaped(&self.0))
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

/// What somebody did, or should have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Was started with these settings in its environment, and these arguments.
    Started(Vec<String>),
    /// Can be reached at this address.
    Listened(String),
    /// Has a socket with this address.
    Opened(SocketAddr),
    /// Keeps an address that refuses everybody.
    KeptClosed(SocketAddr),
    Connected {
        to: String,
        from: Option<SocketAddr>,
    },
    /// Took a connection; `from` is empty where any would have done.
    Accepted {
        at: SocketAddr,
        from: Option<SocketAddr>,
    },
    Sent {
        bytes: Bytes,
        to: Option<SocketAddr>,
        times: usize,
    },
    /// Sent bytes one by one, with so many milliseconds between them.
    Dripped {
        bytes: Bytes,
        pause: u128,
    },
    Received {
        bytes: Bytes,
        from: Option<SocketAddr>,
        again: bool,
    },
    /// A reply has arrived, and was left unread.
    ReceivedSomething,
    ReceivedNothing,
    /// Read the end of the stream.
    ReceivedEnd,
    /// Closed the connection to this actor, with or without a reset.
    Disconnected(Actor),
    /// Closed its sending side: `shutdown(SHUT_WR)`.
    ShutDown,
    Closed,
    ClosedUnread,
    Reset,
    /// Many connections, each reset at once.
    ConnectedAndReset {
        to: String,
        times: usize,
    },
    /// Said nothing for so many milliseconds.
    Thought(u128),
    Typed(String),
    EndedInput,
    Printed(String),
    /// Logged exactly these events about a peer.
    Logged {
        peer: String,
        events: Vec<String>,
    },
    /// Logged this about a peer at last.
    LoggedLast(String),
    /// Logged how the conversation with this peer has ended.
    LoggedEnd(String),
    /// Logged nothing that begins like this.
    NotLogged(String),
    /// Every line that begins with a word of the log has its form.
    KeptForm,
    /// Said something on either output since the check looked last, of what went wrong.
    Told,
    /// Said something with these words on standard error.
    Complained(Vec<String>),
    /// Ended with status 0.
    Succeeded,
    /// Ended, with any status.
    Ended,
    /// Ended with status 1, and one line `error: …` that names all of these.
    Failed {
        naming: Vec<String>,
        line: String,
    },
    /// Refused its command line: status 2, and the usage.
    Refused,
    /// Has not ended.
    Ran,
    /// Used no processor time to speak of.
    Idled,
    /// Paused before it tried again.
    Paused,
    /// Has no more of this than before.
    Kept(Resource, u64),
    /// Has its port on this address only.
    OnlyOn(String),
    Killed,
    /// Was interrupted, as by Ctrl-C.
    Interrupted,
    Suspended,
    Resumed,
    /// The check changed something that makes the program's calls fail, or took it back.
    Broke(Fault),
    Mended(Fault),
    /// Something else, in the check's own words.
    Did(String),
}

/// What a program may gather without giving it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    Descriptors,
    Threads,
    /// Resident memory, in KiB.
    Memory,
    /// The stack of its first thread, in KiB.
    Stack,
    /// The most address space that it has had at any time, in KiB: what it has asked for, touched or not.
    Peak,
}

impl Resource {
    /// All that a program can give back.
    pub const ALL: &[Self] = &[Self::Descriptors, Self::Threads, Self::Memory, Self::Stack];
}

/// What a check does to a program so that its calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// `RLIMIT_NOFILE` leaves it no further descriptor.
    NoDescriptors,
    /// `RLIMIT_AS` leaves it no room for the stack of a further thread.
    NoThreads,
    /// Its socket does not block any more, so a receive that would wait fails.
    ReceivesFail,
    /// A signal interrupts its receives: its socket has a timeout.
    ReceivesAreInterrupted,
    /// A signal interrupts its reads: its connections have a timeout.
    ReadsAreInterrupted,
    /// Its listener does not block any more.
    AcceptsFail,
    /// What its connections wait for fails after a moment: `SO_RCVTIMEO`.
    ReadsFail,
    /// Where it has set a timeout, that is now a tenth of a second.
    ShortTimeouts,
}

/// One thing that happened, and when: milliseconds since the check began.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub at: u128,
    pub actor: Actor,
    pub verb: Verb,
}

/// What a failure looks like from outside. The same check can fail in several ways, and each has
/// causes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// Somebody waits for bytes, a datagram or a line that does not come.
    NoReply,
    /// All of many clients had what they should, and the next has not before the time of all is over.
    Slow,
    /// Somebody is waited for whose time is over.
    NotGivenUp,
    /// A client goes on with the connection that it has, and each message has one of its own.
    KeptConnection,
    /// The client has opened another connection than the one it has.
    ConnectedAgain,
    /// The connection is over, or cannot be made, and the program goes on.
    Disconnected,
    /// The program has ended, with an error.
    Exited,
    /// The program has ended with status 0: it takes its work for done.
    ExitedOk,
    /// The program should have ended, and goes on.
    StillRunning,
    /// The connection should be over, and is open.
    StillOpen,
    /// The program ended with an error, as it should, and the error does not name all it must.
    VagueError,
    /// The program never says where it listens.
    NeverListens,
    /// It listens on port 0, or on another address than the one it was given.
    WrongAddress,
    /// A peer was sent something else than what was expected.
    WrongContent,
    /// A message came in several pieces.
    InPieces,
    /// The same thing came once more.
    Twice,
    /// A client printed something else than the reply.
    WrongLine,
    /// An event is not in the log.
    MissingEvent,
    /// An event is in the log that did not happen, or at the wrong place.
    WrongEvent,
    /// A line that begins with a word of the log is not of its form.
    MalformedEvent,
    /// Nothing was said where something must be told.
    Untold,
    /// It pauses longer the more often something fails.
    PausesLonger,
    /// It uses the processor while it should wait.
    Busy,
    /// It keeps something for each client.
    Grew,
    /// Something else is not as it should be.
    Other,
    /// The machine cannot do what the check needs.
    Machine,
}

/// How the other end of a connection stopped sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Closed,
    Reset,
    /// It has not: nothing more came until the deadline.
    Open,
}

/// What came instead of what was expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// Bytes on a connection, and how that ended, if it did.
    Stream { bytes: Bytes, ending: Option<Ending> },
    /// A datagram, or none.
    Datagram(Option<(Bytes, SocketAddr)>),
    /// The line that was printed instead.
    Line(String),
    /// The events that the log has of this peer, and lines that look like some.
    Log(Vec<String>),
    /// The address that it says it listens on.
    Address(String),
    /// It can be reached here as well.
    Reachable(SocketAddr),
    /// The last line on standard error lacks these words.
    Lacks(Vec<String>),
    /// It printed so many lines in so many milliseconds.
    Lines(usize, u128),
    /// It used so many milliseconds of the processor, of so many.
    Busy(u64, u128),
    /// It woke up so many times in so many milliseconds.
    Woke(u64, u128),
    /// It paused so many milliseconds at first, and pauses so many now.
    Pause(u64, u64),
    /// It had so much before, and has so much now.
    Growth(Resource, u64, u64),
    /// A call of the check failed.
    Error(String),
    /// In the check's own words.
    Words(String),
    /// Only what the program does: it runs, or has ended.
    Nothing,
}

/// An expectation that did not hold.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub symptom: Symptom,
    /// Who should have done what.
    pub actor: Actor,
    pub expected: Verb,
    pub observed: Observed,
}

impl Failure {
    /// How many events a log has, from its beginning on, as they were expected.
    pub(crate) fn same_events(&self) -> usize {
        match (&self.expected, &self.observed) {
            (Verb::Logged { events, .. }, Observed::Log(logged)) => {
                events.iter().zip(logged).take_while(|(event, logged)| event == logged).count()
            }
            _ => 0,
        }
    }
}

/// What a program is doing, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    Running,
    Exited(i32),
    /// Ended by a signal, by name.
    Signalled(String),
}

/// A program that plays in the check, as it was when the check failed.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramState {
    pub actor: Actor,
    pub condition: Condition,
    /// Whether it has ended where it should have.
    pub ended_as_expected: bool,
    /// The words of its first panic, in whatever thread.
    pub panic: Option<String>,
    /// The system call it waits in, where the system tells.
    pub waits_in: Option<String>,
    /// How many lines it printed, kept or not.
    pub lines: usize,
    pub output: Vec<String>,
    pub errors: Vec<String>,
}

/// All of it: what a failed check writes down.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The package under test, `lab03` or `solution03`.
    pub package: String,
    /// The check's name, with its modules below that of the lab.
    pub check: String,
    /// What the check's texts were drawn from.
    pub seed: u64,
    pub steps: Vec<Step>,
    pub failure: Failure,
    pub programs: Vec<ProgramState>,
    /// Milliseconds in which the machine had no processor for the programs.
    pub starved: u128,
    /// What the compiler warns about in the lab.
    pub warnings: Vec<String>,
    /// What is likely wrong.
    pub cause: Cause,
    /// The page and section to read, as an address in the book: `03-service.html#accept-fails`.
    pub read: String,
}
