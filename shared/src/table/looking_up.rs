//! The end of a look-up: its row, and what was learned, in one transaction.

use jiff::Timestamp;

use crate::{
    delivery::Delivery,
    look_up::{Known, LookUp},
    supporter::SupporterStatus,
    table::{Beside, Confirmed, Table, TableError},
    transition::Transition,
};

/// How often an end is written again because the supporter was changed meanwhile.
const ROUNDS: u32 = 10;

impl Table {
    /// Ends a look-up over its row as it was leased, and lets the supporter go on with what is known.
    ///
    /// Of two who have an answer, the first one's counts.
    pub async fn end_look_up(
        &self,
        (leased, ended): (&Delivery, &Delivery),
        known: &Known,
        now: Timestamp,
    ) -> Result<(), TableError> {
        for _ in 0..ROUNDS {
            match self.end_once((leased, ended), known, now).await {
                Err(TableError::Conflict) => {}
                written => return written,
            }
            let row = self.delivery(leased.org, leased.id).await?;
            if row.is_none_or(|row| (row.state, row.attempt) != (leased.state, leased.attempt)) {
                return Ok(());
            }
        }
        Err(TableError::Conflict)
    }

    async fn end_once(
        &self,
        (leased, ended): (&Delivery, &Delivery),
        known: &Known,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let mut beside = Beside { ended: Some((ended.clone(), leased.clone())), ..Beside::default() };
        let Some(at) = leased.action() else { return self.apply_beside(&beside).await };
        let Some((supporter, actions)) = self.supporter(at.supporter).await? else {
            return self.apply_beside(&beside).await;
        };
        if (supporter.status, supporter.look_up) != (SupporterStatus::New, LookUp::Asked) {
            return self.apply_beside(&beside).await;
        }
        let org = leased.org;
        let contact = self.contact(&supporter, org).await?;
        beside.contact = contact.and_then(|contact| known.of_contact(contact));
        beside.confirmed = known.double_opt_in.then(|| Confirmed {
            org,
            contact_ref: supporter.org_ref.clone(),
            confirmed_at: now,
        });
        let transition = Transition::after_look_up((supporter, actions), (at, org), known, now);
        self.apply(&transition, &beside).await
    }
}
