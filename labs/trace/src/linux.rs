//! The command line, and what follows from it.

mod calls;
mod fold;
mod law;
mod memory;
mod order;
mod output;
mod owners;
mod program;
mod recorder;
mod registers;
mod run;
mod sockets;
mod story;
mod tracer;
mod wire;

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, exit};
use std::thread;

use anyhow::{Context, Result};
use nix::sys::signal::{SigSet, Signal};

use program::Program;
use wire::Capture;

const USAGE: &str = "\
usage: cargo run -p trace -- [OPTIONS] LAB                  the demo of lab05, or of solution05
       cargo run -p trace -- [OPTIONS] LAB ROLE [ADDR]      one role of it
       cargo run -p trace -- [OPTIONS] LAB::CHECK           one check of it
options: --open        shows the drawing in the browser
         --all         draws acknowledgements without data as well
         --svg FILE    writes the drawing to a file
         --json FILE   writes all that was recorded to a file
         --seq FILE    writes the drawing's source, without times, and in the order of causes";

/// What the options ask for.
#[derive(Default)]
struct Options {
    open: bool,
    all: bool,
    svg: Option<PathBuf>,
    json: Option<PathBuf>,
    seq: Option<PathBuf>,
}

pub fn main() -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into()).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [program::WAIT, ..] => program::wait_for_the_tracer(&arguments[1..]).map(|()| 1),
        ["--help" | "-h", ..] => {
            println!("{USAGE}");
            Ok(0)
        }
        _ => options(&words).map_or_else(
            || {
                eprintln!("{USAGE}");
                Ok(2)
            },
            |(options, words)| run(&options, words),
        ),
    };
    done.map_or_else(
        |error| {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        },
        ExitCode::from,
    )
}

/// Takes the options that stand before the words; `None` of what is no command line.
fn options<'a>(mut words: &'a [&'a str]) -> Option<(Options, &'a [&'a str])> {
    let mut options = Options::default();
    while let [option, rest @ ..] = words
        && option.starts_with('-')
    {
        words = rest;
        let file = match *option {
            "--open" => {
                options.open = true;
                continue;
            }
            "--all" => {
                options.all = true;
                continue;
            }
            "--svg" => &mut options.svg,
            "--json" => &mut options.json,
            "--seq" => &mut options.seq,
            _ => return None,
        };
        let (name, rest) = words.split_first()?;
        *file = Some(name.into());
        words = rest;
    }
    (!words.is_empty()).then_some((options, words))
}

/// Runs a program, draws what it did, and returns its status.
fn run(options: &Options, words: &[&str]) -> Result<u8> {
    let workspace = workspace();
    let program = Program::build(&workspace, words)?;
    let network = wire::enter();
    hold_interrupts()?;
    let capture = network.and_then(|()| Capture::start(options.all));
    let (mut run, status) = tracer::trace(program.command()?, &program.name)?;
    match capture {
        Ok(capture) => run.add(capture.end()),
        Err(why) => run.blind = Some(why.to_string()),
    }
    run.end_with_the_demo();
    if let Some(file) = &options.json {
        output::write(file, &format!("{}\n", serde_json::to_string_pretty(&run)?))?;
    }
    let title = words.join(" ");
    let mut sequence = story::tell(&run, &title);
    order::by_cause(&mut run);
    let caused = story::tell(&run, &title);
    if let Some(file) = &options.seq {
        output::write(file, &caused.source())?;
    }
    if let Some(lab) = course::labs_in(&workspace).find(|lab| lab.name == title) {
        law::mark(&mut sequence, &caused, lab, &workspace);
    }
    let page = output::page(&workspace, &sequence);
    if let Some(file) = &options.svg {
        output::write(file, &output::svg(&sequence))?;
    }
    let drawing = output::for_terminal(&sequence);
    let page = page?;
    let shown = env::current_dir().ok().and_then(|here| page.strip_prefix(here).ok());
    let shown = shown.unwrap_or(&page).display();
    // Whoever does not read it has no need of it.
    let _ = writeln!(io::stdout(), "\n{drawing}\nthe drawing as a page: {shown}");
    if options.open {
        open::that(&page).context("cannot open the browser")?;
    }
    Ok(status)
}

/// Ctrl-C is for the program; this one draws what was until then. A second one ends both.
fn hold_interrupts() -> Result<()> {
    let mut interrupts = SigSet::empty();
    interrupts.add(Signal::SIGINT);
    interrupts.thread_block()?;
    thread::spawn(move || {
        for _ in 0..2 {
            let _ = interrupts.wait();
        }
        exit(130);
    });
    Ok(())
}

/// The copy of the course in which cargo was called, or in which this was built.
fn workspace() -> PathBuf {
    let called = env::current_dir().unwrap_or_default();
    let found = called.ancestors().find(|folder| folder.join("tests/course").is_dir());
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    found.map_or_else(|| built.canonicalize().unwrap_or(built), Path::to_owned)
}
