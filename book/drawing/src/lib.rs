//! The language of the course's drawings, and how they are drawn: as SVG for a page, as text for a
//! terminal.
//!
//! - [`Sequence`] is what happens one after the other: lanes, waits, arrows. [`lanes`] draws it as
//!   SVG, [`text`] for a terminal.
//! - [`Bytes`] is what lies side by side: boxes in rows. [`boxes`] draws it as SVG, [`rows`] for a
//!   terminal.
//! - [`Caption`] is what either says in words.

pub mod boxes;
mod bytes;
mod caption;
pub mod lanes;
mod picture;
pub mod rows;
mod sequence;
pub mod text;

pub use crate::bytes::{Bytes, Content, Part, Row, State};
pub use crate::caption::Caption;
pub use crate::picture::{Picture, WIDTH, escape};
pub use crate::sequence::{Arrow, Sequence, Step};
