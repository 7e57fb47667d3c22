//! Lab 13: what goes wrong with two who speak when they like.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cli::{Console, MAX_MESSAGE, MAX_REPLY};

use crate::lines::{read_line, write_line};
use crate::{Proof, Wrong, keyboard, screen};

macro_rules! wrong {
    ($name:literal, $fault:ident, $check:literal, $says:literal) => {
        Wrong {
            name: $name,
            roles: &[("client", |addr| {
                let result = run(addr, $fault);
                let is_left = match $fault {
                    ForgetsTheTerminal => true,
                    ForgetsTheTerminalAfterAnError => result.is_err(),
                    _ => false,
                };
                if !is_left {
                    screen::close();
                }
                result
            })],
            caught_by: &[$check],
            says: $says,
        }
    };
}

pub const PROOF: Proof = Proof {
    flaw: "what comes is shown after the next line is typed",
    demo: "client │ hihi",
    shown: "what_the_server_says_is_shown_though_nobody_types",
    wrong: &[
        wrong!(
            "takes_turns",
            TakesTurns,
            "what_the_server_says_is_shown_though_nobody_types",
            "what comes is shown after the next line is typed"
        ),
        wrong!(
            "takes_turns_the_other_way_round",
            ListensFirst,
            "what_is_typed_is_sent_though_the_server_is_silent",
            "a line is not sent when it is typed"
        ),
        wrong!(
            "ends_with_the_keyboard",
            EndsWithTheKeyboard,
            "the_program_ends_with_the_server_though_nobody_types::case_1_at_once",
            "the server has ended, and the program waits for its keyboard"
        ),
        wrong!(
            "joins_the_keyboard",
            JoinsTheKeyboard,
            "the_program_ends_with_the_server_though_nobody_types::case_2_after_a_few_lines",
            "the server has ended, and the program waits for its keyboard"
        ),
        wrong!(
            "has_a_scope",
            HasAScope,
            "the_program_ends_with_the_server_though_nobody_types::case_1_at_once",
            "the server has ended, and the program waits for its keyboard"
        ),
        wrong!(
            "ends_at_the_end_of_input",
            EndsAtTheEndOfInput,
            "the_server_learns_of_the_end_of_input_and_may_still_speak::case_2_after_a_line",
            "the end of the input is taken for the end of the conversation"
        ),
        wrong!(
            "waits_a_moment_for_last_words",
            WaitsAMoment,
            "the_server_learns_of_the_end_of_input_and_may_still_speak::case_1_at_once",
            "the end of the input is taken for the end of the conversation"
        ),
        wrong!(
            "shuts_down_both_ways",
            ShutsDownBothWays,
            "the_server_learns_of_the_end_of_input_and_may_still_speak::case_2_after_a_line",
            "the end of the input is taken for the end of the conversation"
        ),
        wrong!(
            "drops_its_handle",
            DropsItsHandle,
            "the_server_learns_of_the_end_of_input_and_may_still_speak::case_1_at_once",
            "the server is not told that nothing more will come"
        ),
        wrong!(
            "shuts_down_reading",
            ShutsDownReading,
            "the_server_learns_of_the_end_of_input_and_may_still_speak::case_1_at_once",
            "the end of the input is taken for the end of the conversation"
        ),
        wrong!(
            "takes_a_reset_for_the_end",
            TakesAResetForTheEnd,
            "a_connection_that_breaks_is_an_error::case_1_reset",
            "a connection that breaks is taken for one that has ended"
        ),
        wrong!(
            "takes_a_cut_for_the_end",
            TakesACutForTheEnd,
            "a_connection_that_breaks_is_an_error::case_2_cut_inside_a_line",
            "a connection that breaks is taken for one that has ended"
        ),
        wrong!(
            "hides_errors_after_the_end_of_input",
            HidesErrorsAfterTheInput,
            "a_connection_that_breaks_after_the_end_of_input_is_an_error::case_1_reset",
            "a connection that breaks is taken for one that has ended"
        ),
        wrong!(
            "calls_the_end_an_error",
            CallsTheEndAnError,
            "the_program_ends_with_the_server_though_nobody_types::case_1_at_once",
            "something that the server says, or the user types, ends the program"
        ),
        wrong!(
            "names_no_address",
            NamesNoAddress,
            "a_connection_that_breaks_is_an_error::case_1_reset",
            "cannot receive"
        ),
        wrong!(
            "reads_on_at_the_end",
            ReadsOnAtTheEnd,
            "the_program_ends_with_the_server_though_nobody_types::case_1_at_once",
            "the server has ended, and the program waits"
        ),
        wrong!(
            "takes_a_read_for_a_line",
            TakesAReadForALine,
            "a_line_may_be_cut_anywhere_and_end_in_either_way",
            "what comes is not shown as it came"
        ),
        wrong!(
            "buffers_each_line_anew",
            BuffersEachLineAnew,
            "a_burst_is_shown_whole_and_in_order",
            "what comes is not shown as it came"
        ),
        wrong!(
            "keeps_the_carriage_return",
            KeepsTheCarriageReturn,
            "a_line_may_be_cut_anywhere_and_end_in_either_way",
            "what comes is not shown as it came"
        ),
        wrong!(
            "trims_what_comes",
            TrimsWhatComes,
            "what_the_server_says_is_shown_whatever_it_is",
            "what comes is not shown as it came"
        ),
        wrong!(
            "shows_controls_as_they_are",
            ShowsControls,
            "what_the_server_says_is_shown_whatever_it_is",
            "`screen::show`"
        ),
        wrong!(
            "shows_what_is_no_text",
            ShowsWhatIsNoText,
            "what_is_no_line_is_an_error::case_3_no_text",
            "is taken for a line"
        ),
        wrong!(
            "waits_for_the_end_of_any_line",
            HasNoLimit,
            "what_is_no_line_is_an_error::case_1_without_an_end",
            "is taken for a line, or waited for without end"
        ),
        wrong!(
            "has_the_limit_of_a_message",
            HasTheLimitOfAMessage,
            "what_the_server_says_is_shown_whatever_it_is",
            "something that the server says"
        ),
        wrong!(
            "ends_at_an_empty_line",
            EndsAtAnEmptyLine,
            "a_line_may_be_cut_anywhere_and_end_in_either_way",
            "is taken for the end"
        ),
        wrong!(
            "shows_no_empty_line",
            ShowsNoEmptyLine,
            "a_line_may_be_cut_anywhere_and_end_in_either_way",
            "what comes is not shown as it came"
        ),
        wrong!(
            "sends_no_empty_line",
            SendsNoEmptyLine,
            "whatever_is_typed_is_sent_as_a_line",
            "a line is not sent when it is typed"
        ),
        wrong!(
            "ends_at_an_empty_line_of_the_user",
            EndsAtAnEmptyLineOfTheUser,
            "whatever_is_typed_is_sent_as_a_line",
            "is taken for the end"
        ),
        wrong!(
            "sends_no_line_ends",
            SendsNoLineEnds,
            "what_is_typed_is_sent_though_the_server_is_silent",
            "what is typed is not sent as it is"
        ),
        wrong!(
            "sends_both_line_ends",
            SendsBothLineEnds,
            "what_is_typed_is_sent_though_the_server_is_silent",
            "what is typed is not sent as it is"
        ),
        wrong!(
            "sends_when_its_buffer_is_full",
            SendsWhenTheBufferIsFull,
            "what_is_typed_is_sent_though_the_server_is_silent",
            "a line is not sent when it is typed"
        ),
        wrong!(
            "waits_for_the_reply",
            WaitsForTheReply,
            "what_is_typed_is_sent_though_the_server_is_silent",
            "a line is not sent when it is typed"
        ),
        wrong!(
            "shows_the_line_before",
            ShowsTheLineBefore,
            "what_the_server_says_is_shown_though_nobody_types",
            "what comes is shown after the next line is typed"
        ),
        wrong!(
            "holds_one_lock_for_both",
            HoldsOneLock,
            "what_is_typed_is_sent_though_the_server_is_silent",
            "a line is not sent when it is typed"
        ),
        wrong!(
            "writes_where_it_shows",
            WritesWhereItShows,
            "a_server_that_does_not_read_is_heard",
            "while a line waits to be sent, nothing that comes is shown"
        ),
        wrong!(
            "asks_both_in_turn",
            AsksBothInTurn,
            "it_waits_for_both_without_using_the_processor",
            "one thread asks the keyboard and the network in turn"
        ),
        wrong!(
            "asks_both_with_naps",
            AsksBothWithNaps,
            "it_waits_for_both_without_using_the_processor",
            "your client asks again and again for what it could wait for"
        ),
        wrong!(
            "takes_silence_for_the_end",
            TakesSilenceForTheEnd,
            "silence_is_no_reason_to_end",
            "the end of the input is taken for the end"
        ),
        wrong!(
            "drops_what_is_too_much_at_once",
            DropsABurst,
            "a_burst_is_shown_whole_and_in_order",
            "what comes is not shown as it came"
        ),
        wrong!(
            "ends_before_it_has_shown_all",
            EndsBeforeItHasShownAll,
            "the_last_words_of_the_server_are_shown",
            "the last words are lost"
        ),
        wrong!(
            "shows_what_was_typed",
            ShowsWhatWasTyped,
            "either_speaks_when_it_likes",
            "your client prints more than replies"
        ),
        wrong!(
            "takes_a_signal_for_an_error",
            TakesASignalForAnError,
            "a_signal_is_no_reason_to_end",
            "a signal is taken for the end"
        ),
        wrong!(
            "unwraps",
            Unwraps,
            "a_connection_that_breaks_is_an_error::case_1_reset",
            "panicked"
        ),
        wrong!(
            "prints_over_what_is_half_typed",
            ShowsControls,
            "on_a_terminal::what_is_half_typed_stays_below_what_comes",
            "what comes is printed over what is half typed"
        ),
        wrong!(
            "leaves_the_terminal_as_it_is",
            ForgetsTheTerminal,
            "on_a_terminal::the_terminal_is_left_as_it_was::case_1_at_the_end",
            "the terminal to be as before"
        ),
        wrong!(
            "hears_of_no_reset",
            HearsOfNoReset,
            "a_reset_is_an_error_whoever_hears_of_it",
            "a reset is told once"
        ),
        wrong!(
            "looks_around_each_half_second",
            LooksAround,
            "it_waits_for_both_without_using_the_processor",
            "asks again and again"
        ),
        wrong!(
            "forgets_half_a_line",
            ForgetsHalfALine,
            "a_line_may_be_cut_anywhere_and_end_in_either_way",
            "what comes is not shown as it came"
        ),
        wrong!(
            "says_that_the_server_has_gone",
            SaysThatTheServerHasGone,
            "the_last_words_of_the_server_are_shown",
            "nothing else"
        ),
        wrong!(
            "ends_at_byebye",
            EndsAtByebye,
            "what_the_server_says_is_shown_whatever_it_is",
            "is taken for the end"
        ),
        wrong!(
            "leaves_after_a_hundred_lines",
            LeavesAfterAHundred,
            "the_server_learns_of_the_end_of_input_and_may_still_speak::case_1_at_once",
            "the end of the input is taken for the end"
        ),
        wrong!(
            "shows_a_cut_line",
            ShowsACutLine,
            "a_connection_that_breaks_is_an_error::case_2_cut_inside_a_line",
            "nothing else"
        ),
        wrong!(
            "takes_one_byte_more",
            TakesOneByteMore,
            "what_is_no_line_is_an_error::case_2_one_byte_too_long",
            "is taken for a line"
        ),
        wrong!(
            "takes_what_is_no_text_for_the_end_after_the_input",
            TakesNoTextForTheEnd,
            "what_is_no_line_is_an_error::case_4_no_text_after_the_input",
            "is taken for a line"
        ),
        wrong!(
            "asks_for_the_error_first",
            AsksForTheErrorFirst,
            "what_the_server_said_before_a_reset_is_shown",
            "what came before a reset can still be read"
        ),
        wrong!(
            "waits_for_a_write_at_the_end",
            WaitsForAWriteAtTheEnd,
            "the_program_ends_with_a_server_that_does_not_read",
            "the server has ended, and the program waits"
        ),
        wrong!(
            "prints_plainly_after_the_input",
            PrintsPlainlyAfterTheInput,
            "the_server_learns_of_the_end_of_input_and_may_still_speak::case_1_at_once",
            "`screen::show`"
        ),
        wrong!(
            "leaves_the_terminal_after_an_error",
            ForgetsTheTerminalAfterAnError,
            "on_a_terminal::the_terminal_is_left_as_it_was::case_2_after_an_error",
            "the terminal to be as before"
        ),
    ],
};

