//! Keeps what happens again and again as one thing that counts the others.

use std::collections::HashMap;

use super::run::{APART, MOST, Time};

/// So many rounds of the same kind become one that counts them.
const ALIKE: usize = 5;
/// How many things a round has at most.
const LONGEST_ROUND: usize = 6;

/// What can be counted with another of its kind.
pub trait Alike {
    /// Whether it is the same as another one, but for the bytes.
    fn is_like(&self, other: &Self) -> bool;
    /// When it began.
    fn at(&self) -> Time;
    /// How many bytes it stands for, and how many things.
    fn counted(&mut self) -> (&mut u64, &mut u64);
}

/// Things in the order in which they came; of some, only how many.
pub struct Folded<T> {
    kept: Vec<T>,
    /// What was neither kept nor counted with what was.
    pub left_out: u64,
    streaks: HashMap<i32, Streak>,
}

/// The last things that one thread has done, and how they repeat.
#[derive(Default)]
struct Streak {
    recent: Vec<usize>,
    /// When the last of them was.
    last: Time,
    /// How many things make a round, if they go in rounds, and how many of a round have come since.
    period: usize,
    phase: usize,
}

impl<T: Alike> Folded<T> {
    pub fn new() -> Self {
        Self { kept: Vec::new(), left_out: 0, streaks: HashMap::new() }
    }

    /// Keeps a thing that `thread` has done, or counts it with those before it.
    pub fn add(&mut self, thread: i32, mut thing: T) {
        let streak = self.streaks.entry(thread).or_default();
        // What comes after a while is told by itself: others may have done something meanwhile.
        if thing.at().saturating_sub(streak.last) >= APART {
            *streak = Streak::default();
        }
        streak.last = thing.at();
        if let Some(same) = streak.next().filter(|&same| self.kept[same].is_like(&thing)) {
            absorb(&mut self.kept[same], &mut thing);
            streak.phase += 1;
        } else if self.kept.len() < MOST {
            streak.phase = 0;
            streak.recent.push(self.kept.len());
            self.kept.push(thing);
            streak.fold(&mut self.kept);
        } else {
            self.left_out += 1;
        }
    }

    /// What is left, once those are gone that others stand for.
    pub fn into_kept(mut self) -> Vec<T> {
        self.kept.retain_mut(|thing| *thing.counted().1 > 0);
        self.kept
    }
}

impl Streak {
    /// The thing that comes next if they go on in rounds.
    fn next(&self) -> Option<usize> {
        let round = self.recent.len().checked_sub(self.period).filter(|_| self.period > 0)?;
        self.recent.get(round + self.phase % self.period).copied()
    }

    /// Finds out whether things go in rounds. If they do, the first round stands for all.
    fn fold<T: Alike>(&mut self, kept: &mut [T]) {
        let Self { recent, .. } = self;
        recent.drain(..recent.len().saturating_sub(ALIKE * LONGEST_ROUND));
        let repeats = |period: &usize| {
            let Some(begin) = recent.len().checked_sub(ALIKE * period) else { return false };
            let pairs = recent[begin..].iter().zip(&recent[begin + period..]);
            pairs.into_iter().all(|(&one, &next)| kept[one].is_like(&kept[next]))
        };
        self.period = (1..=LONGEST_ROUND).find(repeats).unwrap_or(0);
        if self.period > 0 {
            let begin = recent.len() - ALIKE * self.period;
            for place in begin + self.period..recent.len() {
                let (before, rest) = kept.split_at_mut(recent[place]);
                absorb(&mut before[recent[begin + (place - begin) % self.period]], &mut rest[0]);
            }
            recent.truncate(begin + self.period);
        }
    }
}

/// Lets `one` stand for `other` as well, which stands for nothing any more.
fn absorb<T: Alike>(one: &mut T, other: &mut T) {
    let ((bytes, times), (more_bytes, more_times)) = (one.counted(), other.counted());
    *bytes += std::mem::take(more_bytes);
    *times += std::mem::take(more_times);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(Time, u64, u64);

    impl Alike for Thing {
        fn is_like(&self, _: &Self) -> bool {
            true
        }

        fn at(&self) -> Time {
            self.0
        }

        fn counted(&mut self) -> (&mut u64, &mut u64) {
            (&mut self.1, &mut self.2)
        }
    }

    fn kept(pause: Time) -> Vec<u64> {
        let mut folded = Folded::new();
        (0..20).for_each(|number| folded.add(1, Thing(number * pause, 1, 1)));
        folded.into_kept().iter().map(|thing| thing.2).collect()
    }

    #[test]
    fn what_comes_at_once_is_counted_and_what_comes_after_a_while_is_told() {
        assert_eq!(kept(1_000), [20]);
        assert_eq!(kept(APART), [1; 20]);
    }
}
