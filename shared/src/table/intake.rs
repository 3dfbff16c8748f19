//! Taking an action in: its reads, and its one transaction.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, Doer},
    id::Id,
    intake::{Earlier, Idempotency, Intake, Receipt},
    key::Key,
    secret::Digest,
    supporter::Supporter,
    table::{
        Claim, Entity, Table, TableError, from_item,
        transaction::{Outcome, Refusal},
    },
};

/// How an intake ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It was written.
    Now(Receipt),
    /// The same had been written before: this was the answer.
    Before(Receipt),
    /// The same key had been used for another body.
    OtherBody,
    /// Something changed under it: look again.
    Changed,
}

/// A submission that was taken in, so that it is taken in once.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    key: Digest,
    body: Digest,
    receipt: Receipt,
    until: Timestamp,
}

impl Entity for Remembered {
    const KIND: &'static str = "idempotency";

    fn key(&self) -> Key {
        Key::idempotency(&self.key)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}

/// What a widget's ref stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A supporter, and what is known of the ref: no actions wait.
    Supporter(Id<Supporter>, Earlier),
    /// Nobody yet; these actions wait.
    Waiting(Earlier),
}

impl Table {
    /// What a widget's own ref stands for.
    pub async fn find_pending(&self, pending_ref: &Digest) -> Result<Found, TableError> {
        let mut claim = None;
        let mut actions = Vec::new();
        for item in self.query(Key { sk: String::new(), ..Key::claim(pending_ref) }).await? {
            match item.get("kind").and_then(|kind| kind.as_s().ok()).map(String::as_str) {
                Some(Action::KIND) => actions.push(from_item::<Action>(item)?),
                _ => claim = Some(from_item::<Claim>(item)?),
            }
        }
        let taken = claim.as_ref().map_or(0, |c| c.version);
        let pending_ref = pending_ref.clone();
        Ok(match claim.and_then(|c| c.supporter) {
            Some(supporter) => {
                Found::Supporter(supporter, Earlier { pending_ref, taken, actions: Vec::new() })
            }
            None => Found::Waiting(Earlier { pending_ref, taken, actions }),
        })
    }

    /// The answer that the same submission got before, if it was taken in.
    pub async fn remembered(
        &self,
        idempotency: &Idempotency,
        now: Timestamp,
    ) -> Result<Option<Receipt>, TableError> {
        let remembered: Option<Remembered> = self.get(Key::idempotency(&idempotency.key)).await?;
        Ok(remembered.filter(|r| r.body == idempotency.body && r.until > now).map(|r| r.receipt))
    }

    /// Writes everything of one intake, or nothing.
    pub async fn take_in(&self, intake: &Intake, now: Timestamp) -> Result<Taken, TableError> {
        let Idempotency { key, body, expires_at } = intake.idempotency.clone();
        let receipt = intake.receipt.clone();
        let mut transaction = self.transaction();
        transaction
            .create_unless_live(&Remembered { key, body: body.clone(), receipt, until: expires_at }, now)?;
        transaction.create(&intake.action)?;
        match (&intake.supporter, &intake.action.doer) {
            (Some(supporter), _) => transaction.create(supporter)?,
            (None, Doer::Supporter(id)) => transaction.must_exist(Key::supporter(*id))?,
            (None, Doer::Pending(_)) => {}
        }
        for contact in &intake.contacts {
            transaction.create(contact)?;
        }
        if let Some(earlier) = &intake.earlier {
            let supporter = intake.supporter.as_ref().map(|s| s.id);
            let claim =
                Claim { pending_ref: earlier.pending_ref.clone(), supporter, version: earlier.taken + 1 };
            transaction.replace(&claim, earlier.taken)?;
            for (before, after) in earlier.actions.iter().zip(intake.linked()) {
                transaction.delete(before.key(), before.version)?;
                transaction.create(&after)?;
            }
        }
        match transaction.commit().await? {
            Outcome::Applied => Ok(Taken::Now(intake.receipt.clone())),
            Outcome::Refused(refusals) => refused(refusals, &body),
        }
    }
}

/// What stood in the way: the first write is the memory of the same submission.
fn refused(refusals: Vec<Refusal>, body: &Digest) -> Result<Taken, TableError> {
    let remembered = refusals.into_iter().find(|r| r.index == 0).and_then(|r| r.found);
    let Some(item) = remembered else { return Ok(Taken::Changed) };
    let remembered: Remembered = from_item(item)?;
    Ok(if remembered.body == *body { Taken::Before(remembered.receipt) } else { Taken::OtherBody })
}
