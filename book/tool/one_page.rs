//! The whole book in one file that needs no other: to keep, to print, to read without a network.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// mdBook's page of all chapters. Every page links to it.
pub const NAME: &str = "print.html";

/// Replaces mdBook's page of all chapters, which needs the files around it and opens the print
/// dialog, by one with the style inside, a list of the chapters, and no script.
pub fn write(pages: &Path) -> Result<()> {
    let file = pages.join(NAME);
    let page = read(&file)?;
    let title = between(&page, "<title>", "</title>")?;
    let style = style(pages, &page)?;
    // A table may be too wide for a phone. Then it scrolls inside itself, by the keyboard, too.
    let wide = r#"<div class="table-wrapper""#;
    let chapters = between(&page, "<main>", "</main>")?
        .replace(wide, &format!(r#"{wide} tabindex="0""#))
        .replace(&format!(r#"href="{NAME}""#), r##"href="#top""##);
    let contents = contents(&chapters);
    let one_page = format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
{style}</head>
<body class="one-page" id="top">
<div class="content">
<main>
<h1>{title}</h1>
<nav aria-label="Chapters">
<ul>
{contents}</ul>
</nav>
{chapters}</main>
</div>
</body>
</html>
"#
    );
    fs::write(&file, one_page).with_context(|| format!("cannot write {}", file.display()))
}

/// The style sheets of the page, each in an element that keeps the medium it is for.
///
/// Those for coloured code are not among them: colouring takes a script.
fn style(pages: &Path, page: &str) -> Result<String> {
    let mut style = String::new();
    for link in page.split(r#"<link rel="stylesheet" href=""#).skip(1) {
        let (file, rest) = link.split_once('"').context("a link to a style sheet has no end")?;
        let (medium, _) = rest.split_once('>').context("a link to a style sheet has no end")?;
        style += &format!("<style{medium}>\n{}</style>\n", read(&pages.join(file))?);
    }
    Ok(style)
}

/// An item for each chapter, made from its heading, which is a link to itself.
fn contents(chapters: &str) -> String {
    let headings = chapters.split("<h1 ").skip(1).filter_map(|rest| {
        let (heading, _) = rest.split_once("</h1>")?;
        let (_, link) = heading.split_once('>')?;
        Some(format!("<li>{}</li>\n", link.replace(r#" class="header""#, "")))
    });
    headings.collect()
}

fn between<'a>(page: &'a str, start: &str, end: &str) -> Result<&'a str> {
    page.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map(|(found, _)| found)
        .with_context(|| format!("{NAME} has no {start}"))
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
