//! Lab 13: the other side speaks when it likes.

use harness::{Hint, Lab, Listener, Peer, Process, Symptom, as_shown, lab};
use rstest::{fixture, rstest};

#[path = "contract/client.rs"]
mod client;
#[path = "contract/command_line.rs"]
mod command_line;

const TURNS: &str = "what comes is shown after the next line is typed: one thread waits for the keyboard, and \
                     then for the network";
const LEAVES: &str =
    "the end of the input is taken for the end of the conversation: the server may still speak";
const WAITS: &str = "the server has ended, and the program waits for its keyboard: the thread that ends the \
                     program is the wrong one, or waits for the other";
const UNSAID: &str =
    "the server is not told that nothing more will come: the sending side stays open";
const UNSENT: &str = "a line is not sent when it is typed: it waits for something that the server says, or for \
                      more lines";
const CHANGED: &str = "what comes is not shown as it came, line by line: one read is taken for one line, or what was \
                       read beyond a line is lost";
const NOT_AS_TYPED: &str = "what is typed is not sent as it is, a line that ends with `\\n`";
const NO_ERROR: &str = "a connection that breaks is taken for one that has ended";
const ENDS: &str = "something that the server says, or the user types, ends the program";

/// What is likely wrong when a check of this lab fails, by what the failure looks like.
const LIKELY: &[Hint] = &[
    Hint::new(Symptom::NoReply, UNSENT, "two-waits"),
    Hint::new(Symptom::NoReply, TURNS, "two-waits").of_what_it_prints(),
    Hint::new(Symptom::StillRunning, WAITS, "who-ends"),
    Hint::new(Symptom::Exited, ENDS, "your-turn").of_the_client(),
    Hint::new(Symptom::ExitedOk, LEAVES, "end-of-input").of_the_client(),
    Hint::new(Symptom::Disconnected, LEAVES, "end-of-input"),
    Hint::new(Symptom::StillOpen, UNSAID, "end-of-input"),
    Hint::new(Symptom::WrongContent, NOT_AS_TYPED, "lines"),
    Hint::new(Symptom::WrongContent, CHANGED, "lines").of_what_it_prints(),
    Hint::new(Symptom::WrongLine, CHANGED, "lines"),
];

#[fixture]
fn lab() -> Lab {
    lab!(LIKELY)
}

/// A client of the lab, the server that it talks to, which is the check, and where that listens.
#[track_caller]
fn connected(lab: &Lab) -> (Process, Peer, Listener) {
    let listener = lab.listen();
    let client = lab.client(&listener.addr());
    (client, listener.accept(), listener)
}

/// The server says something, and it is shown.
#[track_caller]
fn is_shown(lab: &mut Lab, client: &mut Process, server: &mut Peer) {
    let text = lab.text();
    server.send(&text);
    client.expect_line(&text);
}

/// The user types something, and it is sent.
#[track_caller]
fn is_sent(lab: &mut Lab, client: &mut Process, server: &mut Peer) {
    let text = lab.text();
    client.types(&text);
    server.expect(&text);
}

#[track_caller]
fn are_shown(client: &mut Process, lines: &[String]) {
    for line in lines {
        client.expect_line(line);
    }
}

fn are_typed(client: &mut Process, lines: &[String]) {
    for line in lines {
        client.types(line);
    }
}

fn texts(lab: &mut Lab, count: usize) -> Vec<String> {
    (0..count).map(|_| lab.text()).collect()
}

// Both at once.

#[rstest]
fn what_the_server_says_is_shown_though_nobody_types(mut lab: Lab) {
    let (mut client, mut server, _listener) = connected(&lab);
    for _ in 0..3 {
        is_shown(&mut lab, &mut client, &mut server);
    }
}

#[rstest]
fn what_is_typed_is_sent_though_the_server_is_silent(mut lab: Lab) {
    let (mut client, mut server, _listener) = connected(&lab);
    for _ in 0..3 {
        is_sent(&mut lab, &mut client, &mut server);
    }
    client.expect_running();
}

