//! Makes a record of what the threads of a run call.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant, SystemTime};

use nix::errno::Errno;
use nix::libc;
use nix::unistd::Pid;

use super::calls::{self, Deed, Form};
use super::memory::{self, Address};
use super::registers::Registers;
use super::run::{ALIKE, Call, KEPT, MOST, Process, Protocol, Run, Socket, Time, quoted};
use super::sockets;

/// The variable by which a demo tells its parts their names (`labs/cli/src/supervised.rs`).
const PART: &str = "SOCKET_LABS_PART=";
/// How long the tables of the system are searched in all. Each of them has all sockets.
const SEARCH: Duration = Duration::from_secs(2);
/// How many calls of a loop are seen to repeat.
const LONGEST_ROUND: usize = 6;
/// The longest log line that is kept, in bytes.
const LINE: usize = 160;
/// Errors from here on are the kernel's own: the call begins anew.
const RESTARTS: i64 = 512;

/// What a check is called: its own lines say nothing about sockets.
pub const CHECK: &str = "the check";

pub struct Recorder {
    run: Run,
    root: (Pid, String),
    /// Which process a thread belongs to, and a process has, by the system's number.
    of: HashMap<Pid, usize>,
    /// The sockets of each process, by descriptor.
    tables: Vec<HashMap<i32, usize>>,
    /// The calls that have not returned.
    pending: HashMap<Pid, Pending>,
    streaks: HashMap<Pid, Streak>,
    searched: Duration,
}

/// The last calls of a thread, and how they repeat.
#[derive(Default)]
struct Streak {
    recent: Vec<usize>,
    /// How many calls make a round, if they go in rounds, and how many of a round have come since.
    period: usize,
    phase: usize,
}

impl Streak {
    /// The call that comes next if they go on in rounds.
    fn next(&self) -> Option<usize> {
        let round = self.recent.len().checked_sub(self.period).filter(|_| self.period > 0)?;
        self.recent.get(round + self.phase % self.period).copied()
    }

    /// Finds out whether the calls go in rounds. If they do, one round stands for all: the calls of the
    /// others count no more.
    fn fold(&mut self, calls: &mut [Call]) {
        let Self { recent, .. } = self;
        recent.drain(..recent.len().saturating_sub(ALIKE * LONGEST_ROUND));
        let repeats = |period: &usize| {
            let Some(begin) = recent.len().checked_sub(ALIKE * period) else { return false };
            let pairs = recent[begin..].iter().zip(&recent[begin + period..]);
            pairs.into_iter().all(|(&one, &next)| calls[one].is_like(&calls[next]))
        };
        self.period = (1..=LONGEST_ROUND).find(repeats).unwrap_or(0);
        if self.period > 0 {
            let begin = recent.len() - ALIKE * self.period;
            for place in begin + self.period..recent.len() {
                let more = calls[recent[place]].clone();
                calls[recent[place]].times = 0;
                calls[recent[begin + (place - begin) % self.period]].absorb(&more);
            }
            recent.truncate(begin + self.period);
        }
    }
}

struct Pending {
    call: Call,
    deed: Deed,
    arguments: [u64; 6],
}

impl Recorder {
    pub fn new(root: Pid, name: &str) -> Self {
        Self {
            run: Run::default(),
            root: (root, name.to_owned()),
            of: HashMap::new(),
            tables: Vec::new(),
            pending: HashMap::new(),
            streaks: HashMap::new(),
            searched: Duration::ZERO,
        }
    }

    pub fn threads(&self) -> impl Iterator<Item = Pid> {
        self.of.keys().copied()
    }

    /// The processes that have not ended.
    pub fn processes(&self) -> impl Iterator<Item = Pid> {
        let runs = |index: &usize| self.run.processes[*index].end.is_none();
        self.of.iter().filter(move |(_, index)| runs(index)).map(|(&process, _)| process)
    }

