//! Deliveries of an org: its log, and sending once more.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use lambda_http::Request;

use crate::{
    api::{
        body::Moment,
        deliveries::{DeliveryView, Ended, ReplaySince, Replayed, Standing},
    },
    audit::Change,
    delivery::{Delivery, Purpose},
    id::Id,
    permission::ViewDeliveries,
    problem::Problem,
    staff::{
        Listed, OrgScope, Written,
        listing::{Asked, bad_cursor},
        scope::CHANGED,
        span::parameter,
    },
    table::{Entity, Logged, Order},
    web,
};

/// How far back the log goes, where the request does not say.
const USUAL: SignedDuration = SignedDuration::from_hours(24);

/// Most pushes that one request sends again: with their audit, one transaction of at most 100 items.
const BATCH: usize = 90;

impl OrgScope<'_, ViewDeliveries> {
    /// The deliveries that the request's filter asks for, the newest first.
    ///
    /// A page may be short, even empty, and still have a next one: what one request reads is bounded.
    pub async fn deliveries(&self, request: &Request) -> Result<Listed<DeliveryView>, Problem> {
        let state: Option<Standing> = parameter(request, "state")?;
        let purpose: Option<Purpose> = parameter(request, "purpose")?;
        let until: Option<Moment> = parameter(request, "until")?;
        let since = match parameter(request, "since")? {
            Some(Moment(at)) => at,
            None => until.map_or(self.now(), |Moment(at)| at).checked_sub(USUAL).unwrap_or(Timestamp::MIN),
        };
        let Asked { limit, after } = self.asked(request)?;
        let span = before(after, self.span(since, until))?;
        let wanted = |row: &Delivery| {
            state.is_none_or(|state| state == row.state.into())
                && purpose.is_none_or(|purpose| purpose == row.purpose)
        };
        let most = usize::try_from(limit).unwrap_or(1);
        let logged = self.log(span, most, wanted).await?;
        let next =
            logged.left.map(|left| self.staff.seal_cursor(&self.list_of(request), &left.end.to_string()));
        Ok(Listed { items: logged.rows.into_iter().map(DeliveryView::from).collect(), next })
    }

    /// The delivery that the path names.
    ///
    /// # Errors
    /// 404 where there is none, or it is another org's.
    pub async fn delivery(&self, request: &Request) -> Result<Delivery, Problem> {
        let id = web::segment(request, "delivery")?.parse().map_err(|_| Problem::not_found())?;
        let row = self.staff.table.delivery(self.org.id, id).await?;
        let now = self.now();
        row.filter(|row| row.expires_at().is_none_or(|at| at > now)).ok_or_else(Problem::not_found)
    }

    /// Sends the push that the path names once more.
    ///
    /// # Errors
    /// 409 where it is a mail, has not ended, or has nowhere to go.
    pub async fn replay(&self, request: &Request) -> Result<Delivery, Problem> {
        let read = self.delivery(request).await?;
        let again = read.clone().replay(self.now()).map_err(|not| Problem::conflict(not.to_string()))?;
        if read.purpose.backend(&self.org.backends).is_none() {
            return Err(Problem::conflict("the org has no backend for it"));
        }
        let change = Change::of("delivery.replay", read.id);
        let written = self.write(change, |transaction| transaction.put_over(&again, &read)).await?;
        written.or_conflict(CHANGED)?;
        Ok(again)
    }

    /// Sends pushes and events that ended in one of these states once more, the newest first: as many as go into
    /// one transaction with its audit. Those that the org has no backend for stay as they are.
    pub async fn replay_since(&self, request: &Request, body: ReplaySince) -> Result<Replayed, Problem> {
        let states = body.states.unwrap_or_else(|| vec![Ended::Dead]);
        let list = format!("{} {:?} {:?} {states:?}", self.list_of(request), body.since, body.until);
        let after = body.cursor.map(|cursor| self.staff.open_cursor(&list, &cursor)).transpose()?;
        let span = before(after, self.span(body.since.0, body.until))?;
        let wanted = |row: &Delivery| {
            matches!(row.purpose, Purpose::Push | Purpose::Event)
                && row.purpose.backend(&self.org.backends).is_some()
                && states.iter().any(|ended| Standing::from(*ended) == row.state.into())
        };
        let logged = self.log(span, BATCH, wanted).await?;
        let change = Change::of("delivery.replay-since", body.since.0);
        let replayed = self.replay_all(&change, logged.rows).await?;
        let next = logged.left.map(|left| self.staff.seal_cursor(&list, &left.end.to_string()));
        Ok(Replayed { replayed, next })
    }

    /// Writes all of these that are still as they were read; how many those are.
    async fn replay_all(&self, change: &Change, rows: Vec<Delivery>) -> Result<usize, Problem> {
        let now = self.now();
        let mut pairs: Vec<_> =
            rows.into_iter().filter_map(|row| Some((row.clone().replay(now).ok()?, row))).collect();
        while !pairs.is_empty() {
            let written = self
                .write(change.clone(), |transaction| {
                    pairs.iter().try_for_each(|(again, read)| transaction.put_over(again, read))
                })
                .await?;
            let Written::Refused(changed) = written else { break };
            let mut index = 0..;
            pairs.retain(|_| index.next().is_some_and(|index| !changed.contains(&index)));
        }
        Ok(pairs.len())
    }

    async fn log(
        &self,
        span: Range<Id<Delivery>>,
        most: usize,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Result<Logged, Problem> {
        let log = self.staff.table.log(self.org.id, (span, Order::NewestFirst), most, self.now(), wanted);
        Ok(log.await?)
    }
}

/// The part of a span that stands before what a cursor names.
pub(super) fn before(
    cursor: Option<String>,
    span: Range<Id<Delivery>>,
) -> Result<Range<Id<Delivery>>, Problem> {
    match cursor {
        Some(id) => Ok(span.start..id.parse().map_err(|_| bad_cursor())?),
        None => Ok(span),
    }
}
