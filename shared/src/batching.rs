//! Batched mode: an endpoint gets several messages in one signed body.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{id::Id, service::Service};

/// Name and version of the form of several messages in one body.
pub const BATCH_SCHEMA: &str = "proca:batch:1";

/// How many messages a body holds at most, and how long they wait for one another.
///
/// Time is cut into parts of so many seconds; what comes within a part goes at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batching {
    /// Messages in a body.
    pub most: u8,
    /// Seconds that a message waits for others.
    pub seconds: u8,
}

/// Seconds to wait where only the number of messages is said.
pub const USUAL_SECONDS: u8 = 10;

impl Batching {
    /// How long a message that comes now waits for others: more than no time, and at most its seconds.
    ///
    /// The parts of different services do not end at the same time.
    pub fn wait(self, service: Id<Service>, now: Timestamp) -> SignedDuration {
        let part = i128::from(self.seconds.max(1)) * 1_000_000_000;
        let offset = i128::try_from(service.uuid().as_u128() % 60_000).unwrap_or(0) * 1_000_000;
        let passed = (now.as_nanosecond() + offset).rem_euclid(part);
        SignedDuration::from_nanos(i64::try_from(part - passed).unwrap_or(0))
    }
}

/// Several messages in one body, each with its own id.
pub fn batch_message<'a>(messages: impl Iterator<Item = (&'a str, &'a Value)>) -> Value {
    let one = |(id, message)| json!({ "messageId": id, "message": message });
    json!({ "schema": BATCH_SCHEMA, "messages": messages.map(one).collect::<Vec<_>>() })
}

/// The id of a body with these messages: the same for the same messages, in whatever order they come.
pub fn batch_id<'a>(messages: impl Iterator<Item = &'a str>) -> String {
    let mut ids: Vec<_> = messages.collect();
    ids.sort_unstable();
    let digest = Sha256::digest(ids.join(" "));
    let digits = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    format!("msg_{}", digits.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_comes_within_a_part_goes_at_its_end(seed: u64, seconds in 1_u8..=60, millis in 0_i64..10_000_000) {
            let now = Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap();
            let (batching, service) = (Batching { most: 10, seconds }, Random::seeded(seed).id(now));
            let wait = batching.wait(service, now);
            prop_assert!(SignedDuration::ZERO < wait && wait <= SignedDuration::from_secs(i64::from(seconds)));
            let later = now + wait / 2;
            prop_assert!((later + batching.wait(service, later)).duration_since(now + wait).abs() < SignedDuration::from_micros(1));
        }
    }

    #[test]
    fn the_same_messages_have_the_same_id_in_any_order() {
        let id = |ids: &[&str]| batch_id(ids.iter().copied());
        assert_eq!(id(&["msg_a", "msg_b"]), id(&["msg_b", "msg_a"]));
        assert_ne!(id(&["msg_a", "msg_b"]), id(&["msg_a"]));
        assert_eq!(id(&["msg_a"]).len(), "msg_".len() + 32);
    }
}
