//! Verdicts on supporters: what goes with them, in one transaction.

use jiff::Timestamp;

use crate::{
    id::Id,
    org::Org,
    table::{Beside, Confirmed, Suppression, SuppressionReason, Table, TableError},
    transition::Case,
    verdict::Verdict,
};

impl Table {
    /// Writes what becomes of a supporter by a verdict; nothing, where it was known.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if anything of it changed since it was read.
    pub async fn hear(
        &self,
        case: Case,
        verdict: Verdict,
        org: Id<Org>,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let (suppress_ref, contact_ref) =
            (case.supporter.suppress_ref.clone(), case.supporter.org_ref.clone());
        let suppress =
            |reason| Some(Suppression { suppress_ref: suppress_ref.clone(), org, reason, created_at: now });
        let mut beside = Beside::default();
        match verdict {
            Verdict::Confirm => beside.confirmed = Some(Confirmed { org, contact_ref, confirmed_at: now }),
            Verdict::Unsubscribe => beside.suppression = suppress(SuppressionReason::Unsubscribed),
            Verdict::Complain => beside.suppression = suppress(SuppressionReason::Complaint),
            Verdict::OptIn => beside.unsuppressed = Some((suppress_ref.clone(), org)),
            Verdict::Reject | Verdict::Bounce { .. } => {}
        }
        let Some(transition) = case.hear(verdict, org, now) else { return Ok(()) };
        let consent = transition.supporter.contacts.iter().find(|c| c.org == org).map(|c| c.communication);
        if let (Some(contact), Some(consent)) = (self.contact(&transition.supporter, org).await?, consent)
            && contact.communication != consent
        {
            beside.contact = Some(crate::contact::Contact { communication: consent, ..contact });
        }
        self.apply(&transition, &beside).await
    }
}
