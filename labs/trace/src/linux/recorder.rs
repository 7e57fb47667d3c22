//! Makes a record of what the threads of a run call.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant, SystemTime};

use cli::supervised::INTERRUPT;
use nix::errno::Errno;
use nix::libc;
use nix::unistd::Pid;

use super::calls::{self, Form};
use super::fold::Folded;
use super::memory::{self, Address};
use super::registers::Registers;
use super::run::{Call, KEPT, MOST, Process, Protocol, Run, Socket, Time, quoted};
use super::sockets;

/// The variable by which a demo tells its parts their names (`labs/cli/src/supervised.rs`).
const PART: &str = "SOCKET_LABS_PART=";
/// How long the tables of the system are searched in all. Each of them has all sockets.
const SEARCH: Duration = Duration::from_secs(2);
/// The longest log line that is kept, in bytes.
const LINE: usize = 160;
/// What a call is named that reads standard input.
const INPUT: &str = "input";
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
    calls: Folded<Call>,
    searched: Duration,
}

struct Pending {
    call: Call,
    form: Form,
    arguments: [u64; 6],
}

impl Recorder {
    pub fn new(root: Pid, name: &str) -> Self {
        Self {
            run: Run { began: now(), ..Run::default() },
            root: (root, name.to_owned()),
            of: HashMap::new(),
            tables: Vec::new(),
            pending: HashMap::new(),
            calls: Folded::new(),
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
            self.calls.add(thread.as_raw(), pending.call);
        }
        let Some(index) = self.of.remove(&thread) else { return };
        // The last thread of a process to be waited for is its first.
        if !self.of.values().any(|&other| other == index) {
            self.run.processes[index].end = Some((self.now(), how.to_owned()));
        }
    }

    /// Whether it matters how a thread's call returns.
    pub fn awaits(&self, thread: Pid) -> bool {
        self.pending.contains_key(&thread)
    }

    /// A thread calls the system.
    pub fn enter(&mut self, thread: Pid, registers: &Registers) {
        let process = self.meet(thread);
        let Some((name, form)) = calls::of(registers.number) else { return };
        let arguments = registers.arguments;
        let socket = self.tables[process].get(&descriptor(arguments[0])).copied();
        let call = Call {
            process,
            thread: thread.as_raw(),
            enter: self.now(),
            exit: None,
            name,
            socket,
            detail: String::new(),
            from: None,
            result: Ok(0),
            bytes: 0,
            times: 1,
        };
        let call = match name {
            "socket" => Some(call),
            "send" if socket.is_none() && self.run.processes[process].name != CHECK => {
                log_line(call, form, thread, &arguments)
            }
            // Of interest is when a demo stops its parts, and what a check does in the end is not.
            "kill" => Some(Call { socket: None, ..call })
                .filter(|_| self.run.processes[process].name != CHECK),
            // What a demo tells a program by its input.
            "recv" if socket.is_none() && arguments[0] == 0 => Some(Call { name: INPUT, ..call }),
            "sleep" | "epoll_wait" => Some(call).filter(|_| !self.tables[process].is_empty()),
            "poll" => Some(call).filter(|_| self.polls_socket(process, thread, &arguments)),
            _ if socket.is_none() => None,
            _ => Some(self.asked(call, form, thread, &arguments)),
        };
        if let Some(call) = call {
            self.pending.insert(thread, Pending { call, form, arguments });
        }
    }

