//! The demo: all roles in one terminal. Each is a process of its own, its lines under its name.

mod pipes;
mod runner;
mod terminal;

use anyhow::Result;

use crate::lab::Lab;
use runner::Runner;

/// Runs every part of the lab's demo, and shows what each of them prints.
pub(crate) fn run(lab: &Lab) -> Result<()> {
    let mut runner = Runner::new(lab);
    runner.tell(lab.law);
    for part in lab.demo {
        runner.run(part)?;
    }
    runner.stop_all();
    runner.tell(&format!(
        "chapter: book/src/{}   check: cargo test {}",
        lab.chapter,
        lab.package()
    ));
    runner.tell(&format!("draw it: cargo trace {}", lab.package()));
    Ok(())
}
