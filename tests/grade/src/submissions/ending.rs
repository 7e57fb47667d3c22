//! How a program that was kept has ended.

/// What the keeper tells the grader, by its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Ending {
    /// It ended with status 0.
    Success = 0,
    /// It ended with another status.
    Failure = 1,
    /// Something ended it from outside, or it crashed.
    Crash = 3,
    Time = 4,
    Memory = 5,
    Disk = 6,
    Processes = 7,
    /// It could not be started.
    NotStarted = 8,
    /// The disk of this machine is full, and not by what the submission has written.
    DiskOfTheMachine = 10,
    /// The keeper itself has gone.
    Lost = 9,
}

impl Ending {
    const ALL: [Self; 10] = [
        Self::Success,
        Self::Failure,
        Self::Crash,
        Self::Time,
        Self::Memory,
        Self::Disk,
        Self::Processes,
        Self::NotStarted,
        Self::DiskOfTheMachine,
        Self::Lost,
    ];

    /// The ending that an exit code stands for.
    pub fn from_code(code: Option<i32>) -> Self {
        let named = Self::ALL.into_iter().find(|&ending| Some(i32::from(ending as u8)) == code);
        named.unwrap_or(Self::Lost)
    }

    /// Whether the program came to its own end.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Success | Self::Failure)
    }

    /// Why it was stopped, in a sentence's middle: "stopped: …".
    pub fn reason(self) -> &'static str {
        match self {
            Self::Success | Self::Failure => "it ended by itself",
            Self::Crash => "it was killed, or crashed",
            Self::Time => "its time was over",
            Self::Memory => "its programs took more memory than the limit",
            Self::Disk => "it filled the disk up to the limit",
            Self::Processes => "it started more processes than the limit",
            Self::DiskOfTheMachine => "the disk of this machine is full",
            Self::NotStarted => "it could not be started",
            Self::Lost => "the process that kept it was killed",
        }
    }
}
