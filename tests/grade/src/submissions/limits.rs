//! What one submission may take, so that it cannot hold up the others.

use std::time::Duration;

use clap::Args;

/// A limit is never a verdict on its own: what a submission showed before it counts.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits of each submission")]
pub struct Limits {
    /// Seconds for building its labs; then as many for each that is not done.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub build_time: u64,
    /// Seconds for the checks of one lab.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub lab_time: u64,
    /// Seconds for all of it.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub total_time: u64,
    /// MiB of memory: of one process, and of all together (complete on Linux only, where all are
    /// looked at five times a second).
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    pub memory: u64,
    /// MiB of one file that it writes (not on Windows).
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    pub file: u64,
    /// MiB of all files that it leaves in its scratch folder; as much must stay free on the disk.
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    pub disk: u64,
    /// Processes at a time (on Linux only, looked at five times a second).
    #[arg(long, value_name = "COUNT", default_value_t = 500)]
    pub processes: usize,
    /// MiB of what the checks of one lab print.
    #[arg(long, value_name = "MIB", default_value_t = 4)]
    pub output: u64,
}

/// A MiB, in bytes.
pub const MIB: u64 = 1 << 20;

impl Limits {
    /// For building the course itself, which is trusted.
    pub fn generous() -> Self {
        let much = u64::MAX / MIB / 2;
        Self {
            build_time: 3600,
            lab_time: 3600,
            total_time: 3600,
            memory: much,
            file: much,
            disk: 0,
            processes: usize::MAX,
            output: 4,
        }
    }

    pub fn build_time(&self) -> Duration {
        Duration::from_secs(self.build_time)
    }

    pub fn lab_time(&self) -> Duration {
        Duration::from_secs(self.lab_time)
    }

    pub fn total_time(&self) -> Duration {
        Duration::from_secs(self.total_time)
    }
}
