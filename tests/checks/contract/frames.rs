//! What holds for every server whose messages are frames: each is one message, however the stream is
//! cut, and what is none ends the conversation in the right word.

use harness::{Event, Hint, Lab, Resource, Server, Symptom, frame, lab};
use rstest::{fixture, rstest};

const LOST: &str = "of several frames that one read brings only the first is answered, or what was read \
                    ahead is thrown away";
const CUT: &str =
    "a frame that comes in pieces is not put together: one `read` may bring any part of it";
const HALVES: &str = "bytes are made text before all of them have come: a character may be split between \
                      two reads";
const WAITS: &str = "a frame that is there is answered only when more has come: more than its own bytes \
                     is asked for";
const EMPTY: &str = "a frame without text is taken for nothing, or for the end of the stream";
const TOO_SMALL: &str = "a message of 1,024 bytes is legal, and is refused or cut";
const TOO_MUCH: &str = "a length above 1,024 is not refused: the four bytes of the length are enough to \
                        know";
const MEMORY: &str = "memory is taken for a length that nobody has looked at yet";
const NOT_CUT: &str = "the end of the stream inside a frame is not told from the end between two";
const NOT_REFUSED: &str = "a frame that is too long or not UTF-8 is `refused`: its sender has neither \
                           finished nor vanished, and nothing was cut";
const NOT_VANISHED: &str = "an error of the connection is taken for the end of the stream, for a frame that was \
                            cut, or for nothing";
const ENDS: &str = "what one client sends ends the service";
const ANSWERED: &str = "what follows a refused frame is taken for a message";

const LIKELY: &[Hint] = &[
    Hint::new(Symptom::Exited, ENDS, "your-turn"),
    Hint::new(Symptom::ExitedOk, ENDS, "your-turn"),
    Hint::new(Symptom::Grew, MEMORY, "09-framing.md#before-memory"),
];

#[fixture]
fn lab() -> Lab {
    lab!(super::LIKELY, LIKELY)
}

/// From here on, a reply that does not come, or is another one, has this cause.
fn likely(lab: &Lab, cause: &'static str, section: &'static str) {
    for symptom in [
        Symptom::WrongContent,
        Symptom::Disconnected,
        Symptom::NoReply,
        Symptom::StillOpen,
        Symptom::MissingEvent,
        Symptom::WrongEvent,
        Symptom::Twice,
    ] {
        lab.likely(Hint::new(symptom, cause, section));
    }
}

/// What a peer has in the log that sent these messages: all of it, when another has been served since.
#[track_caller]
fn is_logged(lab: &mut Lab, server: &Server, peer: &str, texts: &[&str], end: &Event) {
    let messages = texts.iter().map(|text| Event::Message(text));
    let events = [Event::Connected].into_iter().chain(messages).chain([end.clone()]);
    let events: Vec<Event> = events.collect();
    server.expect_log(peer, &events);
    lab.exchange(server);
    server.expect_log(peer, &events);
}

fn upper(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| text.to_uppercase()).collect()
}

fn on_the_wire(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| frame(text)).collect()
}

// Cuts.

/// Three messages, an empty one among them, with letters of two and three bytes.
const SHORT: [&str; 3] = ["hé", "", "你!"];

/// Each cut has a connection of its own.
#[rstest]
fn a_stream_may_be_cut_at_every_byte(mut lab: Lab) {
    likely(&lab, CUT, "09-framing.md#one-in-many");
    let server = lab.server();
    let bytes = on_the_wire(&SHORT);
    for cut in 1..bytes.len() {
        let mut client = lab.connect(server.addr());
        let peer = client.addr();
        let (before, after) = bytes.split_at(cut);
        client.send_in_pieces(&[before, after]);
        client.expect_together(&upper(&SHORT));
        client.close();
        is_logged(&mut lab, &server, &peer, &SHORT, &Event::Finished);
    }
}

#[rstest]
#[case::byte_by_byte(1)]
#[case::in_twos(2)]
#[case::in_threes(3)]
#[case::in_fives(5)]
fn a_stream_may_come_in_pieces(mut lab: Lab, #[case] size: usize) {
    likely(&lab, CUT, "09-framing.md#one-in-many");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let bytes = on_the_wire(&SHORT);
    client.send_in_pieces(&bytes.chunks(size).collect::<Vec<_>>());
    client.expect_together(&upper(&SHORT));
    server.expect_running();
}

