//! # Privileges
//!
//! What an ordinary user is refused.

// A program that is being started has, for a moment, a copy of every socket of this process. A test
// that waits for a port to be free (ports.rs) must not have this one beside it.

use facts::only_if;

/// A port below 1024 is refused to an ordinary user.
///
/// The first port that is free for everybody is a setting of the machine.
///
/// - Tutorials: the ports from 0 to 1024 are reserved, or need an administrator.
/// - Seen: 80 and 1023 fail with `PermissionDenied`, 1024 is bound.
/// - Source: RFC 6335, section 6; ip(7), `ip_unprivileged_port_start`.
#[cfg(lan)]
#[test]
fn a_port_below_1024_is_refused_to_an_ordinary_user() -> std::io::Result<()> {
    // A network of our own has the setting that systems begin with.
    let lan = course::machine::Lan::up()?;
    let mut user = lan.command(1, env!("CARGO_BIN_EXE_ordinary_user").as_ref());
    let said = user.args(["127.0.0.1:80", "127.0.0.1:1023", "127.0.0.1:1024"]).output()?;
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        "127.0.0.1:80: permission denied\n\
         127.0.0.1:1023: permission denied\n\
         127.0.0.1:1024 is bound\n"
    );
    Ok(())
}
only_if!(lan, a_port_below_1024_is_refused_to_an_ordinary_user);
