//! Right programs of other styles: checks have refused them once, and must not again.

use crate::Role;
use crate::kinds::{tcp, udp};
use crate::lab08::sender;

#[path = "../../../solutions/lab03/src/client.rs"]
mod client03;
#[path = "../../../solutions/lab05/src/client.rs"]
mod client05;
#[path = "../../../solutions/lab06/src/client.rs"]
mod client06;
#[path = "right/lab03_a_thread_for_each_client.rs"]
mod lab03_a_thread_for_each_client;
#[path = "right/lab03_prints_before_it_listens.rs"]
mod lab03_prints_before_it_listens;
#[path = "right/lab05_a_thread_for_each_client.rs"]
mod lab05_a_thread_for_each_client;
#[path = "../../../solutions/lab05/src/rude.rs"]
mod rude;

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
];
