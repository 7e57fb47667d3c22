//! What the texts of this course promise: small files, chapters with all their aids, appendices
//! without a gap.

mod appendices;
mod texts;
