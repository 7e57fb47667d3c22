//! Who is inside, how many may be, and how all of them are sent home.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The places of a service, of which each client takes one.
pub struct Crowd {
    most: u64,
    inside: Mutex<Inside>,
    /// A place was given back, or none is given any more.
    changed: Condvar,
}

struct Inside {
    taken: u64,
    members: Vec<Arc<TcpStream>>,
    closed: bool,
}

/// A place in the crowd. It is given back when this is dropped, however that comes about.
pub struct Place {
    pub crowd: Arc<Crowd>,
    member: Option<Arc<TcpStream>>,
}

impl Crowd {
    /// A crowd of `most` places, all of them free.
    pub fn new(most: u64) -> Arc<Self> {
        let inside = Inside { taken: 0, members: Vec::new(), closed: false };
        Arc::new(Self { most, inside: Mutex::new(inside), changed: Condvar::new() })
    }

    /// Takes a place, and waits for one if there is none. `None` when the crowd is closed.
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        let is_full = |inside: &mut Inside| inside.taken >= self.most && !inside.closed;
        let inside = self.changed.wait_while(self.inside(), is_full);
        let mut inside = inside.unwrap_or_else(PoisonError::into_inner);
        if inside.closed {
            return None;
        }
        inside.taken += 1;
        Some(Place { crowd: Arc::clone(self), member: None })
    }

    /// Gives no place to anybody from now on, and has everybody inside read the end of the stream.
    pub fn close(&self) {
        let mut inside = self.inside();
        inside.closed = true;
        for stream in &inside.members {
            // Fails when the connection is over, and then nobody waits for its next message.
            let _ = stream.shutdown(Shutdown::Read);
        }
        self.changed.notify_all();
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.inside().closed
    }

    /// Waits until every place was given back.
    pub fn wait_until_empty(&self) {
        drop(self.changed.wait_while(self.inside(), |inside| inside.taken > 0));
    }

    /// Who is inside. It is right even if whoever last had it has panicked.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Makes a client a member, who is sent home when the crowd is closed. `false` when it has been
    /// closed meanwhile: then nobody is let in any more.
    pub fn seat(&mut self, stream: &Arc<TcpStream>) -> bool {
        let mut inside = self.crowd.inside();
        if inside.closed {
            return false;
        }
        inside.members.push(Arc::clone(stream));
        self.member = Some(Arc::clone(stream));
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.crowd.inside();
        inside.taken -= 1;
        // By the stream, and not by the address: who was reset can come again from there at once.
        let own = self.member.as_ref();
        inside.members.retain(|stream| own.is_none_or(|own| !Arc::ptr_eq(own, stream)));
        self.crowd.changed.notify_all();
    }
}
