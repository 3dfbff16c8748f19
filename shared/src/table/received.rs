//! Reads of what an org was given.

use std::collections::BTreeMap;

use crate::{
    action::{Action, Doer},
    bundle::Bundle,
    contact::Contact,
    delivery::Delivery,
    id::Id,
    key::{Address, Key},
    page::ActionPage,
    received::Received,
    supporter::Supporter,
    table::{Table, TableError},
};

impl Table {
    /// What stands behind pushes of an org, in their order.
    pub(crate) async fn received(&self, pushes: &[Delivery]) -> Result<Vec<Received>, TableError> {
        let of_actions = || pushes.iter().filter_map(Delivery::action);
        let actions = of_actions().map(|at| Key::action(&Doer::Supporter(at.supporter), at.action));
        let supporters = of_actions().map(|at| Key::supporter(at.supporter));
        let (actions, supporters) = tokio::try_join!(
            self.get_all::<Action>(actions.collect()),
            self.get_all::<Supporter>(supporters.collect())
        )?;
        let mut actions: BTreeMap<_, _> = actions.into_iter().map(|action| (action.id, action)).collect();
        let supporters: BTreeMap<_, _> = supporters.into_iter().map(|s| (s.id, s)).collect();
        let contacts = self.contacts_of(pushes, &supporters).await?;
        let received = of_actions().filter_map(|at| {
            let supporter = supporters.get(&at.supporter)?.clone();
            let contact = contacts.get(&at.supporter).cloned();
            Some(Received { action: actions.remove(&at.action)?, supporter, contact })
        });
        Ok(received.collect())
    }

    /// The copy that the org of these rows has of each supporter.
    async fn contacts_of(
        &self,
        pushes: &[Delivery],
        supporters: &BTreeMap<Id<Supporter>, Supporter>,
    ) -> Result<BTreeMap<Id<Supporter>, Contact>, TableError> {
        let Some(org) = pushes.first().map(|row| row.org) else { return Ok(BTreeMap::new()) };
        let keys = supporters.values().filter_map(|supporter| {
            let at = supporter.contacts.iter().find(|at| at.org == org)?;
            Some(Key::contact(org, &at.contact_ref, supporter.id))
        });
        let contacts: Vec<Contact> = self.get_all(keys.collect()).await?;
        Ok(contacts.into_iter().map(|contact| (contact.supporter, contact)).collect())
    }

    /// Each of these pages with what belongs to it.
    pub(crate) async fn bundles_of(
        &self,
        pages: impl IntoIterator<Item = Id<ActionPage>>,
    ) -> Result<BTreeMap<Id<ActionPage>, Bundle>, TableError> {
        let keys = pages.into_iter().map(|page| Key::bundle(&Address::Id(page.to_string())));
        let bundles: Vec<Bundle> = self.get_all(keys.collect()).await?;
        Ok(bundles.into_iter().map(|bundle| (bundle.page.id, bundle)).collect())
    }
}
