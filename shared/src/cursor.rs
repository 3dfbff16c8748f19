//! Cursors: where a list goes on, sealed so that only the list that gave one takes it back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::secret::Keyring;

/// Seals and opens the cursors of one list: an org's, of one route, under one filter.
#[derive(Debug)]
pub struct Cursors<'a> {
    /// The keys.
    pub keys: &'a Keyring,
    /// The list: what must be the same for a cursor to be taken back.
    pub list: String,
}

/// What is inside a cursor.
#[derive(Serialize, Deserialize)]
struct Inside {
    after: String,
    at: Timestamp,
}

impl Cursors<'_> {
    /// The cursor that goes on behind `after`.
    pub fn seal(&self, after: &str, now: Timestamp, nonce: [u8; 24]) -> String {
        let inside = serde_json::to_vec(&Inside { after: after.to_owned(), at: now }).unwrap_or_default();
        self.keys.seal(&inside, &self.list, nonce)
    }

    /// Where the cursor goes on; `None` if it is changed, older than `life` or another list's.
    pub fn open(&self, cursor: &str, life: SignedDuration, now: Timestamp) -> Option<String> {
        let inside: Inside = serde_json::from_slice(&self.keys.open(cursor, &self.list)?).ok()?;
        (inside.at + life > now).then_some(inside.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_taken_back_unchanged_by_its_own_list_for_its_life() {
        let keys = Keyring::parse("1:0123456789abcdef0123456789abcdef", "cursors").unwrap();
        let list = |list: &str| Cursors { keys: &keys, list: list.to_owned() };
        let day = SignedDuration::from_hours(24);
        let at = |hour: i64| Timestamp::from_second(1_790_000_000 + hour * 3600).unwrap();
        let cursor = list("org_1 /v1/pages live").seal("PAGE#7", at(0), [3; 24]);
        assert_eq!(list("org_1 /v1/pages live").open(&cursor, day, at(23)).as_deref(), Some("PAGE#7"));
        assert_eq!(list("org_1 /v1/pages live").open(&cursor, day, at(24)), None);
        assert_eq!(list("org_2 /v1/pages live").open(&cursor, day, at(0)), None);
        assert_eq!(list("org_1 /v1/pages live").open(&cursor[1..], day, at(0)), None);
        assert_eq!(list("org_1 /v1/pages live").open("", day, at(0)), None);
    }
}
