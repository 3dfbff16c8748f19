//! The fact of who signed a campaign first, and who takes that place after them, under one person's ref.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, ActionStatus},
    campaign::Campaign,
    id::Id,
    intake::by_type,
    page::ActionPage,
    secret::Digest,
    stats::{Signer, Tally},
    supporter::{Supporter, SupporterStatus},
};

/// One person's place in a campaign. There is at most one such row per person, campaign and live pepper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerFact {
    /// The campaign.
    pub campaign: Id<Campaign>,
    /// The person.
    pub dedupe_ref: Digest,
    /// The person under a newer pepper, where that was live when they signed: there the fact is kept too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_ref: Option<Digest>,
    /// The person's accepted supporters in the order in which they were: the first has rank 0, the next
    /// one is its heir. At most [`MOST_STANDING`].
    pub standing: Vec<Standing>,
    /// The next rank above 0 to give.
    pub next_rank: u32,
    /// Counts its changes; a change is written only over the version it was made from.
    pub version: u64,
    /// The refs of its rows, from the oldest pepper on, each with the version it was read in.
    #[serde(skip)]
    pub rows: Vec<(Digest, u64)>,
}

/// An accepted supporter of a person, and where it signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The supporter.
    pub supporter: Id<Supporter>,
    /// The page.
    pub page: Id<ActionPage>,
}

/// Most supporters of one person that are remembered in a campaign: the row stays below 4 kB.
///
/// Whoever comes after that many is ranked like others but never inherits the first place, and nobody is
/// a repeat because of them alone.
pub const MOST_STANDING: usize = 32;

/// The place that one supporter got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0 for the first, then 1, 2, …
    pub rank: u32,
    /// Whether the person stands accepted on this very page already.
    pub repeat: bool,
}

/// The supporter who has the first place after another left it, with the action that counts for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heir {
    /// The supporter.
    pub supporter: Supporter,
    /// Its action with consent.
    pub action: Action,
}

impl SignerFact {
    /// The fact of a person nobody has heard of in this campaign.
    pub fn nobody(campaign: Id<Campaign>, dedupe_ref: Digest) -> Self {
        let rows = vec![(dedupe_ref.clone(), 0)];
        Self { campaign, dedupe_ref, next_ref: None, standing: Vec::new(), next_rank: 1, version: 0, rows }
    }

    /// The fact as its rows tell it, each by its ref: the newest is right, since who writes one of them
    /// writes those of newer peppers with it.
    pub fn of_rows(campaign: Id<Campaign>, read: Vec<(Digest, Option<Self>)>) -> Option<Self> {
        let version = |row: &Option<Self>| row.as_ref().map_or(0, |fact| fact.version);
        let rows: Vec<_> = read.iter().map(|(dedupe_ref, row)| (dedupe_ref.clone(), version(row))).collect();
        let (oldest, _) = rows.first().cloned()?;
        let newest = read.into_iter().filter_map(|(_, row)| row).max_by_key(|fact| fact.version);
        Some(Self { rows, ..newest.unwrap_or_else(|| Self::nobody(campaign, oldest)) })
    }

    /// The rows to be written, each with the version that must still be there.
    pub fn written(&self) -> impl Iterator<Item = (Self, u64)> {
        let next = self.rows.iter().skip(1).map(|(next, _)| Some(next.clone())).chain([None]);
        self.rows.iter().zip(next).map(|((dedupe_ref, read), next_ref)| {
            (Self { dedupe_ref: dedupe_ref.clone(), next_ref, rows: Vec::new(), ..self.clone() }, *read)
        })
    }

    /// Gives a newly accepted supporter its place.
    pub fn enter(mut self, supporter: Id<Supporter>, page: Id<ActionPage>) -> (Self, Place) {
        let repeat = self.standing.iter().any(|other| other.page == page);
        let rank = if self.standing.is_empty() { 0 } else { self.next_rank };
        self.next_rank += u32::from(rank > 0);
        if self.standing.len() < MOST_STANDING {
            self.standing.push(Standing { supporter, page });
        }
        (self, Place { rank, repeat })
    }

    /// Takes a supporter out, so that the next one stands in its place; `None` if it does not stand here.
    pub fn leave(mut self, supporter: Id<Supporter>) -> Option<Self> {
        let place = self.standing.iter().position(|other| other.supporter == supporter)?;
        self.standing.remove(place);
        Some(self)
    }

    /// Who has rank 0.
    pub fn first(&self) -> Option<Id<Supporter>> {
        self.standing.first().map(|first| first.supporter)
    }

    /// Who gets rank 0 when this supporter leaves; `None` if it does not have that itself, or is alone.
    pub fn heir_of(&self, supporter: Id<Supporter>) -> Option<Id<Supporter>> {
        let [first, heir, ..] = self.standing.as_slice() else { return None };
        (first.supporter == supporter).then_some(heir.supporter)
    }
}

