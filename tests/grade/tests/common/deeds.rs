//! What a hostile server does before it serves: the first lines of its `run`.

pub const HANGS: &str = "loop { std::thread::park(); }";

pub const LOOPS: &str = "loop { std::hint::spin_loop(); }";

pub const FLOODS: &str = r#"loop { println!("flood"); }"#;

/// Its child hangs as well, with the same input and output.
pub const HANGS_WITH_A_CHILD: &str = r#"
    if std::env::var_os("CHILD").is_none() {
        let mut child = std::process::Command::new(std::env::current_exe()?);
        drop(child.args(["server", addr]).env("CHILD", "").spawn()?);
    }
    loop { std::thread::park(); }
"#;

/// Starts itself twice, so that the second has no parent any more, in a group of its own.
pub const DETACHES: &str = r#"
    use std::os::unix::process::CommandExt;
    let generation = std::env::var("GENERATION").unwrap_or_default();
    if generation == "second" {
        loop { std::thread::park(); }
    }
    let next = if generation.is_empty() { "first" } else { "second" };
    let mut child = std::process::Command::new(std::env::current_exe()?);
    child.args(["server", addr]).env("GENERATION", next).env_remove("SOCKET_LABS_PARENT");
    child.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    child.stderr(std::process::Stdio::null()).process_group(0).spawn()?;
    if generation == "first" {
        return Ok(());
    }
"#;

/// Starts another program in a session of its own, in no folder of the grader's. `setsid` leaves
/// its parent as well; a machine that does not have it grades a right lab.
pub const DETACHES_BY_SETSID: &str = r#"
    let mut child = std::process::Command::new("setsid");
    child.args(["--fork", "sleep", "86400"]).current_dir("/");
    child.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let _ = child.stderr(std::process::Stdio::null()).status();
"#;

/// Every process starts another, and stays.
pub const BREEDS: &str = r#"
    let mut child = std::process::Command::new(std::env::current_exe()?);
    child.args(["server", addr]).env_remove("SOCKET_LABS_PARENT");
    child.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    child.stderr(std::process::Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut child, 0).spawn()?;
    loop { std::thread::park(); }
"#;

pub const FILLS_THE_DISK: &str = r#"
    for number in 0_u64.. {
        let file = std::env::temp_dir().join(format!("{}-{number}", std::process::id()));
        std::fs::write(file, vec![1; 1 << 20])?;
    }
"#;

/// Larger than a file may be, and smaller than all files together.
pub const WRITES_A_LARGE_FILE: &str = r#"
    let mut file = std::fs::File::create(std::env::temp_dir().join("large"))?;
    for _ in 0..32 {
        file.write_all(&vec![1; 1 << 20])?;
    }
"#;

/// Serves rightly, if it is given that much.
pub const TAKES_MEMORY: &str = r"
    let taken = vec![1_u8; 600 << 20];
    std::mem::forget(taken);
";

/// No deed of a server, but of the compiler: an item that takes for ever.
pub const BUILDS_FOR_EVER: &str = r"
#[allow(long_running_const_eval)]
pub const ENDLESS: usize = { let mut n = 0; while n < usize::MAX { n += 1; } n };
pub static USED: usize = ENDLESS;
";
