//! What a lab's `main.rs` says of its lab.

use anyhow::Result;

/// One lab's program: what it teaches, the roles it has, and the demo that shows them together.
pub struct Lab {
    /// What follows `cargo run -p`.
    pub name: &'static str,
    /// The law the lab teaches, in one sentence.
    pub law: &'static str,
    /// The chapter's file in `book/src`.
    pub chapter: &'static str,
    /// What it can be run as.
    pub roles: &'static [Role],
    /// Where the roles meet unless told otherwise.
    pub addr: &'static str,
    /// What runs when no role is named, in order of appearance.
    pub demo: &'static [Part],
}

/// A role: what is typed to run it, and the function that does.
pub struct Role {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&str) -> Result<()>,
}

impl Role {
    /// The role `name`. `run` is given the address to listen on, connect to or send to.
    pub const fn new(name: &'static str, run: fn(&str) -> Result<()>) -> Self {
        Self { name, run }
    }
}

/// One process of a demo: its role, and where its input comes from.
pub struct Part {
    pub(crate) name: &'static str,
    pub(crate) role: &'static str,
    pub(crate) input: Input,
    /// Whether it listens on another port than the one that was found before.
    pub(crate) on_a_new_port: bool,
    /// What a line begins with after which it is interrupted.
    pub(crate) interrupted_after: Option<&'static str>,
}

/// Where the input of a demo's process comes from.
pub(crate) enum Input {
    /// It takes none: it serves until the demo is over.
    Serves,
    /// It takes none, and is a client that stays until the demo is over.
    Stays,
    /// These lines, and then the end of input.
    Lines(&'static [&'static str]),
    /// What the person types.
    Typed,
}

impl Part {
    /// `role` on a free port. Those that follow are given the same port.
    pub const fn serves(role: &'static str) -> Self {
        Self::serves_as(role, role)
    }

    /// `role` under the name `name`: one of several that serve.
    pub const fn serves_as(name: &'static str, role: &'static str) -> Self {
        Self::new(name, role, Input::Serves)
    }

    /// The same on a port of its own, where another listens already. Those that follow meet there.
    pub const fn on_a_new_port(self) -> Self {
        Self { on_a_new_port: true, ..self }
    }

    /// The same, and Ctrl-C for it as soon as it has printed a line that begins with `word`.
    pub const fn interrupted_after(self, word: &'static str) -> Self {
        Self { interrupted_after: Some(word), ..self }
    }

    /// `role` under the name `name`, without input. The next part begins when this one has printed a
    /// line, and it stays until the demo is over.
    pub const fn stays(name: &'static str, role: &'static str) -> Self {
        Self::new(name, role, Input::Stays)
    }

    /// `role` under the name `name`, without input. The next part waits until this one has ended.
    pub const fn runs(name: &'static str, role: &'static str) -> Self {
        Self::says(name, role, &[])
    }

    /// `role` under the name `name`, with `lines` as its input. The next part waits until this one
    /// has ended, or has printed nothing for 3 seconds.
    pub const fn says(
        name: &'static str,
        role: &'static str,
        lines: &'static [&'static str],
    ) -> Self {
        Self::new(name, role, Input::Lines(lines))
    }

    /// `role`, with the person's own lines as its input. The demo ends with it.
    pub const fn you(role: &'static str) -> Self {
        Self::new(role, role, Input::Typed)
    }

    const fn new(name: &'static str, role: &'static str, input: Input) -> Self {
        Self { name, role, input, on_a_new_port: false, interrupted_after: None }
    }
}

impl Lab {
    /// The package's name, which is also what `cargo test` takes to check this lab.
    pub(crate) fn package(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or(self.name)
    }

    pub(crate) fn usage(&self) -> String {
        let Lab { name, roles, addr, .. } = self;
        let mut usage = format!("usage: cargo run -p {name}    (the demo, in this terminal)\n");
        for Role { name: role, .. } in *roles {
            usage += &format!("       cargo run -p {name} -- {role} [ADDR]\n");
        }
        usage + &format!("ADDR is {addr} unless given. With port 0 the system picks a free one.")
    }

    pub(crate) fn help(&self) -> String {
        format!(
            "{}: {}\n\n{}\n\nchapter: book/src/{}\ncheck:   cargo test {}",
            self.package(),
            self.law,
            self.usage(),
            self.chapter,
            self.package()
        )
    }
}