/// What is wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    TakesTurns,
    ListensFirst,
    EndsWithTheKeyboard,
    JoinsTheKeyboard,
    HasAScope,
    EndsAtTheEndOfInput,
    WaitsAMoment,
    ShutsDownBothWays,
    DropsItsHandle,
    ShutsDownReading,
    TakesAResetForTheEnd,
    TakesACutForTheEnd,
    HidesErrorsAfterTheInput,
    CallsTheEndAnError,
    NamesNoAddress,
    ReadsOnAtTheEnd,
    TakesAReadForALine,
    BuffersEachLineAnew,
    KeepsTheCarriageReturn,
    TrimsWhatComes,
    ShowsControls,
    ShowsWhatIsNoText,
    HasNoLimit,
    HasTheLimitOfAMessage,
    EndsAtAnEmptyLine,
    ShowsNoEmptyLine,
    SendsNoEmptyLine,
    EndsAtAnEmptyLineOfTheUser,
    SendsNoLineEnds,
    SendsBothLineEnds,
    SendsWhenTheBufferIsFull,
    WaitsForTheReply,
    ShowsTheLineBefore,
    HoldsOneLock,
    WritesWhereItShows,
    AsksBothInTurn,
    AsksBothWithNaps,
    TakesSilenceForTheEnd,
    DropsABurst,
    EndsBeforeItHasShownAll,
    ShowsWhatWasTyped,
    TakesASignalForAnError,
    Unwraps,
    ForgetsTheTerminal,
    HearsOfNoReset,
    LooksAround,
    ForgetsHalfALine,
    SaysThatTheServerHasGone,
    EndsAtByebye,
    LeavesAfterAHundred,
    ShowsACutLine,
    TakesOneByteMore,
    TakesNoTextForTheEnd,
    AsksForTheErrorFirst,
    WaitsForAWriteAtTheEnd,
    PrintsPlainlyAfterTheInput,
    ForgetsTheTerminalAfterAnError,
}
#[allow(
    clippy::enum_glob_use,
    reason = "a row of the table above has room for a fault's name only"
)]
use Fault::*;

