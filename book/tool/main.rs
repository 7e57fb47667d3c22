//! Renders the book, and draws its diagrams.

mod complaints;
mod diagrams;
mod drawings;
mod neighbours;
mod one_page;
mod render;

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

/// The folder of the book: `book.toml`, the chapters, the diagrams.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const USAGE: &str = "\
usage: cargo run -p book                (renders the book)
       cargo run -p book -- --open      (and shows it in the browser)
       cargo run -p book -- draw        (draws the diagrams from their sources)
";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let arguments: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    let done = match arguments[..] {
        [] => render(false),
        ["--open"] => render(true),
        ["draw"] => draw(),
        ["--help" | "-h"] => say(USAGE),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Renders the book and says where it is. Shows it in the browser if `open`.
fn render(open: bool) -> Result<()> {
    let root = Path::new(ROOT);
    let index = render::render(root, &root.join("book"))?;
    say(&format!("The book is at {}\n", from_here(&index).display()))?;
    if open {
        open::that(&index).context("cannot open the browser")?;
    }
    Ok(())
}

/// Draws every diagram and names those that changed.
fn draw() -> Result<()> {
    for file in diagrams::draw_all(Path::new(ROOT))? {
        say(&format!("drew {}\n", from_here(&file).display()))?;
    }
    Ok(())
}

/// `path` as seen from the current folder, if it lies below it.
fn from_here(path: &Path) -> &Path {
    env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}

/// Prints `text`. Unlike `print!`, this does not panic when nobody listens.
fn say(text: &str) -> Result<()> {
    io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
}
