//! Given: frames, where one message ends and the next begins.
//!
//! A frame is four bytes that hold the length of the text in bytes, most significant first, and
//! then the text, in UTF-8. The text may be empty.

use std::io::{self, ErrorKind, Read, Write};

/// How many bytes hold the length.
const HEADER: usize = 4;

/// Writes one message as a frame.
pub fn write_frame(stream: &mut impl Write, text: &str) -> io::Result<()> {
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend(text.bytes());
    // One write: header and text in two can wait for each other on the wire.
    stream.write_all(&frame)
}

/// Waits for one whole frame, however it is cut, and takes not one byte more. `None` when the
/// stream ends before it begins.
///
/// Fails with `UnexpectedEof` when the stream ends inside the frame, and with `InvalidData` when
/// the length is more than `most`, for which no memory is taken, or when the text is not UTF-8.
pub fn read_frame(stream: &mut impl Read, most: usize) -> io::Result<Option<String>> {
    let Some(header) = read_header(stream)? else { return Ok(None) };
    let length = u32::from_be_bytes(header) as usize;
    if length > most {
        let why = format!("{length} bytes are announced, a message has at most {most}");
        return Err(io::Error::new(ErrorKind::InvalidData, why));
    }
    let mut text = vec![0; length];
    stream.read_exact(&mut text)?;
    let text = String::from_utf8(text);
    text.map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

/// Waits for the four bytes of the length, which may come one by one. `None` when there is not even
/// the first.
fn read_header(stream: &mut impl Read) -> io::Result<Option<[u8; HEADER]>> {
    let mut header = [0; HEADER];
    let mut filled = 0;
    while filled < HEADER {
        match stream.read(&mut header[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => filled += length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(header))
}
