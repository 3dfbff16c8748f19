//! The mail that tells staff that a service was stopped, from what the table knows at this moment.

use proca::{
    attempt::Retry,
    id::Id,
    notice::{Notice, stopped},
    permission::Permission,
    service::{Service, ServiceState},
    table::{Table, TableError},
    user::User,
};

use crate::letter::{Letter, impossible, way};

/// Reads what the mail is made of, and makes it.
pub(crate) async fn write(
    table: &Table,
    row: &Notice,
    (service, user): (Id<Service>, Id<User>),
) -> Result<Letter, TableError> {
    let (org, service, user, staffer) = tokio::try_join!(
        table.org(row.org),
        table.service(row.org, service),
        table.user(user),
        table.staffer(row.org, user)
    )?;
    let may = staffer.is_some_and(|staffer| staffer.permissions.contains(Permission::ManageServices));
    let (Some(org), Some(service), Some(user)) = (org, service, user.filter(|_| may)) else {
        return Ok(Letter::Unwanted("its service is gone, or its reader may not manage services any more"));
    };
    let (ServiceState::Paused { reason } | ServiceState::Disabled { reason }) = &service.state else {
        return Ok(Letter::Unwanted("its service is in use again"));
    };
    let (route, sender) = match way(table, &org).await? {
        Ok(way) => way,
        Err(letter) => return Ok(letter),
    };
    Ok(match stopped(row, (&org, &service), reason.as_str(), (sender, user.email)) {
        Ok(mail) => Letter::Written { route, mail: Box::new(mail) },
        Err(error) => impossible(&error, Retry::Scheduled),
    })
}
