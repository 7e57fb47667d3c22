//! Making a program's calls fail, and work again. Only Linux lets one program do that to another.

use std::fs;

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
    Limit(Option<Pid>, Option<Rlimit>),
    Blocking(Socket),
}

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
        let id = pid(self.id());
        let limit = Rlimit { current: Some(from), maximum: getrlimit(Resource::Nofile).maximum };
        // A program that has ended has no limit; the next expectation finds that out.
        let before = prlimit(id, Resource::Nofile, limit).ok();
        self.broken(Fault::NoDescriptors, WayBack::Limit(id, before))
    }

    fn broken(&self, fault: Fault, way_back: WayBack) -> Breakage {
        self.step(Verb::Broke(fault));
        let (actor, recorder) = (self.program.actor.clone(), self.recorder.clone());
        Breakage { actor, fault, recorder, way_back }
    }
}

impl Server {
    /// Makes the server's receives over UDP fail at once where they would have waited: its socket is
    /// made one that does not block. `None` where the system forbids that.
    pub fn with_failing_receives(&self) -> Option<Breakage> {
        let socket = system::udp_socket_of(self.id(), self.addr().parse().ok()?)?;
        socket.set_nonblocking(true).ok()?;
        Some(self.broken(Fault::ReceivesFail, WayBack::Blocking(socket)))
    }
}

impl Breakage {
    /// Takes it back.
    pub fn mend(&self) {
        match &self.way_back {
            WayBack::Limit(id, before) => {
                let _ = before.map(|before| prlimit(*id, Resource::Nofile, before));
            }
            WayBack::Blocking(socket) => {
                let _ = socket.set_nonblocking(false);
            }
        }
        self.recorder.step(&self.actor, Verb::Mended(self.fault));
    }
}
