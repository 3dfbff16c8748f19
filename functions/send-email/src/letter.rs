//! What a mail says and who sends it, from what the table knows at this moment.

use jiff::{SignedDuration, Timestamp};
use proca::{
    attempt::{Failure, Retry},
    bundle::Bundle,
    delivery::{Delivery, Purpose},
    mail::{Context, Links, Mail, Sender, template_name},
    org::Org,
    service::Service,
    supporter::{Clear, EmailStatus, Supporter, SupporterStatus},
    table::{SuppressionReason, Table, TableError, Unusable},
    template::{CONFIRM, Texts, built_in},
};

/// A mail, or why there is none.
#[derive(Debug)]
pub(crate) enum Letter {
    /// It can be sent.
    Written {
        /// This way.
        route: Route,
        /// As this.
        mail: Box<Mail>,
    },
    /// Nobody wants it any more.
    Unwanted(&'static str),
    /// It cannot be written or sent, now or ever.
    Impossible(Failure),
}

/// The service that sends a letter.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) service: Box<Service>,
    /// Whether it is the instance's, which others borrow.
    pub(crate) is_shared: bool,
}

/// When a mail is looked at again whose service may not be used for now: its staff have to mend that, so
/// the waiting spends none of its attempts.
pub(crate) const LATER: Retry = Retry::Uncounted(SignedDuration::from_mins(30));

impl Letter {
    /// Reads what the mail is made of, and makes it.
    pub(crate) async fn write(
        table: &Table,
        row: &Delivery,
        links: &Links,
        now: Timestamp,
    ) -> Result<Self, TableError> {
        let Some(at) = row.action() else { return Ok(Self::Unwanted("it is about no action")) };
        let supporter = table.supporter_alone(at.supporter);
        let (supporter, action, bundle, stats) = tokio::try_join!(
            supporter,
            table.action(at.supporter, at.action),
            table.bundle_of(at.page),
            table.stats(row.campaign)
        )?;
        let (Some(supporter), Some(action), Some(bundle)) = (supporter, action, bundle) else {
            return Ok(Self::Unwanted("its supporter, action or page is not there"));
        };
        if let Some(why) = unwanted(table, row, &supporter).await? {
            return Ok(Self::Unwanted(why));
        }
        let Some(clear) = addressee(table, row, &supporter).await? else {
            return Ok(Self::Unwanted("its address is not there"));
        };
        let (route, sender) = match way(table, &bundle.org).await? {
            Ok(way) => way,
            Err(letter) => return Ok(letter),
        };
        let Some(texts) = texts(table, row, &bundle).await? else {
            return Ok(impossible(&"there is no template of this name", Retry::Scheduled));
        };
        let context = Context {
            bundle: &bundle,
            action: &action,
            supporter: &supporter,
            clear: &clear,
            stats: &stats,
            links,
        };
        let mail = match context.write(sender, &texts, row) {
            Ok(mail) => Box::new(mail),
            Err(error) => return Ok(impossible(&error, Retry::Scheduled)),
        };
        // The last thing before the mail can leave, so that nothing is spent on a mail that cannot.
        if row.purpose.asks_to_confirm() && !is_within_budget(table, row, &clear, now).await? {
            return Ok(Self::Unwanted("its mailbox was asked to confirm often enough today"));
        }
        Ok(Self::Written { route, mail })
    }
}

/// To whom the mail goes. A question is written from the supporter's own copy; an answer from the org's contact, or
/// from the copy that it carries where that is sealed.
async fn addressee(
    table: &Table,
    row: &Delivery,
    supporter: &Supporter,
) -> Result<Option<Clear>, TableError> {
    if row.purpose.asks_to_confirm() {
        return Ok(supporter.clear.clone());
    }
    if row.clear.is_some() {
        return Ok(row.clear.clone());
    }
    let contact = table.contact(supporter, row.org).await?;
    Ok(contact.and_then(|contact| contact.payload.readable().cloned()).map(Clear::from))
}

/// How an org's mail is sent, and in whose name; or the letter that says there is none.
pub(crate) async fn way(table: &Table, org: &Org) -> Result<Result<(Route, Sender), Letter>, TableError> {
    let resolved = match table.backend(org, |backends| backends.email).await? {
        Ok(resolved) => resolved,
        Err(unusable @ Unusable::NotActive) => return Ok(Err(impossible(&unusable, LATER))),
        Err(unusable) => return Ok(Err(impossible(&unusable, Retry::Scheduled))),
    };
    let Some(sender) = Sender::choose(org, &resolved.instance, &resolved.service.endpoint) else {
        let error = &"neither the org nor the instance has an address to send from";
        return Ok(Err(impossible(error, Retry::Scheduled)));
    };
    let is_shared = resolved.service.org == resolved.instance.id;
    Ok(Ok((Route { service: Box::new(resolved.service), is_shared }, sender)))
}

/// Whether the mailbox may be asked to confirm once more today; spends it.
async fn is_within_budget(
    table: &Table,
    row: &Delivery,
    clear: &Clear,
    now: Timestamp,
) -> Result<bool, TableError> {
    let Some(mailbox_ref) = &clear.mailbox_ref else { return Ok(false) };
    table.spend(mailbox_ref, &row.next_mail(), now).await
}

/// Why nobody wants the mail any more, if that is so.
async fn unwanted(
    table: &Table,
    row: &Delivery,
    supporter: &Supporter,
) -> Result<Option<&'static str>, TableError> {
    let settled = match row.purpose {
        Purpose::Confirm | Purpose::Reminder => supporter.status != SupporterStatus::Confirming,
        Purpose::ThankYou | Purpose::Duplicate | Purpose::Push | Purpose::Event | Purpose::LookUp => {
            supporter.status == SupporterStatus::Rejected
        }
    };
    if settled {
        return Ok(Some("the supporter has been confirmed or rejected"));
    }
    if supporter.email_status == EmailStatus::Bounce {
        return Ok(Some("the address takes no mail"));
    }
    // Who unsubscribed and signs again must still be able to confirm, and need not be reminded of it; who
    // complained wants no mail at all.
    match (table.suppression(supporter, row.org).await?, row.purpose) {
        (None, _) | (Some(SuppressionReason::Unsubscribed), Purpose::Confirm) => {}
        (Some(_), _) => return Ok(Some("the address gets no mail from this org")),
    }
    Ok(None)
}

/// The org's template in the language that serves best, or the built-in one.
async fn texts(table: &Table, row: &Delivery, bundle: &Bundle) -> Result<Option<Texts>, TableError> {
    let Some(name) = template_name(row.purpose, bundle) else { return Ok(None) };
    let (locale, default) = (&bundle.page.locale, bundle.default_locale());
    let own = table.template(bundle.org.id, &name, locale, default).await?;
    let texts = own.map(|template| template.texts).or_else(|| built_in(name.as_str(), locale, default));
    Ok(match row.purpose {
        Purpose::Confirm => texts.or_else(|| built_in(CONFIRM, locale, default)),
        Purpose::Reminder
        | Purpose::ThankYou
        | Purpose::Duplicate
        | Purpose::Push
        | Purpose::Event
        | Purpose::LookUp => texts,
    })
}

/// What cannot be written or sent as things are.
pub(crate) fn impossible(error: &dyn std::fmt::Display, retry: Retry) -> Letter {
    Letter::Impossible(Failure { status: None, error: error.to_string(), retry, answer: None })
}
