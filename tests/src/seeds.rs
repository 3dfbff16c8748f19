//! Which seeds a story of chance tries.

use std::{env, ops::RangeInclusive};

/// From 1 to as many as `PROCA_SEEDS` says, else to `usual`; or the one alone that `PROCA_SEED` names, which
/// is how a failure is looked at again.
pub fn seeds(usual: u64) -> RangeInclusive<u64> {
    let number = |name| env::var(name).ok().and_then(|value| value.parse().ok());
    match number("PROCA_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("PROCA_SEEDS").unwrap_or(usual),
    }
}

/// Says how to try a seed again, should the story end while it is tried.
#[derive(Debug)]
pub struct Trying(u64);

impl Trying {
    /// From now until it is dropped this seed is tried.
    pub const fn seed(seed: u64) -> Self {
        Self(seed)
    }
}

impl Drop for Trying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to try this again: PROCA_SEED={}", self.0);
        }
    }
}
