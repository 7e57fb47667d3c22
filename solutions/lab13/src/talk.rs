//! Given: what the server says, and when. It does not wait for its turn.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use cli::{MAX_MESSAGE, log};

use crate::lines::{read_line, write_line};
use crate::pace;

/// How long the server thinks before it answers.
const THOUGHT: Duration = Duration::from_millis(600);

/// Says something by itself.
pub fn greet(mut stream: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    log!("said \"hihi\" to {peer}");
    write_line(&mut stream, "hihi")
}

/// Takes every line of a client, until it has finished, and has each answered in upper case.
pub fn hear(stream: &TcpStream, peer: SocketAddr, replies: &SyncSender<String>) -> io::Result<()> {
    let mut lines = BufReader::new(stream);
    while let Some(line) = read_line(&mut lines, MAX_MESSAGE)? {
        log!("message {peer} {line:?}");
        replies.send(line.to_uppercase()).map_err(io::Error::other)?;
    }
    Ok(())
}

/// Says each reply, and something else whenever there was none for `pace()`. Ends with `byebye`,
/// when there are no replies to come.
pub fn speak(mut stream: &TcpStream, peer: SocketAddr, to_say: &Receiver<String>) {
    let mut count = 0;
    let mut said = Ok(());
    while said.is_ok() {
        said = match to_say.recv_timeout(pace()) {
            Ok(reply) => {
                thread::sleep(THOUGHT);
                write_line(&mut stream, &reply)
            }
            Err(RecvTimeoutError::Timeout) => {
                count += 1;
                log!("said \"still there? ({count})\" to {peer}");
                write_line(&mut stream, &format!("still there? ({count})"))
            }
            Err(RecvTimeoutError::Disconnected) => return drop(write_line(&mut stream, "byebye")),
        };
    }
}
