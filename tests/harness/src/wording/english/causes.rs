//! What is likely wrong, in words.

use super::name;
use crate::diagnosis::Cause;

/// What is likely wrong.
pub(super) fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Panicked(actor, words) => {
            let why = match words.as_str() {
                words if words.starts_with("failed printing to stdout") => {
                    "`println!` panics when nobody reads its output, and `log!` does not"
                }
                words if words.starts_with("not yet implemented") => "a `todo!()` was reached",
                words if words.contains("PoisonError") => {
                    "a thread has panicked under a lock, and `lock().unwrap()` panics ever since"
                }
                words if words.ends_with("Any { .. }") => {
                    "the panic of another thread was unwrapped from its `join`"
                }
                words if words.contains("called `Result::unwrap()`") => {
                    "an error was unwrapped, not handed on"
                }
                words if words.contains("called `Option::unwrap()`") => "a `None` was unwrapped",
                _ => return format!("{} has panicked: {words}", name(actor)),
            };
            format!("{} has panicked: {why}", name(actor))
        }
        Cause::Signalled(actor, signal) => {
            format!("{} was ended by a signal, {signal}: see its standard error", name(actor))
        }
        Cause::ErrorWithoutStatus(actor) => {
            format!("the error is told, and {} ends with status 0 all the same", name(actor))
        }
        Cause::LoggedTooOften(event) => format!("`{event}` is logged more often than it happened"),
        Cause::LoggedInOtherWords(line) => format!(
            "`{line}` says it in words of its own: an event is its word, then the peer's address"
        ),
        Cause::GoesOn(actor) => {
            format!(
                "{} goes on and waits for its next line, where it should have ended",
                name(actor)
            )
        }
        Cause::Sleeps(actor) => format!("{} sleeps, while something waits for it", name(actor)),
        Cause::StillReads(actor) => format!(
            "{} goes on reading from this client, where the conversation is over",
            name(actor)
        ),
        Cause::Polls(actor) => format!(
            "{} asks again and again for what it could wait for: a socket that does not block, or a \
             short timeout",
            name(actor)
        ),
        Cause::GaveUpTooSoon => {
            "a client is given up that has time left: `server_patience()` says how \
                                 much, and it counts from when the server begins to wait"
                .to_owned()
        }
        Cause::EndedAndOpen(event) => format!(
            "the log has `{event}`, and the connection is still open: its socket is not dropped, or \
             something else has a copy of it"
        ),
        Cause::Hint(cause) => (*cause).to_owned(),
        Cause::OwnError(actor) => {
            format!("an error ended {}: it says which on standard error", name(actor))
        }
        Cause::Loops(actor) => {
            format!("{} goes round a loop without waiting for anything", name(actor))
        }
        _ => always_the_same(cause).to_owned(),
    }
}

fn always_the_same(cause: &Cause) -> &'static str {
    match cause {
        Cause::Machine => "nothing of yours: this machine cannot run the check",
        Cause::WholeBuffer => "the whole buffer was sent, not only what was read",
        Cause::Remains => {
            "what an earlier message has left in the buffer was sent as well: only what this read \
             brought belongs to this message"
        }
        Cause::Newline => "a newline was added, and a message is sent without one",
        Cause::NotUpperCase => {
            "not every letter is in upper case: `str::to_uppercase` knows them \
             all, and some become two"
        }
        Cause::OneForOne => {
            "each letter was made one letter, and in upper case some become two: \
             `str::to_uppercase` knows"
        }
        Cause::Twice => "the same was sent, or shown, twice",
        Cause::OtherSocket => "another socket answers than the one that was asked",
        Cause::MoreThanReplies => {
            "your client prints more than replies on standard output: for \
             your own eyes, `dbg!` and `eprintln!` are free"
        }
        Cause::PortZero => {
            "the address that was asked for is printed, with port 0, and not the one \
             that the socket has got: `local_addr` tells"
        }
        Cause::ListeningInOtherWords => {
            "the line is `listening on ADDRESS` and nothing more, the address as `local_addr` has it"
        }
        Cause::OtherAddress => {
            "another address is bound than the one that is given, or every address"
        }
        Cause::NeverListens => {
            "the line `listening on ADDRESS` never comes, or has another form: it \
             is printed as soon as the socket is bound"
        }
        Cause::MalformedEvent => {
            "a line that begins with a word of the log must be that event; \
             begin your own lines with another word"
        }
        Cause::ErrorOfAnotherForm => {
            "an error that ends a program is one line on standard error, `error: …`, and status 1"
        }
        Cause::SentAhead => "the next line was sent before the reply to this one had come",
        Cause::Slow => {
            "each client costs time in which nothing is done for the next: a pause, or a wait for one \
             that has left"
        }
        Cause::InPieces => {
            "it is sent in several writes: whoever takes one read for one message has a part of it"
        }
        Cause::Unescaped => {
            "the reply is printed as it came, or only its first line: `console.reply`, and `screen::show` from \
             lab 13 on, show all of it in one line, control characters as escapes"
        }
        Cause::ConnectedAgain => {
            "the client has opened another connection, and its conversation goes on there"
        }
        Cause::KeptConnection => {
            "the client goes on with the connection that it has: one is for one message, so that no late \
             reply is taken for the next"
        }
        Cause::LoggedCut => {
            "only the beginning of the message is logged: the buffer has no room for the rest, or \
             a byte in it is taken for its end"
        }
        Cause::MessageLeftOut => "a message is left out of the log, and the one after it is there",
        Cause::LoggedOtherMessage => {
            "another message is logged than the one that comes next: it was sent before, or to \
             another address"
        }
        Cause::NoQuotes => {
            "the text of a message is logged without quotes: `{text:?}` shows it as Rust does, and not `{text}`"
        }
        Cause::VagueError => "the error does not name all it must",
        Cause::NobodyConnects => "over UDP nobody connects, so `connected` is no event",
        Cause::LoggedOtherText => {
            "a message is logged with another text than it has: print what came, with `{:?}`"
        }
        Cause::LoggedInOtherOrder => {
            "the events of this client are logged in another order than they happened"
        }
        Cause::RepeatLeftOut => "a message that is the same as the one before it is left out",
        Cause::Deadlock => "somebody waits for what nobody sends: who is in `read`?",
        Cause::Unknown => "compare the two above",
        // What depends on who, or on what was said, is told above.
        Cause::Panicked(..)
        | Cause::Signalled(..)
        | Cause::ErrorWithoutStatus(_)
        | Cause::LoggedTooOften(_)
        | Cause::LoggedInOtherWords(_)
        | Cause::GoesOn(_)
        | Cause::Sleeps(_)
        | Cause::Polls(_)
        | Cause::StillReads(_)
        | Cause::GaveUpTooSoon
        | Cause::EndedAndOpen(_)
        | Cause::Hint(_)
        | Cause::OwnError(_)
        | Cause::Loops(_) => "",
    }
}
