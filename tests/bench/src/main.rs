//! The budgets of the course, measured: `cargo run -p bench`. It takes a few minutes.
//!
//! Each figure stands beside its budget and, where it depends on the machine, beside what cargo needs
//! for a hello-world program with one dependency. Everything happens in copies, in a temporary
//! folder. Nothing fails when a budget is exceeded: a machine that is busy exceeds each of them.

mod copy;

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use copy::Copy;

/// How often what takes little time is measured. The median counts.
const TIMES: usize = 5;

fn main() -> Result<()> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let hello = Copy::hello(folder.path())?;
    let course = Copy::course(folder.path())?;
    println!("{:44} {:>8} {:>8}   budget", "", "here", "hello");

    let [own, other] = [course.cargo("run -p lab01")?, hello.cargo("run")?];
    row("first `cargo run -p lab01`", own, Some(other), "2 times hello");

    row("`cargo test`, cold", course.cargo("test")?, None, "30 s");
    row("`cargo test`, warm", course.cargo("test")?, None, "5 s");

    for (tool, arguments, budget) in [("progress", "", "10 s"), ("trace", "-- --help", "15 s")] {
        let cold = format!("run -p {tool} --target-dir target/cold-{tool} {arguments}");
        row(&format!("`cargo run -p {tool}`, cold"), course.cargo(&cold)?, None, budget);
    }

    course.cargo("test -p proofs --no-run")?;
    row("the proofs, compiled", course.cargo("test -p proofs")?, None, "90 s");

    let edited = course.median(TIMES, "labs/lab03/src/server.rs", "run -p lab03")?;
    let other = hello.median(TIMES, "src/main.rs", "run")?;
    // The demo of lab 03 as handed out waits for nobody, but its processes have to start.
    row("edit to run of lab 03", edited, Some(other), "1.5 times hello, or 0.1 s more");

    for lab in ["lab01", "lab03", "lab05", "lab08"] {
        course.solve(lab)?;
        course.cargo(&format!("test {lab}"))?;
        let file = format!("labs/{lab}/src/main.rs");
        let verdict = course.median(TIMES, &file, &format!("test {lab}"))?;
        row(&format!("edit to verdict of {lab}, all right"), verdict, None, "1.5 s");
    }

    course.cargo("build -p book")?;
    row("the book, compiled", course.cargo("run -p book")?, None, "2 s");
    let (page, bytes) = heaviest_page(&course)?;
    println!("{:44} {:>5} kB {:>8}   150 kB", format!("heaviest page: {page}"), bytes / 1_000, "");
    Ok(())
}

fn row(what: &str, own: Duration, hello: Option<Duration>, budget: &str) {
    let hello = hello.map_or(String::new(), |hello| format!("{:.2} s", hello.as_secs_f64()));
    println!("{what:44} {:>6.2} s {hello:>8}   {budget}", own.as_secs_f64());
}

/// The name and the size of the heaviest page of the built book.
fn heaviest_page(course: &Copy) -> Result<(String, u64)> {
    let book = course.folder().join("book/book");
    let mut heaviest = (String::new(), 0);
    for file in fs::read_dir(&book).with_context(|| format!("cannot read {}", book.display()))? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        let is_page = file.path().extension().is_some_and(|extension| extension == "html");
        let bytes = file.metadata()?.len();
        // The page to print holds all the others.
        if is_page && name != "print.html" && bytes > heaviest.1 {
            heaviest = (name, bytes);
        }
    }
    Ok(heaviest)
}