#[rstest]
fn either_speaks_when_it_likes(mut lab: Lab) {
    let (mut client, mut server, _listener) = connected(&lab);
    for _ in 0..100 {
        match lab.texts().number(2) {
            0 => is_shown(&mut lab, &mut client, &mut server),
            _ => is_sent(&mut lab, &mut client, &mut server),
        }
    }
}

#[rstest]
fn both_speak_at_the_same_time(mut lab: Lab) {
    let (mut client, mut server, _listener) = connected(&lab);
    let (said, typed) = (texts(&mut lab, 60), texts(&mut lab, 60));
    for (said, typed) in said.iter().zip(&typed) {
        server.send(said);
        client.types(typed);
    }
    are_shown(&mut client, &said);
    server.expect_together(&typed);
}

#[rstest]
fn silence_is_no_reason_to_end(mut lab: Lab) {
    let (mut client, mut server, _listener) = connected(&lab);
    is_shown(&mut lab, &mut client, &mut server);
    client.waits_for_its_user();
    is_shown(&mut lab, &mut client, &mut server);
    is_sent(&mut lab, &mut client, &mut server);
}

#[rstest]
fn it_waits_for_both_without_using_the_processor(lab: Lab) {
    const ASKS: &str =
        "one thread asks the keyboard and the network in turn, and waits for neither";
    lab.likely(Hint::new(Symptom::Busy, ASKS, "two-waits"));
    let (mut client, mut server, _listener) = connected(&lab);
    client.expect_idle();
    client.expect_asleep();
    client.end_input();
    server.expect_eof();
    client.expect_idle();
    client.expect_asleep();
}

/// Its messages fill the buffers of both ends, and the write of the next one waits.
#[rstest]
fn a_server_that_does_not_read_is_heard(mut lab: Lab) {
    const STUCK: &str = "while a line waits to be sent, nothing that comes is shown: one thread does both, or both \
                         hold one lock";
    lab.likely(Hint::new(Symptom::NoReply, STUCK, "two-waits"));
    let listener = lab.listen_with_small_buffers();
    let mut client = lab.client(&listener.addr());
    let mut server = listener.accept();
    let typed: Vec<String> = (0..80).map(|_| lab.texts().of_length(1_000)).collect();
    are_typed(&mut client, &typed);
    client.waits_for_a_reader();
    for _ in 0..3 {
        is_shown(&mut lab, &mut client, &mut server);
        client.is_left_alone();
    }
    server.expect_together(&typed);
}

// The end, from either side.

#[rstest]
#[case::at_once(0)]
#[case::after_a_few_lines(3)]
fn the_program_ends_with_the_server_though_nobody_types(mut lab: Lab, #[case] lines: usize) {
    let (mut client, mut server, _listener) = connected(&lab);
    let said = texts(&mut lab, lines);
    for line in &said {
        server.send(line);
        client.expect_line(line);
        is_sent(&mut lab, &mut client, &mut server);
    }
    server.close();
    client.expect_success();
    client.expect_only(&said);
}

/// What is typed fills the buffers of both ends, and nobody will take the rest.
#[rstest]
fn the_program_ends_with_a_server_that_does_not_read(lab: Lab) {
    let listener = lab.listen_with_small_buffers();
    let mut client = lab.client(&listener.addr());
    let mut server = listener.accept();
    are_typed(&mut client, &vec!["unread".repeat(150); 80]);
    client.end_input();
    client.waits_for_a_reader();
    server.send("byebye");
    server.shutdown_write();
    client.expect_line("byebye");
    client.expect_success();
}

