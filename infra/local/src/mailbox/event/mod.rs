//! The events SES publishes, in the form it documents under "Examples of event data that Amazon
//! SES publishes to Amazon SNS".
//!
//! A mail makes one event per kind, not per recipient: `Send`, then `Delivery`, then a `Bounce` or
//! `Complaint` for each cause, naming the recipients it concerns.

mod mail;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::mail::{LOOPBACK, mail_object, stamp};
use super::{account::Reason, caught::CaughtMail, fate::Fate, id};

const ON_ACCOUNT_LIST: &str = "OnAccountSuppressionList";
const ACCOUNT_LIST_DIAGNOSTIC: &str = "Amazon SES did not send the message to this address because it is \
    on the suppression list for your account. For more information about removing addresses from \
    the suppression list, see the Amazon SES Developer Guide at \
    https://docs.aws.amazon.com/ses/latest/DeveloperGuide/sending-email-suppression-list.html";
const ON_GLOBAL_LIST: &str = "Amazon SES has suppressed sending to this address because it has a \
    recent history of bouncing as an invalid address. For more information about how to remove an \
    address from the suppression list, see the Amazon SES Developer Guide: \
    http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist.html";

/// The events of a mail, in the order they happen.
pub(super) fn events(mail: &CaughtMail, fates: &[(String, Fate)], at: Timestamp) -> Vec<Value> {
    let mut events = vec![event("Send", mail, "send", &json!({}))];
    let delivered: Vec<_> = fates.iter().filter(|(_, fate)| fate.is_delivered()).map(|(to, _)| to).collect();
    if !delivered.is_empty() {
        events.push(delivery(mail, &delivered, at));
    }
    let mut causes: BTreeMap<Fate, Vec<&str>> = BTreeMap::new();
    for (recipient, fate) in fates {
        causes.entry(*fate).or_default().push(recipient);
    }
    events.extend(causes.iter().filter_map(|(fate, to)| feedback(mail, *fate, to, at)));
    events
}

fn event(kind: &str, mail: &CaughtMail, key: &str, detail: &Value) -> Value {
    json!({ "eventType": kind, "mail": mail_object(mail), key: detail })
}

fn delivery(mail: &CaughtMail, recipients: &[&String], at: Timestamp) -> Value {
    let detail = json!({
        "timestamp": stamp(at),
        "processingTimeMillis": at.duration_since(mail.received_at).as_millis(),
        "recipients": recipients,
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": LOOPBACK,
        "reportingMTA": "a1-1.smtp-out.amazonses.com",
    });
    let mut event = event("Delivery", mail, "delivery", &detail);
    if let Some(Value::Object(tags)) = event.pointer_mut("/mail/tags") {
        tags.insert("ses:outgoing-ip".to_owned(), json!([LOOPBACK]));
    }
    event
}

/// What comes back for the recipients of one fate.
fn feedback(mail: &CaughtMail, fate: Fate, to: &[&str], at: Timestamp) -> Option<Value> {
    let (cause, diagnostic) = match fate {
        Fate::Delivered => return None,
        Fate::AutoReplied => {
            return Some(bounce(mail, "Transient", "General", &addresses(to), at));
        }
        Fate::Bounced => ("General", "smtp; 550 5.1.1 user unknown"),
        Fate::SuppressedByAll => ("Suppressed", ON_GLOBAL_LIST),
        Fate::Suppressed(Reason::Bounce) => (ON_ACCOUNT_LIST, ACCOUNT_LIST_DIAGNOSTIC),
        Fate::Suppressed(Reason::Complaint) => {
            return Some(complaint(mail, Some(ON_ACCOUNT_LIST), to, at));
        }
        Fate::Complained => return Some(complaint(mail, None, to, at)),
    };
    Some(bounce(mail, "Permanent", cause, &failed(to, diagnostic), at))
}

fn bounce(mail: &CaughtMail, kind: &str, cause: &str, to: &Value, at: Timestamp) -> Value {
    let detail = json!({
        "bounceType": kind,
        "bounceSubType": cause,
        "bouncedRecipients": to,
        "timestamp": stamp(at),
        "feedbackId": id(at),
        "reportingMTA": "dns; amazonses.com",
    });
    event("Bounce", mail, "bounce", &detail)
}

/// Without a cause it is the recipient who reported the mail.
fn complaint(mail: &CaughtMail, cause: Option<&str>, to: &[&str], at: Timestamp) -> Value {
    let mut detail = json!({
        "complainedRecipients": addresses(to),
        "timestamp": stamp(at),
        "feedbackId": id(at),
        "complaintSubType": cause,
        "arrivalDate": stamp(at),
    });
    if let (None, Some(detail)) = (cause, detail.as_object_mut()) {
        detail.insert("complaintFeedbackType".to_owned(), json!("abuse"));
        detail.insert("userAgent".to_owned(), json!("Amazon SES Mailbox Simulator"));
    }
    event("Complaint", mail, "complaint", &detail)
}

