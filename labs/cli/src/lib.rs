//! What every lab is given, so that a lab's own files hold nothing but networking.
//!
//! Read `console.rs`: it is all that a lab's own files call.
//!
//! - [`Console`] is the person's side of a client: messages in, replies out (`console.rs`).
//! - [`log!`] prints one event of a server's log (`console.rs`).
//! - [`main`] reads the command line and runs one role, or the demo (`command_line.rs`).
//! - [`Lab`] is what a lab's `main.rs` fills in (`lab.rs`).
//!
//! `demo.rs` and the folder beside it run all roles in one terminal, and `supervised.rs` is their
//! other end. No lab needs to know how. Nothing in this crate touches the network.

mod command_line;
mod console;
mod demo;
mod lab;
pub mod supervised;
mod width;

pub use crate::command_line::{main, number};
pub use crate::console::{Console, escaped, log_line, show};
pub use crate::lab::{Lab, Part, Role};
pub use crate::width::{columns, fitted, folded};

/// Where the roles of most labs meet unless told otherwise.
pub const LOOPBACK: &str = "127.0.0.1:7878";

/// The longest message, in bytes. Clients refuse longer ones.
pub const MAX_MESSAGE: usize = 1024;

/// The longest reply, in bytes: upper-casing makes a message at most three times as long.
pub const MAX_REPLY: usize = 3 * MAX_MESSAGE;

/// The longest datagram over IPv4, in bytes: a packet of 65,535 without the headers of IP (20) and UDP (8).
pub const MAX_DATAGRAM: usize = 65_507;
