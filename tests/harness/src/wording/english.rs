//! A record in English.

mod causes;

use std::net::SocketAddr;

use crate::diagnosis::{Cause, MANY};
use crate::record::{
    Actor, Bytes, Condition, Ending, Failure, Fault, Observed, ProgramState, Record, Resource,
    Step, Symptom, Verb,
};
use crate::text::{self, Difference, escaped};
use crate::texts::SEED;

/// How much of a text is shown, in characters.
const SHOWN: usize = 60;
/// How many steps of a long record are told, from the beginning and from the end.
const STEPS: usize = 12;
/// How many lines of a program are shown, from the beginning and from the end, and how wide.
const LINES: usize = 12;
const WIDEST: usize = 160;
/// How many events of a log are shown at most.
const MOST_LISTED: usize = 6;
/// How many of the compiler's warnings are told.
const WARNINGS: usize = 3;
/// From so many milliseconds without a processor on, the machine is called busy.
const BUSY: u128 = 1_000;

pub(crate) fn story(record: &Record) -> String {
    let Record { package, check, failure, .. } = record;
    let check = check.replace("::", ", ").replace('_', " ");
    let mut told = format!("{package}: {check}\n\nwhat happened:\n{}", numbered(&record.steps));
    let (expected, came) = (expectation(failure), observation(failure, &record.programs));
    told += &indented("  expected ", &expected);
    told += &indented("  but      ", &came);
    if let Some(meaning) = meaning(failure) {
        told += &indented("           ", meaning);
    }
    for program in &record.programs {
        told += &format!("\n{}", account(program));
    }
    told += &warned(&record.warnings);
    if record.starved >= BUSY {
        let seconds = record.starved / 1_000;
        told += &format!("\nthe machine is busy: the program waited {seconds} s for a processor\n");
    }
    let cause = causes::cause(&record.cause);
    let read = match record.cause {
        Cause::Machine => String::new(),
        _ => format!("read:   book/src/{}\n", record.read),
    };
    told + &format!(
        "\nlikely: {cause}\n{read}texts:  {SEED}={} draws the same again\n",
        record.seed
    ) + &format!("alone:  cargo test {package}::{}\n", record.check)
        + &drawing(package, &record.check)
}

/// How to see the check drawn, where a program can be watched: labs/trace.
fn drawing(package: &str, check: &str) -> String {
    if cfg!(target_os = "linux") {
        format!("draw:   cargo trace {package}::{check}\n")
    } else {
        String::new()
    }
}

/// What somebody is called.
fn name(actor: &Actor) -> String {
    match actor {
        Actor::Check => "the check".to_owned(),
        Actor::Stranger => "a stranger".to_owned(),
        Actor::Client(1) => "the client".to_owned(),
        Actor::Client(number) => format!("client {number}"),
        Actor::Program { role, number, host } => {
            let name = match role.as_str() {
                "server" | "client" | "receiver" | "sender" => format!("your {role}"),
                "" => "your program".to_owned(),
                role => format!("the role `{role}`"),
            };
            let name = if *number > 1 { format!("{name} {number}") } else { name };
            host.map_or(name.clone(), |host| format!("{name} on host {host}"))
        }
    }
}

