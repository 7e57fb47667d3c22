//! Lab 07: what goes wrong when datagrams are long, lost, late or doubled.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use cli::{Console, MAX_DATAGRAM, MAX_REPLY, log};

use crate::{Proof, Wrong, deadline, tries};

#[path = "../../../../solutions/lab07/src/lossy.rs"]
mod lossy;
#[path = "../../../../labs/lab07/src/client.rs"]
mod starting_client;
#[path = "../../../../labs/lab07/src/server.rs"]
mod starting_server;

pub const PROOF: Proof = Proof {
    flaw: "the check received no datagram",
    demo: "client is still running; ended it",
    shown: "a_message_whose_reply_is_lost_is_sent_again::case_1_the_first",
    wrong: &[
        Wrong {
            name: "cuts_at_16_bytes",
            roles: &[("server", starting_server::run)],
            caught_by: &["datagrams::the_server_answers_a_long_datagram_whole::case_1_of_17_bytes"],
            says: "the last byte is missing",
        },
        Wrong {
            name: "cuts_at_1024_bytes",
            roles: &[("server", |addr| serve(addr, 1_024, |_| true))],
            caught_by: &[
                "datagrams::the_server_answers_a_long_datagram_whole::case_2_of_1025_bytes",
            ],
            says: "the last byte is missing",
        },
        Wrong {
            name: "cuts_at_8192_bytes",
            roles: &[("server", |addr| serve(addr, 8_192, |_| true))],
            caught_by: &[
                "datagrams::the_server_answers_a_long_datagram_whole::case_3_of_9000_bytes",
            ],
            says: "bytes are missing",
        },
        Wrong {
            name: "answers_no_message_twice",
            roles: &[("server", answers_no_message_twice)],
            caught_by: &["the_server_answers_every_copy"],
            says: "a message that came twice is answered once",
        },
        Wrong {
            name: "waits_without_end",
            roles: &[("client", starting_client::run)],
            caught_by: &["a_message_whose_reply_is_lost_is_sent_again::case_1_the_first"],
            says: "likely: a lost reply is waited for without end",
        },
        Wrong {
            name: "gives_up_at_once",
            roles: &[("client", |addr| Client { tries: || 1, ..RIGHT }.run(addr))],
            caught_by: &["a_message_whose_reply_is_lost_is_sent_again::case_1_the_first"],
            says: "your client has ended with status 1",
        },
        Wrong {
            name: "tries_without_end",
            roles: &[("client", |addr| Client { tries: || u64::MAX, ..RIGHT }.run(addr))],
            caught_by: &["after_so_many_tries_the_client_gives_up::case_1_once"],
            says: "your client is still running",
        },
        Wrong {
            name: "tries_once_too_often",
            roles: &[("client", |addr| Client { tries: || tries() + 1, ..RIGHT }.run(addr))],
            caught_by: &["after_so_many_tries_the_client_gives_up::case_3_ten_times"],
            says: "expected nothing more for the check",
        },
        Wrong {
            name: "is_content_without_a_reply",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::GoesOnWithout, ..RIGHT }.run(addr)
            })],
            caught_by: &["after_so_many_tries_the_client_gives_up::case_2_twice"],
            says: "goes on and waits for its next line",
        },
        Wrong {
            name: "has_one_socket_for_all",
            roles: &[("client", |addr| Client { mistake: Mistake::OneSocket, ..RIGHT }.run(addr))],
            caught_by: &["a_late_reply_is_not_taken_for_the_next"],
            says: "all messages share one socket, where old replies wait",
        },
        Wrong {
            name: "has_a_new_socket_for_each_try",
            roles: &[("client", |addr| Client { mistake: Mistake::SocketATry, ..RIGHT }.run(addr))],
            caught_by: &["every_try_of_a_message_comes_from_the_same_socket"],
            says: "each try has a socket of its own",
        },
        Wrong {
            name: "is_one_reply_behind",
            roles: &[
                ("lossy", lossy::run),
                ("client", |addr| Client { mistake: Mistake::OneSocket, ..RIGHT }.run(addr)),
            ],
            caught_by: &["every_line_gets_its_reply_from_a_lossy_server"],
            says: "it printed \"MESSAGE 3\"",
        },
        Wrong {
            name: "believes_a_stranger",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::HearsAnybody, ..RIGHT }.run(addr)
            })],
            caught_by: &["an_answer_from_a_stranger_is_ignored"],
            says: "it printed \"FORGED\"",
        },
        Wrong {
            name: "gives_up_without_a_number",
            roles: &[("client", |addr| Client { mistake: Mistake::NoNumber, ..RIGHT }.run(addr))],
            caught_by: &["after_so_many_tries_the_client_gives_up::case_3_ten_times"],
            says: "likely: the error does not say how often the client tried",
        },
        Wrong {
            name: "hears_of_no_closed_port",
            roles: &[("client", starting_client::run)],
            caught_by: &["a_closed_port_is_reported_at_once"],
            says: "likely: a refusal is taken for a lost reply, or the socket is not conn",
        },
        Wrong {
            name: "takes_a_refusal_for_a_loss",
            roles: &[("client", |addr| Client { mistake: Mistake::NoRefusal, ..RIGHT }.run(addr))],
            caught_by: &["a_closed_port_is_reported_at_once"],
            says: "that line does not contain `refused`",
        },
        Wrong {
            name: "leaves_after_the_last_try",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::LeavesAfterTheLast, ..RIGHT }.run(addr)
            })],
            caught_by: &["the_last_try_is_waited_for_as_well"],
            says: "likely: after its last try the client does not wait",
        },
        Wrong {
            name: "takes_a_late_refusal_for_a_loss",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::LateRefusal, ..RIGHT }.run(addr)
            })],
            caught_by: &["a_server_that_goes_between_two_tries_is_reported_at_once"],
            says: "likely: a refusal is told at the first try only",
        },
        Wrong {
            name: "keeps_its_sockets",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::KeepsSockets, ..RIGHT }.run(addr)
            })],
            caught_by: &["nothing_is_kept_of_messages_that_were_answered"],
            says: "likely: the socket of each message is kept",
        },
        Wrong {
            name: "waits_50_ms_at_least",
            roles: &[("client", |addr| Client { mistake: Mistake::HasAFloor, ..RIGHT }.run(addr))],
            caught_by: &["there_may_be_hundreds_of_short_tries"],
            says: "likely: the deadline, or the number of tries",
        },
        Wrong {
            name: "counts_its_tries_in_a_byte",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::CountsInAByte, ..RIGHT }.run(addr)
            })],
            caught_by: &["there_may_be_hundreds_of_short_tries"],
            says: "likely: the deadline, or the number of tries",
        },
        Wrong {
            name: "dies_of_a_stop",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::DiesOfAStop, ..RIGHT }.run(addr)
            })],
            caught_by: &["an_interrupted_receive_is_no_ending::case_1_once"],
            says: "likely: `Interrupted`, as after Ctrl-Z and `fg`, is taken for the end",
        },
        Wrong {
            name: "sends_again_after_a_stop",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::SendsAgainAfterAStop, ..RIGHT }.run(addr)
            })],
            caught_by: &["an_interrupted_receive_is_no_ending::case_1_once"],
            says: "the same was sent, or shown, twice",
        },
        Wrong {
            name: "takes_eight_sockets_in_turn",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::EightSockets, ..RIGHT }.run(addr)
            })],
            caught_by: &["a_doubled_reply_is_not_taken_for_the_next"],
            says: "likely: all messages share one socket",
        },
        Wrong {
            name: "survives_one_stop",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::SurvivesOneStop, ..RIGHT }.run(addr)
            })],
            caught_by: &["an_interrupted_receive_is_no_ending::case_2_again_and_again"],
            says: "likely: `Interrupted`, as after Ctrl-Z and `fg`, is taken for the end",
        },
        Wrong {
            name: "looks_at_the_clock_after_a_stop",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::LooksAtTheClock, ..RIGHT }.run(addr)
            })],
            caught_by: &["a_reply_that_came_during_a_stop_is_a_reply"],
            says: "the clock is looked at after a stop",
        },
        Wrong {
            name: "waits_twice_as_long",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::WaitsTwiceAsLong, ..RIGHT }.run(addr)
            })],
            caught_by: &["a_client_waits_no_longer_than_the_deadline::case_1_for_the_only_try"],
            says: "the deadline, or the number of tries, is",
        },
        Wrong {
            name: "strips_zero_bytes",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::StripsZeros, ..RIGHT }.run(addr)
            })],
            caught_by: &["the_client_shows_whatever_the_reply_is"],
            says: "the reply is not shown as it came",
        },
        Wrong {
            name: "takes_an_empty_reply_for_a_loss",
            roles: &[("client", |addr| {
                Client { mistake: Mistake::NoEmptyReply, ..RIGHT }.run(addr)
            })],
            caught_by: &["an_empty_reply_is_a_reply"],
            says: "expected your client to print \"\"",
        },
        Wrong {
            name: "sends_what_fits_into_no_datagram",
            roles: &[("client", |addr| Client { longest: 1 << 20, ..RIGHT }.run(addr))],
            caught_by: &["the_client_refuses_65508_bytes_and_takes_the_next_line"],
            says: "your client has ended with status 1",
        },
        Wrong {
            name: "refuses_long_messages",
            roles: &[("client", |addr| Client { longest: 1_024, ..RIGHT }.run(addr))],
            caught_by: &["the_client_sends_and_shows_long_datagrams::case_1_of_1025_bytes"],
            says: "not sent: 1025 bytes, a message has at most 1024",
        },
        Wrong {
            name: "cuts_its_replies",
            roles: &[("client", |addr| Client { room: MAX_REPLY, ..RIGHT }.run(addr))],
            caught_by: &["the_client_sends_and_shows_long_datagrams::case_2_of_9000_bytes"],
            says: "the last 5,928 bytes are missing",
        },
    ],
};

