//! Lab 09: what goes wrong with frames.

use std::io::{self, BufReader, ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use cli::{Console, MAX_MESSAGE, MAX_REPLY, log};

use crate::frame::{read_frame, write_frame};
use crate::{Proof, Wrong};

#[allow(dead_code, reason = "what it writes is right")]
#[path = "../../../../labs/lab09/src/frame.rs"]
mod starter;

pub const PROOF: Proof = Proof {
    flaw: "of several frames that one read brings only the first is answered",
    demo: "hasty client │ sent 3 messages in one write, received 1",
    shown: "the_hasty_client_has_all_three_messages_answered",
    wrong: &[
        Wrong {
            name: "takes_one_read_for_one_frame",
            roles: &[("server", |addr| serve(addr, starter::read_frame))],
            caught_by: &["frames::frames_in_one_write_are_all_answered::case_1_two"],
            says: "only the first is answered",
        },
        Wrong {
            name: "reads_the_length_in_one_piece",
            roles: &[("server", |addr| serve(addr, length_in_one_piece))],
            caught_by: &["frames::a_length_may_come_in_four_pieces"],
            says: "a frame that comes in pieces is not put together",
        },
        Wrong {
            name: "reads_the_text_in_one_piece",
            roles: &[("server", |addr| serve(addr, text_in_one_piece))],
            caught_by: &["frames::a_stream_may_be_cut_at_every_byte"],
            says: "a frame that comes in pieces is not put together",
        },
        Wrong {
            name: "asks_for_the_whole_again",
            roles: &[("server", |addr| serve(addr, asks_for_the_whole_again))],
            caught_by: &["frames::a_character_may_be_split::case_1_of_two_bytes"],
            says: "your server is still running, and waits in recv",
        },
        Wrong {
            name: "counts_the_length_as_well",
            roles: &[("server", |addr| serve(addr, counts_the_length_as_well))],
            caught_by: &["service::clients_are_served_when_nobody_reads_the_log"],
            says: "what is read or written is no frame",
        },
        Wrong {
            name: "takes_the_least_significant_first",
            roles: &[("server", |addr| serve(addr, least_significant_first))],
            caught_by: &["service::clients_are_served_when_nobody_reads_the_log"],
            says: "what is read or written is no frame",
        },
        Wrong {
            name: "takes_memory_before_it_looks",
            roles: &[("server", |addr| serve(addr, takes_memory_before_it_looks))],
            caught_by: &["frames::a_frame_is_refused_by_its_length::case_4_of_2_gib"],
            says: "memory is taken for a length that nobody has",
        },
        Wrong {
            name: "believes_every_length",
            roles: &[("server", |addr| serve(addr, believes_every_length))],
            caught_by: &["frames::a_frame_is_refused_by_its_length::case_1_of_1025_bytes"],
            says: "and the connection is still open",
        },
        Wrong {
            name: "refuses_the_longest",
            roles: &[("server", |addr| serve(addr, |stream, most| read_frame(stream, most - 1)))],
            caught_by: &["frames::a_message_of_1024_bytes_is_the_longest"],
            says: "a message of 1,024 bytes is legal",
        },
        Wrong {
            name: "cuts_what_is_too_long",
            roles: &[("server", |addr| serve(addr, cuts_what_is_too_long))],
            caught_by: &["frames::a_frame_is_refused_by_its_length::case_1_of_1025_bytes"],
            says: "and the connection is still open",
        },
        Wrong {
            name: "decodes_each_piece",
            roles: &[("server", |addr| serve(addr, decodes_each_piece))],
            caught_by: &["frames::a_character_may_be_split::case_2_of_three_bytes_after_one"],
            says: "a character may be split",
        },
        Wrong {
            name: "forgets_what_it_has_read_ahead",
            roles: &[("server", |addr| {
                serve(addr, |stream, most| read_frame(&mut BufReader::new(stream), most))
            })],
            caught_by: &["frames::frames_in_one_write_are_all_answered::case_2_a_hundred"],
            says: "or what was read ahead is thrown",
        },
        Wrong {
            name: "reads_until_the_end",
            roles: &[("server", |addr| serve(addr, reads_until_the_end))],
            caught_by: &["frames::a_frame_is_answered_before_the_next_is_whole"],
            says: "a frame that is there is answered only when more",
        },
        Wrong {
            name: "takes_a_cut_for_the_end",
            roles: &[("server", |addr| serve(addr, takes_a_cut_for_the_end))],
            caught_by: &["frames::a_stream_that_ends_inside_a_frame_is_cut::case_1_after_one_byte"],
            says: "is not told from the end",
        },
        Wrong {
            name: "takes_the_end_for_a_cut",
            roles: &[("server", |addr| serve(addr, takes_the_end_for_a_cut))],
            caught_by: &[
                "frames::a_stream_that_ends_between_two_frames_has_finished::case_1_without_a_message",
            ],
            says: "is not told from the end",
        },
        Wrong {
            name: "takes_an_empty_frame_for_the_end",
            roles: &[("server", |addr| serve(addr, takes_an_empty_frame_for_the_end))],
            caught_by: &["frames::an_empty_frame_is_answered_with_an_empty_frame::case_1_one"],
            says: "a frame without text is taken for nothing",
        },
        Wrong {
            name: "reads_into_no_room",
            roles: &[("server", |addr| serve(addr, reads_into_no_room))],
            caught_by: &["service::clients_are_served_when_nobody_reads_the_log"],
            says: "what is read or written is no frame",
        },
        Wrong {
            name: "answers_foreign_bytes",
            roles: &[("server", |addr| serve(addr, answers_foreign_bytes))],
            caught_by: &["frames::invalid_utf_8_is_refused::case_1_latin_1"],
            says: "bytes are made text without asking",
        },
        Wrong {
            name: "fails_in_another_way",
            roles: &[("server", |addr| serve(addr, fails_in_another_way))],
            caught_by: &["frames::a_frame_is_refused_by_its_length::case_1_of_1025_bytes"],
            says: "has neither finished nor vanished",
        },
        Wrong {
            name: "panics_at_half_a_length",
            roles: &[("server", |addr| serve(addr, panics_at_half_a_length))],
            caught_by: &["frames::a_length_may_come_in_four_pieces"],
            says: "your server has panicked",
        },
        Wrong {
            name: "skips_line_ends",
            roles: &[("server", |addr| serve(addr, skips_line_ends))],
            caught_by: &["frames::a_frame_is_refused_by_its_length::case_8_that_is_two_line_ends"],
            says: "goes on reading from this client",
        },
        Wrong {
            name: "takes_tls_for_the_end",
            roles: &[("server", |addr| serve(addr, takes_tls_for_the_end))],
            caught_by: &[
                "frames::a_frame_is_refused_by_its_length::case_6_that_begins_as_tls_does",
            ],
            says: "has neither",
        },
        Wrong {
            name: "takes_two_bytes_for_the_end",
            roles: &[("server", |addr| serve(addr, takes_two_bytes_for_the_end))],
            caught_by: &[
                "frames::a_stream_that_ends_inside_a_frame_is_cut::case_2_after_two_bytes",
            ],
            says: "is not told from the end",
        },
        Wrong {
            name: "decodes_chunks_of_512_bytes",
            roles: &[("server", |addr| serve(addr, decodes_chunks))],
            caught_by: &["conversation::the_server_answers_whatever_the_message_is"],
            says: "some message is taken for something else",
        },
        Wrong {
            name: "asks_64_times",
            roles: &[("server", |addr| serve(addr, asks_64_times))],
            caught_by: &["frames::a_long_text_may_come_byte_by_byte"],
            says: "a frame that comes in pieces is not put together",
        },
        Wrong {
            name: "calls_what_is_cut_invalid",
            roles: &[("server", |addr| serve(addr, calls_what_is_cut_invalid))],
            caught_by: &[
                "frames::a_stream_that_ends_inside_a_frame_is_cut::case_7_in_what_is_no_text",
            ],
            says: "is not told from the end",
        },
        Wrong {
            name: "panics_when_it_quotes",
            roles: &[("server", |addr| serve(addr, panics_when_it_quotes))],
            caught_by: &["frames::invalid_utf_8_is_refused::case_4_at_the_end_of_a_long_text"],
            says: "your server has panicked",
        },
        Wrong {
            name: "takes_a_reset_for_the_end",
            roles: &[("server", |addr| serve(addr, takes_a_reset_for_the_end))],
            caught_by: &["frames::a_peer_that_resets_has_vanished::case_1_before_its_first_byte"],
            says: "an error of the connection is taken for",
        },
        Wrong {
            name: "takes_a_reset_for_a_cut",
            roles: &[("server", |addr| serve(addr, takes_a_reset_for_a_cut))],
            caught_by: &["frames::a_peer_that_resets_has_vanished::case_2_in_the_length"],
            says: "an error of the connection is taken for",
        },
        Wrong {
            name: "asks_again_whatever_the_error",
            roles: &[("server", |addr| serve(addr, asks_again_whatever_the_error))],
            caught_by: &["a_conversation_may_fail_in_any_way"],
            says: "an error of the connection are not told apart",
        },
        Wrong {
            name: "hands_on_interrupted",
            roles: &[("server", |addr| serve(addr, hands_on_interrupted))],
            caught_by: &["frames::a_signal_inside_a_frame_costs_nothing"],
            says: "`Interrupted` is taken for a failure",
        },
        Wrong {
            name: "begins_anew_when_interrupted",
            roles: &[("server", |addr| serve(addr, begins_anew_when_interrupted))],
            caught_by: &["frames::a_signal_inside_a_frame_costs_nothing"],
            says: "`Interrupted` is taken for a failure",
        },
        Wrong {
            name: "knows_one_limit_only",
            roles: &[("client", |addr| ask(addr, |stream, _| read_frame(stream, MAX_MESSAGE)))],
            caught_by: &["the_client_takes_replies_of_3072_bytes_one_after_another"],
            says: "your client has ended with status 1",
        },
        Wrong {
            name: "believes_its_server",
            roles: &[("client", |addr| ask(addr, believes_every_length))],
            caught_by: &["the_client_tells_when_its_server::case_5_replies_with_3073_bytes"],
            says: "and the connection is still open",
        },
        Wrong {
            name: "takes_one_read_for_one_reply",
            roles: &[("client", |addr| ask(addr, starter::read_frame))],
            caught_by: &["a_reply_may_come_in_pieces::case_1_byte_by_byte"],
            says: "a reply that comes in pieces is taken for several",
        },
        Wrong {
            name: "hangs_up_on_thinkers",
            roles: &[("server", |addr| serve(addr, hangs_up_on_thinkers))],
            caught_by: &["conversation::a_client_may_think_between_two_messages"],
            says: "silence is taken for the end",
        },
    ],
};

/// How a frame is read.
type Reader = fn(&mut TcpStream, usize) -> io::Result<Option<String>>;

/// The given server, with another way to read a frame.
fn serve(addr: &str, read: Reader) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", listener.local_addr()?);
    loop {
        let (mut stream, peer) = listener.accept()?;
        log!("connected {peer}");
        match converse(&mut stream, &peer.to_string(), read).map_err(|error| error.kind()) {
            Ok(()) => log!("finished {peer}"),
            Err(ErrorKind::UnexpectedEof) => log!("cut {peer}"),
            Err(ErrorKind::InvalidData) => log!("refused {peer}"),
            Err(_) => log!("vanished {peer}"),
        }
    }
}