/// What somebody did.
fn did(actor: &Actor, verb: &Verb) -> String {
    let who = name(actor);
    match verb {
        Verb::Started(arguments) => format!("started {who}: {}", arguments.join(" ")),
        Verb::Listened(addr) => format!("{who} listens on {addr}"),
        Verb::Opened(addr) => format!("{who} has {addr}"),
        Verb::KeptClosed(addr) => format!("{who} keeps {addr} closed"),
        Verb::Connected { from, .. } => format!("{who} connected from {}", from_addr(*from)),
        Verb::Accepted { from, .. } => {
            format!("{who} accepted a connection from {}", from_addr(*from))
        }
        Verb::Sent { bytes, to, times } => {
            let to = to.filter(|_| !matches!(actor, Actor::Client(_)));
            let to = to.map_or(String::new(), |to| format!(" to {to}"));
            format!("{who} sent {}{to}{}", datagram_or_text(bytes), often(*times))
        }
        Verb::Dripped { bytes, pause } => {
            format!("{who} sent {} byte by byte, one each {pause} ms", datagram_or_text(bytes))
        }
        Verb::Received { bytes, from, again } => {
            let from = from.map_or(String::new(), |from| format!(" from {from}"));
            let again = if *again { " again" } else { "" };
            format!("{who} received {}{again}{from}", datagram_or_text(bytes))
        }
        Verb::ReceivedSomething => format!("{who} received a reply"),
        Verb::ReceivedNothing => format!("{who} received nothing more"),
        Verb::ReceivedEnd => format!("{who} received the end of the stream"),
        Verb::Disconnected(other) => format!("{} closed the connection to {who}", name(other)),
        Verb::ShutDown => format!("{who} closed its sending side"),
        Verb::Closed => format!("{who} closed its socket"),
        Verb::ClosedUnread => format!("{who} closed the connection with the reply unread"),
        Verb::Reset => format!("{who} left with a reset"),
        Verb::ConnectedAndReset { times, .. } => {
            format!("{} clients connected and left with a reset", thousands(*times))
        }
        Verb::Thought(time) => format!("{who} said nothing for {} s", seconds(*time)),
        Verb::Typed(line) => format!("typed {} into {who}", quoted(line.as_bytes())),
        Verb::EndedInput => format!("ended the input of {who}"),
        Verb::Printed(line) => format!("{who} printed {}", printed(line)),
        Verb::Logged { events, .. } => format!("{who} logged {}", listed(events, 0)),
        Verb::LoggedLast(event) => format!("{who} logged at last `{}`", cut(event)),
        Verb::LoggedEnd(peer) => format!("{who} logged how {peer} has ended"),
        Verb::NotLogged(event) => format!("{who} logged no `{event}`"),
        Verb::KeptForm => format!("every event in the log of {who} has its form"),
        Verb::Told => format!("{who} said something more"),
        Verb::Complained(_) => format!("{who} said something on standard error"),
        Verb::Succeeded => format!("{who} ended with status 0"),
        Verb::Ended => format!("{who} ended"),
        Verb::Failed { line, .. } => format!("{who} ended with status 1: {line}"),
        Verb::Refused => format!("{who} refused its command line, with status 2"),
        Verb::Ran => format!("{who} went on"),
        Verb::Idled => format!("{who} was idle"),
        Verb::Paused => format!("{who} paused before it tried again"),
        Verb::Kept(resource, _) => format!("{who} has no more {} than before", plural(*resource)),
        Verb::OnlyOn(host) => format!("{who} can be reached on {host} only"),
        Verb::Killed => format!("killed {who}"),
        Verb::Interrupted => format!("pressed Ctrl-C for {who}"),
        Verb::Suspended => format!("stopped {who} for a while"),
        Verb::Resumed => format!("let {who} go on"),
        Verb::Broke(fault) => broken(*fault).replace("{}", &who),
        Verb::Mended(Fault::NoDescriptors) => format!("gave {who} descriptors again"),
        Verb::Mended(_) => format!("let the calls of {who} work again"),
        Verb::Did(words) => format!("{who}: {words}"),
    }
}

