//! When a failed delivery is tried again.

use jiff::SignedDuration;

/// Waits before each attempt, in seconds; 75 h 35 min in all, which outlasts a weekend.
pub const LONG: [i64; 10] = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How long a push that cannot even be tried is kept waiting: as long as its attempts would take.
pub const IN_ALL: SignedDuration = SignedDuration::from_hours(76);

/// Waits before the attempts of a look-up, which somebody's mail waits for: three further attempts within a minute and a half.
pub const SHORT: [i64; 4] = [0, 5, 20, 60];

/// How long the schedule goes on: what is still not sent by then is given up.
pub fn length(steps: &[i64]) -> SignedDuration {
    SignedDuration::from_secs(steps.iter().sum())
}

/// `wait` and up to a quarter more, placed by `chance` in thousandths: never earlier, and not all at once.
pub fn spread(wait: SignedDuration, chance: u64) -> SignedDuration {
    let permille = i32::try_from(chance % 1000).unwrap_or(0);
    wait + wait / 4_000 * permille
}

/// The most that an endpoint's `Retry-After` can put off an attempt.
const LONGEST_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(6);

/// How long to wait after `attempt` attempts have failed; `None` when there is no further attempt.
///
/// The step varies by ±20 %, placed by `chance` in thousandths, 0 to 999. What the endpoint asked
/// for counts, but never less than the step, nor more than 6 hours beyond which the step rules.
pub fn wait(
    steps: &[i64],
    attempt: u32,
    retry_after: Option<SignedDuration>,
    chance: u64,
) -> Option<SignedDuration> {
    let step = steps.get(usize::try_from(attempt).ok()?)?;
    let permille = 800 + i64::try_from(chance % 1000).unwrap_or(0) * 400 / 999;
    let step = SignedDuration::from_millis(step * permille);
    let asked = retry_after.map_or(step, |asked| asked.min(LONGEST_RETRY_AFTER));
    Some(step.max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_outlasts_a_weekend_and_then_ends() {
        let total: i64 = (1..10).filter_map(|n| wait(&LONG, n, None, 499)).map(|w| w.as_secs()).sum();
        assert!((75 * 3600..77 * 3600).contains(&total), "{total} s");
        assert_eq!(wait(&LONG, 10, None, 0), None);
    }

    #[test]
    fn steps_vary_by_a_fifth() {
        assert_eq!(wait(&LONG, 1, None, 0), Some(SignedDuration::from_secs(4)));
        assert_eq!(wait(&LONG, 1, None, 999), Some(SignedDuration::from_secs(6)));
    }

    #[test]
    fn retry_after_is_honoured_within_bounds() {
        let hours = SignedDuration::from_hours;
        assert_eq!(wait(&LONG, 1, Some(hours(1)), 500), Some(hours(1)));
        assert_eq!(wait(&LONG, 1, Some(hours(100)), 500), Some(hours(6)));
        assert_eq!(wait(&LONG, 1, Some(SignedDuration::ZERO), 0), Some(SignedDuration::from_secs(4)));
    }
}
