//! Who a mail is from and who it goes to.

use std::collections::BTreeSet;

use super::{
    error::SesError,
    invalid::Invalid,
    request::{Destination, SendEmail},
};
use crate::mailbox::{account::Account, address, caught::Draft};

const MAX_RECIPIENTS: usize = 50;

/// Addresses the draft to the request's recipients or, without any, to those the message names.
pub(super) fn addressed(draft: Draft, request: &SendEmail, named: Vec<String>) -> Result<Draft, Invalid> {
    let mut recipients = request.destination.as_ref().map(everybody).unwrap_or_default();
    if recipients.is_empty() {
        recipients = named;
    }
    if recipients.is_empty() {
        return Err(Invalid::NoRecipients);
    }
    for written in draft.reply_to.iter().chain([&draft.from]) {
        address::check(written)?;
    }
    let to: Result<Vec<_>, _> =
        recipients.iter().map(|written| address::check(written).map(str::to_owned)).collect();
    let to = to?;
    if to.len() > MAX_RECIPIENTS {
        return Err(Invalid::TooManyRecipients);
    }
    Ok(Draft { to, ..draft })
}

fn everybody(destination: &Destination) -> Vec<String> {
    let Destination { to, cc, bcc } = destination;
    [to, cc, bcc].into_iter().flatten().cloned().collect()
}

/// Fails if a sender is not verified: the draft's, one in its headers, or where bounces go.
pub(super) fn refuse_unverified(
    account: &Account,
    draft: &Draft,
    return_path: Option<&str>,
) -> Result<(), SesError> {
    let headers = draft.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("From"));
    let unverified: BTreeSet<_> = headers
        .map(|(_, from)| from.as_str())
        .chain([draft.from.as_str()])
        .chain(return_path)
        .map(address::bare)
        .filter(|sender| !account.may_send_from(sender))
        .collect();
    if unverified.is_empty() {
        return Ok(());
    }
    Err(SesError::NotVerified(unverified.into_iter().collect::<Vec<_>>().join(", ")))
}
