//! Making a program's calls fail, and work again. Only Linux lets one program do that to another.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use socket2::Socket;

use crate::descendants::pid;
use crate::record::{Actor, Fault, Verb};
use crate::recorder::Recorder;
use crate::{Process, Server, system};

/// What makes a program's calls fail until it is mended.
pub struct Breakage {
    actor: Actor,
    fault: Fault,
    recorder: Recorder,
    way_back: WayBack,
}

enum WayBack {
    Limit(Option<Pid>, Resource, Option<Rlimit>),
    Blocking(Socket),
    /// These sockets had no timeout.
    Untimed(Vec<Socket>),
}

/// How long the address space of a program must stay as it is.
const LOOK: Duration = Duration::from_millis(20);

/// How much more address space is left to a program, in KiB: less than the stack of a thread.
const ROOM: u64 = 1 << 10;

/// How long a call may wait that is to fail soon. Whoever takes it for silence has waited as well.
const SOON: Duration = Duration::from_millis(100);

impl Process {
    /// The lowest number that it has free for a descriptor. To be asked while it serves nobody.
    pub fn free_descriptor(&self) -> u64 {
        let numbers = fs::read_dir(format!("/proc/{}/fd", self.id())).into_iter().flatten();
        let open: Vec<u64> =
            numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
        (0..=open.len() as u64).find(|number| !open.contains(number)).unwrap_or_default()
    }

    /// Leaves the program no descriptor from this number on: `RLIMIT_NOFILE`. Those it has stay open.
    pub fn without_descriptors(&self, from: u64) -> Breakage {
        self.limited(Resource::Nofile, from, Fault::NoDescriptors)
    }

    /// Leaves the program no address space for the stack of a further thread: `RLIMIT_AS`. To be asked
    /// before it has served anybody, since the system keeps the stacks of threads that have ended.
    pub fn without_threads(&self) -> Breakage {
        let space = || system::address_space(self.id()).unwrap_or(0);
        // A thread that begins takes far more for a moment than it keeps.
        let mut now = space();
        while !self.recorder.is_over() {
            thread::sleep(LOOK);
            match space() {
                same if same == now => break,
                other => now = other,
            }
        }
        self.limited(Resource::As, (now + ROOM) << 10, Fault::NoThreads)
    }

    fn limited(&self, resource: Resource, most: u64, fault: Fault) -> Breakage {
        let id = pid(self.id());
        let limit = Rlimit { current: Some(most), maximum: getrlimit(resource).maximum };
        // A program that has ended has no limit; the next expectation finds that out.
        let before = prlimit(id, resource, limit).ok();
        self.broken(fault, WayBack::Limit(id, resource, before))
    }

    /// Makes its accepts fail at once where they would have waited: its listener is made one that does
    /// not block, which on Linux those it accepts do not take over. Whoever waits already does so to the
    /// end. `None` where the system forbids that, or the program asks without waiting by itself.
    pub fn with_failing_accepts(&self) -> Option<Breakage> {
        let listener = system::tcp_sockets_of(self.id(), true)?.pop().filter(waits)?;
        listener.set_nonblocking(true).ok()?;
        Some(self.broken(Fault::AcceptsFail, WayBack::Blocking(listener)))
    }

    /// Lets whatever it waits for on the connections it has now fail soon, with an error that means
    /// nothing: `SO_RCVTIMEO`. `None` as above.
    pub fn with_failing_reads(&self) -> Option<Breakage> {
        self.with_timeouts(SOON, Fault::ReadsFail)
    }

    /// Lets a signal interrupt the reads of the connections it has now, from the next one on: on Linux it
    /// does where the socket has a timeout. `None` as above.
    pub fn with_interrupted_reads(&self) -> Option<Breakage> {
        self.with_timeouts(LONG, Fault::ReadsAreInterrupted)
    }

    /// Gives its connections, if all of them wait as long as it takes, a timeout to read.
    fn with_timeouts(&self, timeout: Duration, fault: Fault) -> Option<Breakage> {
        let sockets = system::tcp_sockets_of(self.id(), false)?;
        if sockets.is_empty() || !sockets.iter().all(waits) {
            return None;
        }
        for socket in &sockets {
            socket.set_read_timeout(Some(timeout)).ok()?;
        }
        Some(self.broken(fault, WayBack::Untimed(sockets)))
    }

    /// Where it has set timeouts for what its connections send or receive, they are a tenth of a second
    /// from its next call on: so nobody has to wait for them. Whether it has some.
    pub fn has_shorter_timeouts(&self) -> bool {
        let sockets = system::tcp_sockets_of(self.id(), false).unwrap_or_default();
        let shorten = |socket: &Socket| {
            let reads = socket.read_timeout().ok().flatten().is_some();
            let writes = socket.write_timeout().ok().flatten().is_some();
            let done = (!reads || socket.set_read_timeout(Some(SOON)).is_ok())
                && (!writes || socket.set_write_timeout(Some(SOON)).is_ok());
            (reads || writes) && done
        };
        let any = sockets.iter().filter(|socket| shorten(socket)).count() > 0;
        if any {
            self.step(Verb::Broke(Fault::ShortTimeouts));
        }
        any
    }

    fn broken(&self, fault: Fault, way_back: WayBack) -> Breakage {
        self.step(Verb::Broke(fault));
        let (actor, recorder) = (self.program.actor.clone(), self.recorder.clone());
        Breakage { actor, fault, recorder, way_back }
    }
}

/// How long a call may wait at most that is to be interrupted.
const LONG: Duration = Duration::from_secs(60);

/// Whether calls on a socket wait as long as it takes.
fn waits(socket: &Socket) -> bool {
    socket.read_timeout().is_ok_and(|timeout| timeout.is_none())
        && socket.nonblocking().is_ok_and(|nonblocking| !nonblocking)
}

impl Server {
    /// Makes the server's receives over UDP fail at once where they would have waited: its socket is
    /// made one that does not block. `None` where the system forbids that, or it has a timeout or asks
    /// without waiting by itself: for such a program `WouldBlock` is no failure.
    pub fn with_failing_receives(&self) -> Option<Breakage> {
        let socket = self.datagram_socket()?;
        socket.set_nonblocking(true).ok()?;
        Some(self.broken(Fault::ReceivesFail, WayBack::Blocking(socket)))
    }

    /// Lets a signal interrupt its receives over UDP, from the next one on: on Linux it does where the
    /// socket has a timeout. `None` as above.
    pub fn with_interrupted_receives(&self) -> Option<Breakage> {
        let socket = self.datagram_socket()?;
        socket.set_read_timeout(Some(LONG)).ok()?;
        Some(self.broken(Fault::ReceivesAreInterrupted, WayBack::Untimed(vec![socket])))
    }

    /// Its socket over UDP, if a receive on it waits as long as it takes.
    fn datagram_socket(&self) -> Option<Socket> {
        system::udp_socket_of(self.id(), self.addr().parse().ok()?).filter(waits)
    }
}

impl Breakage {
    /// Takes it back.
    pub fn mend(&self) {
        match &self.way_back {
            WayBack::Limit(id, resource, before) => {
                let _ = before.map(|before| prlimit(*id, *resource, before));
            }
            WayBack::Blocking(socket) => {
                let _ = socket.set_nonblocking(false);
            }
            WayBack::Untimed(sockets) => {
                for socket in sockets {
                    let _ = socket.set_read_timeout(None);
                }
            }
        }
        self.recorder.step(&self.actor, Verb::Mended(self.fault));
    }
}
