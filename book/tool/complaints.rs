//! What mdBook has to complain about. It would only log it, and render the rest.

use std::fmt::Debug;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Event, Level, Metadata, Subscriber};

/// Does `work`, and returns with its result the warnings and errors logged meanwhile, a line each.
pub fn during<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let complaints = Arc::new(Mutex::new(Vec::new()));
    let done = with_default(Listener(Arc::clone(&complaints)), work);
    let mut complaints = complaints.lock().unwrap_or_else(PoisonError::into_inner);
    (done, mem::take(&mut complaints))
}

struct Listener(Arc<Mutex<Vec<String>>>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event) {
        event.record(&mut Message(self));
    }

    // Spans say where an event belongs. Nobody asks for that here.
    fn new_span(&self, _: &Attributes) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Takes the message out of an event.
struct Message<'a>(&'a Listener);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let line = format!("{value:?}").lines().map(str::trim).collect::<Vec<_>>().join(" ");
            self.0.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }
}
