//! Turns a record into the story that a student reads. Only `english` knows English.

mod english;

use crate::record::Record;

/// What is likely wrong.
pub(crate) fn cause(record: &Record) -> String {
    english::cause(record)
}

/// What a check says whose cause another one has told before.
pub(crate) fn same_cause(record: &Record, before: &str) -> String {
    english::same_cause(record, before)
}

/// The story of a failed check, without the line of the check.
pub(crate) fn story(record: &Record) -> String {
    english::story(record)
}
