//! Metrics: lines of `CloudWatch`'s embedded metric format on the standard output, beside the log.
//!
//! They have no dimensions: each value of one would be a metric to pay, and an installation has an account of its
//! own. What a metric is about stands beside it, for a search.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{delivery::DeliveryState, recount::Drift};

/// The namespace of every metric.
const NAMESPACE: &str = "Proca";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Actions taken in.
    ActionsTaken,
    /// From an action to the mail that asks to confirm it.
    ConfirmationDelay,
    /// From an action's message being made to its arrival.
    DeliveryDelay,
    /// Attempts after which a message waits for the next.
    Retries,
    /// Messages that were given up.
    GivenUp,
    /// Endpoints that are not asked from now on, since they failed too often.
    BreakersOpened,
    /// Endpoints that are asked again.
    BreakersClosed,
    /// How late the action is that should have been processed first; 0 where none is late.
    OldestUnprocessed,
    /// How late the mail or message is that should have been tried first; 0 where none is late.
    OldestDueDelivery,
    /// By how much counters differ from what the facts add up to.
    CountDrift,
}

/// Where metrics go. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub enum Meter {
    /// To the standard output, where Lambda's log takes them from.
    #[default]
    Output,
    /// Nowhere.
    Silent,
    /// Into memory, for a test.
    Kept(Arc<Mutex<Vec<Value>>>),
}

impl Metric {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActionsTaken => "ActionsTaken",
            Self::ConfirmationDelay => "ConfirmationDelay",
            Self::DeliveryDelay => "DeliveryDelay",
            Self::Retries => "Retries",
            Self::GivenUp => "GivenUp",
            Self::BreakersOpened => "BreakersOpened",
            Self::BreakersClosed => "BreakersClosed",
            Self::OldestUnprocessed => "OldestUnprocessed",
            Self::OldestDueDelivery => "OldestDueDelivery",
            Self::CountDrift => "CountDrift",
        }
    }

    /// What it is that an attempt failed whose message stands so now.
    pub const fn of_failure(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Dead { .. } => Self::GivenUp,
            DeliveryState::Pending { .. }
            | DeliveryState::Leased { .. }
            | DeliveryState::Done { .. }
            | DeliveryState::Cancelled { .. }
            | DeliveryState::Kept { .. } => Self::Retries,
        }
    }

    /// Its unit, as `CloudWatch` calls it.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::ConfirmationDelay | Self::DeliveryDelay => "Milliseconds",
            Self::OldestUnprocessed | Self::OldestDueDelivery => "Seconds",
            Self::ActionsTaken
            | Self::Retries
            | Self::GivenUp
            | Self::BreakersOpened
            | Self::BreakersClosed
            | Self::CountDrift => "Count",
        }
    }

    /// The line of one value, and what it is about.
    fn line<const N: usize>(self, value: u64, about: [(&str, Value); N], now: Timestamp) -> Value {
        let mut line = json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [[]],
                    "Metrics": [{ "Name": self.name(), "Unit": self.unit() }],
                }],
            },
            self.name(): value,
        });
        if let Some(line) = line.as_object_mut() {
            line.extend(
                about.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>(),
            );
        }
        line
    }
}

impl Meter {
    /// Tells one value, and what it is about.
    pub fn tell<const N: usize>(
        &self,
        metric: Metric,
        value: u64,
        about: [(&str, Value); N],
        now: Timestamp,
    ) {
        self.write(&metric.line(value, about, now));
    }

    /// Tells what a recount of so many campaigns found: each counter that drifted, or that none did. The sum is the
    /// drift as a whole.
    pub fn tell_drift(&self, drifts: &[Drift], campaigns: usize, now: Timestamp) {
        let campaigns = json!(campaigns);
        for drift in drifts {
            let (counter, campaign) = (drift.counter.attribute(), drift.campaign.to_string());
            let about = [
                ("campaigns", campaigns.clone()),
                ("campaign", json!(campaign)),
                ("counter", json!(counter)),
            ];
            self.tell(Metric::CountDrift, drift.by.unsigned_abs(), about, now);
        }
        if drifts.is_empty() {
            self.tell(Metric::CountDrift, 0, [("campaigns", campaigns)], now);
        }
    }

    fn write(&self, line: &Value) {
        let written = match self {
            Self::Output => writeln!(io::stdout().lock(), "{line}"),
            Self::Silent => Ok(()),
            Self::Kept(kept) => {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
                Ok(())
            }
        };
        if let Err(error) = written {
            tracing::error!(%error, "a metric could not be told");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::Id, stats::Counter};

    fn told(tell: impl FnOnce(&Meter)) -> Vec<Value> {
        let kept = Arc::default();
        tell(&Meter::Kept(Arc::clone(&kept)));
        kept.lock().unwrap().clone()
    }

    #[test]
    fn no_drift_is_a_zero_that_an_alarm_can_look_for() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let lines = told(|meter| meter.tell_drift(&[], 3, now));
        insta::assert_json_snapshot!(lines, @r#"
        [
          {
            "CountDrift": 0,
            "_aws": {
              "CloudWatchMetrics": [
                {
                  "Dimensions": [
                    []
                  ],
                  "Metrics": [
                    {
                      "Name": "CountDrift",
                      "Unit": "Count"
                    }
                  ],
                  "Namespace": "Proca"
                }
              ],
              "Timestamp": 1790000000000
            },
            "campaigns": 3
          }
        ]
        "#);
    }

    #[test]
    fn each_counter_that_drifted_is_said_with_its_number() {
        let drifted = Drift { campaign: Id::new(uuid::Uuid::nil()), counter: Counter::Supporters, by: -2 };
        let drifts = [drifted.clone(), Drift { by: 3, ..drifted }];
        let lines = told(|meter| meter.tell_drift(&drifts, 3, Timestamp::UNIX_EPOCH));
        let said = lines.iter().map(|line| line["CountDrift"].clone());
        assert_eq!(said.collect::<Vec<_>>(), [json!(2), json!(3)]);
        assert_eq!(lines[0]["counter"], "supporters");
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    }
}
