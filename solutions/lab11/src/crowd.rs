//! How many may be served at the same time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The places of a service, of which each client takes one.
pub struct Crowd {
    free: Mutex<u64>,
    given_back: Condvar,
}

/// A place in the crowd. It is given back when this is dropped, however that comes about.
pub struct Place {
    crowd: Arc<Crowd>,
}

impl Crowd {
    /// A crowd of `most` places, all of them free.
    pub fn new(most: u64) -> Arc<Self> {
        Arc::new(Self { free: Mutex::new(most), given_back: Condvar::new() })
    }

    /// Takes a place, and waits for one if there is none.
    pub fn enter(self: &Arc<Self>) -> Place {
        let free = self.given_back.wait_while(self.free(), |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Place { crowd: Arc::clone(self) }
    }

    /// How many places are free. A number is right even if whoever last had it has panicked.
    fn free(&self) -> MutexGuard<'_, u64> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.crowd.free() += 1;
        self.crowd.given_back.notify_one();
    }
}
