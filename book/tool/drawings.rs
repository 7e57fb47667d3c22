//! The drawings come into the pages when those are made, so that a search does not find the words in them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use mdbook_driver::book::{Book, BookItem};

use crate::diagrams::FOLDERS;

/// What a chapter says where a drawing is to be, before its folder and after its name.
const INCLUDE: [&str; 2] = ["{{#include ../", ".svg}}"];
/// What stands there meanwhile: a remark, which is neither shown nor found.
const REMARK: [&str; 2] = ["<!-- drawing ", " -->"];

/// Leaves only a remark where each drawing is to be.
pub fn take_out(book: &mut Book) -> Result<()> {
    let mut taken = Ok(());
    book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && taken.is_ok()
        {
            taken = with_remarks(&chapter.content)
                .map(|content| chapter.content = content)
                .with_context(|| format!("chapter {:?}", chapter.name));
        }
    });
    taken
}

fn with_remarks(chapter: &str) -> Result<String> {
    FOLDERS.iter().try_fold(chapter.to_owned(), |content, folder| {
        let begin = format!("{}{folder}/", INCLUDE[0]);
        between(&content, [&begin, INCLUDE[1]], |name| {
            Ok(format!("{}{folder}/{name}{}", REMARK[0], REMARK[1]))
        })
    })
}

/// Puts the drawings into a page.
pub fn put_in(page: &str, root: &Path) -> Result<String> {
    between(page, REMARK, |name| {
        let file = root.join(name).with_extension("svg");
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    })
}

/// A text with something else for each place that begins and ends with these marks.
fn between(
    text: &str,
    [begin, end]: [&str; 2],
    mut instead: impl FnMut(&str) -> Result<String>,
) -> Result<String> {
    let mut parts = text.split(begin);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(end).context("a drawing's name has no end")?;
        done += &instead(name)?;
        done += rest;
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_marks_is_replaced() {
        let replaced = between("a <1> b <2>", ["<", ">"], |name| Ok(name.repeat(2))).unwrap();
        assert_eq!(replaced, "a 11 b 22");
        assert!(between("a <1", ["<", ">"], |name| Ok(name.to_owned())).is_err());
    }
}
