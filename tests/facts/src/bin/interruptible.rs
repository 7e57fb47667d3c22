//! Has a value that would say that it is dropped, and waits until its input ends, or a signal ends it.

use std::io;

struct Value;

impl Drop for Value {
    fn drop(&mut self) {
        println!("dropped");
    }
}

fn main() -> io::Result<()> {
    let _value = Value;
    println!("waiting");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