#[rstest]
fn a_long_text_may_come_byte_by_byte(mut lab: Lab) {
    likely(&lab, CUT, "09-framing.md#one-in-many");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let text = lab.texts().of_length(200);
    client.send_in_pieces(&frame(&text).chunks(1).collect::<Vec<_>>());
    client.expect(&text.to_uppercase());
}

#[rstest]
fn a_length_may_come_in_four_pieces(mut lab: Lab) {
    likely(&lab, CUT, "09-framing.md#one-in-many");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let text = lab.texts().of_length(300);
    let bytes = frame(&text);
    client.send_in_pieces(&[&bytes[..1], &bytes[1..2], &bytes[2..3], &bytes[3..4], &bytes[4..]]);
    client.expect(&text.to_uppercase());
}

#[rstest]
#[case::of_two_bytes("é", 1)]
#[case::of_three_bytes_after_one("你", 1)]
#[case::of_three_bytes_after_two("你", 2)]
#[case::of_four_bytes("👋", 2)]
fn a_character_may_be_split(mut lab: Lab, #[case] letter: &str, #[case] after: usize) {
    likely(&lab, HALVES, "09-framing.md#one-in-many");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let text = format!("{} {letter}{letter}", lab.text());
    let bytes = frame(&text);
    let (before, rest) = bytes.split_at(bytes.len() - letter.len() + after);
    client.send_in_pieces(&[before, rest]);
    client.expect(&text.to_uppercase());
    server.expect_log(&client.addr(), &[Event::Connected, Event::Message(&text)]);
}

#[rstest]
fn a_client_may_think_in_the_middle_of_a_frame(mut lab: Lab) {
    likely(&lab, CUT, "09-framing.md#one-in-many");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let text = lab.text();
    let bytes = frame(&text);
    client.send_bytes(&bytes[..2]);
    client.think(&server);
    client.send_bytes(&bytes[2..6]);
    client.think(&server);
    client.send_bytes(&bytes[6..]);
    client.expect(&text.to_uppercase());
}

// Several at once.

#[rstest]
#[case::two(2)]
#[case::a_hundred(100)]
#[case::ten_thousand(10_000)]
fn frames_in_one_write_are_all_answered(mut lab: Lab, #[case] count: usize) {
    likely(&lab, LOST, "09-framing.md#many-in-one");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let texts: Vec<String> = (0..count).map(|number| format!("{number:x}")).collect();
    client.send_together(&texts);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    client.expect_together(&upper(&texts));
    client.shutdown_write();
    client.expect_eof();
    server.expect_running();
}

#[rstest]
fn frames_before_the_end_of_the_stream_are_all_answered(mut lab: Lab) {
    likely(&lab, LOST, "09-framing.md#many-in-one");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    client.send_together(&SHORT);
    client.shutdown_write();
    client.expect_together(&upper(&SHORT));
    client.expect_eof();
    is_logged(&mut lab, &server, &peer, &SHORT, &Event::Finished);
}

/// A frame, and half of the next one.
#[rstest]
fn a_frame_is_answered_before_the_next_is_whole(mut lab: Lab) {
    likely(&lab, WAITS, "09-framing.md#many-in-one");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let bytes = on_the_wire(&["one", "other"]);
    client.send_bytes(&bytes[..10]);
    client.expect("ONE");
    client.send_bytes(&bytes[10..]);
    client.expect("OTHER");
}

#[rstest]
#[case::one(1)]
#[case::three(3)]
fn an_empty_frame_is_answered_with_an_empty_frame(mut lab: Lab, #[case] count: usize) {
    likely(&lab, EMPTY, "09-framing.md#a-frame");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    for _ in 0..count {
        client.send("");
        client.expect("");
    }
    client.close();
    is_logged(&mut lab, &server, &peer, &vec![""; count], &Event::Finished);
}

// What is no message.

#[rstest]
fn a_message_of_1024_bytes_is_the_longest(mut lab: Lab) {
    likely(&lab, TOO_SMALL, "09-framing.md#before-memory");
    let text = lab.texts().of_length(1_024);
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    client.send(&text);
    client.expect(&text.to_uppercase());
    likely(&lab, TOO_MUCH, "09-framing.md#before-memory");
    client.send_bytes(&1_025_u32.to_be_bytes());
    client.expect_closed_or_reset();
    is_logged(&mut lab, &server, &peer, &[&text], &Event::Refused);
}