impl Heir {
    /// The heir among what is read of a supporter; `None` if nothing of it counts.
    pub fn of(supporter: Supporter, actions: Vec<Action>) -> Option<Self> {
        let handed_on = |a: &Action| matches!(a.status, ActionStatus::Delivered | ActionStatus::Repeat);
        let action = actions.into_iter().find(|action| action.with_consent && handed_on(action))?;
        (supporter.status == SupporterStatus::Accepted).then_some(Self { supporter, action })
    }

    /// The heir in the first place: its action brings the person to where that supporter signed.
    #[must_use]
    pub(crate) fn inherits(self, now: Timestamp) -> Self {
        let Self { mut supporter, mut action } = self;
        supporter.dupe_rank = None;
        supporter.version += 1;
        action.counts = first_of_a_person(&supporter, &action);
        action.due_at = if action.is_uncounted() { Some(now) } else { action.due_at };
        action.version += 1;
        Self { supporter, action }
    }
}

/// What the action of a person's first supporter adds to the campaign's counts.
pub(crate) fn first_of_a_person(supporter: &Supporter, action: &Action) -> Option<Tally> {
    let signer = Signer { org: action.org, area: supporter.area.clone() };
    by_type(action).map(|tally| Tally { signer: Some(signer), ..tally })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T>(n: u128) -> Id<T> {
        Id::new(uuid::Uuid::from_u128(n))
    }

    fn nobody() -> SignerFact {
        let keys = crate::secret::Keyring::parse("1:0123456789abcdef0123456789abcdef", "t").unwrap();
        SignerFact::nobody(id(1), keys.digest("", "x"))
    }

    /// The fact after these supporters entered on these pages, and the places they got.
    fn entered(fact: SignerFact, signed: &[(u128, u128)]) -> (SignerFact, Vec<(u32, bool)>) {
        let mut places = Vec::new();
        let fact = signed.iter().fold(fact, |fact, (supporter, page)| {
            let (fact, Place { rank, repeat }) = fact.enter(id(*supporter), id(*page));
            places.push((rank, repeat));
            fact
        });
        (fact, places)
    }

    #[test]
    fn the_first_has_rank_zero_and_later_ones_count_up() {
        let (_, places) = entered(nobody(), &[(10, 100), (11, 101), (12, 101), (13, 100)]);
        assert_eq!(places, [(0, false), (1, false), (2, true), (3, true)]);
    }

    #[test]
    fn whoever_leaves_is_followed_by_the_next_who_stands() {
        let (fact, _) = entered(nobody(), &[(10, 100), (11, 101), (12, 102)]);
        for (leaves, heir, then_first) in [
            (&[][..], Some(11), Some(10)),
            (&[10], Some(12), Some(11)),
            (&[11], Some(12), Some(10)),
            (&[12, 11], None, Some(10)),
            (&[10, 11], None, Some(12)),
            (&[10, 11, 12], None, None),
        ] {
            let left = leaves.iter().fold(fact.clone(), |fact, n| fact.leave(id(*n)).unwrap());
            let first = left.first();
            assert_eq!(first, then_first.map(id), "after {leaves:?} left");
            assert_eq!(first.and_then(|first| left.heir_of(first)), heir.map(id), "after {leaves:?} left");
        }
        assert_eq!(fact.heir_of(id(11)), None, "an heir has no heir of its own yet");
        assert_eq!(fact.leave(id(13)), None);
    }

    #[test]
    fn a_page_that_nobody_stands_on_any_more_makes_no_repeat() {
        let (fact, _) = entered(nobody(), &[(10, 100), (11, 101), (12, 101)]);
        let without = |gone: &[u128]| gone.iter().fold(fact.clone(), |fact, n| fact.leave(id(*n)).unwrap());
        for (gone, page, place) in [
            (&[10][..], 100, (3, false)),
            (&[11], 101, (3, true)),
            (&[11, 12], 101, (3, false)),
            (&[10, 11, 12], 101, (0, false)),
        ] {
            assert_eq!(entered(without(gone), &[(13, page)]).1, [place], "without {gone:?} on {page}");
        }
    }

    #[test]
    fn at_the_bound_others_are_ranked_and_forgotten() {
        let signed: Vec<_> = (0..40).map(|n| (n, n)).collect();
        let (fact, places) = entered(nobody(), &signed);
        assert_eq!(places.last(), Some(&(39, false)));
        assert_eq!(fact.standing.len(), MOST_STANDING);
        assert_eq!(fact.clone().leave(id(39)), None);
        let mut left = fact;
        while let Some(first) = left.first() {
            left = left.leave(first).unwrap();
        }
        assert_eq!(entered(left, &[(50, 39)]).1, [(0, false)], "the next signature is the first again");
    }
}