/// Answers every datagram, of which it takes `room` bytes, if `wants` it.
fn serve(addr: &str, room: usize, mut wants: impl FnMut(&[u8]) -> bool) -> Result<()> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    log!("listening on {}", socket.local_addr()?);
    let mut buffer = vec![0; room];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        let message = &buffer[..length];
        let text = String::from_utf8_lossy(message);
        log!("message {peer} {text:?}");
        if wants(message) {
            socket.send_to(text.to_uppercase().as_bytes(), peer)?;
        }
    }
}

fn answers_no_message_twice(addr: &str) -> Result<()> {
    let mut last = Vec::new();
    serve(addr, MAX_DATAGRAM, move |message| {
        let new = last != message;
        last = message.to_vec();
        new
    })
}

/// A client, and how it goes about it.
struct Client {
    mistake: Mistake,
    tries: fn() -> u64,
    /// The longest message, and the longest reply, in bytes.
    longest: usize,
    room: usize,
}

#[derive(PartialEq)]
enum Mistake {
    None,
    /// All messages share a socket.
    OneSocket,
    /// Each try of a message has a socket of its own.
    SocketATry,
    /// Its socket is not connected.
    HearsAnybody,
    /// It takes the next message when no reply has come.
    GoesOnWithout,
    /// It takes every error for a lost reply.
    NoRefusal,
    /// It takes an empty reply for a lost one.
    NoEmptyReply,
    /// It does not wait for a reply to its last try.
    LeavesAfterTheLast,
    /// It takes a refusal of a later try for a lost reply.
    LateRefusal,
    /// It keeps the sockets of all messages.
    KeepsSockets,
    /// It waits 50 ms at least.
    HasAFloor,
    /// It counts its tries in a byte.
    CountsInAByte,
    /// It takes a receive that was interrupted for a failure.
    DiesOfAStop,
    /// It takes a receive that was interrupted for a loss.
    SendsAgainAfterAStop,
    /// It has eight sockets, and takes them in turn.
    EightSockets,
    /// It calls again after one stop, and not after another.
    SurvivesOneStop,
    /// After a stop it asks the clock first.
    LooksAtTheClock,
    /// Its deadline is twice what it should be.
    WaitsTwiceAsLong,
    /// Zero bytes at the end of a reply are taken off.
    StripsZeros,
    /// It does not say how often it tried.
    NoNumber,
}