/// Nothing but the length is sent: whoever waits for so much waits for ever.
#[rstest]
#[case::of_1025_bytes(1_025)]
#[case::of_65536_bytes(1 << 16)]
#[case::of_16_mib(1 << 24)]
#[case::of_2_gib(1 << 31)]
#[case::of_4_gib(u32::MAX)]
#[case::that_begins_as_tls_does(0x1603_0100)]
#[case::that_begins_as_http_does(u32::from_be_bytes(*b"GET "))]
#[case::that_is_two_line_ends(u32::from_be_bytes(*b"\r\n\r\n"))]
fn a_frame_is_refused_by_its_length(mut lab: Lab, #[case] length: u32) {
    likely(&lab, TOO_MUCH, "09-framing.md#before-memory");
    let server = lab.server();
    lab.exchange(&server);
    let before = server.amount(Resource::Peak);
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    client.send_bytes(&length.to_be_bytes());
    client.expect_closed_or_reset();
    server.expect_no_more(Resource::Peak, before);
    likely(&lab, NOT_REFUSED, "09-framing.md#four-endings");
    is_logged(&mut lab, &server, &peer, &[], &Event::Refused);
}

#[rstest]
#[case::latin_1(b"\0\0\0\x04caf\xe9")]
#[case::half_a_character(b"\0\0\0\x02\xe4\xbd")]
#[case::no_text_at_all(b"\0\0\0\x03\xff\xfe\0")]
#[case::at_the_end_of_a_long_text(&[b"\0\0\0\x1f", "你".repeat(10).as_bytes(), b"\xff"].concat())]
fn invalid_utf_8_is_refused(mut lab: Lab, #[case] bytes: &[u8]) {
    likely(
        &lab,
        "bytes are made text without asking whether they are",
        "09-framing.md#four-endings",
    );
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    client.send("hello");
    client.expect("HELLO");
    client.send_bytes(bytes);
    client.expect_closed_or_reset();
    lab.likely(Hint::new(Symptom::WrongEvent, NOT_REFUSED, "09-framing.md#four-endings"));
    is_logged(&mut lab, &server, &peer, &["hello"], &Event::Refused);
}

/// What comes behind it is not looked at.
#[rstest]
fn what_follows_a_refused_frame_is_no_message(mut lab: Lab) {
    likely(&lab, ANSWERED, "09-framing.md#four-endings");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    let bytes = [&b"\0\0\0\x01\xff"[..], &frame("behind")].concat();
    client.send_bytes(&bytes);
    client.expect_closed_or_reset();
    is_logged(&mut lab, &server, &peer, &[], &Event::Refused);
}

#[rstest]
#[case::after_one_byte(b"\0")]
#[case::after_two_bytes(b"\r\n")]
#[case::after_three_bytes(b"\0\0\0")]
#[case::after_the_length(b"\0\0\0\x05")]
#[case::in_the_text(b"\0\0\0\x05hell")]
#[case::in_a_character(b"\0\0\0\x03\xe4\xbd")]
#[case::in_what_is_no_text(b"\0\0\0\x06c\xe9f\xe9")]
fn a_stream_that_ends_inside_a_frame_is_cut(mut lab: Lab, #[case] bytes: &[u8]) {
    likely(&lab, NOT_CUT, "09-framing.md#four-endings");
    let server = lab.server();
    for texts in [&[][..], &["hello"]] {
        let mut client = lab.connect(server.addr());
        let peer = client.addr();
        client.send_bytes(&[&on_the_wire(texts), bytes].concat());
        client.shutdown_write();
        client.expect_together(&upper(texts));
        client.expect_closed_or_reset();
        is_logged(&mut lab, &server, &peer, texts, &Event::Cut);
    }
}

#[rstest]
#[case::without_a_message(&[])]
#[case::after_a_message(&["hello"])]
#[case::after_an_empty_message(&[""])]
fn a_stream_that_ends_between_two_frames_has_finished(mut lab: Lab, #[case] texts: &[&str]) {
    likely(&lab, NOT_CUT, "09-framing.md#four-endings");
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    client.send_together(texts);
    client.shutdown_write();
    client.expect_together(&upper(texts));
    client.expect_eof();
    is_logged(&mut lab, &server, &peer, texts, &Event::Finished);
}

// Errors of the connection.

