//! Right programs of other styles: checks have refused them once, and must not again.

use crate::Role;
use crate::kinds::{tcp, udp};
use crate::lab08::sender;

#[path = "../../../solutions/lab11/src/busy.rs"]
mod busy;
#[path = "../../../solutions/lab03/src/client.rs"]
mod client03;
#[path = "../../../solutions/lab05/src/client.rs"]
mod client05;
#[path = "../../../solutions/lab06/src/client.rs"]
mod client06;
#[path = "../../../solutions/lab09/src/client.rs"]
mod client09;
#[path = "../../../solutions/lab10/src/client.rs"]
mod client10;
#[path = "../../../solutions/lab10/src/deaf.rs"]
mod deaf;
#[path = "../../../solutions/lab09/src/hasty.rs"]
mod hasty;
#[path = "right/lab03_a_thread_for_each_client.rs"]
mod lab03_a_thread_for_each_client;
#[path = "right/lab03_prints_before_it_listens.rs"]
mod lab03_prints_before_it_listens;
#[path = "right/lab05_a_thread_for_each_client.rs"]
mod lab05_a_thread_for_each_client;
#[path = "right/lab09_a_thread_for_each_client.rs"]
mod lab09_a_thread_for_each_client;
#[path = "right/lab09_keeps_a_buffer.rs"]
mod lab09_keeps_a_buffer;
#[path = "right/lab09_takes_and_writes_twice.rs"]
mod lab09_takes_and_writes_twice;
#[path = "right/lab10_a_thread_for_each_client.rs"]
mod lab10_a_thread_for_each_client;
#[path = "right/lab10_has_a_clock_of_its_own.rs"]
mod lab10_has_a_clock_of_its_own;
#[path = "right/lab10_waits_at_a_channel.rs"]
mod lab10_waits_at_a_channel;
#[path = "right/lab11_catches_panics.rs"]
mod lab11_catches_panics;
#[path = "right/lab11_counts_with_a_channel.rs"]
mod lab11_counts_with_a_channel;
#[path = "right/lab11_has_a_scope.rs"]
mod lab11_has_a_scope;
#[path = "right/lab12_hangs_up_on_who_is_idle.rs"]
mod lab12_hangs_up_on_who_is_idle;
#[path = "right/lab12_has_a_scope.rs"]
mod lab12_has_a_scope;
#[path = "right/lab12_leaves_accept_waiting.rs"]
mod lab12_leaves_accept_waiting;
#[path = "right/lab13_ends_from_another_thread.rs"]
mod lab13_ends_from_another_thread;
#[path = "right/lab13_shows_by_a_channel.rs"]
mod lab13_shows_by_a_channel;
#[path = "../../../solutions/lab05/src/rude.rs"]
mod rude;
#[path = "../../../solutions/lab13/src/server.rs"]
mod server13;
#[path = "../../../solutions/lab10/src/silent.rs"]
mod silent;
#[path = "../../../solutions/lab09/src/slow.rs"]
mod slow;

/// A right program, and how it differs from the solution.
pub struct Right {
    /// The lab whose checks it must pass.
    pub lab: &'static str,
    /// Its style, as one would tell it.
    pub name: &'static str,
    /// Its roles, as in `cli::Lab`.
    pub roles: &'static [Role],
}

