//! Turns a record into the story that a student reads. Only `english` knows English.

mod english;

use crate::record::Record;

/// What a check says whose mistake another one has told before.
pub(crate) fn as_in(record: &Record, first: &str) -> String {
    english::as_in(record, first)
}

/// The story of a failed check, without the line of the check.
pub(crate) fn story(record: &Record) -> String {
    english::story(record)
}
