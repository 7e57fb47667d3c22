//! From a record to a drawing: calls and frames in one order, a step for each.

use std::collections::HashMap;
use std::net::SocketAddr;

use drawing::{Arrow, Caption, Sequence, Step};

use super::owners::{Owners, Received};
use super::run::{APART, Call, Frame, Kind, Protocol, Run, Time, thousands};

/// How many lanes there are at most. Those who come later share the last one.
const LANES: usize = 6;
/// How many things are drawn, from the beginning and from the end.
const FIRST: usize = 240;
const LAST: usize = 60;
/// How much of a log line is drawn, in characters.
const LINE: usize = 64;
/// What the rows of calls begin with that can share one.
const SMALL: [&str; 6] = ["SO_", "TCP_", "IP", "bind", "listen", "close"];

/// Something that is drawn.
enum Item<'a> {
    Enters(&'a Call),
    Returns(&'a Call),
    /// A call that did not wait.
    Calls(&'a Call),
    Crosses(&'a Frame),
    Ends(usize),
}

/// The drawing of a run under a title.
pub fn tell(run: &Run, title: &str) -> Sequence {
    let mut story = Story::new(run);
    let items = story.items();
    let mut last = items.first().map_or(0, |(at, _)| *at);
    let count = items.len();
    let (first, rest) = if count > FIRST + LAST { (FIRST, count - LAST) } else { (count, count) };
    for (index, (at, item)) in items.into_iter().enumerate() {
        if index == first {
            let more = thousands((rest - first) as u64);
            story.steps.push(Step::Later { text: format!("{more} things more, not drawn") });
        }
        if at.saturating_sub(last) >= APART {
            story.steps.push(Step::Later { text: format!("{} ms", (at - last) / 1_000_000) });
        }
        last = at;
        // What is not drawn is gone through all the same: it says what was received.
        let drawn = story.steps.len();
        story.take(&item);
        if (first..rest).contains(&index) {
            story.steps.truncate(drawn);
        }
    }
    story.sequence(title)
}

struct Story<'a> {
    run: &'a Run,
    owners: Owners<'a>,
    received: Received,
    /// The lane of each process that has one, and the names above.
    lanes: HashMap<usize, usize>,
    names: Vec<String>,
    /// How many threads of a lane wait.
    waiting: HashMap<usize, usize>,
    /// Which processes have more than one connection, so that a call must say which.
    many: Vec<bool>,
    steps: Vec<Step>,
}

impl<'a> Story<'a> {
    fn new(run: &'a Run) -> Self {
        let mut connections = vec![0; run.processes.len()];
        for socket in run.sockets.iter().filter(|socket| socket.peer.is_some()) {
            connections[socket.process] += 1;
        }
        let mut story = Self {
            run,
            owners: Owners::of(run),
            received: Received::of(run),
            lanes: HashMap::new(),
            names: Vec::new(),
            waiting: HashMap::new(),
            many: connections.into_iter().map(|count| count > 1).collect(),
            steps: Vec::new(),
        };
        story.lay_lanes();
        story
    }

    /// A lane for each process that has a socket, in the order of entrance.
    fn lay_lanes(&mut self) {
        let mut calls: Vec<_> =
            self.run.calls.iter().filter(|call| call.socket.is_some()).collect();
        calls.sort_by_key(|call| call.enter);
        for Call { process, .. } in calls {
            let lane = self.lanes.len();
            if !self.lanes.contains_key(process) {
                self.lanes.insert(*process, lane.min(LANES - 1));
                self.names.push(self.run.processes[*process].name.clone());
            }
        }
        let others = self.names.len().saturating_sub(LANES) as u64;
        self.names.truncate(LANES);
        if let Some(last) = self.names.last_mut().filter(|_| others > 0) {
            *last += &format!(" and {} others", thousands(others));
        }
    }

    /// All that is drawn, in order.
    fn items(&self) -> Vec<(Time, Item<'a>)> {
        let run = self.run;
        let calls = run.calls.iter().filter(|call| self.lanes.contains_key(&call.process));
        let mut times: Vec<Time> =
            calls.clone().flat_map(|call| [Some(call.enter), call.exit]).flatten().collect();
        times.extend(run.frames.iter().map(|frame| frame.at));
        times.sort_unstable();
        let mut items = Vec::new();
        for call in calls {
            match call.exit {
                None if call.name != "print" => items.push((call.enter, Item::Enters(call))),
                Some(exit) if call.name != "print" && waits(call, exit, &times) => {
                    items.extend([(call.enter, Item::Enters(call)), (exit, Item::Returns(call))]);
                }
                // What is received comes first, what is sent comes later.
                Some(exit) if can_wait(call) => items.push((exit, Item::Calls(call))),
                _ => items.push((call.enter, Item::Calls(call))),
            }
        }
        items.extend(run.frames.iter().map(|frame| (frame.at, Item::Crosses(frame))));
        let ends = run.processes.iter().enumerate().filter(|(it, _)| self.lanes.contains_key(it));
        items.extend(
            ends.filter_map(|(it, process)| Some((process.end.as_ref()?.0, Item::Ends(it)))),
        );
        items.sort_by_key(|(at, _)| *at);
        items
    }

    fn take(&mut self, item: &Item) {
        match item {
            Item::Calls(call) => self.calls(call),
            Item::Enters(call) => self.enters(call),
            Item::Returns(call) => self.returns(call),
            Item::Crosses(frame) => self.crosses(frame),
            Item::Ends(process) => self.ends(*process),
        }
    }

    fn note(&mut self, process: usize, text: String) {
        if let Some(&who) = self.lanes.get(&process) {
            self.steps.push(Step::Note { who, text });
        }
    }

    /// A row for a call. Calls that only prepare, or clean up, share one.
    fn calls(&mut self, call: &Call) {
        let (who, text) = (self.lanes[&call.process], self.text(call, false));
        let is_small = |text: &str| SMALL.iter().any(|small| text.starts_with(small));
        if let Some(Step::Note { who: before, text: row }) = self.steps.last_mut()
            && *before == who
            && is_small(row)
            && is_small(&text)
        {
            *row += &format!(", {text}");
        } else {
            self.note(call.process, text);
        }
    }

    fn enters(&mut self, call: &Call) {
        let who = self.lanes[&call.process];
        let label = self.asked(call);
        let waiting = self.waiting.entry(who).or_default();
        *waiting += 1;
        self.steps.push(match waiting {
            1 => Step::Blocked { who, label: format!("blocked in {label}") },
            _ => Step::Note { who, text: format!("{label} …") },
        });
    }

    fn returns(&mut self, call: &Call) {
        let who = self.lanes[&call.process];
        let waiting = self.waiting.entry(who).or_default();
        *waiting = waiting.saturating_sub(1);
        if *waiting == 0 {
            self.steps.push(Step::GoesOn { who });
        }
        self.note(call.process, self.text(call, true));
    }

    fn ends(&mut self, process: usize) {
        let who = self.lanes[&process];
        let how = self.run.processes[process].end.as_ref().map_or("", |(_, how)| how);
        if self.waiting.remove(&who).is_some_and(|waiting| waiting > 0) {
            self.steps.push(Step::GoesOn { who });
        }
        self.note(process, how.to_owned());
        let shared = self.lanes.values().filter(|&&lane| lane == who).count() > 1;
        if !shared {
            self.steps.push(Step::Ends { who });
        }
    }

    fn crosses(&mut self, frame: &Frame) {
        let from = self.owners.get(frame, frame.from, frame.to).first().copied();
        let mut to: Vec<_> =
            self.owners.get(frame, frame.to, frame.from).into_iter().map(Some).collect();
        if to.is_empty() {
            to.push(None);
        }
        let label = label(frame);
        for to in to {
            let taken = to.is_some_and(|to| self.received.takes(to, frame));
            let arrow = match frame.kind {
                Kind::Tcp { rst: true, .. } | Kind::Unreachable => Arrow::Reset,
                Kind::Tcp { .. } if frame.bytes == 0 => Arrow::Solid,
                _ if taken => Arrow::Solid,
                _ => Arrow::Lost,
            };
            let (from, to, label) = (self.lane(from), self.lane(to), label.clone());
            self.steps.push(if from == to {
                Step::Note { who: from, text: format!("to itself: {label}") }
            } else {
                Step::Message { from, to, arrow, label }
            });
        }
    }

    /// The lane of a process, or that of nobody.
    fn lane(&mut self, process: Option<usize>) -> usize {
        if let Some(&lane) = process.and_then(|process| self.lanes.get(&process)) {
            return lane;
        }
        let nobody = "(nobody)";
        self.names.iter().position(|name| name == nobody).unwrap_or_else(|| {
            self.names.push(nobody.to_owned());
            self.names.len() - 1
        })
    }

    /// What a call asks for.
    fn asked(&self, call: &Call) -> String {
        let Call { name, detail, .. } = call;
        let socket = call.socket.map(|socket| &self.run.sockets[socket]);
        let peer = socket.filter(|_| self.many[call.process]).and_then(|socket| socket.peer);
        let on = peer.map_or(String::new(), |peer| format!(" {}", self.name(peer)));
        let to = call.from.map_or(String::new(), |addr| format!(" {}", self.name(addr)));
        match *name {
            "print" => format!("» {}", cut(&self.named(detail))),
            "setsockopt" => detail.clone(),
            "send" if call.times > 1 => format!("send{on}"),
            "send" if call.from.is_some() => format!("send {detail} to{to}"),
            "send" => format!("send{on} {detail}"),
            "connect" if detail.is_empty() => format!("{name}{to}"),
            "bind" if call.result.is_err() => format!("{name}{to}"),
            "connect" | "shutdown" => format!("{name} {detail}"),
            "recv" | "close" => format!("{name}{on}"),
            "interrupt" => "Ctrl-C".to_owned(),
            _ => (*name).to_owned(),
        }
    }

    /// What a call asked for, and what it returned. After a wait, which says what was asked, only its
    /// name is said again.
    fn text(&self, call: &Call, waited: bool) -> String {
        let asked = if waited { call.name.to_owned() } else { self.asked(call) };
        let from = call.from.map_or(String::new(), |addr| format!(" from {}", self.name(addr)));
        let udp =
            call.socket.is_some_and(|socket| self.run.sockets[socket].protocol == Protocol::Udp);
        let text = match (&call.result, call.name) {
            (Err(error), _) if error == "EAGAIN" => {
                format!("{asked} = {error}, nothing came in time")
            }
            (Err(error), _) => format!("{asked} = {error}"),
            (Ok(_), "recv" | "send") if call.times > 1 && call.bytes > 0 => {
                format!("{asked} = {} bytes", thousands(call.bytes))
            }
            (Ok(0), "recv") if udp => format!("{asked} = 0 \"\"{from}"),
            (Ok(0), "recv") => format!("{asked} = 0, end of stream"),
            (Ok(length), "recv") => {
                format!("{asked} = {length} {}{}", call.detail, if udp { &from } else { "" })
            }
            (Ok(0), "connect") if waited => format!("{asked} = 0"),
            (Ok(_), "send") if waited => format!("{asked} = {}", call.bytes),
            (Ok(_), "accept") => format!("accept = {}", from.trim_start_matches(" from ")),
            (Ok(ready), "poll" | "epoll_wait") => format!("{asked} = {ready}"),
            (Ok(_), _) => asked,
        };
        match call.times {
            1 => text,
            _ if self.run.timeless => format!("{text}, many times"),
            times => format!("{text}, {} times", thousands(times)),
        }
    }

    /// Who has an address, or the address.
    fn name(&self, addr: SocketAddr) -> String {
        match self.owners.name(addr) {
            Some(name) => format!("‹{name}›"),
            None if self.run.timeless && addr.port() > 0 => format!("{}:PORT", addr.ip()),
            None => addr.to_string(),
        }
    }

    /// A text in which names stand for addresses.
    fn named(&self, text: &str) -> String {
        let words = text.split(' ').map(|word| {
            let addr = word.trim_end_matches([':', ',', '.', ';', '"']);
            match addr.parse() {
                Ok(parsed) => self.name(parsed) + &word[addr.len()..],
                Err(_) => word.to_owned(),
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn sequence(self, title: &str) -> Sequence {
        let Self { mut names, mut steps, run, .. } = self;
        if names.is_empty() {
            names.push("(nobody)".to_owned());
            steps.push(Step::Note { who: 0, text: "nobody opened a socket".to_owned() });
        }
        if let Some(why) = &run.blind {
            steps.insert(0, Step::Later { text: format!("calls alone: {why}") });
        }
        if run.left_out > 0 {
            let text = format!("{} calls or segments more, not kept", thousands(run.left_out));
            steps.push(Step::Later { text });
        }
        let caption = Caption { title: title.to_owned(), alt: String::new() };
        let mut sequence = Sequence { caption, participants: names, steps };
        sequence.caption.alt = sequence.in_words();
        sequence
    }
}

/// Whether a call is one that waits for somebody else.
fn can_wait(call: &Call) -> bool {
    ["accept", "recv", "connect", "poll", "epoll_wait", "sleep"].contains(&call.name)
}

/// Whether anything has happened while a call lasted, or it has waited until its time was up.
fn waits(call: &Call, exit: Time, times: &[Time]) -> bool {
    let before = times.partition_point(|&at| at <= call.enter);
    let during = times.partition_point(|&at| at < exit).saturating_sub(before);
    let in_vain = call.times == 1 && call.result.as_ref().is_err_and(|error| error == "EAGAIN");
    exit - call.enter >= APART || can_wait(call) && (during > 0 || in_vain)
}

/// What a segment or a datagram says.
fn label(frame: &Frame) -> String {
    let payload = match frame.times {
        _ if frame.bytes == 0 && frame.kind != Kind::Udp => String::new(),
        1 => frame.text.clone(),
        times => format!("{} bytes in {}", thousands(frame.bytes), thousands(times)),
    };
    let Kind::Tcp { syn, ack, fin, rst } = frame.kind else {
        return if frame.kind == Kind::Udp { payload } else { "port unreachable".to_owned() };
    };
    let mut words = Vec::new();
    for (is_set, word) in [(syn, "SYN"), (fin, "FIN"), (rst, "RST")] {
        words.extend(is_set.then(|| word.to_owned()));
    }
    if ack && !rst && frame.bytes == 0 && !fin {
        words.push("ACK".to_owned());
    }
    words.extend(Some(payload).filter(|payload| !payload.is_empty()));
    words.join(" ")
}

/// A line that is not too long.
fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