/// All of them.
pub const RIGHT: &[Right] = &[
    Right {
        lab: "lab03",
        name: "a_thread_for_each_client",
        roles: &[("server", lab03_a_thread_for_each_client::run), ("client", client03::run)],
    },
    Right {
        lab: "lab03",
        name: "prints_before_it_listens",
        roles: &[("server", lab03_prints_before_it_listens::run), ("client", client03::run)],
    },
    Right {
        lab: "lab05",
        name: "a_thread_for_each_client",
        roles: &[
            ("server", lab05_a_thread_for_each_client::run),
            ("client", client05::run),
            ("rude", rude::run),
        ],
    },
    Right {
        lab: "lab03",
        name: "what_wrong_servers_are_made_of",
        roles: &[("server", tcp::right_server), ("client", client03::run)],
    },
    Right {
        lab: "lab05",
        name: "what_wrong_servers_are_made_of",
        roles: &[("server", tcp::right_server), ("client", client05::run), ("rude", rude::run)],
    },
    Right {
        lab: "lab06",
        name: "what_wrong_servers_are_made_of",
        roles: &[("server", udp::right_server), ("client", client06::run)],
    },
    Right {
        lab: "lab08",
        name: "what_wrong_receivers_are_made_of",
        roles: &[("receiver", udp::right_receiver), ("sender", sender::run)],
    },
    Right {
        lab: "lab09",
        name: "keeps_a_buffer",
        roles: &[
            ("server", lab09_keeps_a_buffer::run),
            ("client", client09::run),
            ("hasty", hasty::run),
            ("slow", slow::run),
        ],
    },
    Right {
        lab: "lab09",
        name: "takes_and_writes_twice",
        roles: &[
            ("server", lab09_takes_and_writes_twice::run),
            ("client", client09::run),
            ("hasty", hasty::run),
            ("slow", slow::run),
        ],
    },
    Right {
        lab: "lab09",
        name: "a_thread_for_each_client",
        roles: &[
            ("server", lab09_a_thread_for_each_client::run),
            ("client", client09::run),
            ("hasty", hasty::run),
            ("slow", slow::run),
        ],
    },
    Right {
        lab: "lab10",
        name: "a_thread_for_each_client",
        roles: &[
            ("server", lab10_a_thread_for_each_client::run),
            ("client", client10::run),
            ("silent", silent::run),
            ("deaf", deaf::run),
        ],
    },
    Right {
        lab: "lab10",
        name: "waits_at_a_channel",
        roles: &[
            ("server", lab10_waits_at_a_channel::run),
            ("client", client10::run),
            ("silent", silent::run),
            ("deaf", deaf::run),
        ],
    },
    Right {
        lab: "lab10",
        name: "has_a_clock_of_its_own",
        roles: &[
            ("server", lab10_has_a_clock_of_its_own::run),
            ("client", client10::run),
            ("silent", silent::run),
            ("deaf", deaf::run),
        ],
    },
    Right {
        lab: "lab11",
        name: "counts_with_a_channel",
        roles: &[
            ("server", lab11_counts_with_a_channel::run),
            ("client", client10::run),
            ("busy", busy::run),
        ],
    },
    Right {
        lab: "lab11",
        name: "catches_panics",
        roles: &[
            ("server", lab11_catches_panics::run),
            ("client", client10::run),
            ("busy", busy::run),
        ],
    },
    Right {
        lab: "lab11",
        name: "has_a_scope",
        roles: &[
            ("server", lab11_has_a_scope::run),
            ("client", client10::run),
            ("busy", busy::run),
        ],
    },
    Right {
        lab: "lab12",
        name: "leaves_accept_waiting",
        roles: &[
            ("server", lab12_leaves_accept_waiting::run),
            ("client", client10::run),
            ("silent", silent::run),
        ],
    },
    Right {
        lab: "lab12",
        name: "has_a_scope",
        roles: &[
            ("server", lab12_has_a_scope::run),
            ("client", client10::run),
            ("silent", silent::run),
        ],
    },
    Right {
        lab: "lab12",
        name: "hangs_up_on_who_is_idle",
        roles: &[
            ("server", lab12_hangs_up_on_who_is_idle::run),
            ("client", client10::run),
            ("silent", silent::run),
        ],
    },
    Right {
        lab: "lab13",
        name: "ends_from_another_thread",
        roles: &[("server", server13::run), ("client", lab13_ends_from_another_thread::run)],
    },
    Right {
        lab: "lab13",
        name: "shows_by_a_channel",
        roles: &[
            ("server", server13::run),
            ("client", |addr| {
                let result = lab13_shows_by_a_channel::run(addr);
                crate::screen::close();
                result
            }),
        ],
    },
];
