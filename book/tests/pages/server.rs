//! Serves the rendered book on loopback, below a folder as GitHub Pages does.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

/// The folder of the site in which the book lies. What is asked for elsewhere is not found.
const FOLDER: &str = "/socket-labs/";

/// Serves `pages` until the tests end, and returns the address of the book.
pub fn serve(pages: &'static Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser may close a connection before it has asked for anything.
            thread::spawn(move || answer(stream, pages));
        }
    });
    format!("http://{address}{FOLDER}")
}

fn answer(mut stream: TcpStream, pages: &Path) -> io::Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let request = lines.next().unwrap_or(Ok(String::new()))?;
    // A connection that is closed with bytes unread ends in a reset. So take the headers too.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let found =
        page(&request).and_then(|name| fs::read(pages.join(name)).ok().map(|it| (name, it)));
    let (status, kind, body) = match found {
        Some((name, body)) => ("200 OK", kind(name), body),
        None => ("404 Not Found", "text/plain", b"not found".to_vec()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

/// The file that a request asks for: `GET /socket-labs/index.html?highlight=byte HTTP/1.1`.
fn page(request: &str) -> Option<&str> {
    let target = request.strip_prefix("GET ")?.split(' ').next()?;
    let name = target.split('?').next()?.strip_prefix(FOLDER)?;
    Some(if name.is_empty() { "index.html" } else { name }).filter(|name| !name.contains(".."))
}

fn kind(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
