//! Verdicts on supporters: what goes with them, in one transaction.

use jiff::Timestamp;

use crate::{
    contact::Contact,
    event::Before,
    id::Id,
    org::Org,
    random::Random,
    supporter::{Supporter, SupporterStatus},
    table::{Beside, Confirmed, Suppression, SuppressionReason, Table, TableError},
    transition::Case,
    verdict::Verdict,
};

impl Table {
    /// Writes what becomes of a supporter by a verdict, until nothing more does.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if it changes faster than it can be written.
    pub async fn hear(
        &self,
        supporter: Id<Supporter>,
        verdict: Verdict,
        org: Id<Org>,
        (random, now): (&Random, Timestamp),
    ) -> Result<(), TableError> {
        for _ in 0..ROUNDS {
            match self.hear_part(supporter, verdict, org, (random, now)).await {
                Ok(true) | Err(TableError::Conflict) => {}
                Ok(false) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Err(TableError::Conflict)
    }

    /// One transaction; false if the verdict changes nothing more.
    async fn hear_part(
        &self,
        supporter: Id<Supporter>,
        verdict: Verdict,
        org: Id<Org>,
        (random, now): (&Random, Timestamp),
    ) -> Result<bool, TableError> {
        let Some((supporter, actions)) = self.supporter(supporter).await? else { return Ok(false) };
        let before = Before { supporter: supporter.clone(), actions: actions.clone() };
        let mut beside = beside(&supporter, verdict, org, now);
        let mut signer = self.signer(&supporter).await?;
        let heir = if verdict.may_reject() { self.heir(&mut signer, supporter.id).await? } else { None };
        let case = Case { supporter, actions, signer, heir, recently_confirmed: false };
        let Some(transition) = case.hear(verdict, org, now) else {
            self.apply_beside(&beside).await?;
            return Ok(false);
        };
        let transition = match self.bundle_of(before.supporter.page).await? {
            Some(bundle) => transition.told_to_receivers(&before, &bundle, random, now),
            None => transition,
        };
        let consent = transition.supporter.contacts.iter().find(|c| c.org == org).map(|c| c.communication);
        if let (Some(contact), Some(consent)) = (self.contact(&transition.supporter, org).await?, consent)
            && contact.communication != consent
        {
            beside.contact = Some(Contact { communication: consent, ..contact });
        }
        self.apply(&transition, &beside).await?;
        Ok(true)
    }
}

/// How often a verdict is written: in parts, or again after a conflict.
const ROUNDS: u32 = 20;

/// What a verdict says of the address, beyond the one supporter.
fn beside(supporter: &Supporter, verdict: Verdict, org: Id<Org>, now: Timestamp) -> Beside {
    let contact_ref = supporter.org_ref.clone();
    let suppress = |reason| {
        let all = supporter.suppress_refs();
        all.map(|suppress_ref| Suppression { suppress_ref, org, reason, created_at: now }).collect()
    };
    let mut beside = Beside::default();
    match verdict {
        Verdict::Confirm if supporter.status == SupporterStatus::Confirming => {
            beside.confirmed = Some(Confirmed { org, contact_ref, confirmed_at: now });
        }
        Verdict::Unsubscribe => beside.suppression = suppress(SuppressionReason::Unsubscribed),
        Verdict::Complain => beside.suppression = suppress(SuppressionReason::Complaint),
        Verdict::OptIn => beside.unsuppressed = supporter.suppress_refs().map(|own| (own, org)).collect(),
        Verdict::Confirm | Verdict::Reject | Verdict::Bounce { .. } => {}
    }
    beside
}
