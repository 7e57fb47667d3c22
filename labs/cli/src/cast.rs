//! The whole cast in one terminal: each role is a process of its own, its lines marked by its name.

use anyhow::Result;

use crate::Lab;
use crate::stage::Stage;

/// One part in the cast: who plays it, and what makes it speak.
pub struct Part {
    pub(crate) name: &'static str,
    pub(crate) role: &'static str,
    pub(crate) cue: Cue,
}

pub(crate) enum Cue {
    /// Serves until the play is over.
    Serve,
    /// Says one line, and leaves.
    Says(&'static str),
    /// Is given what the person types.
    You,
}

impl Part {
    /// `role` on a free port. Those that follow are given the same port.
    pub const fn serves(role: &'static str) -> Self {
        Self::serves_as(role, role)
    }

    /// `role` under the name `name`: one of several that serve.
    pub const fn serves_as(name: &'static str, role: &'static str) -> Self {
        Self { name, role, cue: Cue::Serve }
    }

    /// `role` under the name `name`, with `line` as its input. The next part waits until it left.
    pub const fn says(name: &'static str, role: &'static str, line: &'static str) -> Self {
        Self { name, role, cue: Cue::Says(line) }
    }

    /// `role`, with the person's own lines as its input. The play ends with it.
    pub const fn you(role: &'static str) -> Self {
        Self { name: role, role, cue: Cue::You }
    }
}

/// Plays every part of the lab's cast, and shows what each of them says.
pub(crate) fn play(lab: &Lab) -> Result<()> {
    let mut stage = Stage::new(lab);
    stage.narrate(lab.law);
    for part in lab.cast {
        stage.enter(part)?;
    }
    stage.wind_down();
    stage.narrate(&format!(
        "chapter: book/src/{}   check: cargo test {}",
        lab.chapter,
        lab.package()
    ));
    Ok(())
}
