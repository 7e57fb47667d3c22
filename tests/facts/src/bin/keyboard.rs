//! Has a thread that waits for its input, and a first thread that ends.

use std::{io, thread};

fn main() {
    println!("waiting");
    let reading = thread::spawn(|| io::copy(&mut io::stdin(), &mut io::sink()));
    // With an argument the first thread waits for the other.
    if std::env::args().count() > 1 {
        let _ = reading.join();
    }
}
