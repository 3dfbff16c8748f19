//! Processing a supporter: its reads, and its one transaction.

use jiff::Timestamp;

use crate::{
    action::{Action, Doer},
    bundle::Bundle,
    contact::Contact,
    delivery::Delivery,
    id::Id,
    key::Key,
    org::Org,
    secret::Digest,
    signer::{Heir, SignerFact},
    supporter::Supporter,
    table::{
        Confirmed, Entity, Suppression, Table, TableError, from_item,
        transaction::{Outcome, Transaction},
    },
    transition::{Case, Transition},
};

/// What goes with a transition beyond the supporter and its actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// The address is proven.
    pub confirmed: Option<Confirmed>,
    /// The address gets no more mail from an org.
    pub suppression: Vec<Suppression>,
    /// The address may get mail from an org again.
    pub unsuppressed: Vec<(Digest, Id<Org>)>,
    /// An org's contact, with another consent.
    pub contact: Option<Contact>,
    /// A delivery as it ended, and as it was read.
    pub ended: Option<(Delivery, Delivery)>,
}

/// Most peppers under which one person's place is followed: two are live at a time.
const MOST_PEPPERS: usize = 4;

impl Table {
    /// A supporter with its actions.
    pub async fn supporter(&self, id: Id<Supporter>) -> Result<Option<(Supporter, Vec<Action>)>, TableError> {
        let mut supporter = None;
        let mut actions = Vec::new();
        for item in self.query(Key::supporter(id)).await? {
            match item.get("kind").and_then(|kind| kind.as_s().ok()).map(String::as_str) {
                Some(Action::KIND) => actions.push(from_item(item)?),
                _ => supporter = Some(from_item(item)?),
            }
        }
        Ok(supporter.map(|supporter| (supporter, actions)))
    }

    /// Everything that processing a supporter looks at.
    pub async fn case(
        &self,
        supporter: Supporter,
        actions: Vec<Action>,
        bundle: &Bundle,
        now: Timestamp,
    ) -> Result<Case, TableError> {
        let signer = self.signer(&supporter).await?;
        let recently_confirmed = bundle.asks_confirmation()
            && self.recently_confirmed(bundle.org.id, &supporter.org_ref, now).await?;
        Ok(Case { supporter, actions, signer, heir: None, recently_confirmed })
    }

    /// The place of a supporter's person in the campaign.
    pub async fn signer(&self, supporter: &Supporter) -> Result<SignerFact, TableError> {
        let (campaign, oldest) = (supporter.campaign, supporter.dedupe_ref.clone());
        let mut next = supporter.next_refs.as_ref().map(|next| next.dedupe.clone());
        let (mut rows, mut at) = (Vec::new(), Some(oldest.clone()));
        while let Some(dedupe_ref) = at.filter(|_| rows.len() < MOST_PEPPERS) {
            let row: Option<SignerFact> = self.get(Key::signer(campaign, &dedupe_ref)).await?;
            at = next.take().or_else(|| row.as_ref()?.next_ref.clone());
            rows.push((dedupe_ref, row));
        }
        Ok(SignerFact::of_rows(campaign, rows).unwrap_or_else(|| SignerFact::nobody(campaign, oldest)))
    }

    /// Who gets the first place when this supporter leaves it.
    ///
    /// Somebody of whom nothing counts is no heir, and is left out of the person's place.
    pub(super) async fn heir(
        &self,
        signer: &mut SignerFact,
        leaves: Id<Supporter>,
    ) -> Result<Option<Heir>, TableError> {
        while let Some(next) = signer.heir_of(leaves) {
            let heir =
                self.supporter(next).await?.and_then(|(supporter, actions)| Heir::of(supporter, actions));
            match (heir, signer.clone().leave(next)) {
                (None, Some(without)) => {
                    tracing::warn!(supporter.id = %next, "an heir does not stand any more");
                    *signer = without;
                }
                (heir, _) => return Ok(heir),
            }
        }
        Ok(None)
    }

    /// Writes everything of one transition, or nothing.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if anything of it changed since it was read.
    pub async fn apply(&self, transition: &Transition, beside: &Beside) -> Result<(), TableError> {
        let mut transaction = self.transaction();
        let read = |version: u64| version.saturating_sub(1);
        let supporter = &transition.supporter;
        if transition.changes_supporter {
            transaction.replace(supporter, read(supporter.version))?;
        } else if !transition.actions.iter().any(|action| action.with_consent) {
            // Whoever rejects a supporter or erases a contact of it writes its action with consent too.
            transaction.must_be(supporter.key(), supporter.version)?;
        }
        for action in &transition.actions {
            transaction.replace(action, read(action.version))?;
        }
        if let Some(signer) = &transition.signer {
            for (row, read) in signer.written() {
                transaction.replace(&row, read)?;
            }
        }
        if let Some(Heir { supporter, action }) = &transition.heir {
            transaction.replace(supporter, read(supporter.version))?;
            transaction.replace(action, read(action.version))?;
        }
        for delivery in &transition.deliveries {
            transaction.create(delivery)?;
        }
        for published in &transition.published {
            transaction.put(published)?;
        }
        add_beside(&mut transaction, beside)?;
        match transaction.commit().await? {
            Outcome::Applied => Ok(()),
            Outcome::Refused(_) => Err(TableError::Conflict),
        }
    }

    /// Writes what a verdict says of an address alone, where the supporter knows it already.
    pub(super) async fn apply_beside(&self, beside: &Beside) -> Result<(), TableError> {
        if *beside == Beside::default() {
            return Ok(());
        }
        let mut transaction = self.transaction();
        add_beside(&mut transaction, beside)?;
        match transaction.commit().await? {
            Outcome::Applied => Ok(()),
            Outcome::Refused(_) => Err(TableError::Conflict),
        }
    }

    /// One org's copy of a supporter's data.
    pub async fn contact(&self, supporter: &Supporter, org: Id<Org>) -> Result<Option<Contact>, TableError> {
        let Some(at) = supporter.contacts.iter().find(|c| c.org == org) else { return Ok(None) };
        self.get(Key::contact(org, &at.contact_ref, supporter.id)).await
    }

    /// One action of a supporter.
    pub async fn action(
        &self,
        supporter: Id<Supporter>,
        id: Id<Action>,
    ) -> Result<Option<Action>, TableError> {
        self.get(Key::action(&Doer::Supporter(supporter), id)).await
    }

    /// A supporter alone.
    pub async fn supporter_alone(&self, id: Id<Supporter>) -> Result<Option<Supporter>, TableError> {
        self.get::<Supporter>(Key::supporter(id)).await
    }
}

fn add_beside(transaction: &mut Transaction<'_>, beside: &Beside) -> Result<(), TableError> {
    if let Some(confirmed) = &beside.confirmed {
        transaction.put(confirmed)?;
    }
    for suppression in &beside.suppression {
        transaction.put(suppression)?;
    }
    for (suppress_ref, org) in &beside.unsuppressed {
        transaction.remove(Key::suppression(suppress_ref, *org))?;
    }
    if let Some(contact) = &beside.contact {
        transaction.put(contact)?;
    }
    if let Some((ended, read)) = &beside.ended {
        transaction.put_over(ended, read)?;
    }
    Ok(())
}
