//! The student's tool: how far the labs are, and what to do next.
//!
//! ```text
//! cargo run -p progress                    the board
//! cargo run -p progress -- watch           checks the lab you save, again and again
//! cargo run -p progress -- hint lab03      the chapter's hints, one more at each call
//! cargo run -p progress -- reset lab03     the lab as handed out; what you wrote is kept
//! cargo run -p progress -- blank lab03     the lab as a blank page, to write it from nothing
//! ```
//!
//! It keeps nothing but how many hints you have seen. What it shows is what the checks say now.

mod blank;
mod board;
mod checks;
mod hint;
mod lesson;
mod report;
mod reset;
mod text;
mod watch;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use course::{Lab, labs_in};

const USAGE: &str = "\
usage: cargo run -p progress                    the board: how far each lab is
       cargo run -p progress -- watch [LAB]     checks the lab you save, again and again
       cargo run -p progress -- hint LAB        the chapter's hints, one more at each call
       cargo run -p progress -- reset LAB ...   the lab as handed out; what you wrote is kept
       cargo run -p progress -- reset --all     the same for every lab
       cargo run -p progress -- blank LAB       the lab as a blank page, to write it from nothing
LAB is lab03, or 03.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("error: there is no command `{}`\n\n{USAGE}", arguments.join(" "));
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the words ask for. `false` if they ask for nothing that there is.
fn run(arguments: &[&str]) -> Result<bool> {
    match arguments {
        [] => board::show()?,
        ["-h" | "--help"] => println!("{USAGE}"),
        ["watch"] => watch::run(None)?,
        ["watch", lab] => watch::run(Some(named(lab)?))?,
        ["hint", lab] => hint::show(named(lab)?)?,
        ["blank", lab] => blank::lay(named(lab)?)?,
        ["reset", "--all"] => labs().into_iter().try_for_each(reset::put_back)?,
        ["reset", labs @ ..] if !labs.is_empty() => {
            for lab in labs {
                reset::put_back(named(lab)?)?;
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The labs of this copy of the course.
fn labs() -> Vec<&'static Lab> {
    labs_in(&harness::workspace()).collect()
}

/// The lab that a word names: `lab03`, `03` or `3`.
fn named(word: &str) -> Result<&'static Lab> {
    let number: Option<u32> = word.trim_start_matches("lab").parse().ok();
    let is_it = |lab: &&Lab| number.is_some_and(|number| lab.name == format!("lab{number:02}"));
    labs().into_iter().find(is_it).ok_or_else(|| {
        let known: Vec<_> = labs().iter().map(|lab| lab.name).collect();
        anyhow::anyhow!("there is no lab {word:?} in this copy; it has {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_is_named_in_several_ways() {
        for word in ["lab03", "03", "3"] {
            assert_eq!(named(word).expect("it is there").name, "lab03");
        }
        for word in ["lab99", "", "three", "lab"] {
            let error = named(word).err().expect("there is none").to_string();
            assert!(error.contains("lab01, lab02"), "{error}");
        }
    }

    #[test]
    fn what_asks_for_nothing_is_told_the_usage() {
        for words in
            [vec!["wach"], vec!["hint"], vec!["reset"], vec!["blank"], vec!["hint", "1", "2"]]
        {
            assert!(!run(&words).expect("nothing was done"), "{words:?}");
        }
    }
}