/// What somebody should have done.
fn expectation(failure: &Failure) -> String {
    let who = name(&failure.actor);
    match &failure.expected {
        Verb::Listened(addr) if addr.is_empty() => {
            format!("{who} to print a line `listening on ADDRESS:PORT`")
        }
        Verb::Listened(addr) => {
            let addr = addr
                .strip_suffix(":0")
                .map_or(addr.clone(), |host| format!("{host}, on the port that the system picked"));
            format!("{who} to listen on {addr}")
        }
        Verb::Connected { to, .. } => format!("{who} to connect to {to}"),
        Verb::Accepted { at, .. } => format!("a connection to {at}"),
        Verb::Sent { bytes, .. } => format!("{} of {who} to be taken", datagram_or_text(bytes)),
        Verb::Received { bytes, again, .. } => {
            let again = if *again { " again" } else { "" };
            format!("{who} to receive {}{again}", datagram_or_text(bytes))
        }
        Verb::ReceivedSomething => format!("a reply that {who} can leave unread"),
        Verb::ReceivedNothing => format!("nothing more for {who}"),
        Verb::ReceivedEnd => format!("the end of the stream for {who}"),
        Verb::Disconnected(other) => format!("{} to close the connection to {who}", name(other)),
        Verb::ConnectedAndReset { to, times } => {
            format!("{} clients to connect to {to}", thousands(*times))
        }
        Verb::Printed(line) => format!("{who} to print {}", printed(line)),
        Verb::Logged { events, .. } => {
            format!("the log of {who} to have {}", listed(events, failure.same_events()))
        }
        Verb::LoggedLast(event) => format!("the log of {who} to end with `{}`", cut(event)),
        Verb::LoggedEnd(peer) => {
            format!("an ending word in the log of {who}, such as `finished {peer}`")
        }
        Verb::NotLogged(event) => format!("no `{event}` in the log of {who}"),
        Verb::KeptForm => format!("every event in the log of {who} to be `WORD PEER`"),
        Verb::Told => format!("{who} to say what went wrong, and to go on"),
        Verb::Complained(words) if words.is_empty() => {
            format!("{who} to say something on standard error")
        }
        Verb::Complained(words) => {
            format!("{who} to say {} on standard error", words.join(" and "))
        }
        Verb::Succeeded => format!("{who} to end by itself with status 0"),
        Verb::Ended => format!("{who} to end by itself"),
        Verb::Failed { naming, .. } => {
            let naming = naming.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
            let naming = naming.join(" and ");
            format!("{who} to end with status 1 and one line `error: …` naming {naming}")
        }
        Verb::Refused => format!("{who} to end with status 2, and to print the usage"),
        Verb::Ran => format!("{who} to go on"),
        Verb::Idled => format!("{who} to be idle while there is nothing to do"),
        Verb::Paused => format!("{who} to pause before it tries again"),
        Verb::Kept(resource, before) => {
            format!("{who} to have {before} {} again, as before", plural(*resource))
        }
        Verb::OnlyOn(host) => format!("{who} to be reached on {host} only"),
        Verb::Did(words) if failure.symptom == Symptom::Machine => {
            format!("this machine to let the check {words}")
        }
        Verb::Did(words) => words.clone(),
        other => did(&failure.actor, other),
    }
}

/// What came instead.
fn observation(failure: &Failure, programs: &[ProgramState]) -> String {
    let who = name(&failure.actor);
    let doing = || {
        let state = programs.iter().find(|program| program.actor == failure.actor);
        state.map_or_else(
            || "it did not happen".to_owned(),
            |state| {
                let lines = if state.lines > MANY {
                    format!(", and has printed {} lines", thousands(state.lines))
                } else {
                    String::new()
                };
                format!("{who} {}{lines}", condition(state))
            },
        )
    };
    match &failure.observed {
        Observed::Stream { bytes, ending } => {
            let ending = match ending {
                None => "",
                Some(Ending::Closed) => ", then the end of the stream",
                Some(Ending::Reset) => ", then a reset",
                Some(Ending::Open) => ", and the connection is still open",
            };
            match (bytes.0.is_empty(), &failure.expected) {
                (true, Verb::Sent { .. }) => format!("{who} cannot send it{ending}"),
                (true, _) => format!("{who} received nothing{ending}"),
                (false, _) => format!(
                    "{who} received {}{ending}{}",
                    quoted(&bytes.0),
                    differing(&failure.expected, &bytes.0)
                ),
            }
        }
        Observed::Datagram(None) => {
            let more = matches!(failure.expected, Verb::Received { again: true, .. });
            format!("{who} received no datagram{}", if more { " more" } else { "" })
        }
        Observed::Datagram(Some((bytes, from))) => format!(
            "{who} received {} from {from}{}",
            datagram_or_text(bytes),
            differing(&failure.expected, &bytes.0)
        ),
        Observed::Line(line) if matches!(failure.expected, Verb::NotLogged(_)) => {
            format!("{who} logged `{}`", cut(line))
        }
        Observed::Line(line) => {
            let difference = match &failure.expected {
                Verb::Printed(expected) => {
                    in_words(text::difference_of_lines(expected, line), expected.is_empty())
                }
                _ => String::new(),
            };
            format!("it printed {}{difference}", printed(line))
        }
        Observed::Log(lines) if lines.is_empty() => {
            format!("the log has no such line; {}", doing())
        }
        Observed::Log(lines) => {
            format!("the log has {}", listed(lines, failure.same_events()))
        }
        Observed::Address(addr) => format!("it says that it listens on {addr}"),
        Observed::Reachable(addr) => format!("it can be reached on {addr} as well"),
        Observed::Lacks(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            format!(
                "that line does not contain {}{}; {}",
                words.join(" or "),
                besides(failure),
                doing()
            )
        }
        Observed::Lines(lines, time) => {
            format!("it printed {} lines in {time} ms", thousands(*lines))
        }
        Observed::Busy(used, time) => {
            format!("it was ready to run for {used} ms of {time}, so it asks instead of waiting")
        }
        Observed::Woke(times, time) => {
            format!("it woke up {times} times in {time} ms, so it asks instead of waiting")
        }
        Observed::Pause(before, now) => {
            format!("its pause is {now} ms now, and was {before} ms before")
        }
        Observed::Growth(resource, before, now) => {
            format!("it has {now} {}, and had {before} before", plural(*resource))
        }
        Observed::Error(error) if failure.symptom == Symptom::Machine => error.clone(),
        Observed::Error(error) => format!("{who} cannot: {error}"),
        Observed::Words(words) => words.clone(),
        Observed::Nothing => match &failure.expected {
            Verb::Accepted { .. } => "nobody connects".to_owned(),
            Verb::Complained(_) => format!("it said nothing of the kind; {}", doing()),
            Verb::Told => format!("it said nothing; {}", doing()),
            _ => doing(),
        },
    }
}

