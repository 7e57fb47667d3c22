//! Programs that a tracer must survive.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{self, Command, Stdio};
use std::thread;

fn main() {
    let mut words = env::args().skip(1);
    let what = words.next().unwrap_or_default();
    let number = words.next().and_then(|number| number.parse().ok()).unwrap_or(0);
    match what.as_str() {
        "connections" => connections(number),
        "threads" => threads(number),
        "forks" => forks(number),
        "bytes" => bytes(number),
        "failing" => failing(number),
        "stopped" => stopped(),
        "waits" => waits(),
        "leaves" => leaves(),
        other => panic!("nothing is called {other:?}"),
    }
}

/// Many connections, all open at once as far as descriptors go.
fn connections(number: u32) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let addr = listener.local_addr().expect("bound");
    for _ in 0..number {
        let stream = TcpStream::connect(addr).expect("it listens");
        drop((stream, listener.accept().expect("it is there")));
    }
}

fn threads(number: u32) {
    let all: Vec<_> = (0..number)
        .map(|_| thread::spawn(|| UdpSocket::bind("127.0.0.1:0").expect("loopback")))
        .collect();
    for thread in all {
        drop(thread.join());
    }
}

/// A chain of programs, each of which starts the next.
fn forks(number: u32) {
    drop(UdpSocket::bind("127.0.0.1:0").expect("loopback"));
    if number > 0 {
        let me = env::current_exe().expect("it is there");
        let next = (number - 1).to_string();
        let _ = Command::new(me).args(["forks", &next]).status();
    }
}

/// So many megabytes, from one end to the other.
fn bytes(megabytes: u32) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let mut sender = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (mut receiver, _) = listener.accept().expect("it is there");
    let reader = thread::spawn(move || {
        let (mut buffer, mut total) = (vec![0; 1 << 16], 0);
        while let Ok(length @ 1..) = receiver.read(&mut buffer) {
            total += length;
        }
        total
    });
    let chunk = vec![b'x'; 1 << 16];
    for _ in 0..megabytes * 16 {
        sender.write_all(&chunk).expect("somebody reads");
    }
    drop(sender);
    println!("{} bytes", reader.join().expect("it reads"));
}

fn failing(number: u32) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback");
    socket.set_nonblocking(true).expect("it is a socket");
    for _ in 0..number {
        let _ = socket.recv(&mut [0]);
    }
}

/// A child that is stopped, goes on, is stopped again, and is killed so.
fn stopped() {
    let me = env::current_exe().expect("it is there");
    let child = Command::new(me).arg("waits").stdout(Stdio::piped()).spawn();
    let mut child = child.expect("it starts");
    let signal = |name: &str| {
        let status = Command::new("kill").args([name, &child.id().to_string()]).status();
        assert!(status.expect("there is a kill").success());
    };
    for name in ["-STOP", "-CONT", "-STOP", "-KILL"] {
        signal(name);
    }
    let _ = child.wait();
}

fn waits() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback");
    println!("ready");
    let _ = socket.recv(&mut [0]);
}

/// Ends, and leaves a child behind.
fn leaves() {
    let me = env::current_exe().expect("it is there");
    let child = Command::new(me).arg("waits").stdout(Stdio::piped()).spawn();
    let mut child = child.expect("it starts");
    let output = child.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut String::new()).expect("it is ready");
    println!("left {}", child.id());
    process::exit(0)
}
