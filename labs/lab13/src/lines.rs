//! Given: lines, where one message ends and the next begins.
//!
//! A line is a text in UTF-8, and then `\n`. So it can be typed, with `nc` as well.

use std::io::{self, BufRead, ErrorKind, Read, Write};

/// Writes one message as a line.
pub fn write_line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    // One write, so that nothing of another thread comes between the text and its end.
    stream.write_all(format!("{text}\n").as_bytes())
}

/// Waits for one whole line, however it is cut, and takes off its end: `\n`, or `\r\n`. `None` when
/// the stream ends before it begins.
///
/// Fails with `UnexpectedEof` when the stream ends inside the line, and with `InvalidData` when it
/// has more than `most` bytes, of which no more are kept, or is not UTF-8.
pub fn read_line(stream: &mut impl BufRead, most: usize) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let longest = most + "\r\n".len();
    stream.by_ref().take(longest as u64).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let text = line.strip_suffix(b"\n").map(|text| text.strip_suffix(b"\r").unwrap_or(text));
    match text {
        None if line.len() < longest => Err(ErrorKind::UnexpectedEof.into()),
        Some(text) if text.len() <= most => {
            let text = String::from_utf8(text.to_vec());
            text.map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
        }
        _ => {
            let why = format!("a line of more than {most} bytes");
            Err(io::Error::new(ErrorKind::InvalidData, why))
        }
    }
}