/// What that says about the program, where it says something of itself.
fn meaning(failure: &Failure) -> Option<&'static str> {
    let meaning = match (&failure.expected, &failure.observed) {
        (Verb::Received { .. }, Observed::Stream { bytes, ending }) => {
            match (ending, bytes.0.is_empty()) {
                (Some(Ending::Closed), true) => "It hung up without a word.",
                (Some(Ending::Closed), false) => "It hung up before it had sent everything.",
                (Some(Ending::Reset), _) => {
                    "It hung up with bytes unread, or before it accepted: a reset (lab 05)."
                }
                (Some(Ending::Open), true) => "It waits for something.",
                (Some(Ending::Open), false) => "It believes that it has sent everything.",
                (None, _) => return None,
            }
        }
        (Verb::Received { from: Some(asked), .. }, Observed::Datagram(Some((_, sender))))
            if asked != sender =>
        {
            "A client takes an answer only from where it has asked."
        }
        (Verb::Listened(addr), _) if addr.is_empty() => {
            "Nobody can reach it before it listens, or know where before it says so."
        }
        (Verb::Printed(_), Observed::Nothing) if failure.symptom == Symptom::NoReply => {
            "It waits, or has printed without flushing."
        }
        (Verb::Connected { .. }, Observed::Error(error)) if error.contains("refused") => {
            "Nobody listens there any more."
        }
        (Verb::Logged { .. } | Verb::LoggedLast(_), Observed::Log(_)) => {
            "An event is its word, then the peer's address; `message` has the text as `{:?}`."
        }
        (Verb::Failed { .. }, Observed::Lacks(_)) => {
            "An error names what was tried, and with which address."
        }
        (Verb::OnlyOn(_), _) => {
            "On 0.0.0.0 it has its port on every address of the machine, for the whole network."
        }
        (Verb::Kept(Resource::Descriptors, _), _) => {
            "Descriptors that are not closed run out in the end."
        }
        _ => return None,
    };
    Some(meaning)
}

/// What a program is doing, and what it printed.
fn account(program: &ProgramState) -> String {
    let mut account = format!("{} {}", name(&program.actor), condition(program));
    account += &format!(". It printed:\n{}", shown(&program.output));
    if !program.errors.is_empty() {
        account += &format!("and on standard error:\n{}", shown(&program.errors));
    }
    let kept = program.output.len() + program.errors.len();
    if program.lines > kept {
        account += &format!("  … and {} lines more\n", thousands(program.lines - kept));
    }
    account
}