/// The client of the solution.
const RIGHT: Client =
    Client { mistake: Mistake::None, tries, longest: MAX_DATAGRAM, room: MAX_DATAGRAM };

impl Client {
    fn run(&self, addr: &str) -> Result<()> {
        let server = addr.parse()?;
        let mut socket = self.open(server)?;
        let mut ring = (0..8).map(|_| self.open(server)).collect::<Result<VecDeque<_>>>()?;
        let mut console = Console::with_max_message(self.longest);
        while let Some(message) = console.message()? {
            if self.mistake == Mistake::KeepsSockets {
                mem::forget(socket.try_clone());
            }
            if self.mistake == Mistake::EightSockets {
                ring.rotate_left(1);
                socket = ring[0].try_clone()?;
            } else if self.mistake != Mistake::OneSocket {
                socket = self.open(server)?;
            }
            match self.ask(&socket, server, &message) {
                Ok(reply) if self.mistake == Mistake::StripsZeros => {
                    console.reply(reply.trim_end_matches('\0'))?;
                }
                Ok(reply) => console.reply(&reply)?,
                Err(_) if self.mistake == Mistake::GoesOnWithout => {}
                Err(error) => return Err(error).with_context(|| format!("no reply from {addr}")),
            }
        }
        Ok(())
    }

