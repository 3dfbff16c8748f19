//! What is due, and where the sweeper finds it: by its supporter's birth, or in the index.
//!
//! Most of what happens to a supporter happens within seconds of their birth, and an entry in the
//! index costs a write to make and a write to take away. So what is due while the supporter is
//! young has no entry: the sweeper reads the births of the last minutes instead, and gives an
//! entry to whatever is still open when their supporter has [`GROWN`] up.

use jiff::{SignedDuration, Timestamp};

use crate::{
    action::Action,
    campaign::Campaign,
    delivery::{Delivery, Lane},
    id::Id,
    key::Key,
    notice::Notice,
    org::Org,
    page::ActionPage,
    supporter::Supporter,
};

/// Index keys per lane for what is due.
///
/// An action makes two writes in its lane's index (in and out), a delivery two in its own; a key
/// takes 1,000 a second, so 16 shards carry 8,000 actions a second. May grow, never shrink: the
/// sweeper reads shards 0 to this.
pub const DUE_SHARDS: u8 = 16;

/// Index keys per org for what waits for its moderators.
///
/// An action that waits makes two writes in the index (in and out); a key takes 1,000 a second, so 8
/// shards let 4,000 actions a second come to wait in one org. May grow, never shrink: the list of what
/// waits reads shards 0 to this.
pub const WAITING_SHARDS: u8 = 8;

/// What is due within this time of a supporter's birth is found by the birth alone.
const YOUNG: SignedDuration = SignedDuration::from_mins(2);

/// The age at which the sweeper looks at a supporter for the last time.
///
/// Longer than a supporter is young, and longer by more than any function may run and any two
/// clocks may differ: a row that was written without an entry is there when it is looked for.
pub const GROWN: SignedDuration = SignedDuration::from_mins(5);

/// Where an item is found in the index while it is due, or waits for a moderator.
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
    /// A mail to staff.
    Notice(Id<Org>, Id<Notice>),
    /// Settings that bundles do not have yet.
    Settings(Settings),
}

/// Something that bundles are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    /// An org.
    Org(Id<Org>),
    /// A campaign.
    Campaign(Id<Campaign>),
    /// A page, by its campaign.
    Page(Id<Campaign>, Id<ActionPage>),
    /// What an org makes of a campaign's offer.
    Offer(Id<Org>, Id<Campaign>),
}

impl DueKey {
    /// Where an action is found while something of it is to be done, which is nowhere while its supporter
    /// is young; or while it waits for a moderator.
    pub fn action(action: &Action) -> Option<Self> {
        let Some(at) = action.due_at else {
            let shard = action.id.shard(WAITING_SHARDS);
            return action.awaits_moderator().then(|| Self::waiting(action.org, shard, action.id));
        };
        let young = action.supporter().is_some_and(|supporter| is_young(supporter, at));
        (!young).then(|| Self::new("ACTION", action.id.shard(DUE_SHARDS), at))
    }

    /// The place of an action among those of one shard that wait for moderators of an org, by age.
    pub fn waiting(org: Id<Org>, shard: u8, action: Id<Action>) -> Self {
        Self { pk: format!("WAITING#{org}#{shard:02}"), sk: action.to_string() }
    }

    /// Where a delivery is found while it is open; `None` while the supporter it is about is young.
    pub fn delivery(delivery: &Delivery) -> Option<Self> {
        let at = delivery.state.due_at()?;
        let lane = delivery.purpose.lane().word();
        let young = delivery.action().is_some_and(|action| is_young(action.supporter, at));
        (!young).then(|| Self::new(lane, delivery.id.shard(DUE_SHARDS), at))
    }

    /// Where a mail to staff is found while it is open.
    pub fn notice(notice: &Notice) -> Option<Self> {
        let at = notice.state.due_at()?;
        Some(Self::new(Lane::Email.word(), notice.id.shard(DUE_SHARDS), at))
    }