    /// The process of a thread. One that was not known is made known: its sockets are those of whom
    /// it comes from.
    pub fn meet(&mut self, thread: Pid) -> usize {
        if let Some(&process) = self.of.get(&thread) {
            return process;
        }
        let leader = number_of(thread, "Tgid:").unwrap_or(thread);
        let process = self.of.get(&leader).copied().unwrap_or_else(|| {
            let parent =
                number_of(leader, "PPid:").and_then(|parent| self.of.get(&parent)).copied();
            let name = match parent {
                _ if leader == self.root.0 => self.root.1.clone(),
                Some(parent) => format!("{}'s child", self.run.processes[parent].name),
                None => "a child".to_owned(),
            };
            self.tables.push(parent.map(|parent| self.tables[parent].clone()).unwrap_or_default());
            self.run.processes.push(Process { name, end: None });
            self.run.processes.len() - 1
        });
        self.of.extend([(thread, process), (leader, process)]);
        process
    }

    /// A process has become another program.
    pub fn exec(&mut self, process: Pid) {
        let index = self.meet(process);
        self.tables[index].retain(|&descriptor, _| sockets::inode(process, descriptor).is_some());
        self.pending.remove(&process);
        if let Some(name) = name(process).filter(|_| process != self.root.0) {
            let names: Vec<_> = self.run.processes.iter().map(|known| known.name.clone()).collect();
            let numbered = (2..).map(|number| format!("{name} {number}"));
            let mut free = [name.clone()].into_iter().chain(numbered);
            let free = free.find(|name| !names.contains(name));
            self.run.processes[index].name = free.unwrap_or(name);
        }
    }

    /// A thread has ended, or a process with all of its threads.
    pub fn leave(&mut self, thread: Pid, how: &str) {
        if let Some(pending) = self.pending.remove(&thread) {
            self.keep(pending.call);
        }
        self.streaks.remove(&thread);
        let Some(index) = self.of.remove(&thread) else { return };
        // The last thread of a process to be waited for is its first.
        if !self.of.values().any(|&other| other == index) {
            self.run.processes[index].end = Some((now(), how.to_owned()));
        }
    }

    /// Whether it matters how a thread's call returns.
    pub fn awaits(&self, thread: Pid) -> bool {
        self.pending.contains_key(&thread)
    }

    /// A thread calls the system.
    pub fn enter(&mut self, thread: Pid, registers: &Registers) {
        let process = self.meet(thread);
        let Some((deed, name)) = calls::of(registers.number) else { return };
        let arguments = registers.arguments;
        let socket = self.tables[process].get(&descriptor(arguments[0])).copied();
        let call = Call {
            process,
            thread: thread.as_raw(),
            enter: now(),
            exit: None,
            name,
            socket,
            detail: String::new(),
            from: None,
            result: Ok(0),
            bytes: 0,
            times: 1,
        };
        let call = match deed {
            Deed::Socket => Some(call),
            Deed::Send(form) if socket.is_none() => log_line(call, form, thread, &arguments)
                .filter(|_| self.run.processes[process].name != CHECK),
            Deed::Sleep | Deed::WaitForEvents => Some(call).filter(|_| self.has_sockets(process)),
            Deed::Poll => Some(call).filter(|_| self.polls_socket(process, thread, &arguments)),
            _ if socket.is_none() => None,
            _ => Some(self.asked(call, deed, thread, &arguments)),
        };
        if let Some(call) = call {
            self.pending.insert(thread, Pending { call, deed, arguments });
        }
    }

    /// What a call on a socket is given.
    fn asked(&mut self, mut call: Call, deed: Deed, thread: Pid, arguments: &[u64; 6]) -> Call {
        let address = match deed {
            Deed::Bind | Deed::Connect => memory::address(thread, arguments[1], arguments[2]),
            Deed::Send(form) => {
                let length = form.length(thread, arguments);
                let bytes = form.bytes(thread, arguments, length, KEPT + 1);
                call.detail = quoted(&bytes, length);
                call.bytes = length;
                form.address(thread, arguments, true)
            }
            Deed::SetOption => {
                call.detail = calls::option(arguments[1], arguments[2]);
                None
            }
            Deed::Shutdown => {
                let ways = ["reading", "writing", "both"];
                let way = usize::try_from(arguments[1]).ok().and_then(|way| ways.get(way));
                call.detail.push_str(way.unwrap_or(&"?"));
                None
            }
            _ => None,
        };
        match address {
            Some(Address::Inet(addr)) => call.from = Some(addr),
            Some(Address::Path(path)) => call.detail = path,
            None => {}
        }
        if let (Deed::Connect, Some(socket)) = (deed, call.socket) {
            self.run.sockets[socket].peer = call.from;
        }
        call
    }