/// What has become of the last line that was typed.
static SENT: Mutex<io::Result<()>> = Mutex::new(Ok(()));
/// How many lines have come.
static CAME: AtomicUsize = AtomicUsize::new(0);
/// Whether the input has ended.
static INPUT_IS_OVER: AtomicBool = AtomicBool::new(false);

fn run(addr: &str, fault: Fault) -> Result<()> {
    let stream = TcpStream::connect(addr).with_context(|| format!("cannot connect to {addr}"))?;
    let typed = keyboard::open()?;
    let ended = match fault {
        TakesTurns | ListensFirst => take_turns(typed, &stream, fault),
        AsksBothInTurn | AsksBothWithNaps => ask_in_turn(typed, &stream, fault),
        WritesWhereItShows => show_and_write(typed, &stream),
        HoldsOneLock => hold_one_lock(typed, stream),
        DropsABurst | EndsBeforeItHasShownAll => show_elsewhere(typed, stream, fault),
        _ => both(typed, stream, fault),
    };
    match ended {
        Err(_) if fault == NamesNoAddress => bail!("cannot receive"),
        Err(error) if fault == Unwraps => panic!("{error}"),
        ended => ended.with_context(|| format!("cannot receive from {addr}")),
    }
}

fn both(typed: Console, stream: TcpStream, fault: Fault) -> Result<()> {
    let coming = stream.try_clone()?;
    match fault {
        HasAScope => thread::scope(|scope| {
            scope.spawn(|| send(typed, stream, fault));
            show(&coming, fault)
        }),
        EndsWithTheKeyboard => {
            thread::spawn(move || show(&coming, fault));
            send(typed, stream, fault);
            Ok(())
        }
        _ => {
            let sending = thread::spawn(move || send(typed, stream, fault));
            let shown = show(&coming, fault);
            let is_over = INPUT_IS_OVER.load(Ordering::SeqCst);
            if fault == HearsOfNoReset
                || shown.is_err() && !(fault == HidesErrorsAfterTheInput && is_over)
            {
                return shown;
            }
            if fault == SaysThatTheServerHasGone {
                println!("(the server has gone)");
            }
            if fault != WaitsForAWriteAtTheEnd {
                let _ = coming.shutdown(Shutdown::Both);
            }
            if let Err(error) = &*SENT.lock().expect("nobody panics with it")
                && error.kind() == ErrorKind::ConnectionReset
                && fault != TakesAResetForTheEnd
            {
                bail!("cannot send: {error}");
            }
            match fault {
                HidesErrorsAfterTheInput if INPUT_IS_OVER.load(Ordering::SeqCst) => Ok(()),
                JoinsTheKeyboard => sending.join().map_or_else(|_| bail!("a panic"), |()| shown),
                _ => shown,
            }
        }
    }
}

