//! Who is inside, how many may be, and how all of them are sent home.

use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The places of a service, of which each client takes one.
pub struct Crowd {
    most: u64,
    inside: Mutex<Inside>,
    /// A place was given back.
    changed: Condvar,
}

struct Inside {
    taken: u64,
    closed: bool,
}

/// A place in the crowd. It is given back when this is dropped, however that comes about.
pub struct Place {
    pub crowd: Arc<Crowd>,
}

impl Crowd {
    /// A crowd of `most` places, all of them free.
    pub fn new(most: u64) -> Arc<Self> {
        let inside = Inside { taken: 0, closed: false };
        Arc::new(Self { most, inside: Mutex::new(inside), changed: Condvar::new() })
    }

    /// Takes a place, and waits for one if there is none. `None` when the crowd is closed.
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        let is_full = |inside: &mut Inside| inside.taken >= self.most;
        let inside = self.changed.wait_while(self.inside(), is_full);
        let mut inside = inside.unwrap_or_else(PoisonError::into_inner);
        inside.taken += 1;
        Some(Place { crowd: Arc::clone(self) })
    }

    /// Gives no place to anybody from now on, and has everybody inside read the end of the stream.
    #[allow(dead_code, reason = "a service that does not know how to end has no use for it")]
    pub fn close(&self) {
        // TODO(lab12): nobody hears of this. Who waits for a place must get `None`, and who waits
        // for a client's next message must be woken up, because that may never come. What does
        // the crowd have to know of each client for that, and since when?
        self.inside().closed = true;
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
    pub fn seat(&mut self, _stream: &Arc<TcpStream>) -> bool {
        !self.crowd.is_closed()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.inside().taken -= 1;
        self.crowd.changed.notify_all();
    }
}
