//! Mistakes that can be made in many labs, made in each of them.
//!
//! By these kinds of mistakes people who had not seen the checks have fooled them. Each program is a
//! right service, or a right client, that is wrong in one way.

pub mod tcp;
pub mod udp;

use crate::Wrong;

/// A wrong program that many labs must catch.
pub struct Kind {
    /// The labs that must.
    pub labs: &'static [&'static str],
    /// The program.
    pub wrong: Wrong,
}

/// All of them.
pub const KINDS: &[&[Kind]] = &[tcp::SERVERS, tcp::ONCE, tcp::CLIENTS, udp::SERVERS, udp::CLIENTS];

/// One row of a table: a name, the labs, the roles, one with its fault, the check that must fail, and what
/// its story must say.
macro_rules! kind {
    ($name:literal, $labs:expr, $roles:expr, $check:literal, $says:literal) => {
        $crate::kinds::Kind {
            labs: $labs,
            wrong: $crate::Wrong { name: $name, roles: $roles, caught_by: &[$check], says: $says },
        }
    };
}
use kind;
