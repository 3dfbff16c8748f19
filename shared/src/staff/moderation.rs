//! Actions that wait for a moderator of the org on whose page they were done.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_http::{Request, http::StatusCode};

use crate::{
    action::Action,
    api::moderation::{Decided, Decisions, Entry, EntryResult, Outcome, WaitingAction},
    audit::Change,
    contact::Contact,
    id::Id,
    key::Key,
    moderation::{Decision, Moderation, Note},
    permission::{Moderate, Permission},
    person::Details,
    problem::Problem,
    staff::{
        Listed, OrgScope, Written,
        listing::{Asked, bad_cursor},
    },
    supporter::Supporter,
    table::Transaction,
};

/// How often a decision is made again because the action was changed meanwhile.
const TRIES: u32 = 5;

impl OrgScope<'_, Moderate> {
    /// The actions that wait, the oldest first; with personal data for who may also read contacts.
    pub async fn waiting_actions(&self, request: &Request) -> Result<Listed<WaitingAction>, Problem> {
        let Asked { limit, after } = self.asked(request)?;
        let after = match after {
            Some(id) => id.parse().map_err(|_| bad_cursor())?,
            None => Id::first_at(Timestamp::UNIX_EPOCH),
        };
        let most = usize::try_from(limit).unwrap_or(1);
        let (actions, next) = self.staff.table.waiting(self.org.id, after, most).await?;
        let supporters = self.supporters_of(&actions).await?;
        let people = self.people(supporters.values()).await?;
        let view = |action: Action| {
            let supporter = supporters.get(&action.supporter()?)?;
            Some(WaitingAction::new(action, supporter, people.get(&supporter.id).cloned()))
        };
        let next = next.map(|id| self.staff.seal_cursor(&self.list_of(request), &id.to_string()));
        Ok(Listed { items: actions.into_iter().filter_map(view).collect(), next })
    }

    async fn supporters_of(&self, actions: &[Action]) -> Result<BTreeMap<Id<Supporter>, Supporter>, Problem> {
        let ids: std::collections::BTreeSet<_> = actions.iter().filter_map(Action::supporter).collect();
        let keys = ids.into_iter().map(Key::supporter).collect();
        let supporters: Vec<Supporter> = self.staff.table.get_all(keys).await?;
        Ok(supporters.into_iter().map(|supporter| (supporter.id, supporter)).collect())
    }

    /// The org's own copies of their personal data, if the caller may read them.
    async fn people(
        &self,
        supporters: impl Iterator<Item = &Supporter>,
    ) -> Result<BTreeMap<Id<Supporter>, Details>, Problem> {
        if !self.permissions.contains(Permission::ExportContacts) {
            return Ok(BTreeMap::new());
        }
        let keys = supporters.filter_map(|supporter| {
            let at = supporter.contacts.iter().find(|contact| contact.org == self.org.id)?;
            Some(Key::contact(self.org.id, &at.contact_ref, supporter.id))
        });
        let contacts: Vec<Contact> = self.staff.table.get_all(keys.collect()).await?;
        let details = |contact: &Contact| Some((contact.supporter, contact.payload.readable()?.clone()));
        Ok(contacts.iter().filter_map(details).collect())
    }

    /// Decides on each action by itself: what becomes of one keeps no other from being decided.
    pub async fn decide(&self, decision: Decision, body: Decisions) -> Result<Decided, Problem> {
        let mut results = Vec::new();
        for entry in body.actions.iter() {
            let outcome = self.decide_one(entry, decision, body.note.as_ref()).await?;
            results.push(EntryResult { supporter: entry.supporter, action: entry.action, outcome });
        }
        Ok(Decided { results })
    }

    /// Writes the decision over the version in which the action was read, so that it and a change made at
    /// the same time, as by processing or by its supporter, know of each other.
    async fn decide_one(
        &self,
        entry: Entry,
        decision: Decision,
        note: Option<&Note>,
    ) -> Result<Outcome, Problem> {
        for _ in 0..TRIES {
            let read = self.staff.table.action(entry.supporter, entry.action).await?;
            let Some(read) = read.filter(|action| action.org == self.org.id) else {
                return Ok(Outcome::NotFound);
            };
            let version = read.version;
            let moderation = Moderation { by: self.user, at: self.now(), note: note.cloned() };
            let Some(decided) = read.decide(decision, moderation) else {
                return Ok(Outcome::AlreadyDecided);
            };
            let (operation, outcome) = match decision {
                Decision::Accept => ("action.accept", Outcome::Accepted),
                Decision::Reject => ("action.reject", Outcome::Rejected),
            };
            let change = Change::of(operation, decided.id);
            let forgotten = self.forgotten(&decided).await?;
            let add = |transaction: &mut Transaction<'_>| {
                transaction.replace(&decided, version)?;
                match &forgotten {
                    Some((supporter, version)) => transaction.replace(supporter, *version),
                    None => Ok(()),
                }
            };
            match self.write(change, add).await {
                Ok(Written::Done) => return Ok(outcome),
                Ok(Written::Refused(_)) => {}
                Err(problem) if problem.status() == StatusCode::CONFLICT => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(Outcome::Busy)
    }

    /// The supporter without name and address, and the version it was read in, if they go with the decision:
    /// where the action gets no answer any more.
    async fn forgotten(&self, decided: &Action) -> Result<Option<(Supporter, u64)>, Problem> {
        let Some(id) = decided.supporter().filter(|_| decided.with_consent && !decided.may_be_answered())
        else {
            return Ok(None);
        };
        let supporter = self.staff.table.supporter_alone(id).await?.filter(|s| s.clear.is_some());
        Ok(supporter.map(|s| {
            let read = s.version;
            (Supporter { clear: None, version: read + 1, ..s }, read)
        }))
    }
}
