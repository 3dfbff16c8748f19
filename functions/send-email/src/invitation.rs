//! The mail of an invite, from what the table knows at this moment.

use jiff::Timestamp;
use proca::{
    attempt::Retry,
    id::Id,
    invite::{Invite, InviteToken},
    notice::{Notice, invitation},
    table::{Table, TableError},
};

use crate::letter::{Letter, impossible, way};

/// Reads what the mail is made of, and makes it.
pub(crate) async fn write(
    table: &Table,
    row: &Notice,
    invite: Id<Invite>,
    (token, base_url): (&InviteToken, &str),
    now: Timestamp,
) -> Result<Letter, TableError> {
    let (org, invite) = tokio::try_join!(table.org(row.org), table.invite(row.org, invite))?;
    let (Some(org), Some(invite)) = (org, invite.filter(|invite| invite.is_open(now))) else {
        return Ok(Letter::Unwanted("the invite is revoked or over"));
    };
    let (route, sender) = match way(table, &org).await? {
        Ok(way) => way,
        Err(letter) => return Ok(letter),
    };
    Ok(match invitation(row, (&org, &invite), token, base_url, sender) {
        Ok(mail) => Letter::Written { route, mail: Box::new(mail) },
        Err(error) => impossible(&error, Retry::Scheduled),
    })
}