#[rstest]
fn the_last_words_of_the_server_are_shown(mut lab: Lab) {
    const LOST: &str =
        "the program ends before it has shown all that came: the last words are lost";
    for symptom in [Symptom::ExitedOk, Symptom::Exited, Symptom::NoReply] {
        lab.likely(Hint::new(symptom, LOST, "who-ends"));
    }
    for count in [200, 3, 3, 3, 3, 3] {
        let (mut client, mut server, _listener) = connected(&lab);
        let last = texts(&mut lab, count);
        server.send_together(&last);
        server.close();
        are_shown(&mut client, &last);
        client.expect_success();
        client.expect_only(&last);
    }
}

#[rstest]
#[case::at_once(&[])]
#[case::after_a_line(&["hello"])]
fn the_server_learns_of_the_end_of_input_and_may_still_speak(mut lab: Lab, #[case] lines: &[&str]) {
    lab.likely(Hint::new(Symptom::Exited, LEAVES, "end-of-input"));
    let (mut client, mut server, _listener) = connected(&lab);
    for line in lines {
        client.types(line);
        server.expect(line);
    }
    client.end_input();
    server.expect_eof();
    let mut said = texts(&mut lab, 200);
    said.push("\u{1b}[2Jgone".to_owned());
    for line in &said {
        server.send(line);
        client.expect_line(&as_shown(line));
    }
    client.waits_for_its_user();
    is_shown(&mut lab, &mut client, &mut server);
    server.close();
    client.expect_success();
}

#[rstest]
fn what_is_typed_last_is_sent(mut lab: Lab) {
    const LOST: &str =
        "the program ends, or shuts the stream down, before all that was typed is sent";
    for symptom in [Symptom::WrongContent, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, LOST, "end-of-input"));
    }
    let (mut client, mut server, _listener) = connected(&lab);
    let last = texts(&mut lab, 200);
    are_typed(&mut client, &last);
    client.end_input();
    server.expect_together(&last);
    server.expect_eof();
    server.close();
    client.expect_success();
}

/// How a connection breaks.
type Breakage = fn(Peer);

fn is_reset(server: Peer) {
    server.reset();
}

fn is_cut(mut server: Peer) {
    server.send_bytes(b"hal");
    server.close();
}

#[rstest]
#[case::reset(is_reset)]
#[case::cut_inside_a_line(is_cut)]
fn a_connection_that_breaks_is_an_error(mut lab: Lab, #[case] breaks: Breakage) {
    lab.likely(Hint::new(Symptom::ExitedOk, NO_ERROR, "who-ends"));
    let (mut client, mut server, listener) = connected(&lab);
    let mut said = texts(&mut lab, 200);
    said.push("byebye".to_owned());
    server.send_together(&said);
    are_shown(&mut client, &said);
    breaks(server);
    client.expect_error(&[&listener.addr()]);
    client.expect_only(&said);
}

/// On Linux what came before a reset can still be read.
#[cfg(target_os = "linux")]
#[rstest]
fn what_the_server_said_before_a_reset_is_shown(mut lab: Lab) {
    const LOST: &str =
        "what came before a reset can still be read, and is left: the error is asked for first";
    for symptom in [Symptom::NoReply, Symptom::Exited] {
        lab.likely(Hint::new(symptom, LOST, "told-once"));
    }
    for _ in 0..8 {
        let (mut client, mut server, listener) = connected(&lab);
        let said = texts(&mut lab, 500);
        client.suspend();
        server.send_together(&said);
        server.reset();
        client.resume();
        are_shown(&mut client, &said);
        client.expect_error(&[&listener.addr()]);
    }
}

/// Both threads wait when it comes, and one of them hears of it: the other finds the end.
#[cfg(target_os = "linux")]
#[rstest]
fn a_reset_is_an_error_whoever_hears_of_it(lab: Lab) {
    const TOLD_ONCE: &str = "a reset is told once, and here a write has heard of it: the read that follows finds the \
                             end of the stream, and that is taken for a good end";
    lab.likely(Hint::new(Symptom::ExitedOk, TOLD_ONCE, "told-once"));
    let typed = vec!["unread".repeat(150); 80];
    for _ in 0..12 {
        let listener = lab.listen_with_small_buffers();
        let mut client = lab.client(&listener.addr());
        let server = listener.accept();
        are_typed(&mut client, &typed);
        client.waits_for_a_reader();
        server.reset();
        client.expect_error(&[&listener.addr()]);
    }
}

