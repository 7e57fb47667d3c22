//! Lab 12: a service must know how to end.

use harness::{Hint, Lab, Symptom, lab};
use rstest::fixture;

#[cfg(target_os = "linux")]
#[path = "contract/accept.rs"]
mod accept;
#[path = "contract/client.rs"]
mod client;
#[path = "contract/command_line.rs"]
mod command_line;
#[path = "contract/conversation.rs"]
mod conversation;
#[path = "contract/crowd.rs"]
mod crowd;
#[path = "contract/deadlines.rs"]
mod deadlines;
#[path = "contract/ending.rs"]
mod ending;
#[path = "contract/frames.rs"]
mod frames;
#[path = "contract/service.rs"]
mod service;
#[path = "contract/waiting.rs"]
mod waiting;

#[cfg(not(target_os = "linux"))]
harness::ignored!(accept, "only Linux lets one program limit another's descriptors");

const ENDS: &str = "what one client does ends the service";
const LOST: &str = "a client is turned away, or its thread has ended before its conversation";
const UNLOGGED: &str = "an event of one client is not logged, or with another's address";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(Symptom::Exited, ENDS, "your-turn").of_the_server(),
    Hint::new(Symptom::ExitedOk, ENDS, "your-turn").of_the_server(),
    Hint::new(Symptom::Disconnected, LOST, "11-many-clients.md#a-thread-for-each"),
    Hint::new(Symptom::MissingEvent, UNLOGGED, "your-turn"),
    Hint::new(Symptom::WrongEvent, UNLOGGED, "your-turn"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}
