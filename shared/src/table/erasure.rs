//! Erasure of what an org holds of a person, supporter by supporter.

use jiff::Timestamp;

use crate::{
    action::{Action, DeliveryAt},
    contact::Contact,
    delivery::{ActionAt, Delivery, Subject},
    erasure::Erasure,
    event::{Before, Event, Happened},
    id::Id,
    key::Key,
    org::Org,
    outbound::Outbound,
    random::Random,
    secret::Digest,
    service::Backend,
    supporter::Supporter,
    table::{Entity, Outcome, Table, TableError, from_item},
};

/// An org's copy of a supporter's data, by where it is.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The org.
    pub org: Id<Org>,
    /// What it calls the person.
    pub contact_ref: Digest,
    /// The supporter.
    pub supporter: Id<Supporter>,
}

/// The event backend of the org that is told, if it has one, and where the event's id comes from.
pub type Tell<'a> = (Option<Backend>, &'a Random);

/// Most actions, and most deliveries, of one transaction.
const PART: usize = 45;

/// How often a supporter is tried: in parts, or again after a conflict.
const ROUNDS: u32 = 40;

impl Table {
    /// Erases what the org held of the person when it said so, and makes the event that tells of it, where the org had
    /// been given anything; how many supporters that were.
    ///
    /// May be done again, and then finishes what was left.
    pub async fn erase(
        &self,
        erasure: &Erasure,
        (random, now): (&Random, Timestamp),
    ) -> Result<usize, TableError> {
        let Erasure { org, contact_ref, .. } = erasure;
        let mut transaction = self.transaction();
        transaction.remove(Key::confirmed(*org, contact_ref))?;
        transaction.commit().await?;
        let backend = self.org(*org).await?.and_then(|org| org.backends.event);
        let mut erased = 0;
        for item in self.query(Key::contacts(*org, contact_ref)).await? {
            let contact: Contact = from_item(item)?;
            if contact.created_at <= erasure.created_at {
                let copy = Copy { org: *org, contact_ref: contact_ref.clone(), supporter: contact.supporter };
                self.erase_copy(&copy, Some((backend, random)), now).await?;
                erased += 1;
            }
        }
        Ok(erased)
    }

    /// Erases one copy, what mails still carry of it, and, where the page is the org's own, what the actions tell
    /// of the person. The org, with this event backend, is told where there is a source of ids.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if the supporter changes faster than it can be written.
    pub async fn erase_copy(
        &self,
        copy: &Copy,
        tell: Option<Tell<'_>>,
        now: Timestamp,
    ) -> Result<(), TableError> {
        for _ in 0..ROUNDS {
            match self.erase_part(copy, tell, now).await {
                Ok(true) | Err(TableError::Conflict) => {}
                Ok(false) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Err(TableError::Conflict)
    }

    /// One transaction; false if nothing is left.
    ///
    /// The copy itself goes with the last part, so that it is found again for as long as something is left.
    async fn erase_part(
        &self,
        copy: &Copy,
        tell: Option<Tell<'_>>,
        now: Timestamp,
    ) -> Result<bool, TableError> {
        let mut transaction = self.transaction();
        let mut last = true;
        if let Some((supporter, actions)) = self.supporter(copy.supporter).await? {
            let mut open = self.deliveries_of(&actions, copy.org).await?;
            open.retain(|row| row.state.due_at().is_some());
            let mut changed = anonymous(&supporter, &actions, copy.org);
            last = changed.len() <= PART && open.len() <= PART;
            changed.truncate(PART);
            for row in open.iter().take(PART) {
                transaction.put_over(&row.clone().cancel("the person is erased", now), row)?;
            }
            // Processing guards the supporter by this action, where it need not write the supporter itself.
            if let Some(consent) = actions.iter().find(|action| action.with_consent) {
                add(&mut changed, consent);
            }
            let held = supporter.contacts.iter().any(|contact| contact.org == copy.org);
            let before = Before { supporter, actions };
            if let (Some(tell), Some(carrier), true) = (tell, before.handed_on(), last && held) {
                let told = told(copy, &before, carrier, (tell, now));
                let at = DeliveryAt { org: told.org, id: told.id };
                name(&mut changed, carrier, at);
                transaction.create(&told)?;
            }
            let (read, supporter) = (before.supporter.version, before.supporter);
            let forgotten = if last { supporter.forgotten_by(copy.org) } else { supporter };
            transaction.replace(&Supporter { version: read + 1, ..forgotten }, read)?;
            for action in changed {
                let read = action.version;
                transaction.replace(&Action { version: read + 1, ..action }, read)?;
            }
        }
        if last {
            transaction.remove(Key::contact(copy.org, &copy.contact_ref, copy.supporter))?;
        }
        match transaction.commit().await? {
            Outcome::Applied => Ok(!last),
            Outcome::Refused(_) => Err(TableError::Conflict),
        }
    }

    /// Writes an erasure down, if it is not there.
    pub async fn note_erasure(&self, erasure: &Erasure) -> Result<(), TableError> {
        let mut transaction = self.transaction();
        transaction.put(erasure)?;
        transaction.commit().await.map(|_| ())
    }

    /// The log of erasures, the oldest first.
    pub async fn erasures(&self) -> Result<Vec<Erasure>, TableError> {
        self.query(Key::erasures()).await?.into_iter().map(from_item).collect()
    }
}

/// The actions that told of the person and no longer do, where they are the org's own to change.
fn anonymous(supporter: &Supporter, actions: &[Action], org: Id<Org>) -> Vec<Action> {
    let own = actions.iter().filter(|_| supporter.org == org);
    own.map(|action| (action, action.clone().anonymous()))
        .filter(|(told, tells_nothing)| *told != tells_nothing)
        .map(|(_, tells_nothing)| tells_nothing)
        .collect()
}

/// Puts an action among those that are written, if it is none of them.
fn add(changed: &mut Vec<Action>, action: &Action) {
    if !changed.iter().any(|other| other.id == action.id) {
        changed.push(action.clone());
    }
}

/// The event that tells an org that its data of the person are gone.
fn told(
    copy: &Copy,
    before: &Before,
    carrier: &Action,
    ((backend, random), now): (Tell<'_>, Timestamp),
) -> Delivery {
    let at = ActionAt { action: carrier.id, supporter: before.supporter.id, page: carrier.page };
    let what = Happened::SupporterErased { contact_ref: copy.contact_ref.clone() };
    let about = (carrier.campaign, Subject::Action(at));
    Delivery::of_event(random.id(now), (copy.org, backend), about, Event { what, at: now })
}

/// Lets an action name what is sent because of it, beside what else changes.
fn name(changed: &mut Vec<Action>, carrier: &Action, at: DeliveryAt) {
    add(changed, carrier);
    changed.iter_mut().filter(|action| action.id == carrier.id).for_each(|action| action.name(at));
}

impl Entity for Erasure {
    const KIND: &'static str = "erasure";

    fn key(&self) -> Key {
        Key::erasure(self.id)
    }
}
