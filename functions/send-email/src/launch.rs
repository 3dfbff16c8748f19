//! The mail that asks somebody of a lead's staff about a launch, from what the table knows at this moment.

use jiff::Timestamp;
use proca::{
    attempt::Retry,
    campaign::Campaign,
    id::Id,
    key::Address,
    launch::Standing,
    notice::{LaunchLinks, LaunchQuestion, Notice},
    page::ActionPage,
    table::{Table, TableError},
    user::User,
};

use crate::letter::{Letter, impossible, way};

/// Reads what the mail is made of, and makes it.
pub(crate) async fn write(
    table: &Table,
    row: &Notice,
    (campaign, page, user): (Id<Campaign>, Id<ActionPage>, Id<User>),
    (links, base_url): (&LaunchLinks, &str),
    now: Timestamp,
) -> Result<Letter, TableError> {
    let address = Address::Id(campaign.to_string());
    let (page, campaign, lead) =
        tokio::try_join!(table.page(campaign, page), table.campaign(&address), table.org(row.org))?;
    let page = page.filter(|page| Standing::of(page, row.created_at) == Standing::Asked);
    let (Some(page), Some(campaign), Some(lead)) = (page, campaign, lead) else {
        return Ok(Letter::Unwanted("the launch is decided, or not asked for any more"));
    };
    let (may, user, partner) =
        tokio::try_join!(table.may_launch(row.org, user), table.user(user), table.org(page.org))?;
    let (Some(user), Some(partner)) = (user.filter(|_| may), partner) else {
        return Ok(Letter::Unwanted("its reader may not decide any more"));
    };
    let (route, sender) = match way(table, &lead).await? {
        Ok(way) => way,
        Err(letter) => return Ok(letter),
    };
    let question = LaunchQuestion { page: &page, partner: &partner, campaign: &campaign, links };
    Ok(match question.write(row, (sender, user.email), base_url, now) {
        Ok(mail) => Letter::Written { route, mail: Box::new(mail) },
        Err(error) => impossible(&error, Retry::Scheduled),
    })
}
