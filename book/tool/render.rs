//! Rendering the book with the library that mdBook itself is made of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;

use crate::neighbours::Chapters;
use crate::{complaints, drawings, one_page};

/// Renders the book in `root` into the folder `pages`, and returns its first page.
///
/// A complaint of mdBook, about a missing include for example, is an error here.
pub fn render(root: &Path, pages: &Path) -> Result<PathBuf> {
    let (rendered, complaints) = complaints::during(|| {
        let mut book = MDBook::load(root)?;
        pages.clone_into(&mut book.config.build.build_dir);
        drawings::take_out(&mut book.book)?;
        book.build()?;
        Ok::<_, anyhow::Error>(Chapters::of(&book.book))
    });
    let chapters = rendered.context("cannot render the book")?;
    for page in pages_in(pages)? {
        finish(&page, root, &chapters)
            .with_context(|| format!("cannot finish {}", page.display()))?;
    }
    if !complaints.is_empty() {
        bail!("the book is not right: {}", complaints.join("; "));
    }
    one_page::write(pages)?;
    Ok(pages.join("index.html"))
}

/// Gives a page what mdBook does not: its drawings, and the names of its neighbours.
fn finish(page: &Path, root: &Path, chapters: &Chapters) -> Result<()> {
    let html = fs::read_to_string(page)?;
    fs::write(page, chapters.named(&drawings::put_in(&html, root)?))?;
    Ok(())
}

fn pages_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let files =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let files = files.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(files.filter(|file| file.extension().is_some_and(|found| found == "html")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the HTML of a page may weigh, in bytes.
    const HEAVIEST: usize = 150_000;

    /// What the whole book may weigh on its one page. It is for those who ask for it.
    const WHOLE_BOOK: usize = 1_000_000;

    #[test]
    fn the_book_renders_without_a_complaint_into_sound_pages() {
        let folder = tempfile::tempdir().unwrap();
        render(Path::new(env!("CARGO_MANIFEST_DIR")), folder.path()).unwrap();
        for page in pages_in(folder.path()).unwrap() {
            let (name, html) = (page.display(), fs::read_to_string(&page).unwrap());
            let whole_book = page.ends_with(one_page::NAME);
            let heaviest = if whole_book { WHOLE_BOOK } else { HEAVIEST };
            assert!(html.len() <= heaviest, "{name} weighs {} bytes", html.len());
            assert!(!html.contains("src=\"http"), "{name} asks another host");
            // mdBook includes nothing, silently, where an anchor does not exist.
            let empty = html.replace('\n', "").contains("\"></code></pre>");
            assert!(!empty, "{name} has an empty code block: does every included anchor exist?");
            for link in links(&html) {
                assert!(leads_somewhere(&page, link), "{name} has a dead link: {link}");
            }
        }
    }

    #[test]
    fn the_whole_book_is_one_file_that_needs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        render(Path::new(env!("CARGO_MANIFEST_DIR")), folder.path()).unwrap();
        let html = fs::read_to_string(folder.path().join(one_page::NAME)).unwrap();
        for needed in ["<link rel=\"style", "<script", "src=", "url(", "@import"] {
            let inside = html.replace("url('data:", "");
            assert!(!inside.contains(needed), "{needed} would ask for another file");
        }
        for link in links(&html) {
            let inside = link.starts_with('#') || needs_no_file(link);
            assert!(inside, "a link leads out of the one page: {link}");
        }
        let chapters = fs::read_to_string(folder.path().join("toc.html")).unwrap();
        let chapters = chapters.matches(r#"<a href=""#).count();
        assert_eq!(html.matches(r##"<li><a href="#"##).count(), chapters);
    }

    #[test]
    fn a_missing_include_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("src");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("SUMMARY.md"), "[One](one.md)").unwrap();
        fs::write(source.join("one.md"), "{{#include two.rs}}").unwrap();
        let error = render(folder.path(), &folder.path().join("book")).unwrap_err().to_string();
        assert!(error.contains("two.rs") && error.lines().count() == 1, "{error}");
    }

    fn links(html: &str) -> impl Iterator<Item = &str> {
        html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next())
    }

    /// Whether the link goes to another host, or says itself what it leads to.
    fn needs_no_file(link: &str) -> bool {
        link.contains("://") || link.starts_with("data:")
    }

    /// Whether the link goes outside, or to a file of the book and to a heading in it.
    fn leads_somewhere(page: &Path, link: &str) -> bool {
        if needs_no_file(link) {
            return true;
        }
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() { page.to_owned() } else { page.with_file_name(file) };
        target.exists()
            && (heading.is_empty()
                || fs::read_to_string(&target).unwrap().contains(&format!("id=\"{heading}\"")))
    }
}