/// Shows what comes.
fn show(stream: &TcpStream, fault: Fault) -> Result<()> {
    if fault == TakesSilenceForTheEnd {
        stream.set_read_timeout(Some(Duration::from_millis(800)))?;
    }
    if [LooksAround, ForgetsHalfALine].contains(&fault) {
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    }
    if fault == TakesASignalForAnError {
        // Only with a timeout does a signal that is not handled show itself.
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    }
    let mut lines = BufReader::new(stream);
    let mut before = None;
    loop {
        match next(&mut lines, stream, fault) {
            Ok(Some(line)) if line.is_empty() && fault == EndsAtAnEmptyLine => return Ok(()),
            Ok(Some(line)) if line == "byebye" && fault == EndsAtByebye => return Ok(()),
            Ok(Some(line)) if line.is_empty() && fault == ShowsNoEmptyLine => {}
            Ok(Some(line)) if fault == ShowsTheLineBefore => {
                before.replace(line).map_or(Ok(()), |line: String| screen::show(&line))?;
            }
            Ok(Some(line)) => show_one(&line, fault)?,
            Ok(None) if fault == CallsTheEndAnError => bail!("the server has gone"),
            Ok(None) if fault == ReadsOnAtTheEnd => thread::sleep(Duration::from_millis(50)),
            Ok(None) => return Ok(()),
            Err(error) => match error.kind() {
                ErrorKind::ConnectionReset if fault == TakesAResetForTheEnd => return Ok(()),
                ErrorKind::UnexpectedEof if fault == TakesACutForTheEnd => return Ok(()),
                ErrorKind::WouldBlock if fault == TakesSilenceForTheEnd => return Ok(()),
                ErrorKind::WouldBlock if [LooksAround, ForgetsHalfALine].contains(&fault) => {}
                ErrorKind::InvalidData
                    if fault == TakesNoTextForTheEnd && INPUT_IS_OVER.load(Ordering::SeqCst) =>
                {
                    return Ok(());
                }
                _ => return Err(error.into()),
            },
        }
        CAME.fetch_add(1, Ordering::SeqCst);
    }
}

