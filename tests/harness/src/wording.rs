//! Turns a record into the story that a student reads. Only `english` knows English.

mod english;

use crate::record::Record;

/// The story of a failed check, without the line of the check.
pub(crate) fn story(record: &Record) -> String {
    english::story(record)
}
