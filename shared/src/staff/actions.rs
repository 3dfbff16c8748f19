//! Actions that an org was given, as its staff list them.

use jiff::Timestamp;
use lambda_http::{Request, RequestExt};

use crate::{
    action::ActionStatus,
    api::{actions::ReceivedAction, body::Moment},
    delivery::{Delivery, Purpose},
    name::ActionType,
    permission::ExportContacts,
    problem::Problem,
    received::Received,
    staff::{
        Listed, OrgScope,
        deliveries::before,
        listing::Asked,
        span::{parameter, yes_or_no},
    },
    table::Order,
};

impl OrgScope<'_, ExportContacts> {
    /// The actions that the org was given and the request's filter asks for, the newest first.
    ///
    /// A page may be short, even empty, and still have a next one: what one request reads is bounded.
    ///
    /// # Errors
    /// 404 where the filter names a campaign or page that is not there.
    pub async fn actions(&self, request: &Request) -> Result<Listed<ReceivedAction>, Problem> {
        let query = request.query_string_parameters();
        let campaign = match query.first("campaign") {
            Some(name) => Some(self.campaign_of_filter(name).await?.id),
            None => None,
        };
        let page = match query.first("page") {
            Some(name) => Some(self.page_of_filter(name).await?),
            None => None,
        };
        let action_type: Option<ActionType> = parameter(request, "actionType")?;
        let status: Option<ActionStatus> = parameter(request, "status")?;
        let testing = yes_or_no(request, "testing")?;
        let since = parameter(request, "since")?.map_or(Timestamp::MIN, |Moment(at)| at);
        let Asked { limit, after } = self.asked(request)?;
        let span = before(after, self.span(since, parameter(request, "until")?))?;
        let pushed = |row: &Delivery| {
            row.purpose == Purpose::Push
                && campaign.is_none_or(|campaign| campaign == row.campaign)
                && page.is_none_or(|page| Some(page) == row.page())
        };
        let most = usize::try_from(limit).unwrap_or(1);
        let table = &self.staff.table;
        let logged = table.log(self.org.id, (span, Order::NewestFirst), most, self.now(), pushed).await?;
        let wanted = |received: &Received| {
            let action = &received.action;
            action_type.as_ref().is_none_or(|wanted| *wanted == action.action_type)
                && status.is_none_or(|wanted| wanted == action.status)
                && testing.is_none_or(|wanted| wanted == action.testing)
        };
        let received = table.received(&logged.rows).await?.into_iter().filter(wanted);
        let items = received.map(ReceivedAction::from).collect();
        let cursor = |end: String| self.staff.seal_cursor(&self.list_of(request), &end);
        Ok(Listed { items, next: logged.left.map(|left| cursor(left.end.to_string())) })
    }
}
