//! The labs of the course, named in one place.
//!
//! A row makes a lab known: the build script compiles its checks for `labs/` and `solutions/`, the
//! proofs run its wrong programs, and the book and the README are held to what it says. Everything
//! else follows from the name `labNN`: `labs/labNN`, `solutions/labNN`, `tests/checks/labNN.rs`,
//! `tests/starters/labNN`, `tests/proofs/src/wrong/labNN.rs`.
//!
//! This package depends on no other, so build scripts and tools take it as any crate.

pub mod machine;
pub mod tree;

use std::fs;
use std::path::{Path, PathBuf};

/// Where a lab's roles meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A TCP port.
    Tcp,
    /// A UDP port.
    Udp,
    /// A UDP port of a broadcast address.
    Broadcast,
}

/// How one message is told from the next on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// What one write sends, which is taken for what one read brings; or a datagram.
    Read,
    /// Four bytes that hold its length, most significant first, and then so many bytes of text.
    Frame,
    /// A line: text, and then `\n`.
    Line,
}

/// How many connections a client over TCP has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// One for all its messages.
    One,
    /// One for each message, since a service may close an idle one.
    EachMessage,
}

/// What a machine must have for a lab's demo and most of its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// What is sent to 127.255.255.255 arrives there.
    LoopbackBroadcast,
}

impl Need {
    /// Whether this machine has it.
    pub fn is_met(self) -> bool {
        match self {
            Self::LoopbackBroadcast => machine::has_loopback_broadcast(),
        }
    }
}

/// One lab of the course.
pub struct Lab {
    /// `labNN`, the package in `labs/` and the folder in `solutions/`.
    pub name: &'static str,
    /// The law it teaches, which is also the chapter's title.
    pub law: &'static str,
    /// The part of the course that it belongs to, from 1.
    pub part: u32,
    /// The chapter's file in `book/src`.
    pub chapter: &'static str,
    /// Where its roles meet.
    pub endpoint: Endpoint,
    /// What one message is on the wire.
    pub unit: Unit,
    /// What its server says to whoever comes, before anything else.
    pub greeting: Option<&'static str>,
    /// How many connections its client has.
    pub connections: Connections,
    /// The numbers that its programs take from the environment, where checks say nothing else: such that
    /// nobody is given up, however slow the machine.
    pub environment: &'static [(&'static str, &'static str)],
    /// How long a student is likely to need, in minutes.
    pub minutes: u32,
    /// The files a student edits, in `labs/labNN/src`.
    pub edits: &'static [&'static str],
    /// What a machine must have for it.
    pub needs: &'static [Need],
    /// How many wrong programs its checks are proved with, at least.
    pub wrong: usize,
}

