//! Frames: where one message ends and the next begins.
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
    // TODO(lab09): this takes what one read brings to be one frame. So a frame that comes in two
    // pieces is `cut`, and of two that come at once the second is lost. Take exactly one frame from
    // the stream, and refuse a length above `most`. How many bytes may you ask for before you know
    // the length, and how many after?
    let mut frame = vec![0; HEADER + most];
    let length = stream.read(&mut frame)?;
    if length == 0 {
        return Ok(None);
    }
    let Some((header, text)) = frame[..length].split_first_chunk::<HEADER>() else {
        return Err(ErrorKind::UnexpectedEof.into());
    };
    let Some(text) = text.get(..u32::from_be_bytes(*header) as usize) else {
        return Err(ErrorKind::UnexpectedEof.into());
    };
    let text = String::from_utf8(text.to_vec());
    text.map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}
