//! Spans of an org's log that requests ask for.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use lambda_http::{Request, RequestExt};
use serde::de::DeserializeOwned;

use crate::{
    api::body::Moment, campaign::Campaign, delivery::Delivery, id::Id, key::Address, page::ActionPage,
    problem::Problem, staff::OrgScope,
};

/// How far the clocks that made deliveries may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// For how long something may be written that is older than what is read already: clocks differ by a
/// minute, and a transaction is over within two.
pub(super) const UNSETTLED: SignedDuration = SignedDuration::from_mins(3);

impl<P> OrgScope<'_, P> {
    /// What was made from `since` on, and before `until`. Nothing is older than the org.
    pub(super) fn span(&self, since: Timestamp, until: Option<Moment>) -> Range<Id<Delivery>> {
        let latest = self.now() + SKEW;
        let end = until.map_or(latest, |Moment(at)| at.min(latest));
        Id::first_at(since.max(self.org.id.created_at()))..Id::first_at(end)
    }

    /// The campaign that a filter names.
    ///
    /// # Errors
    /// 404 where there is none.
    pub(super) async fn campaign_of_filter(&self, name: &str) -> Result<Campaign, Problem> {
        let campaign = self.staff.table.campaign(&Address::parse::<Campaign>(name)).await?;
        campaign.ok_or_else(Problem::not_found)
    }

    /// The page that a filter names.
    ///
    /// # Errors
    /// 404 where there is none.
    pub(super) async fn page_of_filter(&self, name: &str) -> Result<Id<ActionPage>, Problem> {
        let bundle = self.staff.table.bundle(&Address::parse::<ActionPage>(name)).await?;
        Ok(bundle.ok_or_else(Problem::not_found)?.page.id)
    }
}

/// A query parameter, if it is given.
///
/// # Errors
/// 400 where its value is none of its type's.
pub(super) fn parameter<T: DeserializeOwned>(request: &Request, name: &str) -> Result<Option<T>, Problem> {
    let query = request.query_string_parameters();
    let read = |text: &str| serde_json::from_value(text.into());
    let wrong = |_| Problem::unreadable(format!("{name} has a value that it cannot have"));
    query.first(name).map(read).transpose().map_err(wrong)
}

/// The same, of a yes or no.
pub(super) fn yes_or_no(request: &Request, name: &str) -> Result<Option<bool>, Problem> {
    match request.query_string_parameters().first(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::unreadable(format!("{name} must be true or false"))),
    }
}
