//! People who signed, by what an org calls them; nobody else's personal data.

use std::collections::BTreeMap;

use lambda_http::Request;

use crate::{
    action::{Action, Doer},
    api::supporters::{ActionView, SupporterView},
    contact::Contact,
    id::Id,
    key::Key,
    permission::ExportContacts,
    problem::Problem,
    secret::Digest,
    staff::{
        Listed, OrgScope,
        listing::{Asked, Order, bad_cursor},
    },
    supporter::Supporter,
    table::from_item,
    web,
};

impl OrgScope<'_, ExportContacts> {
    /// Each time the person signed of which the org has a contact, the latest first.
    ///
    /// # Errors
    /// 404 where the org has no contact under this ref, as where the ref is another org's.
    pub async fn supporters(&self, request: &Request) -> Result<Listed<SupporterView>, Problem> {
        let prefix = Key::contacts(self.org.id, &contact_ref(request)?);
        let Listed { items, next } = self.list::<Contact>(request, prefix, Order::NewestFirst).await?;
        let begins = self.asked(request)?.after.is_none();
        if items.is_empty() && begins {
            return Err(Problem::not_found());
        }
        let keys = items.iter().map(|contact| Key::supporter(contact.supporter)).collect();
        let supporters: Vec<Supporter> = self.staff.table.get_all(keys).await?;
        let mut by_id: BTreeMap<_, _> = supporters.into_iter().map(|s| (s.id, s)).collect();
        let view = |contact: Contact| Some(SupporterView::new(by_id.remove(&contact.supporter)?, contact));
        Ok(Listed { items: items.into_iter().filter_map(view).collect(), next })
    }

    /// What the person did, as the supporters of which the org has a contact: the latest supporter first,
    /// and of each the latest action.
    ///
    /// # Errors
    /// 404 where the org has no contact under this ref, as where the ref is another org's.
    pub async fn supporter_actions(&self, request: &Request) -> Result<Listed<ActionView>, Problem> {
        let contact_ref = contact_ref(request)?;
        let Asked { limit, after } = self.asked(request)?;
        let mut place = after.map(|text| Place::parse(&text).ok_or_else(bad_cursor)).transpose()?;
        let supporters = self.supporters_from(&contact_ref, place.as_ref(), limit).await?;
        let most = usize::try_from(limit).unwrap_or(1);
        let mut actions: Vec<Action> = Vec::new();
        for supporter in supporters {
            let behind = place.take().map(|place| Key::action(&Doer::Supporter(place.0), place.1).sk);
            let left = i32::try_from(most - actions.len()).unwrap_or(limit);
            let (items, _) = self.staff.table.list(Key::actions(supporter), behind, left, true).await?;
            for item in items {
                actions.push(from_item(item)?);
            }
            if actions.len() >= most {
                break;
            }
        }
        let last = actions.last().filter(|_| actions.len() >= most);
        let place = last.and_then(|action| Some(Place(action.supporter()?, action.id)));
        let next = place.map(|place| self.staff.seal_cursor(&self.list_of(request), &place.to_string()));
        Ok(Listed { items: actions.into_iter().map(ActionView::from).collect(), next })
    }

    /// Up to `most` supporters of a person, the latest first: from that of the place on.
    ///
    /// Each has at least one action, so that these are enough for a page of as many actions.
    async fn supporters_from(
        &self,
        contact_ref: &Digest,
        place: Option<&Place>,
        most: i32,
    ) -> Result<Vec<Id<Supporter>>, Problem> {
        let first = place.map(|place| place.0);
        let behind = first.map(|supporter| Key::contact(self.org.id, contact_ref, supporter).sk);
        let prefix = Key::contacts(self.org.id, contact_ref);
        let (items, _) = self.staff.table.list(prefix, behind, most, true).await?;
        let mut supporters: Vec<_> = first.into_iter().collect();
        for item in items {
            supporters.push(from_item::<Contact>(item)?.supporter);
        }
        if supporters.is_empty() { Err(Problem::not_found()) } else { Ok(supporters) }
    }
}

/// Where a list of actions goes on: behind this one.
struct Place(Id<Supporter>, Id<Action>);

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (supporter, action) = text.split_once(' ')?;
        Some(Self(supporter.parse().ok()?, action.parse().ok()?))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// The ref in the path. Whatever has not the form of one stands for nobody.
pub(super) fn contact_ref(request: &Request) -> Result<Digest, Problem> {
    web::segment(request, "contactRef")?.parse().map_err(|_| Problem::not_found())
}
