//! What an org holds of a person: shown whole, and erased.

use lambda_http::Request;

use crate::{
    api::access::{AccessView, SignatureView},
    audit::Change,
    contact::Contact,
    erasure::Erasure,
    key::Key,
    permission::{EraseContacts, ExportContacts},
    problem::Problem,
    secret::Digest,
    staff::{OrgScope, supporters::contact_ref},
    table::{Confirmed, from_item},
};

impl OrgScope<'_, ExportContacts> {
    /// Everything that the org holds on the person, as the law lets people ask for (GDPR, article 15).
    ///
    /// # Errors
    /// 404 where it holds nothing under this ref, as where the ref is another org's.
    pub async fn access(&self, request: &Request) -> Result<AccessView, Problem> {
        let contact_ref = contact_ref(request)?;
        let contacts = self.contacts(&contact_ref).await?;
        if contacts.is_empty() {
            return Err(Problem::not_found());
        }
        let table = &self.staff.table;
        let mut signatures = Vec::new();
        for contact in contacts {
            let Some((supporter, actions)) = table.supporter(contact.supporter).await? else { continue };
            let mut messages = table.deliveries_of(&actions, self.org.id).await?;
            messages.sort_unstable_by_key(|message| message.id);
            signatures.push(SignatureView::new(supporter, contact, actions, messages));
        }
        let confirmed: Option<Confirmed> = table.get(Key::confirmed(self.org.id, &contact_ref)).await?;
        let confirmed_at = confirmed.map(|confirmed| confirmed.confirmed_at);
        Ok(AccessView { contact_ref, confirmed_at, signatures })
    }
}

impl OrgScope<'_, EraseContacts> {
    /// Erases what the org holds on the person. The anonymous actions stay, and what they count.
    ///
    /// It is written down first; where it could not be finished it may be done again.
    ///
    /// # Errors
    /// 404 where it holds nothing under this ref, as where the ref is another org's.
    pub async fn erase(&self, request: &Request) -> Result<(), Problem> {
        let contact_ref = contact_ref(request)?;
        if self.contacts(&contact_ref).await?.is_empty() {
            return Err(Problem::not_found());
        }
        let (id, now) = (self.new_id(), self.now());
        let erasure = Erasure { id, org: self.org.id, contact_ref, created_at: now };
        let change = Change::of("contacts.erase", id);
        let written = self.write(change, |transaction| transaction.create(&erasure)).await?;
        written.or_conflict("the erasure could not be noted: try again")?;
        let supporters = self.staff.table.erase(&erasure, (&self.staff.random, now)).await?;
        tracing::info!(org.id = %self.org.id, erasure.id = %id, supporters, "a person was erased");
        Ok(())
    }
}

impl<P> OrgScope<'_, P> {
    async fn contacts(&self, contact_ref: &Digest) -> Result<Vec<Contact>, Problem> {
        let items = self.staff.table.query(Key::contacts(self.org.id, contact_ref)).await?;
        Ok(items.into_iter().rev().map(from_item).collect::<Result<_, _>>()?)
    }
}