    /// A call of a thread has returned.
    pub fn exit(&mut self, thread: Pid, result: i64) {
        // A signal came in between. Unless it ends the program, the call begins anew.
        if -result >= RESTARTS {
            return;
        }
        let Some(Pending { mut call, deed, arguments }) = self.pending.remove(&thread) else {
            return;
        };
        call.exit = Some(now());
        call.result = u64::try_from(result)
            .map_err(|_| format!("{:?}", Errno::from_raw(i32::try_from(-result).unwrap_or(0))));
        if let Ok(result) = call.result {
            self.done(&mut call, deed, thread, &arguments, result);
        }
        if deed != Deed::Duplicate && (deed != Deed::Socket || call.result.is_err()) {
            self.keep(call);
        }
    }

    /// What a call that succeeded has brought.
    fn done(
        &mut self,
        call: &mut Call,
        deed: Deed,
        thread: Pid,
        arguments: &[u64; 6],
        result: u64,
    ) {
        match deed {
            Deed::Socket => self.opened(call, arguments, result),
            Deed::Accept => self.accepted(call, thread, arguments, result),
            // Over TCP, a socket is in the tables from `listen` on.
            Deed::Bind | Deed::Listen | Deed::Connect => self.look_up(thread, arguments[0], call),
            Deed::Receive(form) => {
                let bytes = form.bytes(thread, arguments, result, KEPT + 1);
                call.detail = if result > 0 { quoted(&bytes, result) } else { String::new() };
                call.bytes = if form.peeks(arguments) { 0 } else { result };
                if form.peeks(arguments) {
                    call.detail += " (peek)";
                }
                if let Some(Address::Inet(addr)) = form.address(thread, arguments, false) {
                    call.from = Some(addr);
                }
            }
            Deed::Send(_) => {
                if result < call.bytes {
                    call.detail += &format!(" = {result}");
                }
                call.bytes = result;
                if call.socket.is_some_and(|socket| self.run.sockets[socket].local.is_none()) {
                    self.look_up(thread, arguments[0], call);
                }
            }
            Deed::Close => {
                self.tables[call.process].remove(&descriptor(arguments[0]));
            }
            Deed::Duplicate => {
                if let Some(socket) = call.socket {
                    let is_copy = sockets::inode(thread, descriptor(result)).is_some();
                    let table = &mut self.tables[call.process];
                    is_copy.then(|| table.insert(descriptor(result), socket));
                }
            }
            _ => {}
        }
    }

    /// A socket that is there from now on.
    fn opened(&mut self, call: &mut Call, arguments: &[u64; 6], result: u64) {
        let protocol = match (i32::try_from(arguments[0]), i32::try_from(arguments[1] & 0xf)) {
            (Ok(libc::AF_INET | libc::AF_INET6), Ok(libc::SOCK_STREAM)) => Protocol::Tcp,
            (Ok(libc::AF_INET | libc::AF_INET6), Ok(libc::SOCK_DGRAM)) => Protocol::Udp,
            (Ok(libc::AF_UNIX), _) => Protocol::Unix,
            _ => return,
        };
        call.socket = Some(self.add(call, protocol, result));
    }

    /// A connection. The call says who the peer is; the own end is the listener's, or in the tables.
    fn accepted(&mut self, call: &mut Call, thread: Pid, arguments: &[u64; 6], result: u64) {
        let listener = call.socket.and_then(|listener| self.run.sockets[listener].local);
        let length = memory::word(thread, arguments[2]) & 0xffff_ffff;
        if let Some(Address::Inet(peer)) = memory::address(thread, arguments[1], length) {
            call.from = Some(peer);
        }
        let socket = self.add(call, Protocol::Tcp, result);
        call.socket = Some(socket);
        self.run.sockets[socket].local = listener;
        self.run.sockets[socket].peer = call.from;
        if call.from.is_none() || listener.is_none_or(|own| own.ip().is_unspecified()) {
            self.look_up(thread, result, call);
            call.from = self.run.sockets[socket].peer;
        }
    }