    /// What a call on a socket is given.
    fn asked(&mut self, mut call: Call, form: Form, thread: Pid, arguments: &[u64; 6]) -> Call {
        let mut address = None;
        match call.name {
            "bind" | "connect" => {
                address = memory::address(thread, arguments[1], arguments[2]);
            }
            "send" => {
                let length = form.length(thread, arguments);
                call.detail = quoted(&form.bytes(thread, arguments, length, KEPT + 1), length);
                call.bytes = length;
                address = form.address(thread, arguments, true);
            }
            "setsockopt" => call.detail = calls::option(arguments[1], arguments[2]),
            "shutdown" => {
                let way = ["reading", "writing", "both", "?"][arguments[1].min(3) as usize];
                way.clone_into(&mut call.detail);
            }
            _ => {}
        }
        match address {
            Some(Address::Inet(addr)) => call.from = Some(addr),
            Some(Address::Path(path)) => call.detail = path,
            None => {}
        }
        if let ("connect", Some(socket)) = (call.name, call.socket) {
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
        let Some(Pending { mut call, form, arguments }) = self.pending.remove(&thread) else {
            return;
        };
        call.exit = Some(self.now());
        call.result = u64::try_from(result)
            .map_err(|_| format!("{:?}", Errno::from_raw(i32::try_from(-result).unwrap_or(0))));
        if call.name == INPUT {
            return self.told(call, form, thread, &arguments);
        }
        if let Ok(result) = call.result {
            self.done(&mut call, form, thread, &arguments, result);
        }
        if call.name != "dup" && (call.name != "socket" || call.result.is_err()) {
            self.calls.add(call.thread, call);
        }
    }

    /// A program has read its input: of interest is whether it was interrupted by it.
    fn told(&mut self, call: Call, form: Form, thread: Pid, arguments: &[u64; 6]) {
        let length = call.result.clone().unwrap_or(0);
        if form.bytes(thread, arguments, length, KEPT).contains(&INTERRUPT) {
            let enter = self.now();
            self.calls
                .add(call.thread, Call { name: "interrupt", enter, exit: Some(enter), ..call });
        }
    }

    /// What a call that succeeded has brought.
    fn done(
        &mut self,
        call: &mut Call,
        form: Form,
        thread: Pid,
        arguments: &[u64; 6],
        result: u64,
    ) {
        let own = descriptor(arguments[0]);
        match call.name {
            "socket" => self.opened(call, arguments, result),
            "accept" => self.accepted(call, thread, arguments, result),
            // Over TCP, a socket is in the tables from `listen` on.
            "bind" | "listen" | "connect" => self.look_up(thread, own, call),
            "recv" => received(call, form, thread, arguments, result),
            "send" => {
                if result < call.bytes {
                    call.detail += &format!(" = {result}");
                }
                call.bytes = result;
                if call.socket.is_some_and(|socket| self.run.sockets[socket].local.is_none()) {
                    self.look_up(thread, own, call);
                }
            }
            "close" => drop(self.tables[call.process].remove(&own)),
            "dup" => {
                let copy = descriptor(result);
                let is_copy = sockets::inode(thread, copy).is_some();
                if let Some(socket) = call.socket.filter(|_| is_copy) {
                    self.tables[call.process].insert(copy, socket);
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
            self.look_up(thread, descriptor(result), call);
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
    fn look_up(&mut self, thread: Pid, descriptor: i32, call: &Call) {
        let Some(socket) = call.socket.filter(|_| self.searched < SEARCH) else { return };
        let begin = Instant::now();
        let known = &mut self.run.sockets[socket];
        if let Some((local, peer)) = sockets::addresses(thread, descriptor, known.protocol) {
            known.local = Some(local);
            known.peer = peer.or(known.peer);
        }
        self.searched += begin.elapsed();
    }

    /// Whether one of the descriptors is a socket: `struct pollfd` of `poll(2)`.
    fn polls_socket(&self, process: usize, thread: Pid, arguments: &[u64; 6]) -> bool {
        let count = usize::try_from(arguments[1]).unwrap_or(0).min(64);
        let entries = memory::bytes(thread, arguments[0], count * 8);
        let mut numbers = entries.chunks_exact(8).filter_map(|entry| entry.first_chunk());
        numbers.any(|&number| self.tables[process].contains_key(&i32::from_ne_bytes(number)))
    }

    /// The record, with the calls that have not returned.
    pub fn end(mut self) -> Run {
        self.run.left_out = self.calls.left_out;
        self.run.calls = self.calls.into_kept();
        self.run.calls.extend(self.pending.into_values().map(|pending| pending.call));
        self.run.calls.retain(|call| call.name != INPUT);
        self.run
    }

    fn now(&self) -> Time {
        now().saturating_sub(self.run.began)
    }
}

/// What a call has received.
fn received(call: &mut Call, form: Form, thread: Pid, arguments: &[u64; 6], length: u64) {
    if length > 0 {
        call.detail = quoted(&form.bytes(thread, arguments, length, KEPT + 1), length);
    }
    if form.peeks(arguments) {
        call.detail += " (peek)";
    } else {
        call.bytes = length;
    }
    if let Some(Address::Inet(addr)) = form.address(thread, arguments, false) {
        call.from = Some(addr);
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

/// What the system tells of a thread: a field of `proc_pid_status(5)`.
pub fn status(thread: Pid, field: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(value.trim().to_owned())
}

/// A number of such a field: that of another thread.
fn number_of(thread: Pid, field: &str) -> Option<Pid> {
    status(thread, field)?.parse().ok().map(Pid::from_raw)
}

/// A descriptor is an `int`: what stands above it in the register means nothing.
fn descriptor(word: u64) -> i32 {
    u32::try_from(word & 0xffff_ffff).unwrap_or(u32::MAX).cast_signed()
}

/// Nanoseconds since 1970.
fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::try_from(since.as_nanos()).unwrap_or(Time::MAX)
}
