//! The fact of who signed a campaign first, under one person's ref.

use serde::{Deserialize, Serialize};

use crate::{campaign::Campaign, id::Id, page::ActionPage, secret::Digest, supporter::Supporter};

/// One person's place in a campaign. There is at most one such row per person and campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerFact {
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// The person.
    pub dedupe_ref: Digest,
    /// Who has rank 0; nobody after that supporter was rejected.
    pub first: Option<Id<Supporter>>,
    /// The next rank above 0 to give.
    pub next_rank: u32,
    /// Pages the person has been accepted on.
    pub pages: Vec<Id<ActionPage>>,
    /// Counts its changes; a change is written only over the version it was made from.
    pub version: u64,
}

/// The place that one supporter got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0 for the first, then 1, 2, …
    pub rank: u32,
    /// Whether the person had been accepted on this very page before.
    pub repeat: bool,
}

impl SignerFact {
    /// The fact of a person nobody has heard of in this campaign.
    pub const fn nobody(campaign: Id<Campaign>, dedupe_ref: Digest) -> Self {
        Self { campaign, dedupe_ref, first: None, next_rank: 1, pages: Vec::new(), version: 0 }
    }

    /// Gives a newly accepted supporter its place.
    pub fn enter(mut self, supporter: Id<Supporter>, page: Id<ActionPage>) -> (Self, Place) {
        self.version += 1;
        let seen = self.pages.contains(&page);
        if !seen {
            self.pages.push(page);
        }
        if self.first.is_none() {
            self.first = Some(supporter);
            return (self, Place { rank: 0, repeat: false });
        }
        let rank = self.next_rank;
        self.next_rank += 1;
        (self, Place { rank, repeat: seen })
    }

    /// Frees the first place, if this supporter has it.
    pub fn leave(mut self, supporter: Id<Supporter>) -> Option<Self> {
        if self.first != Some(supporter) {
            return None;
        }
        self.first = None;
        self.version += 1;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T>(n: u128) -> Id<T> {
        Id::new(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn the_first_has_rank_zero_and_later_ones_count_up() {
        let nobody = SignerFact::nobody(
            id(1),
            crate::secret::Keyring::parse("1:0123456789abcdef0123456789abcdef", "t").unwrap().digest("", "x"),
        );
        let (fact, first) = nobody.enter(id(10), id(100));
        let (fact, elsewhere) = fact.enter(id(11), id(101));
        let (fact, again) = fact.enter(id(12), id(101));
        assert_eq!(first, Place { rank: 0, repeat: false });
        assert_eq!(elsewhere, Place { rank: 1, repeat: false });
        assert_eq!(again, Place { rank: 2, repeat: true });
        assert_eq!(fact.clone().leave(id(11)), None);
        let (_, heir) = fact.leave(id(10)).unwrap().enter(id(13), id(100));
        assert_eq!(heir.rank, 0);
    }
}
