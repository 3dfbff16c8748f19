//! The recount: what the facts add up to, held against the counters.
//!
//! Reading all facts takes a while, and actions are counted meanwhile. Each such action may have been read
//! before or after, so it may make a counter differ by one and no more. How many there were is known: the
//! counters' rows keep how often a fact was counted or taken back. What differs by more is drift, and where
//! nothing was counted meanwhile, the difference is the drift exactly.

use std::collections::BTreeMap;

use crate::{
    campaign::Campaign,
    id::Id,
    stats::{Counter, Tally},
};

/// What one campaign's facts have added to its counters, or what its counters say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// By counter.
    pub sums: BTreeMap<Counter, i64>,
    /// How often any fact had been counted or taken back; of facts, before they were read.
    pub moved: u64,
}

/// What the facts of all campaigns have added to their counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(pub BTreeMap<Id<Campaign>, Counted>);

/// A counter that is not what the facts add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// The counter.
    pub counter: Counter,
    /// By how much it is too high; below zero where it is too low.
    pub by: i64,
}

impl Facts {
    /// Adds what one fact has added.
    pub fn add(&mut self, campaign: Id<Campaign>, tally: &Tally) {
        let counted = self.0.entry(campaign).or_default();
        for counter in tally.counters() {
            *counted.sums.entry(counter).or_default() += 1;
        }
    }

    /// Adds what some facts of a campaign have added.
    pub fn add_all(&mut self, campaign: Id<Campaign>, part: Counted) {
        let counted = self.0.entry(campaign).or_default();
        counted.moved += part.moved;
        for (counter, by) in part.sums {
            *counted.sums.entry(counter).or_default() += by;
        }
    }
}

impl Counted {
    /// Where these counters differ from the facts by more than what moved while the facts were read.
    ///
    /// `linked` are the facts that changed their place meanwhile, and may have been read twice or never.
    pub fn drift_from(&self, facts: &Self, linked: u64) -> BTreeMap<Counter, i64> {
        let slack = i64::try_from(self.moved.saturating_sub(facts.moved) + linked).unwrap_or(i64::MAX);
        let counters = self.sums.keys().chain(facts.sums.keys());
        let value = |of: &Self, counter| of.sums.get(counter).copied().unwrap_or(0);
        let drift = counters.map(|counter| {
            let by = value(self, counter) - value(facts, counter);
            (counter.clone(), by.signum() * by.abs().saturating_sub(slack).max(0))
        });
        drift.filter(|(_, by)| *by != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(supporters: i64, moved: u64) -> Counted {
        Counted { sums: [(Counter::Supporters, supporters)].into(), moved }
    }

    #[test]
    fn what_is_quiet_is_compared_exactly() {
        assert_eq!(counted(7, 9).drift_from(&counted(7, 9), 0), [].into());
        assert_eq!(counted(8, 9).drift_from(&counted(7, 9), 0), [(Counter::Supporters, 1)].into());
        assert_eq!(counted(0, 9).drift_from(&counted(7, 9), 0), [(Counter::Supporters, -7)].into());
        assert_eq!(Counted::default().drift_from(&Counted::default(), 0), [].into());
        let absent = counted(7, 0).drift_from(&Counted::default(), 0);
        assert_eq!(absent, [(Counter::Supporters, 7)].into());
    }

    #[test]
    fn what_moved_meanwhile_is_no_drift_and_what_is_more_is() {
        assert_eq!(counted(10, 12).drift_from(&counted(7, 9), 0), [].into());
        assert_eq!(counted(10, 11).drift_from(&counted(7, 9), 1), [].into());
        assert_eq!(counted(11, 12).drift_from(&counted(7, 9), 0), [(Counter::Supporters, 1)].into());
    }

    proptest! {
        /// Facts are counted and taken back, one after another, while each is read at some time or other.
        #[test]
        fn no_order_of_counting_and_reading_makes_a_false_alarm(
            facts in proptest::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 0..50),
        ) {
            let (mut counter, mut moved, mut read) = (0, 0, 0);
            for (before, after, read_late) in &facts {
                counter += i64::from(*after);
                moved += u64::from(before != after);
                read += i64::from(if *read_late { *after } else { *before });
            }
            prop_assert_eq!(counted(counter, moved).drift_from(&counted(read, 0), 0), [].into());
        }
    }
}
