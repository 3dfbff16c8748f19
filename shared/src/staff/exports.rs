//! Exports of what an org was given.

use std::ops::Range;

use jiff::Timestamp;
use lambda_http::Request;

use crate::{
    api::exports::{ExportRequest, Exported, Rows},
    audit::Change,
    bundle::Bundle,
    campaign::Campaign,
    delivery::{Delivery, Purpose},
    export::Format,
    id::Id,
    message::exported_message,
    permission::ExportContacts,
    problem::Problem,
    received::Received,
    staff::{OrgScope, listing::bad_cursor, span::UNSETTLED},
    table::Order,
};

/// Actions that one answer looks at, where the request does not say.
const ROWS: Rows = Rows(400);

impl OrgScope<'_, ExportContacts> {
    /// The next part of an export, the oldest first: everything that was there when it began, once.
    ///
    /// What is erased or taken back meanwhile is left out from then on. The beginning of each export
    /// has its audit.
    ///
    /// # Errors
    /// 400 where the cursor is changed, expired, or another export's; 404 where there is no such campaign.
    pub async fn export(&self, request: &Request, body: ExportRequest) -> Result<Exported, Problem> {
        let campaign = match &body.campaign {
            Some(name) => Some(self.campaign_of_filter(name.as_str()).await?),
            None => None,
        };
        let list = format!("{} {:?}", self.list_of(request), body.filter());
        let format = body.format.unwrap_or_default();
        let (span, mut text) = if let Some(cursor) = &body.cursor {
            (parse(&self.staff.open_cursor(&list, cursor)?)?, String::new())
        } else {
            self.audit_export(&body, campaign.as_ref()).await?;
            let since = body.since.map_or(Timestamp::MIN, |since| since.0);
            (self.span(since, body.until), format.head())
        };
        let complete_until = span.end.created_at() - UNSETTLED;
        let pushed = |row: &Delivery| {
            row.purpose == Purpose::Push
                && campaign.as_ref().is_none_or(|campaign| campaign.id == row.campaign)
        };
        let table = &self.staff.table;
        let rows = usize::from(body.limit.unwrap_or(ROWS).0);
        let logged = table.log(self.org.id, (span, Order::OldestFirst), rows, self.now(), pushed).await?;
        let (received, bundles) = tokio::try_join!(
            table.received(&logged.rows),
            table.bundles_of(logged.rows.iter().filter_map(Delivery::page))
        )?;
        for received in received {
            let Some(bundle) = bundles.get(&received.action.page) else { continue };
            if let Some(line) = self.line(format, &body, bundle, &received) {
                text.push_str(&line);
            }
        }
        let next = logged.left.as_ref().map(|left| self.staff.seal_cursor(&list, &written(left)));
        let reached = logged.left.map(|left| left.start.created_at());
        Ok(Exported { format, text, next, reached, complete_until })
    }

    /// The line of one action, if the export has it.
    fn line(
        &self,
        format: Format,
        body: &ExportRequest,
        bundle: &Bundle,
        received: &Received,
    ) -> Option<String> {
        let contact = received.standing()?;
        let Received { action, supporter, .. } = received;
        let answers = body.opt_in.as_ref();
        let wanted = answers.is_none_or(|answers| answers.contains(&contact.communication));
        if !wanted || (action.testing && !body.testing.unwrap_or_default()) {
            return None;
        }
        Some(format.line(&exported_message(bundle, action, supporter, contact, &self.org)))
    }

    async fn audit_export(&self, body: &ExportRequest, campaign: Option<&Campaign>) -> Result<(), Problem> {
        let subject = campaign.map_or_else(|| self.org.id.to_string(), |campaign| campaign.id.to_string());
        let change = Change::of("contacts.export", subject).fields(body.narrowed());
        self.write(change, |_| Ok(())).await?.or_conflict("the export could not be noted: try again")
    }
}

fn written(left: &Range<Id<Delivery>>) -> String {
    format!("{} {}", left.start, left.end)
}

fn parse(text: &str) -> Result<Range<Id<Delivery>>, Problem> {
    let (start, end) = text.split_once(' ').ok_or_else(bad_cursor)?;
    let read = |id: &str| id.parse().map_err(|_| bad_cursor());
    Ok(read(start)?..read(end)?)
}