#[rstest]
#[case::before_its_first_byte(b"")]
#[case::in_the_length(b"\0\0")]
#[case::in_the_text(b"\0\0\0\x05he")]
fn a_peer_that_resets_has_vanished(mut lab: Lab, #[case] bytes: &[u8]) {
    likely(&lab, NOT_VANISHED, "09-framing.md#four-endings");
    let server = lab.server();
    for texts in [&[][..], &["hello"]] {
        let mut client = lab.connect(server.addr());
        let peer = client.addr();
        client.send_bytes(&on_the_wire(texts));
        client.expect_together(&upper(texts));
        client.send_in_pieces(&[bytes]);
        client.wait_until_read();
        client.reset();
        is_logged(&mut lab, &server, &peer, texts, &Event::Vanished);
    }
}

/// The server is stopped meanwhile. On Linux it reads what was sent before the reset, and cannot answer.
#[cfg(target_os = "linux")]
#[rstest]
fn a_peer_that_resets_before_its_reply_has_vanished(mut lab: Lab) {
    likely(&lab, NOT_VANISHED, "09-framing.md#four-endings");
    let server = lab.server();
    server.suspend();
    let mut client = lab.connect(server.addr());
    let peer = client.addr();
    client.send("hello");
    client.shutdown_write();
    client.reset();
    server.resume();
    is_logged(&mut lab, &server, &peer, &["hello"], &Event::Vanished);
}

/// Stopped and resumed, a program that waits in a read with a timeout has it fail with `Interrupted`.
#[cfg(target_os = "linux")]
#[rstest]
fn a_signal_inside_a_frame_costs_nothing(mut lab: Lab) {
    let signal =
        "`Interrupted` is taken for a failure, or what had come of the frame is lost by it";
    likely(&lab, signal, "09-framing.md#your-turn");
    let text = lab.text();
    let bytes = frame(&text);
    let server = lab.server();
    let mut client = lab.connect(server.addr());
    client.send("hello");
    client.expect("HELLO");
    let Some(_breakage) = server.with_interrupted_reads() else { return };
    for piece in [&bytes[..1], &bytes[1..3], &bytes[3..6]] {
        client.send_in_pieces(&[piece]);
        client.wait_until_read();
        for _ in 0..4 {
            server.waits_for_a_message();
            server.suspend();
            server.resume();
        }
    }
    client.send_in_pieces(&[&bytes[6..]]);
    client.expect(&text.to_uppercase());
    server.expect_running();
}

// Anything.

/// A stream that nobody foresees: its messages, how it ends, and the bytes that make it end so. None of
/// them is left unread, or a reset would overtake the replies.
struct Stream {
    texts: Vec<String>,
    end: Event<'static>,
    last: &'static [u8],
}

fn stream(lab: &mut Lab) -> Stream {
    let count = lab.texts().number(6);
    let texts = (0..count).map(|_| message(lab)).collect();
    let ends: [(Event, &[u8]); 6] = [
        (Event::Finished, b""),
        (Event::Cut, b"\0\0"),
        (Event::Cut, b"\0\0\x01\0ab"),
        (Event::Refused, b"\0\0\x04\x01"),
        (Event::Refused, b"\x01\0\0\x01"),
        (Event::Refused, b"\0\0\0\x01\x80"),
    ];
    let (end, last) = ends[lab.texts().number(ends.len())].clone();
    Stream { texts, end, last }
}

fn message(lab: &mut Lab) -> String {
    let length = [0, 1, 3, 40, 255, 256, 1_023, 1_024][lab.texts().number(8)];
    lab.texts().of_length(length)
}

/// Cuts bytes where nobody foresees it.
fn pieces<'a>(lab: &mut Lab, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let most = [3, 200, 2_000][lab.texts().number(3)];
        let (piece, rest) = bytes.split_at((1 + lab.texts().number(most)).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

#[rstest]
fn any_stream_is_read_as_it_was_written(mut lab: Lab) {
    let server = lab.server();
    for _ in 0..12 {
        let Stream { texts, end, last } = stream(&mut lab);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let bytes = [&on_the_wire(&texts), last].concat();
        let mut client = lab.connect(server.addr());
        let peer = client.addr();
        client.send_in_pieces(&pieces(&mut lab, &bytes));
        client.expect_together(&upper(&texts));
        client.shutdown_write();
        client.expect_closed_or_reset();
        is_logged(&mut lab, &server, &peer, &texts, &end);
    }
}
