//! The client: it talks to the server in turns, and the server does not know of turns.

use std::io::BufReader;
use std::net::TcpStream;

use anyhow::{Context, Result};
use cli::MAX_REPLY;

use crate::lines::{read_line, write_line};
use crate::{keyboard, screen};

/// Sends every line that is typed to the server at `addr`, and shows every line of the server:
/// each when it comes. Ends when the server does, and not before.
pub fn run(addr: &str) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut keyboard = keyboard::open()?;

    // TODO(lab13): while this waits for the keyboard, it does nothing for the network, and the
    // other way round. So a line of the server is shown after the next Enter, and a server that
    // ends is noticed after the next Enter as well. Who has to wait for each of the two, and which
    // of them ends the program?
    while let Some(line) = keyboard.message()? {
        write_line(&mut stream, &line).with_context(|| format!("cannot send to {addr}"))?;
        let said = read_line(&mut lines, MAX_REPLY);
        let Some(said) = said.with_context(|| format!("cannot receive from {addr}"))? else {
            return Ok(());
        };
        screen::show(&said)?;
    }
    // TODO(lab13): the user has nothing more to say, and the server may have. How does it learn
    // that nothing more will come, while this goes on to listen?
    Ok(())
}
