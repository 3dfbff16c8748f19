//! Typed ids: a `UUIDv7` that knows what it identifies.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an id can identify, with the prefix its ids print.
pub trait Kind {
    /// Short lower-case word before the underscore, as in `act_…`.
    const PREFIX: &'static str;
}

/// Identifies one `T`; prints and parses as `prefix_` and 32 hexadecimal digits.
///
/// The first 48 bits are the creation time in milliseconds (RFC 9562, version 7),
/// so ids of one kind sort by age, as values and as text.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "T: Kind")]
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// Wraps a UUID that was minted for a `T`.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID, as it stands in messages to organisations.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// When this id was minted, to the millisecond.
    pub fn created_at(self) -> Timestamp {
        let (secs, nanos) = self.0.get_timestamp().map_or((0, 0), |t| t.to_unix());
        i64::try_from(secs)
            .ok()
            .and_then(|s| Timestamp::new(s, i32::try_from(nanos).unwrap_or(0)).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The first id that something made at `at` can have, to the millisecond.
    pub fn first_at(at: Timestamp) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self::new(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// The id that comes next to this one: everything behind this one is at or behind it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::new(Uuid::from_u128(self.0.as_u128().saturating_add(1)))
    }

    /// Spreads ids evenly over `shards` numbers, by their random bits.
    pub fn shard(self, shards: u8) -> u8 {
        self.0.as_bytes().last().copied().unwrap_or(0) % shards.max(1)
    }
}

impl<T: Kind> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", T::PREFIX, self.0.simple())
    }
}

impl<T: Kind> FromStr for Id<T> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.strip_prefix(T::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|hex| hex.len() == 32)
            .and_then(|hex| Uuid::try_parse(hex).ok())
            .map(Self::new)
            .ok_or(NotAnId(T::PREFIX))
    }
}

impl<T: Kind> TryFrom<String> for Id<T> {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl<T: Kind> From<Id<T>> for String {
    fn from(id: Id<T>) -> Self {
        id.to_string()
    }
}

impl<T: Kind> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// The text is no id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnId(&'static str);

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be an id of the form {}_ and 32 hexadecimal digits", self.0)
    }
}

impl std::error::Error for NotAnId {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Act;
    impl Kind for Act {
        const PREFIX: &'static str = "act";
    }
    struct Org;
    impl Kind for Org {
        const PREFIX: &'static str = "org";
    }

    #[test]
    fn an_id_parses_only_with_its_own_prefix() {
        let id = Id::<Act>::new(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse::<Id<Act>>(), Ok(id));
        assert!(id.to_string().parse::<Id<Org>>().is_err());
        assert!("act_7".parse::<Id<Act>>().is_err());
    }

    #[test]
    fn an_id_tells_when_it_was_minted() {
        let uuid = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_790_000_000, 5_000_000));
        let id = Id::<Act>::new(uuid);
        assert_eq!(id.created_at().to_string(), "2026-09-21T14:13:20.005Z");
        assert!(Id::first_at(id.created_at()) < id);
        assert_eq!(Id::<Act>::first_at(id.created_at()).created_at(), id.created_at());
    }
}
