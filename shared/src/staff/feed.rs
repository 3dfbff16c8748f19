//! The feed of what an org is told: pulled by the org, where it has no endpoint that can be pushed to.

use jiff::{SignedDuration, Timestamp};
use lambda_http::{Request, RequestExt};

use crate::{
    api::{
        body::Moment,
        feed::{Feed, FeedEvent},
    },
    audit::Change,
    delivery::{Delivery, Purpose},
    id::Id,
    message::PayloadVersion,
    permission::ExportContacts,
    problem::Problem,
    staff::{
        OrgScope,
        listing::{bad_cursor, limit},
        span::{UNSETTLED, parameter},
    },
    table::Order,
    web,
};

/// How long a place in the feed is taken back: a connector may stand still for a long time.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);

impl OrgScope<'_, ExportContacts> {
    /// The messages behind the request's `after`, the oldest first: each once, whether it was pushed or not.
    ///
    /// What may still be being written comes later, so that nothing is passed over. Where a feed is begun, there
    /// is an audit.
    ///
    /// # Errors
    /// 400 where `after` is changed, too old, or no place in this feed.
    pub async fn feed(&self, request: &Request) -> Result<Feed, Problem> {
        let most = usize::try_from(limit(request)?).unwrap_or(1);
        let feed = format!("{} {}", self.org.id, web::route(request));
        let since: Option<Moment> = parameter(request, "since")?;
        let start = match request.query_string_parameters().first("after") {
            Some(after) => {
                let after = self.staff.open_place(&feed, after, LIFE)?;
                after.parse().map_err(|_| bad_cursor())?
            }
            None => self.begin_feed(since).await?,
        };
        let settled: Id<Delivery> = Id::first_at(self.now() - UNSETTLED);
        let told = |row: &Delivery| matches!(row.purpose, Purpose::Push | Purpose::Event);
        let (table, span) = (&self.staff.table, start..settled);
        let logged = table.log(self.org.id, (span, Order::OldestFirst), most, self.now(), told).await?;
        let mut messages = table.messages(&logged.rows, &self.org, PayloadVersion::default()).await?;
        let event = |row: &Delivery| {
            let message = messages.remove(&row.id)?;
            Some(FeedEvent { message_id: row.message_id(), made_at: row.created_at, message })
        };
        let events = logged.rows.iter().filter_map(event).collect();
        let more = logged.left.is_some();
        let next = logged.left.map_or(start.max(settled), |left| left.start);
        Ok(Feed { events, next: self.staff.seal_cursor(&feed, &next.to_string()), more })
    }

    async fn begin_feed(&self, since: Option<Moment>) -> Result<Id<Delivery>, Problem> {
        let since = since.map_or(Timestamp::MIN, |Moment(at)| at);
        let change = Change::of("contacts.pull", self.org.id);
        let noted = self.write(change, |_| Ok(())).await?;
        noted.or_conflict("the feed could not be noted: try again")?;
        Ok(self.span(since, None).start)
    }
}
