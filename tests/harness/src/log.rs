//! The grammar of a server's log.
//!
//! A line whose first word is one of [`WORDS`] is an event, and is read exactly. Any other line is
//! free. Of each peer `connected` comes first, and its one ending word comes once and last.

use std::collections::BTreeSet;

/// The words that events begin with.
pub(crate) const WORDS: [&str; 8] =
    ["connected", "message", "finished", "vanished", "refused", "cut", "gave up", "stopped"];

/// Those that end a conversation.
const ENDS: [&str; 6] = ["finished", "vanished", "refused", "cut", "gave up", "stopped"];

/// The one of them that has no reason: the stream has ended, and that is all.
const WITHOUT_A_REASON: &str = "finished";

/// One event: `WORD PEER`, for `message` the text as `{:?}` shows it, after an ending that has a reason
/// perhaps a colon and that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    word: &'a str,
    peer: &'a str,
    text: Option<&'a str>,
}

/// A line of a log.
pub(crate) enum Line<'a> {
    Free,
    Event(Event<'a>),
    Malformed,
}

impl<'a> Line<'a> {
    pub(crate) fn read(line: &'a str) -> Self {
        match WORDS.iter().find_map(|word| Some((word, after(word, line)?))) {
            Some((word, rest)) => event(word, rest).map_or(Self::Malformed, Self::Event),
            None => Self::Free,
        }
    }
}

/// What follows a word that a line begins with.
fn after<'a>(word: &str, line: &'a str) -> Option<&'a str> {
    line.strip_prefix(word).filter(|rest| rest.is_empty() || rest.starts_with([' ', ':']))
}

fn event<'a>(word: &'static str, rest: &'a str) -> Option<Event<'a>> {
    let rest = rest.strip_prefix(' ')?;
    let (peer, text) = match word {
        "message" => {
            let (peer, text) = rest.split_once(' ')?;
            let quoted = text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
            (peer, Some(text).filter(|_| quoted))
        }
        _ if ENDS.contains(&word) && word != WITHOUT_A_REASON => {
            (rest.split_once(": ").map_or(rest, |(peer, _)| peer), None)
        }
        _ => (rest, None),
    };
    let is_peer = !peer.is_empty() && !peer.contains(' ') && peer.contains(':');
    (is_peer && (word != "message" || text.is_some())).then_some(Event { word, peer, text })
}

/// The events of one peer, each as it is expected to look: without the reason of an ending.
pub(crate) fn events_of(peer: &str, lines: &[String]) -> Vec<String> {
    let events = lines.iter().filter_map(|line| match Line::read(line) {
        Line::Event(event) if event.peer == peer => Some(event),
        _ => None,
    });
    events.map(|event| written(event.word, event.peer, event.text)).collect()
}

/// Everybody who has an event, each once.
pub(crate) fn peers(lines: &[String]) -> BTreeSet<String> {
    let peer = |line: &String| match Line::read(line) {
        Line::Event(event) => Some(event.peer.to_owned()),
        _ => None,
    };
    lines.iter().filter_map(peer).collect()
}

/// The latest of them.
pub(crate) fn latest_of(peer: &str, lines: &[String]) -> Option<String> {
    let mut latest = lines.iter().rev();
    latest.find_map(|line| events_of(peer, std::slice::from_ref(line)).pop())
}

/// Whether a line tells what went wrong: in the program's own words, or as `refused`.
pub(crate) fn tells(line: &str) -> bool {
    match Line::read(line) {
        Line::Free => true,
        Line::Event(event) => ["refused", "cut", "gave up"].contains(&event.word),
        Line::Malformed => false,
    }
}

/// Those of some events that end a conversation.
pub(crate) fn ends_in(events: &[String]) -> Vec<&String> {
    let is_end = |event: &&String| ENDS.iter().any(|word| event.starts_with(word));
    events.iter().filter(is_end).collect()
}

/// The lines that begin with a word of the log, and are no event.
pub(crate) fn malformed(lines: &[String]) -> Vec<String> {
    let malformed = lines.iter().filter(|line| matches!(Line::read(line), Line::Malformed));
    malformed.cloned().collect()
}

fn written(word: &str, peer: &str, text: Option<&str>) -> String {
    text.map_or(format!("{word} {peer}"), |text| format!("{word} {peer} {text}"))
}

/// What a peer is expected to have in the log.
#[derive(Clone, Debug)]
pub enum Expected<'a> {
    Connected,
    Message(&'a str),
    Finished,
    Vanished,
    Refused,
    Cut,
    GaveUp,
    Stopped,
}

impl Expected<'_> {
    pub(crate) fn of(&self, peer: &str) -> String {
        match self {
            Self::Connected => written("connected", peer, None),
            Self::Message(text) => written("message", peer, Some(&format!("{text:?}"))),
            Self::Finished => written("finished", peer, None),
            Self::Vanished => written("vanished", peer, None),
            Self::Refused => written("refused", peer, None),
            Self::Cut => written("cut", peer, None),
            Self::GaveUp => written("gave up", peer, None),
            Self::Stopped => written("stopped", peer, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "127.0.0.1:50002";

    fn is_malformed(line: &str) -> bool {
        matches!(Line::read(line), Line::Malformed)
    }

    #[test]
    fn an_event_is_read_exactly_and_other_lines_are_free() {
        let log = [
            "ready when you are",
            "connected 127.0.0.1:50002",
            "PEER 127.0.0.1:50002 connected",
            "message 127.0.0.1:50002 \"two  \\\"words\\\"\"",
            "messages so far: 1",
            "vanished 127.0.0.1:50002: Connection reset by peer (os error 104)",
            "finished 127.0.0.1:50003",
            "gave up 127.0.0.1:50004: not within 1s",
        ];
        let log = log.map(str::to_owned);
        let events = [
            Expected::Connected.of(PEER),
            Expected::Message("two  \"words\"").of(PEER),
            Expected::Vanished.of(PEER),
        ];
        assert_eq!(events_of(PEER, &log), events);
        assert!(malformed(&log).is_empty());
    }

    #[test]
    fn a_line_that_begins_like_an_event_must_be_one() {
        for line in [
            "connected",
            "connected to 127.0.0.1:50002",
            "finished: 127.0.0.1:50002",
            "message 127.0.0.1:50002",
            "message 127.0.0.1:50002 hello",
            "vanished the peer at 127.0.0.1:50002",
            "finished 127.0.0.1:50002: end of stream",
        ] {
            assert!(is_malformed(line), "{line}");
        }
    }
}