fn converse(stream: &mut TcpStream, peer: &str, read: Reader) -> io::Result<()> {
    while let Some(message) = read(stream, MAX_MESSAGE)? {
        log!("message {peer} {message:?}");
        write_frame(stream, &message.to_uppercase())?;
    }
    Ok(())
}

/// The given client, in the same way.
fn ask(addr: &str, read: Reader) -> Result<()> {
    let mut stream =
        TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let mut console = Console::new();
    while let Some(message) = console.message()? {
        write_frame(&mut stream, &message).with_context(|| format!("cannot send to {addr}"))?;
        let reply =
            read(&mut stream, MAX_REPLY).with_context(|| format!("no reply from {addr}"))?;
        console.reply(&reply.with_context(|| format!("{addr} closed the connection"))?)?;
    }
    Ok(())
}

/// The length, rightly read; `None` at the end of the stream.
fn length(stream: &mut TcpStream) -> io::Result<Option<usize>> {
    if stream.peek(&mut [0])? == 0 {
        return Ok(None);
    }
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    Ok(Some(u32::from_be_bytes(header) as usize))
}

/// The same, if it is at most `most`.
fn checked(stream: &mut TcpStream, most: usize) -> io::Result<Option<usize>> {
    match length(stream)? {
        Some(length) if length > most => Err(ErrorKind::InvalidData.into()),
        length => Ok(length),
    }
}