fn show_one(line: &str, fault: Fault) -> Result<()> {
    let is_over = INPUT_IS_OVER.load(Ordering::SeqCst);
    match fault {
        ShowsControls => println!("{line}"),
        PrintsPlainlyAfterTheInput if is_over => println!("{line}"),
        LeavesAfterAHundred if is_over && CAME.load(Ordering::SeqCst) > 100 => process::exit(0),
        TrimsWhatComes => screen::show(line.trim())?,
        _ => screen::show(line)?,
    }
    Ok(())
}

/// The next line that comes.
fn next(
    lines: &mut BufReader<&TcpStream>,
    mut stream: &TcpStream,
    fault: Fault,
) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    match fault {
        TakesAReadForALine => {
            bytes.resize(4096, 0);
            let length = stream.read(&mut bytes)?;
            bytes.truncate(length);
        }
        BuffersEachLineAnew => return read_line(&mut BufReader::new(stream), MAX_REPLY),
        HasTheLimitOfAMessage => return read_line(lines, MAX_MESSAGE),
        TakesOneByteMore => return read_line(lines, MAX_REPLY + 1),
        AsksForTheErrorFirst => {
            if let Some(error) = stream.take_error()? {
                return Err(error);
            }
            return read_line(lines, MAX_REPLY);
        }
        // Nothing is taken as long as the line is not whole.
        LooksAround if !lines.fill_buf()?.ends_with(b"\n") => {
            return Err(ErrorKind::WouldBlock.into());
        }
        ShowsACutLine => {
            lines.read_until(b'\n', &mut bytes)?;
            if !bytes.is_empty() && !bytes.ends_with(b"\n") {
                screen::show(&String::from_utf8_lossy(&bytes)).map_err(io::Error::other)?;
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        HasNoLimit => return read_line(lines, usize::MAX / 2),
        KeepsTheCarriageReturn | ShowsWhatIsNoText => {
            lines.read_until(b'\n', &mut bytes)?;
        }
        TakesASignalForAnError => loop {
            let byte = &mut [0];
            match lines.read(byte)? {
                0 => break,
                _ => bytes.push(byte[0]),
            }
            if byte == b"\n" {
                break;
            }
        },
        _ => return read_line(lines, MAX_REPLY),
    }
    let text = String::from_utf8_lossy(&bytes);
    let ends = if fault == KeepsTheCarriageReturn { &['\n'][..] } else { &['\r', '\n'] };
    Ok((!bytes.is_empty()).then(|| text.trim_end_matches(ends).to_owned()))
}

/// Sends what is typed.
fn send(mut typed: Console, stream: TcpStream, fault: Fault) {
    let mut writer = BufWriter::new(stream);
    while let Ok(Some(line)) = typed.message() {
        if line.is_empty() && fault == SendsNoEmptyLine {
            continue;
        }
        if line.is_empty() && fault == EndsAtAnEmptyLineOfTheUser {
            process::exit(0);
        }
        let came = CAME.load(Ordering::SeqCst);
        let mut sending = SENT.lock().expect("nobody panics with it");
        let sent = match fault {
            SendsNoLineEnds => writer.write_all(line.as_bytes()),
            SendsBothLineEnds => writer.write_all(format!("{line}\r\n").as_bytes()),
            _ => write_line(&mut writer, &line),
        };
        let flushed = if fault == SendsWhenTheBufferIsFull { Ok(()) } else { writer.flush() };
        *sending = sent.and(flushed);
        if sending.is_err() {
            break;
        }
        drop(sending);
        if fault == ShowsWhatWasTyped {
            println!("you: {line}");
        }
        while fault == WaitsForTheReply && CAME.load(Ordering::SeqCst) == came {
            thread::sleep(Duration::from_millis(20));
        }
    }
    let _ = writer.flush();
    INPUT_IS_OVER.store(true, Ordering::SeqCst);
    let stream = writer.get_ref();
    let _ = match fault {
        DropsItsHandle => Ok(()),
        ShutsDownBothWays => stream.shutdown(Shutdown::Both),
        ShutsDownReading => stream.shutdown(Shutdown::Read),
        _ => stream.shutdown(Shutdown::Write),
    };
    match fault {
        EndsAtTheEndOfInput => process::exit(0),
        WaitsAMoment => {
            thread::sleep(Duration::from_millis(700));
            process::exit(0)
        }
        _ => {}
    }
}

/// The keyboard and the network, one after the other.
fn take_turns(mut typed: Console, mut stream: &TcpStream, fault: Fault) -> Result<()> {
    let mut lines = BufReader::new(stream);
    loop {
        if fault == ListensFirst {
            let Some(line) = read_line(&mut lines, MAX_REPLY)? else { return Ok(()) };
            screen::show(&line)?;
        }
        let Some(line) = typed.message()? else { return Ok(()) };
        write_line(&mut stream, &line)?;
        if fault == TakesTurns {
            let Some(line) = read_line(&mut lines, MAX_REPLY)? else { return Ok(()) };
            screen::show(&line)?;
        }
    }
}

/// The lines that are typed, as messages of a channel, and then `None`.
fn pass_on(mut typed: Console, events: Sender<Option<String>>) {
    thread::spawn(move || {
        while let Ok(line) = typed.message() {
            let is_over = line.is_none();
            if events.send(line).is_err() || is_over {
                return;
            }
        }
    });
}

/// Asks the keyboard and the network whether they have something.
fn ask_in_turn(typed: Console, mut stream: &TcpStream, fault: Fault) -> Result<()> {
    let (sender, keyboard) = channel();
    pass_on(typed, sender);
    stream.set_nonblocking(true)?;
    let mut bytes = Vec::new();
    loop {
        match keyboard.try_recv() {
            Ok(Some(line)) => write_line(&mut stream, &line)?,
            Ok(None) => stream.shutdown(Shutdown::Write)?,
            Err(_) => {}
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).collect();
            screen::show(str::from_utf8(&line[..end])?)?;
        }
        if fault == AsksBothWithNaps {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Two threads wait, and a third shows and writes.
fn show_and_write(typed: Console, mut stream: &TcpStream) -> Result<()> {
    let (events, what_happens) = channel();
    let coming = stream.try_clone()?;
    let (keys, said) = (events.clone(), events);
    let (sender, keyboard) = channel();
    pass_on(typed, sender);
    thread::spawn(move || keyboard.iter().try_for_each(|line| keys.send((true, line))));
    thread::spawn(move || {
        let mut lines = BufReader::new(&coming);
        while let Ok(line) = read_line(&mut lines, MAX_REPLY) {
            let is_over = line.is_none();
            if said.send((false, line)).is_err() || is_over {
                return;
            }
        }
    });
    for event in what_happens {
        match event {
            (true, Some(line)) => write_line(&mut stream, &line)?,
            (true, None) => stream.shutdown(Shutdown::Write)?,
            (false, Some(line)) => screen::show(&line)?,
            (false, None) => return Ok(()),
        }
    }
    Ok(())
}

/// Whoever reads has the stream for itself.
fn hold_one_lock(mut typed: Console, stream: TcpStream) -> Result<()> {
    let reader = Arc::new(Mutex::new(BufReader::new(stream)));
    let writer = Arc::clone(&reader);
    thread::spawn(move || {
        while let Ok(Some(line)) = typed.message() {
            let mut stream = writer.lock().expect("nobody panics with it");
            if write_line(stream.get_mut(), &line).is_err() {
                return;
            }
        }
    });
    loop {
        let line = read_line(&mut *reader.lock().expect("nobody panics with it"), MAX_REPLY)?;
        let Some(line) = line else { return Ok(()) };
        screen::show(&line)?;
    }
}

/// Another thread shows what comes.
fn show_elsewhere(typed: Console, stream: TcpStream, fault: Fault) -> Result<()> {
    let (to_show, lines) = sync_channel::<String>(if fault == DropsABurst { 16 } else { 10_000 });
    let coming = stream.try_clone()?;
    thread::spawn(move || send(typed, stream, fault));
    thread::spawn(move || {
        for line in lines {
            if screen::show(&line).is_err() {
                return;
            }
            // As a slow terminal does.
            thread::sleep(Duration::from_micros(100));
        }
    });
    let mut reader = BufReader::new(&coming);
    while let Some(line) = read_line(&mut reader, MAX_REPLY)? {
        let _ = to_show.try_send(line);
    }
    Ok(())
}