fn condition(program: &ProgramState) -> String {
    match (&program.condition, &program.panic) {
        (Condition::Running, Some(_)) => {
            "is still running, and one of its threads panicked".to_owned()
        }
        (Condition::Running, None) => match &program.waits_in {
            Some(call) if program.lines <= MANY => {
                format!("is still running, and waits in {call}")
            }
            _ => "is still running".to_owned(),
        },
        (Condition::Exited(_), Some(_)) => "has panicked".to_owned(),
        (Condition::Exited(status), None) => format!("has ended with status {status}"),
        (Condition::Signalled(signal), _) => format!("was ended by signal {signal}"),
    }
}

/// Lines as a story shows them: repeats counted, the middle of a long output left out.
fn shown(lines: &[String]) -> String {
    if lines.is_empty() {
        return "  (nothing)\n".to_owned();
    }
    let runs: Vec<_> = lines.chunk_by(|left, right| left == right).collect();
    let middle = LINES..runs.len().saturating_sub(LINES).max(LINES);
    let mut told = String::new();
    for (index, run) in runs.iter().enumerate() {
        if index == middle.start && !middle.is_empty() {
            let left_out: usize = runs[middle.clone()].iter().map(|run| run.len()).sum();
            told += &format!("  … {} lines …\n", thousands(left_out));
        }
        if !middle.contains(&index) {
            let times = match run.len() {
                1 => String::new(),
                times => format!("   ({} times)", thousands(times)),
            };
            told += &format!("  {}{times}\n", cut(&run[0]));
        }
    }
    told
}

/// The compiler's warnings, as a paragraph.
fn warned(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let told: Vec<&str> = warnings.iter().take(WARNINGS).map(String::as_str).collect();
    let more = if warnings.len() > WARNINGS { "\n  …" } else { "" };
    format!("\nthe compiler warns:\n  {}{more}\n", told.join("\n  "))
}

/// The steps with their numbers; of many, the middle is left out.
fn numbered(steps: &[Step]) -> String {
    let middle = STEPS..steps.len().saturating_sub(STEPS).max(STEPS);
    let mut told = String::new();
    for (index, step) in steps.iter().enumerate() {
        if index == middle.start && !middle.is_empty() {
            told += &format!("  …  {} steps like these\n", thousands(middle.len()));
        }
        if !middle.contains(&index) {
            let label = format!("{:3}. ", index + 1);
            told += &indented(&label, &did(&step.actor, &step.verb));
        }
    }
    told
}

/// A text under a label, its further lines below its first.
fn indented(label: &str, text: &str) -> String {
    let margin = format!("\n{}", " ".repeat(label.chars().count()));
    format!("{label}{}\n", text.replace('\n', &margin))
}

/// How what came differs from what was expected, on a line of its own.
fn differing(expected: &Verb, came: &[u8]) -> String {
    match expected {
        Verb::Received { bytes, .. } => {
            in_words(text::difference(&bytes.0, came), bytes.0.is_empty())
        }
        _ => String::new(),
    }
}

fn in_words(difference: Difference, nothing_expected: bool) -> String {
    let words = match difference {
        _ if nothing_expected => return String::new(),
        Difference::None => return String::new(),
        Difference::Zeros(count) => format!("{} too many, all of them zero", bytes(count)),
        Difference::Newline => "1 byte too many, a newline".to_owned(),
        Difference::Longer(count) => format!("{} too many", bytes(count)),
        Difference::Shorter(1) => "the last byte is missing".to_owned(),
        Difference::Shorter(count) => format!("the last {} are missing", bytes(count)),
        Difference::Lower(from) | Difference::OneForOne(from) | Difference::From(from) => {
            format!("they differ from byte {} on", thousands(from))
        }
    };
    format!("\n{words}")
}

fn from_addr(from: Option<SocketAddr>) -> String {
    from.map_or_else(|| "an unknown address".to_owned(), |from| from.to_string())
}

/// Bytes in quotes, a long text cut with its length. A frame is its length in brackets and its text.
fn quoted(bytes: &[u8]) -> String {
    let (frames, rest) = text::frames(bytes);
    let (shown, left) = (frames.len().min(MOST_LISTED), frames.len().saturating_sub(MOST_LISTED));
    let mut told: Vec<String> = frames[..shown].iter().map(|text| framed(text)).collect();
    if left > 0 {
        told.push(format!("… {} more", thousands(left)));
    }
    if frames.is_empty() || !rest.is_empty() {
        told.push(in_quotes(rest));
    }
    told.join(" ")
}