    fn open(&self, server: SocketAddr) -> Result<UdpSocket> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let least = Duration::from_millis(u64::from(self.mistake == Mistake::HasAFloor) * 50);
        let times = 1 + u32::from(self.mistake == Mistake::WaitsTwiceAsLong);
        socket.set_read_timeout(Some(times * deadline().max(least)))?;
        if self.mistake != Mistake::HearsAnybody {
            socket.connect(server)?;
        }
        Ok(socket)
    }

    fn ask(&self, socket: &UdpSocket, server: SocketAddr, message: &str) -> Result<String> {
        let mut buffer = vec![0; self.room];
        let mut again = socket.try_clone()?;
        let tries = match self.mistake {
            Mistake::CountsInAByte => (self.tries)() & 0xff,
            _ => (self.tries)(),
        };
        for number in 1..=tries {
            let socket = &again;
            let is_last = number == tries && number > 1;
            socket.set_nonblocking(is_last && self.mistake == Mistake::LeavesAfterTheLast)?;
            let sent = match self.mistake {
                Mistake::HearsAnybody => socket.send_to(message.as_bytes(), server),
                _ => socket.send(message.as_bytes()),
            };
            match sent.and_then(|_| self.receive(socket, &mut buffer)) {
                Ok(0) if self.mistake == Mistake::NoEmptyReply => {}
                Ok(length) => return Ok(str::from_utf8(&buffer[..length])?.to_owned()),
                Err(_) if self.mistake == Mistake::NoRefusal => {}
                Err(_) if self.mistake == Mistake::LateRefusal && number > 1 => {}
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                    ErrorKind::Interrupted if self.mistake == Mistake::SendsAgainAfterAStop => {}
                    _ => return Err(error.into()),
                },
            }
            if self.mistake == Mistake::SocketATry {
                again = self.open(server)?;
            }
        }
        ensure!(self.mistake != Mistake::NoNumber, "no reply came");
        bail!("sent {} times", (self.tries)())
    }

    fn receive(&self, socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<usize> {
        let is_taken_for_else =
            matches!(self.mistake, Mistake::DiesOfAStop | Mistake::SendsAgainAfterAStop);
        let begin = Instant::now();
        let mut stops = 0;
        loop {
            match socket.recv(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted && !is_taken_for_else => {
                    stops += 1;
                    if self.mistake == Mistake::SurvivesOneStop && stops > 1 {
                        return Err(error);
                    }
                    if self.mistake == Mistake::LooksAtTheClock && begin.elapsed() > deadline() {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                received => return received,
            }
        }
    }
}