fn addresses(to: &[&str]) -> Value {
    to.iter().map(|address| json!({ "emailAddress": address })).collect()
}

fn failed(to: &[&str], diagnostic: &str) -> Value {
    to.iter()
        .map(|address| {
            json!({
                "emailAddress": address,
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": diagnostic,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::fixture::mail;

    fn published(fates: &[(&str, Fate)]) -> Vec<Value> {
        let mail = mail("m-1");
        let fates: Vec<_> = fates.iter().map(|(to, fate)| ((*to).to_owned(), *fate)).collect();
        events(&mail, &fates, mail.received_at)
    }

    fn kinds(events: &[Value]) -> Vec<&str> {
        events.iter().filter_map(|event| event.get("eventType")?.as_str()).collect()
    }

    fn at<'a>(events: &'a [Value], index: usize, pointer: &str) -> Option<&'a Value> {
        events.get(index)?.pointer(pointer)
    }

    #[test]
    fn a_delivered_mail_makes_a_send_and_a_delivery() {
        let events = published(&[("a@x.org", Fate::Delivered), ("b@x.org", Fate::Delivered)]);
        assert_eq!(kinds(&events), ["Send", "Delivery"]);
        assert_eq!(at(&events, 0, "/send"), Some(&json!({})));
        let recipients = json!(["a@x.org", "b@x.org"]);
        assert_eq!(at(&events, 1, "/delivery/recipients"), Some(&recipients));
        assert_eq!(at(&events, 1, "/mail/tags/ses:outgoing-ip"), Some(&json!([LOOPBACK])));
    }

    #[test]
    fn every_fate_has_its_own_bounce() {
        for (fate, kind, cause) in [
            (Fate::Bounced, "Permanent", "General"),
            (Fate::SuppressedByAll, "Permanent", "Suppressed"),
            (Fate::Suppressed(Reason::Bounce), "Permanent", "OnAccountSuppressionList"),
        ] {
            let events = published(&[("bob@x.org", fate)]);
            assert_eq!(kinds(&events), ["Send", "Bounce"], "{fate:?}");
            assert_eq!(at(&events, 1, "/bounce/bounceType"), Some(&json!(kind)), "{fate:?}");
            assert_eq!(at(&events, 1, "/bounce/bounceSubType"), Some(&json!(cause)), "{fate:?}");
        }
    }

    #[test]
    fn an_absence_note_is_a_transient_bounce_of_a_delivered_mail() {
        let events = published(&[("ooto@x.org", Fate::AutoReplied)]);
        assert_eq!(kinds(&events), ["Send", "Delivery", "Bounce"]);
        assert_eq!(at(&events, 2, "/bounce/bounceType"), Some(&json!("Transient")));
    }

    #[test]
    fn a_complaint_comes_after_the_delivery_or_instead_of_it_for_a_suppressed_recipient() {
        let events = published(&[("complaint@x.org", Fate::Complained)]);
        assert_eq!(kinds(&events), ["Send", "Delivery", "Complaint"]);
        assert_eq!(at(&events, 2, "/complaint/complaintFeedbackType"), Some(&json!("abuse")));
        assert_eq!(at(&events, 2, "/complaint/complaintSubType"), Some(&Value::Null));

        let events = published(&[("bob@x.org", Fate::Suppressed(Reason::Complaint))]);
        assert_eq!(kinds(&events), ["Send", "Complaint"]);
        let cause = json!("OnAccountSuppressionList");
        assert_eq!(at(&events, 1, "/complaint/complaintSubType"), Some(&cause));
    }

    #[test]
    fn a_mail_to_many_names_in_each_event_only_those_it_concerns() {
        let events = published(&[
            ("bounce@x.org", Fate::Bounced),
            ("a@x.org", Fate::Delivered),
            ("complaint@x.org", Fate::Complained),
        ]);
        assert_eq!(kinds(&events), ["Send", "Delivery", "Bounce", "Complaint"]);
        let delivered = json!(["a@x.org", "complaint@x.org"]);
        let bounced = json!([{
            "emailAddress": "bounce@x.org",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }]);
        let complained = json!([{ "emailAddress": "complaint@x.org" }]);
        assert_eq!(at(&events, 1, "/delivery/recipients"), Some(&delivered));
        assert_eq!(at(&events, 2, "/bounce/bouncedRecipients"), Some(&bounced));
        assert_eq!(at(&events, 3, "/complaint/complainedRecipients"), Some(&complained));
    }
}
