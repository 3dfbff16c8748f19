//! Metrics: lines of `CloudWatch`'s embedded metric format on the standard output, beside the log.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::recount::Drift;

/// The namespace of every metric.
const NAMESPACE: &str = "Proca";

/// The lines that a recount of so many campaigns ends with: one for each counter that drifted, or one that
/// says that none did. Their sum is the drift as a whole.
///
/// Campaign and counter are properties for a search, and no dimensions: each value would be a metric to pay.
pub fn drift(drifts: &[Drift], campaigns: usize, now: Timestamp) -> Vec<Value> {
    let line = |value: u64, properties: Value| {
        let mut line = json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [[]],
                    "Metrics": [{ "Name": "CountDrift", "Unit": "Count" }],
                }],
            },
            "CountDrift": value,
            "campaigns": campaigns,
        });
        if let (Some(line), Some(properties)) = (line.as_object_mut(), properties.as_object()) {
            line.extend(properties.clone());
        }
        line
    };
    if drifts.is_empty() {
        return vec![line(0, json!({}))];
    }
    let of = |drift: &Drift| {
        let properties = json!({
            "campaign": drift.campaign.to_string(), "counter": drift.counter.attribute(), "by": drift.by,
        });
        line(drift.by.unsigned_abs(), properties)
    };
    drifts.iter().map(of).collect()
}

/// Writes the lines to the standard output, where Lambda's log takes them from.
///
/// # Errors
/// If the output cannot be written to.
pub fn write(lines: &[Value]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::Id, stats::Counter};

    #[test]
    fn no_drift_is_a_zero_that_an_alarm_can_look_for() {
        let lines = drift(&[], 3, Timestamp::from_second(1_790_000_000).unwrap());
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
        let lines = drift(&[drifted.clone(), Drift { by: 3, ..drifted }], 3, Timestamp::UNIX_EPOCH);
        let said = lines.iter().map(|line| (line["CountDrift"].clone(), line["by"].clone()));
        assert_eq!(said.collect::<Vec<_>>(), [(json!(2), json!(-2)), (json!(3), json!(3))]);
        assert_eq!(lines[0]["counter"], "supporters");
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    }
}
