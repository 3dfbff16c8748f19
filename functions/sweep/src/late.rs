//! How late the oldest is of what one sweep finds due: what alarms look at.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use proca::metric::{Meter, Metric};

/// Since when the oldest is due that was found, if anything was.
#[derive(Debug, Default)]
pub(crate) struct Late {
    action: Mutex<Option<Timestamp>>,
    delivery: Mutex<Option<Timestamp>>,
}

impl Late {
    /// An action should have been dealt with by then.
    pub(crate) fn action(&self, due_at: Timestamp) {
        note(&self.action, due_at);
    }

    /// A mail or message should have been tried by then.
    pub(crate) fn delivery(&self, due_at: Timestamp) {
        note(&self.delivery, due_at);
    }

    /// Tells of both, also where nothing is late: silence would look like a sweeper that stands still.
    pub(crate) fn tell(&self, meter: &Meter, now: Timestamp) {
        for (metric, oldest) in
            [(Metric::OldestUnprocessed, &self.action), (Metric::OldestDueDelivery, &self.delivery)]
        {
            let oldest = *oldest.lock().unwrap_or_else(PoisonError::into_inner);
            let late = oldest.map_or(0, |at| now.duration_since(at).as_secs());
            meter.tell(metric, u64::try_from(late).unwrap_or(0), [], now);
        }
    }
}

fn note(oldest: &Mutex<Option<Timestamp>>, due_at: Timestamp) {
    let mut oldest = oldest.lock().unwrap_or_else(PoisonError::into_inner);
    *oldest = Some(oldest.map_or(due_at, |at| at.min(due_at)));
}
