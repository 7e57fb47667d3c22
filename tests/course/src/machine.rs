//! What a machine must have for some checks: broadcast on loopback, or a network of its own.

use std::io::{self, BufRead, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Four hosts on one cable: 10.77.0.1 to 10.77.0.3, and 10.78.0.4 of another subnet.
///
/// Hosts 1 and 4 have a default route, hosts 2 and 3 know their own subnet only.
///
/// They are network namespaces of Linux, inside namespaces of one shell: nobody else sees them or
/// their names, and no privilege is needed. They end with the shell, which ends when its input is
/// closed, and so does not outlive this process, however that ends.
pub struct Lan {
    shell: Child,
}

/// Lays the cable, says `ready` when it carries, and waits for the end of input. In batches, since a
/// program started for each line takes twice as long.
const SCRIPT: &str = r#"
mount -t tmpfs names /run
for place in cable host1 host2 host3 host4; do echo "netns add $place"; done | ip -batch -
{
    echo "link add bridge type bridge"
    echo "link set bridge up"
    for host in 1 2 3 4; do
        echo "link add port$host type veth peer name eth0 netns host$host"
        echo "link set port$host master bridge up"
    done
} | ip -n cable -batch -
for host in 1 2 3 4; do
    {
        echo "address add 10.$((77 + host / 4)).0.$host/24 broadcast + dev eth0"
        echo "link set lo up"
        echo "link set eth0 up"
    } | ip -n host$host -batch -
done
ip -n host1 route add default dev eth0
ip -n host4 route add default dev eth0

carries() {
    [ "$(ip -n cable -d link show master bridge | grep -c 'state forwarding')" = 4 ] || return 1
    for host in 1 2 3 4; do
        ip -n host$host link show eth0 | grep -q 'state UP' || return 1
    done
}
tries=0
until carries; do
    tries=$((tries + 1))
    [ $tries -lt 200 ]
    sleep 0.01
done
echo ready
read end || true
"#;

impl Lan {
    /// Lays the cable. Fails where the system has no namespaces for this user, or no `ip`.
    pub fn up() -> io::Result<Self> {
        let shell = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "--net", "sh", "-ec", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lan = Self { shell };
        let mut said = String::new();
        if let Some(output) = lan.shell.stdout.take() {
            BufReader::new(output).read_line(&mut said)?;
        }
        match said.as_str() {
            "ready\n" => Ok(lan),
            _ => Err(io::Error::other("this system gives no network namespaces to this user")),
        }
    }

    /// A program that is to run on one of the hosts.
    pub fn command(&self, host: u8, program: &Path) -> Command {
        self.within(&format!("host{host}"), program)
    }

    /// Pulls the cable of a host out of the bridge. Neither the host nor its peers are told.
    pub fn unplug(&self, host: u8) -> io::Result<()> {
        self.port(host, &["nomaster"])
    }

    /// Puts the cable of a host back.
    pub fn plug_in(&self, host: u8) -> io::Result<()> {
        self.port(host, &["master", "bridge"])
    }

    /// Changes the port of the bridge that a host's cable leads to.
    fn port(&self, host: u8, change: &[&str]) -> io::Result<()> {
        let mut ip = self.within("cable", Path::new("ip"));
        let status = ip.args(["link", "set", &format!("port{host}")]).args(change).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other("the bridge stays as it was")) }
    }

    /// A program that is to run in one of the network namespaces.
    fn within(&self, namespace: &str, program: &Path) -> Command {
        let shell = self.shell.id();
        let mut command = Command::new("nsenter");
        command
            .args(["--user", "--preserve-credentials", "--target", &shell.to_string()])
            .arg(format!("--net=/proc/{shell}/root/run/netns/{namespace}"))
            .arg(program);
        command
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// Whether what is sent to 127.255.255.255 arrives there, as it does on Linux.
pub fn has_loopback_broadcast() -> bool {
    let arrives = || -> io::Result<bool> {
        let receiver = UdpSocket::bind("127.255.255.255:0")?;
        receiver.set_read_timeout(Some(Duration::from_millis(200)))?;
        let sender = UdpSocket::bind("127.0.0.1:0")?;
        sender.set_broadcast(true)?;
        sender.send_to(b"anybody?", receiver.local_addr()?)?;
        let mut buffer = [0; 8];
        Ok(receiver.recv_from(&mut buffer)? == (8, sender.local_addr()?))
    };
    arrives().unwrap_or(false)
}
