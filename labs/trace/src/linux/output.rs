//! Where a drawing goes: the terminal, a page, files that were asked for.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use drawing::{Sequence, lanes, text};

/// How many columns are drawn on where no terminal says.
const COLUMNS: usize = 100;
const WIDEST: usize = 160;

/// The style of a page: the colours that a drawing asks for, by day and by night.
const STYLE: &str = "\
:root { color-scheme: light dark; --bg: #fff; --fg: #1d2329; --links: #1b4f6b; --danger: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #15191d; --fg: #c8d0d8; --links: #6fb3e0; --danger: #ff8a80; }
}
body { margin: 1rem auto; padding: 0 0.5rem; max-width: max-content; background: var(--bg); color: var(--fg);
       font-family: system-ui, sans-serif; }
h1 { font-size: 1.2rem; }
div { overflow-x: auto; }
.narrow { display: none; }
@media (max-width: 40rem) { .narrow { display: block; } .narrow + .wide { display: none; } }";

/// With so many lanes, a drawing is read on a phone without moving it about.
const LANES: usize = 3;

/// The drawing as it is shown in this terminal.
pub fn for_terminal(sequence: &Sequence) -> String {
    let coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    text::draw(sequence, columns(), coloured)
}

/// How many columns are drawn on: as `COLUMNS` says, or as the terminal has.
fn columns() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|told| told.parse().ok());
    let told = told.or_else(cli::columns).filter(|&columns| columns > 0);
    told.unwrap_or(COLUMNS).clamp(40, WIDEST)
}

/// The drawing as SVG.
pub fn svg(sequence: &Sequence) -> String {
    lanes::draw_wide(sequence).svg(&sequence.caption, "run")
}

/// Writes the drawing and a page that shows it into `target/trace`, and returns the page.
pub fn page(workspace: &Path, sequence: &Sequence) -> Result<PathBuf> {
    let folder = workspace.join("target/trace");
    let title = drawing::escape(&sequence.caption.title);
    let name = sequence.caption.title.replace("::", "-").replace([' ', '/', ':'], "-");
    let page = folder.join(format!("{name}.html"));
    let (wide, narrow) = (svg(sequence), narrow(sequence));
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"UTF-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}\n</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n<div tabindex=\"0\" role=\"region\" aria-label=\"The drawing\">\n\
         {narrow}<div class=\"wide\">\n{wide}</div>\n</div>\n</main>\n</body>\n</html>\n"
    );
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&page, html))
        .with_context(|| cannot(&page))?;
    fs::write(page.with_extension("svg"), wide).with_context(|| cannot(&page))?;
    Ok(page)
}

/// The drawing for a phone, if it is not too wide.
fn narrow(sequence: &Sequence) -> String {
    if sequence.participants.len() > LANES {
        return String::new();
    }
    let svg = lanes::draw(sequence).svg(&sequence.caption, "narrow-run");
    format!("<div class=\"narrow\">\n{svg}</div>\n")
}

pub fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| cannot(file))
}

fn cannot(file: &Path) -> String {
    format!("cannot write {}", file.display())
}
