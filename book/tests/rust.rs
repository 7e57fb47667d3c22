//! The examples of the page "Rust beyond the first half of the book".

use std::io::{self, ErrorKind};
use std::net::TcpListener;

use anyhow::{Context, Result, bail, ensure};

// ANCHOR: test
#[test]
fn a_port_is_a_number_below_65536() {
    assert_eq!("7878".parse::<u16>(), Ok(7878));
    assert!("65536".parse::<u16>().is_err());
}
// ANCHOR_END: test

// ANCHOR: closure
#[test]
fn a_closure_is_a_function_without_a_name() {
    let addr = "127.0.0.1:7878";
    let complaint = || format!("cannot listen on {addr}");
    assert_eq!(complaint(), "cannot listen on 127.0.0.1:7878");

    let longer = [1, 2, 3].map(|length| length * 3);
    assert_eq!(longer, [3, 6, 9]);
}
// ANCHOR_END: closure

// ANCHOR: any
/// Parsing fails with one type of error, binding with another.
fn listen(port: &str) -> Result<TcpListener> {
    let port: u16 = port.parse()?;
    Ok(TcpListener::bind(("127.0.0.1", port))?)
}
// ANCHOR_END: any

#[test]
fn a_question_mark_makes_any_error_one_of_anyhow() {
    assert!(listen("0").is_ok());
    assert!(listen("http").unwrap_err().is::<std::num::ParseIntError>());
    // The port is in use.
    let listener = listen("0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert!(listen(&port.to_string()).unwrap_err().is::<io::Error>());
}

// ANCHOR: with_context
#[test]
fn a_context_says_what_was_tried() {
    let addr = "127.0.0.1"; // no port
    let bound = TcpListener::bind(addr);
    let error = bound.with_context(|| format!("cannot listen on {addr}")).unwrap_err();
    assert_eq!(error.to_string(), "cannot listen on 127.0.0.1");
    assert_eq!(format!("{error:#}"), "cannot listen on 127.0.0.1: invalid socket address");
}
// ANCHOR_END: with_context

// ANCHOR: bail
fn port_of(addr: &str) -> Result<&str> {
    ensure!(addr.is_ascii(), "{addr:?} has letters that no address has");
    match addr.rsplit_once(':') {
        Some((_host, port)) => Ok(port),
        None => bail!("{addr:?} has no port"),
    }
}
// ANCHOR_END: bail

#[test]
fn bail_and_ensure_return_an_error() {
    assert_eq!(port_of("localhost:7878").unwrap(), "7878");
    assert_eq!(port_of("localhost").unwrap_err().to_string(), r#""localhost" has no port"#);
    assert!(port_of("本机:7878").is_err());
}

// ANCHOR: into
fn bind_or_nothing(addr: &str) -> Result<Option<TcpListener>> {
    match TcpListener::bind(addr) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(None),
        Err(error) => Err(error.into()),
    }
}
// ANCHOR_END: into

#[test]
fn into_makes_an_error_what_the_caller_expects() -> Result<()> {
    let listener = bind_or_nothing("127.0.0.1:0")?.context("port 0 is always free")?;
    assert!(bind_or_nothing(&listener.local_addr()?.to_string())?.is_none());
    assert!(bind_or_nothing("127.0.0.1").is_err());
    Ok(())
}

// ANCHOR: is
#[test]
fn an_error_of_anyhow_knows_what_it_was() {
    let reset = io::Error::from(ErrorKind::ConnectionReset);
    let error = anyhow::Error::from(reset).context("cannot read the message");
    assert!(error.is::<io::Error>());
    let inner = error.downcast_ref::<io::Error>().map(io::Error::kind);
    assert_eq!(inner, Some(ErrorKind::ConnectionReset));
}
// ANCHOR_END: is

// ANCHOR: matches
/// Whether another address might do.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable)
}
// ANCHOR_END: matches

#[test]
fn matches_asks_whether_a_pattern_fits() {
    assert!(is_taken(&ErrorKind::AddrInUse.into()));
    assert!(!is_taken(&ErrorKind::ConnectionReset.into()));
}

// ANCHOR: let_else
/// The first word of each line, the last line first.
fn first_words(mut lines: Vec<&str>) -> Vec<&str> {
    let mut words = Vec::new();
    while let Some(line) = lines.pop() {
        let Some(word) = line.split_whitespace().next() else { continue };
        words.push(word);
    }
    words
}
// ANCHOR_END: let_else

#[test]
fn let_else_leaves_where_the_pattern_does_not_fit() {
    assert_eq!(first_words(vec!["good morning", "  ", "bad night"]), ["bad", "good"]);
}

// ANCHOR: get_or_insert
#[test]
fn get_or_insert_keeps_the_first() {
    let mut first = None;
    assert_eq!(*first.get_or_insert("ann"), "ann");
    assert_eq!(*first.get_or_insert("bob"), "ann");
    assert_eq!(first, Some("ann"));
}
// ANCHOR_END: get_or_insert

// ANCHOR: cfg
#[cfg(windows)]
const END_OF_INPUT: &str = "Ctrl-Z and Enter";
#[cfg(not(windows))]
const END_OF_INPUT: &str = "Ctrl-D";
// ANCHOR_END: cfg

#[test]
fn cfg_compiles_one_of_the_two() {
    assert_eq!(END_OF_INPUT.starts_with("Ctrl-Z"), cfg!(windows));
}
