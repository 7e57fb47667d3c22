//! The labs of the course, named in one place.
//!
//! A row makes a lab known: the build script compiles its checks for `labs/` and `solutions/`, the
//! proofs run its wrong programs, and the book and the README are held to what it says. Everything
//! else follows from the name `labNN`: `labs/labNN`, `solutions/labNN`, `tests/checks/labNN.rs`,
//! `tests/starters/labNN`, `tests/proofs/src/wrong/labNN.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// What carries the messages between a lab's roles.
#[derive(Clone, Copy, PartialEq)]
pub enum Transport {
    Tcp,
    Udp,
}

/// One lab of the course.
pub struct Lab {
    /// `labNN`, the package in `labs/` and the folder in `solutions/`.
    pub name: &'static str,
    /// The law it teaches, which is also the chapter's title.
    pub law: &'static str,
    /// The chapter's file in `book/src`.
    pub chapter: &'static str,
    /// What its roles talk over.
    pub transport: Transport,
    /// How long a student is likely to need, in minutes.
    pub minutes: u32,
    /// The files a student edits, in `labs/labNN/src`.
    pub edits: &'static [&'static str],
}

/// Every lab, in the order of the course.
pub const LABS: &[Lab] = &[
    Lab {
        name: "lab01",
        law: "accept gives you a new socket",
        chapter: "01-one-exchange.md",
        transport: Transport::Tcp,
        minutes: 45,
        edits: &["server.rs", "client.rs"],
    },
    Lab {
        name: "lab02",
        law: "zero bytes read means: the peer has finished",
        chapter: "02-conversation.md",
        transport: Transport::Tcp,
        minutes: 45,
        edits: &["server.rs", "client.rs"],
    },
    Lab {
        name: "lab03",
        law: "a server outlives its clients",
        chapter: "03-service.md",
        transport: Transport::Tcp,
        minutes: 45,
        edits: &["server.rs"],
    },
    Lab {
        name: "lab04",
        law: "writing nothing sends nothing",
        chapter: "04-empty-data.md",
        transport: Transport::Tcp,
        minutes: 30,
        edits: &["client.rs"],
    },
    Lab {
        name: "lab05",
        law: "a peer can vanish between any two lines of your code",
        chapter: "05-abrupt-disconnect.md",
        transport: Transport::Tcp,
        minutes: 60,
        edits: &["server.rs"],
    },
    Lab {
        name: "lab06",
        law: "every datagram carries its return address",
        chapter: "06-udp.md",
        transport: Transport::Udp,
        minutes: 40,
        edits: &["server.rs"],
    },
    Lab {
        name: "lab07",
        law: "a datagram arrives whole, once, or not at all, and nobody tells you",
        chapter: "07-loss.md",
        transport: Transport::Udp,
        minutes: 60,
        edits: &["server.rs", "client.rs"],
    },
    Lab {
        name: "lab08",
        law: "one send, every listener, if you ask for permission",
        chapter: "08-broadcast.md",
        transport: Transport::Udp,
        minutes: 50,
        edits: &["receiver.rs", "sender.rs"],
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

    /// Whether nobody has edited the sources. Line endings do not count.
    pub fn is_untouched(&self, workspace: &Path) -> bool {
        files_in(&self.sources(workspace)) == files_in(&self.starter(workspace))
    }
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