    fn add(&mut self, call: &Call, protocol: Protocol, result: u64) -> usize {
        let (process, since) = (call.process, call.enter);
        if self.run.sockets.len() < MOST {
            self.run.sockets.push(Socket { process, protocol, since, local: None, peer: None });
        }
        let socket = self.run.sockets.len() - 1;
        self.tables[process].insert(descriptor(result), socket);
        socket
    }

    /// Asks the system for the addresses of a socket, as long as that does not take too long.
    fn look_up(&mut self, thread: Pid, result: u64, call: &Call) {
        let Some(socket) = call.socket else { return };
        if self.searched > SEARCH {
            return;
        }
        let begin = Instant::now();
        let known = &mut self.run.sockets[socket];
        if let Some((local, peer)) = sockets::addresses(thread, descriptor(result), known.protocol)
        {
            known.local = Some(local);
            known.peer = peer.or(known.peer);
        }
        self.searched += begin.elapsed();
    }

    fn has_sockets(&self, process: usize) -> bool {
        !self.tables[process].is_empty()
    }

    /// Whether one of the descriptors is a socket: `struct pollfd` of `poll(2)`.
    fn polls_socket(&self, process: usize, thread: Pid, arguments: &[u64; 6]) -> bool {
        let count = usize::try_from(arguments[1]).unwrap_or(0).min(64);
        self.has_sockets(process)
            && memory::bytes(thread, arguments[0], count * 8).chunks_exact(8).any(|entry| {
                let number = i32::from_ne_bytes([entry[0], entry[1], entry[2], entry[3]]);
                self.tables[process].contains_key(&number)
            })
    }

    /// Keeps a call, or counts it with those before it.
    fn keep(&mut self, call: Call) {
        let calls = &mut self.run.calls;
        let streak = self.streaks.entry(Pid::from_raw(call.thread)).or_default();
        if let Some(same) = streak.next().filter(|&same| calls[same].is_like(&call)) {
            calls[same].absorb(&call);
            streak.phase += 1;
        } else if calls.len() < MOST {
            streak.phase = 0;
            streak.recent.push(calls.len());
            calls.push(call);
            streak.fold(calls);
        } else {
            self.run.left_out += 1;
        }
    }

    /// The record, with the calls that have not returned.
    pub fn end(mut self) -> Run {
        self.run.calls.extend(self.pending.into_values().map(|pending| pending.call));
        self.run.calls.retain(|call| call.times > 0);
        self.run
    }
}

/// A line that a program prints, where the call is that.
fn log_line(mut call: Call, form: Form, thread: Pid, arguments: &[u64; 6]) -> Option<Call> {
    if ![1, 2].contains(&arguments[0]) {
        return None;
    }
    let length = form.length(thread, arguments);
    let bytes = form.bytes(thread, arguments, length, LINE);
    let text: String =
        String::from_utf8_lossy(&bytes).chars().filter(|c| !c.is_control()).collect();
    call.name = "print";
    text.trim().clone_into(&mut call.detail);
    (!call.detail.is_empty()).then_some(call)
}

/// What a process is called: as its demo says, by its role, or by its program.
fn name(process: Pid) -> Option<String> {
    let environment = fs::read(format!("/proc/{process}/environ")).ok()?;
    let mut variables = environment.split(|&byte| byte == 0);
    if let Some(part) = variables.find_map(|variable| variable.strip_prefix(PART.as_bytes())) {
        return Some(String::from_utf8_lossy(part).into_owned());
    }
    let line = fs::read(format!("/proc/{process}/cmdline")).ok()?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let mut words = line.split('\0');
    let program = words.next()?.rsplit('/').next()?.to_owned();
    let role =
        words.next().filter(|role| !role.is_empty() && role.chars().all(char::is_alphabetic));
    Some(role.map_or(program, str::to_owned))
}

/// A number that the system tells of a thread: `proc_pid_status(5)`.
fn number_of(thread: Pid, field: &str) -> Option<Pid> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let number = status.lines().find_map(|line| line.strip_prefix(field))?;
    number.trim().parse().ok().map(Pid::from_raw)
}

/// A descriptor is an `int`: what stands above it in the register means nothing.
fn descriptor(word: u64) -> i32 {
    u32::try_from(word & 0xffff_ffff).unwrap_or(u32::MAX).cast_signed()
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::try_from(since.as_nanos()).unwrap_or(Time::MAX)
}