#[rstest]
#[case::reset(is_reset)]
#[case::cut_inside_a_line(is_cut)]
fn a_connection_that_breaks_after_the_end_of_input_is_an_error(lab: Lab, #[case] breaks: Breakage) {
    lab.likely(Hint::new(Symptom::ExitedOk, NO_ERROR, "who-ends"));
    let (mut client, mut server, listener) = connected(&lab);
    client.end_input();
    server.expect_eof();
    breaks(server);
    client.expect_error(&[&listener.addr()]);
}

// Lines.

const EMPTY: &str = "an empty line, or one that looks like a command, is taken for the end";

/// From here on, what does not come has been lost between two lines.
fn lines_come(lab: &Lab) {
    lab.likely(Hint::new(Symptom::NoReply, CHANGED, "lines").of_what_it_prints());
    for symptom in [Symptom::ExitedOk, Symptom::Disconnected] {
        lab.likely(Hint::new(symptom, EMPTY, "lines"));
    }
}

#[rstest]
fn what_the_server_says_is_shown_whatever_it_is(mut lab: Lab) {
    lines_come(&lab);
    let (mut client, mut server, _listener) = connected(&lab);
    let mut lines = lab.texts().of_every_kind();
    lines.extend(["", " ", "  both ends  ", "\t", "a\rb"].map(str::to_owned));
    lines.extend(["\u{1b}[2Jgone", "\u{7}", "\u{8}\u{8}", "\u{9b}31m"].map(str::to_owned));
    lines.extend(["byebye", "hihi"].map(str::to_owned));
    lines.push(lab.texts().of_length(3_072));
    for line in &lines {
        server.send(line);
        client.expect_line(&as_shown(line));
    }
}

#[rstest]
fn a_line_may_be_cut_anywhere_and_end_in_either_way(mut lab: Lab) {
    lines_come(&lab);
    let (mut client, mut server, _listener) = connected(&lab);
    let stream = "né 你\r\nhalf\n\n👋 two\nlines\r\n".as_bytes();
    let pieces: Vec<&[u8]> = stream.chunks(1).collect();
    server.send_in_pieces(&pieces);
    for line in ["né 你", "half", "", "👋 two", "lines"] {
        client.expect_line(line);
    }
    server.send_bytes(b"one\ntwo\r\nand a ha");
    client.expect_line("one");
    client.expect_line("two");
    server.send_bytes(b"lf\n");
    client.expect_line("and a half");
    server.send_bytes(b"one\r\r\n");
    client.expect_line("one\\r");
    // People think, in the middle of a line as well.
    server.send_bytes(b"first ");
    client.waits_for_its_user();
    server.send_bytes(b"second\n");
    client.expect_line("first second");
    is_shown(&mut lab, &mut client, &mut server);
}

#[rstest]
fn a_burst_is_shown_whole_and_in_order(mut lab: Lab) {
    lines_come(&lab);
    let (mut client, mut server, _listener) = connected(&lab);
    let burst = texts(&mut lab, 1_000);
    server.send_together(&burst);
    are_shown(&mut client, &burst);
}