/// Every lab, in the order of the course.
pub const LABS: &[Lab] = &[
    Lab {
        name: "lab01",
        law: "accept gives you a new socket",
        part: 1,
        chapter: "01-one-exchange.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 45,
        edits: &["server.rs", "client.rs"],
        needs: &[],
        wrong: 6,
    },
    Lab {
        name: "lab02",
        law: "zero bytes read means: the peer has finished",
        part: 1,
        chapter: "02-conversation.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 45,
        edits: &["server.rs", "client.rs"],
        needs: &[],
        wrong: 6,
    },
    Lab {
        name: "lab03",
        law: "a server outlives its clients",
        part: 1,
        chapter: "03-service.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 45,
        edits: &["server.rs"],
        needs: &[],
        wrong: 6,
    },
    Lab {
        name: "lab04",
        law: "writing nothing sends nothing",
        part: 1,
        chapter: "04-empty-data.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 30,
        edits: &["client.rs"],
        needs: &[],
        wrong: 6,
    },
    Lab {
        name: "lab05",
        law: "a peer can vanish between any two lines of your code",
        part: 1,
        chapter: "05-abrupt-disconnect.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 60,
        edits: &["server.rs"],
        needs: &[],
        wrong: 8,
    },
    Lab {
        name: "lab06",
        law: "every datagram carries its return address",
        part: 1,
        chapter: "06-udp.md",
        endpoint: Endpoint::Udp,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 40,
        edits: &["server.rs"],
        needs: &[],
        wrong: 6,
    },
    Lab {
        name: "lab07",
        law: "a datagram arrives whole, once, or not at all, and nobody tells you",
        part: 1,
        chapter: "07-loss.md",
        endpoint: Endpoint::Udp,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 60,
        edits: &["server.rs", "client.rs"],
        needs: &[],
        wrong: 6,
    },
    Lab {
        name: "lab08",
        law: "one send, every listener, if you ask for permission",
        part: 1,
        chapter: "08-broadcast.md",
        endpoint: Endpoint::Broadcast,
        unit: Unit::Read,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 50,
        edits: &["receiver.rs", "sender.rs"],
        needs: &[Need::LoopbackBroadcast],
        wrong: 6,
    },
    Lab {
        name: "lab09",
        law: "one read is not one message",
        part: 2,
        chapter: "09-framing.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Frame,
        greeting: None,
        connections: Connections::One,
        environment: &[],
        minutes: 60,
        edits: &["frame.rs"],
        needs: &[],
        wrong: 10,
    },
    Lab {
        name: "lab10",
        law: "waiting for ever is a bug",
        part: 2,
        chapter: "10-deadlines.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Frame,
        greeting: None,
        connections: Connections::EachMessage,
        environment: &[("PATIENCE", "60000")],
        minutes: 75,
        edits: &["timed.rs", "server.rs"],
        needs: &[],
        wrong: 10,
    },
    Lab {
        name: "lab11",
        law: "one slow client must not stop the others",
        part: 2,
        chapter: "11-many-clients.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Frame,
        greeting: None,
        connections: Connections::EachMessage,
        environment: &[("PATIENCE", "60000"), ("MOST", "2000")],
        minutes: 90,
        edits: &["crowd.rs", "server.rs"],
        needs: &[],
        wrong: 10,
    },
    Lab {
        name: "lab12",
        law: "a service must know how to end",
        part: 2,
        chapter: "12-ending.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Frame,
        greeting: None,
        connections: Connections::EachMessage,
        environment: &[("PATIENCE", "60000"), ("MOST", "2000"), ("WORK", "0")],
        minutes: 90,
        edits: &["crowd.rs", "server.rs"],
        needs: &[],
        wrong: 10,
    },
    Lab {
        name: "lab13",
        law: "the other side speaks when it likes",
        part: 2,
        chapter: "13-both-at-once.md",
        endpoint: Endpoint::Tcp,
        unit: Unit::Line,
        greeting: Some("hihi"),
        connections: Connections::One,
        environment: &[("PACE", "60000")],
        minutes: 75,
        edits: &["client.rs"],
        needs: &[],
        wrong: 10,
    },
];

impl Lab {
    /// `solutionNN`, the package in `solutions/`.
    pub fn solution(&self) -> String {
        self.name.replacen("lab", "solution", 1)
    }

    /// The lab's sources, which a student may have edited.
    pub fn sources(&self, workspace: &Path) -> PathBuf {
        workspace.join("labs").join(self.name).join("src")
    }

    /// A copy of the sources as they are handed out.
    pub fn starter(&self, workspace: &Path) -> PathBuf {
        workspace.join("tests/starters").join(self.name)
    }

    /// The names of the checks that fail on the lab as handed out, a line each.
    pub fn failing(&self, workspace: &Path) -> PathBuf {
        workspace.join(format!("tests/starters/{}.failing.txt", self.name))
    }

    /// The names of the mistakes that its checks catch, a line each.
    pub fn mistakes(&self, workspace: &Path) -> PathBuf {
        workspace.join(format!("tests/starters/{}.mistakes.txt", self.name))
    }

    /// Whether this machine has what the lab needs.
    pub fn can_be_run(&self) -> bool {
        self.needs.iter().all(|need| need.is_met())
    }

    /// Whether nobody has edited the sources. Line endings do not count.
    pub fn is_untouched(&self, workspace: &Path) -> bool {
        files_in(&self.sources(workspace)) == files_in(&self.starter(workspace))
    }
}

/// The labs that a copy of the course has, which may be fewer than there are.
pub fn labs_in(workspace: &Path) -> impl Iterator<Item = &'static Lab> {
    LABS.iter().filter(move |lab| lab.starter(workspace).is_dir())
}

/// The names and texts of the files in a folder, in order; nothing if it cannot be read.
pub fn files_in(folder: &Path) -> Option<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let text = fs::read_to_string(entry.path()).unwrap_or_default().replace("\r\n", "\n");
        files.push((entry.file_name().to_string_lossy().into_owned(), text));
    }
    files.sort();
    Some(files)
}