    /// Where settings are found until bundles have them.
    pub fn settings<T>(id: Id<T>, changed_at: Timestamp) -> Self {
        Self::new("SETTINGS", id.shard(DUE_SHARDS), changed_at)
    }

    /// The last entry of one shard that is due at `now`.
    pub fn until(lane: &str, shard: u8, now: Timestamp) -> Self {
        Self::new(lane, shard, now)
    }

    /// Every lane there is.
    pub const LANES: [&'static str; 4] = ["ACTION", "EMAIL", "PUSH", "SETTINGS"];

    fn new(lane: &str, shard: u8, due_at: Timestamp) -> Self {
        Self { pk: format!("DUE#{lane}#{shard:02}"), sk: sortable(due_at) }
    }
}

impl Due {
    /// What the item at this key is.
    pub fn of(key: &Key) -> Option<Self> {
        let (kind, rest) = key.pk.split_once('#')?;
        let (sort, id) = key.sk.split_once('#').unwrap_or((&key.sk, ""));
        match (kind, sort) {
            ("SUPPORTER", supporter) => supporter.parse().ok().map(Self::Action),
            ("PENDING", "ACTION") => Some(Self::PendingAction),
            ("DELIVERY", "DELIVERY") => {
                let org = rest.split('#').next()?.parse().ok()?;
                id.parse().ok().map(|id| Self::Delivery(org, id))
            }
            ("ORG", "NOTICE") => Some(Self::Notice(rest.parse().ok()?, id.parse().ok()?)),
            ("ORG", "ORG") => rest.parse().ok().map(|id| Self::Settings(Settings::Org(id))),
            ("ORG", "OFFER") => {
                let (org, campaign) = (rest.parse().ok()?, id.parse().ok()?);
                Some(Self::Settings(Settings::Offer(org, campaign)))
            }
            ("CAMPAIGN", "CAMPAIGN") => rest.parse().ok().map(|id| Self::Settings(Settings::Campaign(id))),
            ("CAMPAIGN", "PAGE") => {
                let (campaign, page) = (rest.parse().ok()?, id.parse().ok()?);
                Some(Self::Settings(Settings::Page(campaign, page)))
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

/// Whether what is due at `at` is found by the supporter's birth.
fn is_young(supporter: Id<Supporter>, at: Timestamp) -> bool {
    at < supporter.created_at() + YOUNG
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
            let (x, y) = (Uuid::from_u128(a), Uuid::from_u128(b));
            for (key, due) in [
                (Key::delivery(Id::new(x), Id::new(y)), Due::Delivery(Id::new(x), Id::new(y))),
                (Key::notice(Id::new(x), Id::new(y)), Due::Notice(Id::new(x), Id::new(y))),
                (Key::action(&Doer::Supporter(Id::new(x)), Id::new(y)), Due::Action(Id::new(x))),
                (Key::org(Id::new(x)), Due::Settings(Settings::Org(Id::new(x)))),
                (Key::campaign(Id::new(x)), Due::Settings(Settings::Campaign(Id::new(x)))),
                (Key::offer(Id::new(x), Id::new(y)), Due::Settings(Settings::Offer(Id::new(x), Id::new(y)))),
                (Key::page(Id::new(x), Id::new(y)), Due::Settings(Settings::Page(Id::new(x), Id::new(y)))),
            ] {
                prop_assert_eq!(Due::of(&key), Some(due));
            }
        }
    }

    #[test]
    fn a_supporter_is_young_for_two_minutes() {
        let born = Timestamp::from_second(1_790_000_000).unwrap();
        let id = crate::random::Random::seeded(1).id(born);
        assert!(is_young(id, born));
        assert!(is_young(id, born + SignedDuration::from_secs(119)));
        assert!(!is_young(id, born + SignedDuration::from_secs(120)));
        assert!(
            YOUNG + SignedDuration::from_mins(2) < GROWN,
            "a function may run for a minute, clocks differ by one"
        );
    }
}