#[rstest]
#[case::without_an_end("x".repeat(4_000).into_bytes(), false)]
#[case::one_byte_too_long(("x".repeat(3_073) + "\n").into_bytes(), false)]
#[case::no_text(b"caf\xe9\n".to_vec(), false)]
#[case::no_text_after_the_input(b"caf\xe9\n".to_vec(), true)]
#[case::too_long_after_the_input(("x".repeat(3_073) + "\n").into_bytes(), true)]
fn what_is_no_line_is_an_error(lab: Lab, #[case] bytes: Vec<u8>, #[case] is_over: bool) {
    const TAKEN: &str = "a line of more than 3,072 bytes, or one that is not UTF-8, is taken for a line, or waited for \
                         without end";
    for symptom in [Symptom::ExitedOk, Symptom::StillRunning, Symptom::NoReply] {
        lab.likely(Hint::new(symptom, TAKEN, "lines"));
    }
    let (mut client, mut server, listener) = connected(&lab);
    if is_over {
        client.end_input();
        server.expect_eof();
    }
    server.send_bytes(&[b"one\ntwo\n", bytes.as_slice()].concat());
    client.expect_line("one");
    client.expect_line("two");
    client.expect_error(&[&listener.addr()]);
}

#[rstest]
fn whatever_is_typed_is_sent_as_a_line(mut lab: Lab) {
    lines_come(&lab);
    let (mut client, mut server, _listener) = connected(&lab);
    let mut lines = lab.texts().of_every_kind();
    lines.insert(1, String::new());
    for line in &lines {
        client.types(line);
        server.expect(line);
    }
    client.types(&lab.texts().of_length(1_025));
    is_sent(&mut lab, &mut client, &mut server);
    is_shown(&mut lab, &mut client, &mut server);
}

#[cfg(target_os = "linux")]
#[rstest]
fn a_signal_is_no_reason_to_end(mut lab: Lab) {
    const SIGNAL: &str = "a signal is taken for the end, or for a broken connection: `Interrupted`";
    for symptom in [Symptom::Exited, Symptom::ExitedOk] {
        lab.likely(Hint::new(symptom, SIGNAL, "your-turn"));
    }
    let (mut client, mut server, _listener) = connected(&lab);
    for _ in 0..3 {
        client.waits_for_a_message();
        client.suspend();
        client.resume();
        is_shown(&mut lab, &mut client, &mut server);
        is_sent(&mut lab, &mut client, &mut server);
    }
}

#[cfg(not(unix))]
harness::ignored!(on_a_terminal, "only Unix lets a program play a terminal");

/// What a person sees.
#[cfg(unix)]
mod on_a_terminal {
    use harness::{Hint, Lab, Listener, Peer, Symptom, Terminal, lab};
    use rstest::{fixture, rstest};

    const PRINTED: &str =
        "what comes is printed over what is half typed: `screen::show` keeps the two apart";

    const LIKELY: &[Hint] = &[Hint::new(Symptom::Other, PRINTED, "half-typed")];

    #[fixture]
    fn lab() -> Lab {
        lab!(super::LIKELY, LIKELY)
    }

    #[track_caller]
    fn connected(lab: &Lab) -> (Terminal, Peer, Listener) {
        let listener = lab.listen();
        let client = lab.client_on_a_terminal(&listener.addr());
        (client, listener.accept(), listener)
    }

    #[rstest]
    fn what_is_half_typed_stays_below_what_comes(lab: Lab) {
        let (mut client, mut server, _listener) = connected(&lab);
        server.send("hihi");
        client.expect_screen(&["hihi"]);
        client.types_half("hel");
        client.expect_screen(&["hihi", "hel"]);
        server.send("still there?");
        client.expect_screen(&["hihi", "still there?", "hel"]);
        client.types_half("lo");
        client.presses("Enter", "\r");
        server.expect("hello");
        client.expect_screen(&["hihi", "still there?", "hello"]);
    }

    #[rstest]
    #[case::at_the_end(Peer::close)]
    #[case::after_an_error(Peer::reset)]
    fn the_terminal_is_left_as_it_was(lab: Lab, #[case] ends: fn(Peer)) {
        let (mut client, mut server, _listener) = connected(&lab);
        client.types_half("half");
        client.expect_screen(&["half"]);
        server.send("byebye");
        client.expect_screen(&["byebye", "half"]);
        ends(server);
        client.expect_left_as_before();
    }
}
