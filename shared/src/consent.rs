//! Who receives the personal data: a pure function of settings and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{bundle::Bundle, id::Id, org::Org};

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Privacy {
    /// To the page's org.
    pub opt_in: OptIn,
    /// To the campaign's lead, where that is another org.
    pub lead_opt_in: OptIn,
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
///
/// An org with neither delivery nor a yes gets nothing.
pub fn receivers(bundle: &Bundle, privacy: Privacy) -> Vec<Receiver> {
    let split = bundle.is_split();
    let page_delivers = !split || bundle.page.delivery;
    let lead_delivers = !page_delivers || bundle.campaign.force_delivery;
    let page = Receiver { org: bundle.org.id, communication: privacy.opt_in, delivery: page_delivers };
    let lead = Receiver { org: bundle.lead.id, communication: privacy.lead_opt_in, delivery: lead_delivers };
    [Some(page), split.then_some(lead)]
        .into_iter()
        .flatten()
        .filter(|r| r.delivery || r.communication == OptIn::Yes)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{campaign::Campaign, page::ActionPage};

    fn bundle(split: bool, page_delivers: bool, forced: bool) -> Bundle {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let org = |n: u128| {
            let (name, title) = (format!("org_{n}").parse().unwrap(), "An org".parse().unwrap());
            Org::new(Id::new(Uuid::from_u128(n)), 1, name, title, now)
        };
        let (lead, org) = (org(1), org(if split { 2 } else { 1 }));
        let (name, title) = ("petition".parse().unwrap(), "A petition".parse().unwrap());
        let mut campaign = Campaign::new(Id::new(Uuid::nil()), 1, name, title, lead.id, now);
        campaign.force_delivery = forced;
        let (name, locale) = ("example.org/page".parse().unwrap(), "en".parse().unwrap());
        let mut page = ActionPage::new(Id::new(Uuid::nil()), 1, name, campaign.id, org.id, locale, now);
        page.delivery = page_delivers;
        Bundle { page, campaign, org, lead }
    }

    fn answer() -> impl Strategy<Value = OptIn> {
        any::<Option<bool>>().prop_map(OptIn::from)
    }

    proptest! {
        #[test]
        fn who_neither_delivers_nor_was_agreed_to_gets_nothing_and_nobody_gets_it_twice(
            (split, page_delivers, forced) in any::<(bool, bool, bool)>(),
            opt_in in answer(),
            lead_opt_in in answer(),
        ) {
            let bundle = bundle(split, page_delivers, forced);
            let all = receivers(&bundle, Privacy { opt_in, lead_opt_in });
            for receiver in &all {
                prop_assert!(receiver.delivery || receiver.communication == OptIn::Yes);
                prop_assert!(bundle.receiver(receiver.org).is_some());
                let asked = if receiver.org == bundle.org.id { opt_in } else { lead_opt_in };
                prop_assert_eq!(receiver.communication, asked, "not asked stays apart from no");
            }
            let mut orgs: Vec<_> = all.iter().map(|receiver| receiver.org).collect();
            orgs.dedup();
            prop_assert_eq!(orgs.len(), all.len());
            prop_assert!(all.iter().any(|receiver| receiver.delivery), "somebody hands it on");
        }
    }
}
