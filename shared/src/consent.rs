//! Who receives the personal data: a pure function of settings and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{bundle::Bundle, id::Id, name::Name, org::Org};

/// A supporter's answer to one org's consent question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptIn {
    /// Asked, and agreed.
    Yes,
    /// Asked, and declined.
    No,
    /// Never asked, which is not the same as declined.
    #[default]
    NotAsked,
}

impl OptIn {
    /// The answer as a word, so that what was not asked is not taken for a no.
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotAsked => "not_asked",
        }
    }

    /// The answer as messages carry it: absent where nobody asked.
    pub const fn as_bool(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::NotAsked => None,
        }
    }
}

impl From<Option<bool>> for OptIn {
    fn from(answer: Option<bool>) -> Self {
        answer.map_or(Self::NotAsked, |yes| if yes { Self::Yes } else { Self::No })
    }
}

/// The supporter's answers on one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Privacy {
    /// To the page's org.
    pub opt_in: OptIn,
    /// To the campaign's lead, where that is another org.
    pub lead_opt_in: OptIn,
    /// To further orgs, by their names. An answer to an org that does not receive goes nowhere: it may have
    /// been one when the page was loaded.
    pub receivers: Vec<(Name, OptIn)>,
}

impl Privacy {
    /// The answer to a further org, in whatever case its name was written.
    fn to(&self, name: &Name) -> OptIn {
        let is_it = |given: &Name| given.as_str().eq_ignore_ascii_case(name.as_str());
        self.receivers.iter().find(|(given, _)| is_it(given)).map_or(OptIn::NotAsked, |(_, answer)| *answer)
    }
}

/// An org that may have the personal data, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiver {
    /// The org.
    pub org: Id<Org>,
    /// Whether it may write to the supporter.
    pub communication: OptIn,
    /// Whether it takes part in delivering what was signed.
    pub delivery: bool,
}

/// The orgs that may have the personal data given on this page, and nobody else.
///
/// | org  | only when | communication | delivery |
/// |------|-----------|---------------|----------|
/// | page |           | `opt_in`      | not split, or the page delivers |
/// | lead | split     | `lead_opt_in` | the page does not deliver, or the campaign forces it |
/// | further | lead named it, it agreed, it is neither of the above | the answer under its name | never |
///
/// An org with neither delivery nor a yes gets nothing.
pub fn receivers(bundle: &Bundle, privacy: &Privacy) -> Vec<Receiver> {
    let split = bundle.is_split();
    let page_delivers = !split || bundle.page.delivery;
    let lead_delivers = !page_delivers || bundle.campaign.force_delivery;
    let page = Receiver { org: bundle.org.id, communication: privacy.opt_in, delivery: page_delivers };
    let lead = Receiver { org: bundle.lead.id, communication: privacy.lead_opt_in, delivery: lead_delivers };
    let further =
        bundle.receivers.iter().filter(|further| further.org != page.org && further.org != lead.org).map(
            |further| Receiver {
                org: further.org,
                communication: privacy.to(&further.name),
                delivery: false,
            },
        );
    [Some(page), split.then_some(lead)]
        .into_iter()
        .flatten()
        .chain(further)
        .filter(|r| r.delivery || r.communication == OptIn::Yes)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{campaign::Campaign, page::ActionPage};

    /// Further orgs are the third to fifth; the page's and the lead's may be among them by mistake.
    fn bundle((split, page_delivers, forced): (bool, bool, bool), further: &[u128]) -> Bundle {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let org = |n: u128| {
            let (name, title) = (format!("Org_{n}").parse().unwrap(), "An org".parse().unwrap());
            Org::new(Id::new(Uuid::from_u128(n)), 1, name, title, now)
        };
        let receivers = further.iter().map(|n| org(*n).into()).collect();
        let (lead, org) = (org(1), org(if split { 2 } else { 1 }));
        let (name, title) = ("petition".parse().unwrap(), "A petition".parse().unwrap());
        let mut campaign = Campaign::new(Id::new(Uuid::nil()), 1, name, title, lead.id, now);
        campaign.force_delivery = forced;
        let (name, locale) = ("example.org/page".parse().unwrap(), "en".parse().unwrap());
        let mut page = ActionPage::new(Id::new(Uuid::nil()), 1, name, campaign.id, org.id, locale, now);
        page.delivery = page_delivers;
        Bundle { page, campaign, org, lead, receivers, receivers_version: 0 }
    }

    fn answer() -> impl Strategy<Value = OptIn> {
        any::<Option<bool>>().prop_map(OptIn::from)
    }

    proptest! {
        #[test]
        fn who_neither_delivers_nor_was_agreed_to_gets_nothing_and_nobody_gets_it_twice(
            settings in any::<(bool, bool, bool)>(),
            further in proptest::sample::subsequence(vec![1, 2, 3, 4, 5], 0..=5),
            opt_in in answer(),
            lead_opt_in in answer(),
            others in proptest::collection::vec((3_u128..8, answer()), 0..5),
        ) {
            let bundle = bundle(settings, &further);
            let named = |(n, answer): &(u128, OptIn)| (format!("oRG_{n}").parse().unwrap(), *answer);
            let privacy = Privacy { opt_in, lead_opt_in, receivers: others.iter().map(named).collect() };
            let all = receivers(&bundle, &privacy);
            for receiver in &all {
                prop_assert!(receiver.delivery || receiver.communication == OptIn::Yes);
                prop_assert!(bundle.recipient(receiver.org).is_some());
                let to_org = |(n, _): &&(u128, OptIn)| receiver.org == Id::new(Uuid::from_u128(*n));
                let asked = if receiver.org == bundle.org.id {
                    opt_in
                } else if receiver.org == bundle.lead.id {
                    lead_opt_in
                } else {
                    prop_assert!(!receiver.delivery, "a further org receives by its own question alone");
                    others.iter().find(to_org).map_or(OptIn::NotAsked, |(_, answer)| *answer)
                };
                prop_assert_eq!(receiver.communication, asked, "not asked stays apart from no");
            }
            let mut orgs: Vec<_> = all.iter().map(|receiver| receiver.org.to_string()).collect();
            orgs.sort_unstable();
            orgs.dedup();
            prop_assert_eq!(orgs.len(), all.len(), "nobody gets it twice");
            prop_assert!(all.iter().any(|receiver| receiver.delivery), "somebody hands it on");
            let agreed = |n: &&u128| **n > 2 && others.iter().find(|(m, _)| m == *n).is_some_and(|(_, a)| *a == OptIn::Yes);
            for n in further.iter().filter(agreed) {
                prop_assert!(all.iter().any(|receiver| receiver.org == Id::new(Uuid::from_u128(*n))));
            }
        }
    }
}
