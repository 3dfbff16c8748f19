//! A limit of time for work that cannot be stopped: the engine counts its steps, and not what a step may cost.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// A thousand times longer than an honest mail takes.
const LIMIT: Duration = Duration::from_secs(3);

/// What the engine may nest on its stack fits in this many bytes.
const STACK: usize = 8 * 1024 * 1024;

static RUNAWAY: AtomicBool = AtomicBool::new(false);

/// Does the work on a thread of its own; `None` if it does not end in time.
///
/// A thread cannot be stopped from outside: such work goes on, and [`has_runaway`] says so.
pub(super) fn within_limit<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, result) = mpsc::channel();
    // Whoever waited may have gone.
    let work = move || drop(done.send(work()));
    thread::Builder::new().stack_size(STACK).spawn(work).ok()?;
    let ended = result.recv_timeout(LIMIT).ok();
    if ended.is_none() {
        RUNAWAY.store(true, Ordering::Relaxed);
    }
    ended
}

/// Whether this process has work that went over its limit and takes its time from what comes next.
pub fn has_runaway() -> bool {
    RUNAWAY.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_not_end_is_given_up_and_the_process_should_end() {
        assert_eq!(within_limit(|| 1), Some(1));
        let (_never, waits) = mpsc::channel::<()>();
        assert_eq!(within_limit(move || waits.recv().is_ok()), None);
        assert!(has_runaway());
    }
}