fn exactly(stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> io::Result<Option<String>> {
    String::from_utf8(bytes).map(Some).map_err(|_| ErrorKind::InvalidData.into())
}

fn length_in_one_piece(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let mut header = [0; 4];
    let length = match stream.read(&mut header)? {
        0 => return Ok(None),
        4 => u32::from_be_bytes(header) as usize,
        _ => return Err(ErrorKind::UnexpectedEof.into()),
    };
    if length > most {
        return Err(ErrorKind::InvalidData.into());
    }
    text(exactly(stream, length)?)
}

fn text_in_one_piece(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    let mut bytes = vec![0; length];
    let length = stream.read(&mut bytes)?;
    bytes.truncate(length);
    text(bytes)
}

/// When a first read has not brought all, as many bytes are asked for once more.
fn asks_for_the_whole_again(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    let mut bytes = vec![0; length];
    let came = stream.read(&mut bytes)?;
    bytes.truncate(came);
    if came < length {
        bytes.extend(exactly(stream, length)?);
    }
    text(bytes)
}

fn counts_the_length_as_well(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    let Some(length) = length.checked_sub(4) else { return Err(ErrorKind::InvalidData.into()) };
    text(exactly(stream, length)?)
}

fn least_significant_first(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = length(stream)? else { return Ok(None) };
    let length = u32::try_from(length).unwrap_or(u32::MAX).swap_bytes() as usize;
    if length > most {
        return Err(ErrorKind::InvalidData.into());
    }
    text(exactly(stream, length)?)
}

fn takes_memory_before_it_looks(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = length(stream)? else { return Ok(None) };
    let mut bytes = vec![0; length];
    if length > most {
        return Err(ErrorKind::InvalidData.into());
    }
    stream.read_exact(&mut bytes)?;
    text(bytes)
}

fn believes_every_length(stream: &mut TcpStream, _: usize) -> io::Result<Option<String>> {
    read_frame(stream, usize::MAX)
}

fn cuts_what_is_too_long(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, usize::MAX)? else { return Ok(None) };
    text(exactly(stream, length.min(most))?)
}

