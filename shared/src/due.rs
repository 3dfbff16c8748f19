//! The index of what is due: where an open row is found, and what it is.

use jiff::Timestamp;

use crate::{
    action::Action,
    delivery::{Delivery, Lane},
    id::Id,
    key::Key,
    org::Org,
    supporter::Supporter,
};

/// Index keys per lane for what is due.
///
/// An action makes two writes in its lane's index (in and out), a delivery two in its own; a key
/// takes 1,000 a second, so 16 shards carry 8,000 actions a second. May grow, never shrink: the
/// sweeper reads shards 0 to this.
pub const DUE_SHARDS: u8 = 16;

/// Where an item is found while it is due.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DueKey {
    /// Partition key of the index.
    pub pk: String,
    /// Sort key of the index.
    pub sk: String,
}

/// What an index entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A supporter's action.
    Action(Id<Supporter>),
    /// An action that waits for its contact, and is uncounted.
    PendingAction,
    /// A delivery.
    Delivery(Id<Org>, Id<Delivery>),
}

impl DueKey {
    /// Where an action is found while something of it is to be done.
    pub fn action(id: Id<Action>, due_at: Timestamp) -> Self {
        Self::new("ACTION", id.shard(DUE_SHARDS), due_at)
    }

    /// Where a delivery is found while it is open.
    pub fn delivery(id: Id<Delivery>, lane: Lane, due_at: Timestamp) -> Self {
        Self::new(lane.word(), id.shard(DUE_SHARDS), due_at)
    }

    /// The last entry of one shard that is due at `now`.
    pub fn until(lane: &str, shard: u8, now: Timestamp) -> Self {
        Self::new(lane, shard, now)
    }

    /// Every lane there is.
    pub const LANES: [&'static str; 3] = ["ACTION", "EMAIL", "PUSH"];

    fn new(lane: &str, shard: u8, due_at: Timestamp) -> Self {
        Self { pk: format!("DUE#{lane}#{shard:02}"), sk: sortable(due_at) }
    }
}

impl Due {
    /// What the item at this key is.
    pub fn of(key: &Key) -> Option<Self> {
        match (key.pk.split_once('#')?, key.sk.split_once('#')?) {
            (("SUPPORTER", id), ("ACTION", _)) => id.parse().ok().map(Self::Action),
            (("PENDING", _), ("ACTION", _)) => Some(Self::PendingAction),
            (("DELIVERY", rest), ("DELIVERY", id)) => {
                let org = rest.split('#').next()?.parse().ok()?;
                id.parse().ok().map(|id| Self::Delivery(org, id))
            }
            _ => None,
        }
    }
}

impl Lane {
    const fn word(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Push => "PUSH",
        }
    }
}

/// A time as text of fixed width, so that text order is time order.
pub fn sortable(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Doer;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn text_order_is_time_order(a in 0_i64..4_000_000_000_000, b in 0_i64..4_000_000_000_000) {
            let at = |ms| Timestamp::from_millisecond(ms).unwrap();
            prop_assert_eq!(a.cmp(&b), sortable(at(a)).cmp(&sortable(at(b))));
        }

        #[test]
        fn what_is_due_is_known_again_by_its_key(a: u128, b: u128) {
            let (org, delivery) = (Id::new(Uuid::from_u128(a)), Id::new(Uuid::from_u128(b)));
            prop_assert_eq!(Due::of(&Key::delivery(org, delivery)), Some(Due::Delivery(org, delivery)));
            let supporter = Id::new(Uuid::from_u128(a));
            let action = Key::action(&Doer::Supporter(supporter), Id::new(Uuid::from_u128(b)));
            prop_assert_eq!(Due::of(&action), Some(Due::Action(supporter)));
        }
    }
}
