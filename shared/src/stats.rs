//! Counters of campaigns, and what one action adds to them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{id::Id, name::ActionType, org::Org, person::Country};

/// What one action adds to its campaign's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Its type.
    pub action_type: ActionType,
    /// The person it brings, if it is the first of theirs in the campaign.
    pub signer: Option<Signer>,
}

/// A distinct person, by where they count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The org of the page they signed on.
    pub org: Id<Org>,
    /// Their country.
    pub area: Option<Country>,
}

/// A change of counters: what to add to each, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum(BTreeMap<Counter, i64>);

/// One counter of a campaign. Its text is its attribute in the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// Distinct accepted persons.
    Supporters,
    /// The same, by the org of the page.
    ByOrg(Id<Org>),
    /// The same, by country.
    ByArea(Country),
    /// Delivered actions, by type.
    ByType(ActionType),
}

/// The counts of a campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Distinct accepted persons, and those that pages bring from elsewhere.
    pub supporters: u64,
    /// The part of them that pages bring from elsewhere.
    pub extra_supporters: u64,
    /// Distinct accepted persons by org, by its id.
    pub by_org: BTreeMap<String, u64>,
    /// Distinct accepted persons by country.
    pub by_area: BTreeMap<String, u64>,
    /// Delivered actions by type.
    pub by_type: BTreeMap<String, u64>,
}

impl Sum {
    /// Takes back what was counted and adds what should be.
    pub fn replace(&mut self, counted: Option<&Tally>, counts: Option<&Tally>) {
        self.add(counted, -1);
        self.add(counts, 1);
    }

    /// The counters that change, and by how much; never by nothing.
    pub fn changes(&self) -> impl Iterator<Item = (&Counter, i64)> {
        self.0.iter().filter(|(_, by)| **by != 0).map(|(counter, by)| (counter, *by))
    }

    fn add(&mut self, tally: Option<&Tally>, by: i64) {
        for counter in tally.into_iter().flat_map(Tally::counters) {
            *self.0.entry(counter).or_default() += by;
        }
    }
}

impl From<BTreeMap<Counter, i64>> for Sum {
    fn from(sums: BTreeMap<Counter, i64>) -> Self {
        Self(sums)
    }
}

impl Tally {
    /// The counters that it adds one to.
    pub fn counters(&self) -> impl Iterator<Item = Counter> {
        let by_type = Counter::ByType(self.action_type.clone());
        let of_signer = self.signer.iter().flat_map(|signer| {
            let by_area = signer.area.clone().map(Counter::ByArea);
            [Counter::Supporters, Counter::ByOrg(signer.org)].into_iter().chain(by_area)
        });
        std::iter::once(by_type).chain(of_signer)
    }
}

impl Counter {
    /// The attribute that holds it.
    pub fn attribute(&self) -> String {
        match self {
            Self::Supporters => "supporters".to_owned(),
            Self::ByOrg(org) => format!("org#{org}"),
            Self::ByArea(area) => format!("area#{area}"),
            Self::ByType(action_type) => format!("type#{action_type}"),
        }
    }

    /// The counter that an attribute holds, if it holds one.
    pub fn from_attribute(name: &str) -> Option<Self> {
        match name.split_once('#') {
            None if name == "supporters" => Some(Self::Supporters),
            Some(("org", id)) => id.parse().ok().map(Self::ByOrg),
            Some(("area", code)) => code.parse().ok().map(Self::ByArea),
            Some(("type", word)) => word.parse().ok().map(Self::ByType),
            Some(_) | None => None,
        }
    }
}

impl Stats {
    /// Adds up counters, which may come in parts; a sum below zero shows as zero.
    pub fn of(parts: impl IntoIterator<Item = (Counter, i64)>, extra_supporters: u64) -> Self {
        let mut sums = BTreeMap::<Counter, i64>::new();
        for (counter, value) in parts {
            *sums.entry(counter).or_default() += value;
        }
        let mut stats = Self { supporters: extra_supporters, extra_supporters, ..Self::default() };
        for (counter, value) in sums {
            let value = u64::try_from(value).unwrap_or(0);
            match counter {
                Counter::Supporters => stats.supporters += value,
                Counter::ByOrg(org) => stats.by_org.extend([(org.to_string(), value)]),
                Counter::ByArea(area) => stats.by_area.extend([(area.to_string(), value)]),
                Counter::ByType(action_type) => stats.by_type.extend([(action_type.to_string(), value)]),
            }
        }
        for counts in [&mut stats.by_org, &mut stats.by_area, &mut stats.by_type] {
            counts.retain(|_, value| *value > 0);
        }
        stats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(signer: bool) -> Tally {
        let signer = signer.then(|| Signer { org: Id::new(uuid::Uuid::nil()), area: "DE".parse().ok() });
        Tally { action_type: "petition".parse().unwrap(), signer }
    }

    #[test]
    fn counting_and_taking_back_leave_nothing() {
        let mut sum = Sum::default();
        sum.replace(None, Some(&tally(true)));
        assert_eq!(sum.changes().count(), 4);
        sum.replace(Some(&tally(true)), None);
        assert_eq!(sum.changes().count(), 0);
    }

    #[test]
    fn losing_the_first_place_takes_back_the_person_alone() {
        let mut sum = Sum::default();
        sum.replace(Some(&tally(true)), Some(&tally(false)));
        let changed: Vec<_> = sum.changes().map(|(c, by)| (c.attribute(), by)).collect();
        assert_eq!(
            changed,
            [
                ("supporters".to_owned(), -1),
                ("org#org_00000000000000000000000000000000".to_owned(), -1),
                ("area#DE".to_owned(), -1)
            ]
        );
    }

    #[test]
    fn every_counter_is_known_again_by_its_attribute() {
        for counter in [
            Counter::Supporters,
            Counter::ByOrg(Id::new(uuid::Uuid::nil())),
            Counter::ByArea("FR".parse().unwrap()),
            Counter::ByType("share".parse().unwrap()),
        ] {
            assert_eq!(Counter::from_attribute(&counter.attribute()), Some(counter));
        }
        assert_eq!(Counter::from_attribute("pk"), None);
    }
}