fn decodes_each_piece(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(mut missing) = checked(stream, most)? else { return Ok(None) };
    let mut text = String::new();
    while missing > 0 {
        let mut bytes = vec![0; missing];
        let length = stream.read(&mut bytes)?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        text += &String::from_utf8_lossy(&bytes[..length]);
        missing -= length;
    }
    Ok(Some(text))
}

fn reads_until_the_end(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    read_frame(&mut bytes.as_slice(), most)
}

fn takes_a_cut_for_the_end(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    match read_frame(stream, most) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        frame => frame,
    }
}

fn takes_the_end_for_a_cut(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    read_frame(stream, most)?.map(Some).ok_or(ErrorKind::UnexpectedEof.into())
}

fn takes_an_empty_frame_for_the_end(
    stream: &mut TcpStream,
    most: usize,
) -> io::Result<Option<String>> {
    Ok(read_frame(stream, most)?.filter(|text| !text.is_empty()))
}

/// A vector that has room for many bytes has none of them yet, so nothing is read, at once.
fn reads_into_no_room(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    let mut bytes = Vec::with_capacity(length);
    stream.read_exact(&mut bytes)?;
    text(bytes)
}

fn answers_foreign_bytes(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    Ok(Some(String::from_utf8_lossy(&exactly(stream, length)?).into_owned()))
}

