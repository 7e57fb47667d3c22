//! A client that connects to the given address, says nothing, and stays until it is killed.

use std::env;
use std::io;
use std::net::TcpStream;

fn main() -> io::Result<()> {
    let addr = env::args().nth(1).unwrap_or_default();
    let _stream = TcpStream::connect(addr)?;
    // Its input ends with the test, if that ends without killing it.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
