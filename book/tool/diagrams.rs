//! The folders of the drawings: `diagrams/NAME.svg` is a drawing, and beside it lies its source,
//! `NAME.seq` for what happens one after the other, `NAME.bytes` for what lies side by side. What is
//! in `runs` was drawn by `labs/trace`, as `NAME.seq` as well.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use drawing::{Bytes, Sequence, boxes, lanes};

/// The kinds of sources.
const KINDS: [&str; 2] = ["seq", "bytes"];

/// Where drawings are: those that somebody has thought out, and those of runs.
pub const FOLDERS: [&str; 2] = ["diagrams", "runs"];

/// Draws every source below the book's folder, and returns the drawings that were not up to date.
pub fn draw_all(root: &Path) -> Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    for source in files_in_all(root, &KINDS)? {
        let drawing = draw(&source)?;
        let file = source.with_extension("svg");
        if stored(&file).ok().as_ref() != Some(&drawing) {
            fs::write(&file, drawing)
                .with_context(|| format!("cannot write {}", file.display()))?;
            changed.push(file);
        }
    }
    Ok(changed)
}

/// The files of some kinds in both folders.
fn files_in_all(root: &Path, kinds: &[&str]) -> Result<Vec<PathBuf>> {
    let folders = FOLDERS.iter().map(|folder| files(&root.join(folder), kinds));
    Ok(folders.collect::<Result<Vec<_>>>()?.concat())
}

/// The files of some kinds in a folder, sorted by name.
fn files(folder: &Path, kinds: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let file = entry?.path();
        if kinds.iter().any(|kind| is(&file, kind)) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn is(file: &Path, kind: &str) -> bool {
    file.extension().is_some_and(|extension| extension == kind)
}

/// What the drawing of a source must look like.
fn draw(file: &Path) -> Result<String> {
    let source = stored(file)?;
    let parsed = if is(file, "bytes") {
        Bytes::parse(&source).map(|bytes| (boxes::draw(&bytes), bytes.caption))
    } else {
        Sequence::parse(&source).map(|sequence| (lanes::draw(&sequence), sequence.caption))
    };
    let (picture, caption) = parsed.with_context(|| format!("cannot draw {}", file.display()))?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    Ok(picture.svg(&caption, &format!("diagram-{name}")))
}

/// A file's text with `\n` between its lines. Git may have checked it out with others.
fn stored(file: &Path) -> Result<String> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");

    #[test]
    fn every_source_is_drawn_and_no_drawing_is_stale() {
        for source in files_in_all(Path::new(ROOT), &KINDS).unwrap() {
            let drawing = stored(&source.with_extension("svg")).unwrap();
            let up_to_date = drawing == draw(&source).unwrap();
            let file = source.display();
            assert!(up_to_date, "{file} has changed since: cargo run -p book -- draw");
        }
    }

    #[test]
    fn every_drawing_has_its_source() {
        for_every_drawing(|file, _| KINDS.iter().any(|kind| file.with_extension(kind).exists()));
    }

    #[test]
    fn every_drawing_is_shown_in_a_chapter() {
        let chapters = fs::read_dir(Path::new(ROOT).join("src")).unwrap();
        let chapters = chapters.filter_map(|entry| stored(&entry.unwrap().path()).ok());
        let book: String = chapters.collect();
        for_every_drawing(|file, _| {
            let name = file.strip_prefix(ROOT).unwrap().display();
            book.contains(&format!("{{{{#include ../{name}}}}}"))
        });
    }

    #[test]
    fn every_drawing_has_a_text_alternative() {
        for_every_drawing(|file, drawing| {
            let id = format!("diagram-{}", file.file_stem().unwrap().display());
            drawing.contains(&format!(r#"role="img" aria-labelledby="{id}-title {id}-desc""#))
                && text_of(drawing, "title", &id).is_some_and(|title| !title.is_empty())
                && text_of(drawing, "desc", &id).is_some_and(|desc| !desc.is_empty())
        });
    }

    #[test]
    fn every_drawing_fits_into_a_page_of_any_theme() {
        for_every_drawing(|_, drawing| {
            let colourful =
                ["\"#", "rgb(", "<style", "<script"].iter().any(|it| drawing.contains(it));
            // A blank line would end the HTML, and Markdown would begin again.
            !colourful && drawing.lines().all(|line| !line.trim().is_empty())
        });
    }

    #[track_caller]
    fn for_every_drawing(holds: impl Fn(&Path, &str) -> bool) {
        for file in files_in_all(Path::new(ROOT), &["svg"]).unwrap() {
            assert!(holds(&file, &stored(&file).unwrap()), "not so: {}", file.display());
        }
    }

    fn text_of<'a>(drawing: &'a str, tag: &str, id: &str) -> Option<&'a str> {
        let (_, rest) = drawing.split_once(&format!(r#"<{tag} id="{id}-{tag}">"#))?;
        rest.split_once(&format!("</{tag}>")).map(|(text, _)| text)
    }
}