fn fails_in_another_way(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    match read_frame(stream, most) {
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(io::Error::other(error)),
        frame => frame,
    }
}

fn panics_at_half_a_length(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let mut bytes = vec![0; 4];
    let length = stream.read(&mut bytes)?;
    if length == 0 {
        return Ok(None);
    }
    bytes.truncate(length);
    let header = <[u8; 4]>::try_from(bytes).unwrap();
    read_frame(&mut header.chain(stream), most)
}

fn skips_line_ends(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let mut first = [0; 2];
    while stream.peek(&mut first)? == 2 && first == *b"\r\n" {
        stream.read_exact(&mut first)?;
    }
    read_frame(stream, most)
}

fn takes_tls_for_the_end(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let mut first = [0; 2];
    let length = stream.peek(&mut first)?;
    if length == 2 && first == [0x16, 3] { Ok(None) } else { read_frame(stream, most) }
}

fn takes_two_bytes_for_the_end(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    while bytes.len() < 4 {
        let mut byte = [0];
        match stream.read(&mut byte)? {
            0 if [0, 2].contains(&bytes.len()) => return Ok(None),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            _ => bytes.extend(byte),
        }
    }
    read_frame(&mut bytes.as_slice().chain(stream), most)
}

fn decodes_chunks(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    let bytes = exactly(stream, length)?;
    let chunks = bytes.chunks(512).map(str::from_utf8).collect::<Result<Vec<_>, _>>();
    chunks.map(|chunks| Some(chunks.concat())).map_err(|_| ErrorKind::InvalidData.into())
}

fn asks_64_times(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    let mut bytes = vec![0; length];
    let mut filled = 0;
    for _ in 0..64 {
        filled += stream.read(&mut bytes[filled..])?;
    }
    if filled < length { Err(ErrorKind::UnexpectedEof.into()) } else { text(bytes) }
}

fn calls_what_is_cut_invalid(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    let mut bytes = Vec::new();
    stream.take(length as u64).read_to_end(&mut bytes)?;
    let text = text(bytes.clone())?;
    if bytes.len() < length { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(text) }
}

fn panics_when_it_quotes(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let Some(length) = checked(stream, most)? else { return Ok(None) };
    String::from_utf8(exactly(stream, length)?).map(Some).map_err(|error| {
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let quoted = &text[..text.len().min(16)];
        io::Error::new(ErrorKind::InvalidData, format!("{quoted:?} is not UTF-8"))
    })
}

fn takes_a_reset_for_the_end(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    match read_frame(stream, most) {
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(None),
        frame => frame,
    }
}

fn takes_a_reset_for_a_cut(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    match read_frame(stream, most) {
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {
            Err(ErrorKind::UnexpectedEof.into())
        }
        frame => frame,
    }
}

/// Reads again when a read has failed, for some errors.
struct Stubborn<'a>(&'a mut TcpStream, ErrorKind);

impl Read for Stubborn<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == self.1 => {}
                read => return read,
            }
        }
    }
}

fn asks_again_whatever_the_error(
    stream: &mut TcpStream,
    most: usize,
) -> io::Result<Option<String>> {
    read_frame(&mut Stubborn(stream, ErrorKind::WouldBlock), most)
}

/// The length, in as many reads as it takes, until one of them fails.
fn hands_on_interrupted(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    let mut header = [0; 4];
    let mut filled = 0;
    while filled < 4 {
        match stream.read(&mut header[filled..])? {
            0 if filled == 0 => return Ok(None),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            length => filled += length,
        }
    }
    read_frame(&mut header.chain(stream), most)
}

fn begins_anew_when_interrupted(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    loop {
        match hands_on_interrupted(stream, most) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            frame => return frame,
        }
    }
}

fn hangs_up_on_thinkers(stream: &mut TcpStream, most: usize) -> io::Result<Option<String>> {
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    read_frame(stream, most)
}