fn framed(text: &[u8]) -> String {
    format!("[{}] {}", thousands(text.len()), in_quotes(text))
}

fn in_quotes(bytes: &[u8]) -> String {
    let shown = escaped(bytes);
    if shown.chars().count() <= SHOWN {
        return format!("\"{shown}\"");
    }
    let start: String = shown.chars().take(SHOWN).collect();
    format!("\"{start}…\" ({})", self::bytes(bytes.len()))
}

/// The same, where nothing may be a whole datagram.
fn datagram_or_text(bytes: &Bytes) -> String {
    if bytes.0.is_empty() { "an empty datagram".to_owned() } else { quoted(&bytes.0) }
}

/// A line that a client has printed: what is an escape there stays one.
fn printed(line: &str) -> String {
    let length = line.chars().count();
    if length <= SHOWN {
        return format!("\"{line}\"");
    }
    let start: String = line.chars().take(SHOWN).collect();
    format!("\"{start}…\" ({} letters)", thousands(length))
}

fn cut(line: &str) -> String {
    let shown: String = line.chars().take(WIDEST).collect();
    if shown.len() == line.len() {
        return shown;
    }
    format!("{shown}… ({} in all)", bytes(line.len()))
}

/// A few events, from the last on that is `same` as expected.
fn listed(lines: &[String], same: usize) -> String {
    if lines.is_empty() {
        return "nothing about this peer".to_owned();
    }
    let skipped = if lines.len() > MOST_LISTED { same.saturating_sub(1) } else { 0 };
    let shown = lines.iter().skip(skipped).take(MOST_LISTED).map(|line| format!("`{}`", cut(line)));
    let shown: Vec<_> = shown.collect();
    let before = if skipped > 0 { "…, " } else { "" };
    let more = if lines.len() > skipped + shown.len() { ", …" } else { "" };
    format!("{before}{}{more}", shown.join(", "))
}

fn often(times: usize) -> String {
    if times > 1 { format!(" {} times", thousands(times)) } else { String::new() }
}

/// What an error lacks may stand in it as a part of something else that it must name.
fn besides(failure: &Failure) -> &'static str {
    match (&failure.expected, &failure.observed) {
        (Verb::Failed { line, .. }, Observed::Lacks(words))
            if words.iter().any(|word| line.contains(word)) =>
        {
            " besides what else it names"
        }
        _ => "",
    }
}

/// What was done to a program, with `{}` for its name.
fn broken(fault: Fault) -> &'static str {
    match fault {
        Fault::NoDescriptors => "took from {} the descriptors that are left",
        Fault::NoThreads => "left {} no room for the stack of a further thread",
        Fault::ReceivesFail => "made the receives of {} fail",
        Fault::ReceivesAreInterrupted => "let signals interrupt the receives of {}",
        Fault::ReadsAreInterrupted => "let signals interrupt the reads of {}",
        Fault::AcceptsFail => "made the `accept` of {} fail while nobody comes",
        Fault::ReadsFail => "made the reads of {} fail while nothing comes",
        Fault::ShortTimeouts => "made the timeouts that {} has set a tenth of a second",
    }
}

fn plural(resource: Resource) -> &'static str {
    match resource {
        Resource::Descriptors => "descriptors",
        Resource::Threads => "threads",
        Resource::Memory => "KiB of memory",
        Resource::Stack => "KiB of stack",
        Resource::Peak => "KiB of address space at its peak",
    }
}

/// Milliseconds as seconds, with one digit after the point.
fn seconds(time: u128) -> String {
    format!("{}.{}", time / 1_000, time % 1_000 / 100)
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{} bytes", thousands(count)) }
}

/// A number with its thousands apart.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{quoted, seconds, thousands};

    #[test]
    fn a_long_text_is_cut_and_measured() {
        assert_eq!(
            quoted(b"\0\0\0\x02hi\0\0\0\0\0\0\0\x09there"),
            "[2] \"hi\" [0] \"\" \"\\u{0}\\u{0}\\u{0}\\tthere\""
        );
        assert_eq!(quoted(&[b'a'; 1500]), format!("\"{}…\" (1,500 bytes)", "a".repeat(60)));
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(seconds(1_150), "1.1");
    }
}
