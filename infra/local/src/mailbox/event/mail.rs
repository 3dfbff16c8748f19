//! The `mail` object that every event carries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::mailbox::{REGION, address, caught::CaughtMail};

const ACCOUNT_ID: &str = "000000000000";

/// The only network there is.
pub(super) const LOOPBACK: &str = "127.0.0.1";

/// What an event says about the mail it is about.
pub(super) fn mail_object(mail: &CaughtMail) -> Value {
    let sender = address::bare(&mail.from);
    let headers: Vec<_> =
        mail.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "timestamp": stamp(mail.received_at),
        "source": mail.from,
        "sourceArn": format!("arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/{sender}"),
        "sendingAccountId": ACCOUNT_ID,
        "messageId": mail.id,
        "destination": mail.to,
        "headersTruncated": false,
        "headers": headers,
        "commonHeaders": common_headers(mail),
        "tags": tags(mail),
    })
}

fn common_headers(mail: &CaughtMail) -> Value {
    let mut common = json!({
        "from": [mail.from],
        "messageId": mail.id,
        "subject": mail.subject,
    });
    let listed = [
        ("to", address::list(mail.header("To").unwrap_or_default())),
        ("cc", address::list(mail.header("Cc").unwrap_or_default())),
        ("replyTo", mail.reply_to.clone()),
    ];
    if let Some(common) = common.as_object_mut() {
        for (key, addresses) in listed.into_iter().filter(|(_, list)| !list.is_empty()) {
            common.insert(key.to_owned(), json!(addresses));
        }
    }
    common
}

fn tags(mail: &CaughtMail) -> BTreeMap<&str, [&str; 1]> {
    let mut tags: BTreeMap<_, _> =
        mail.tags.iter().map(|(name, value)| (name.as_str(), [value.as_str()])).collect();
    tags.insert("ses:operation", ["SendEmail"]);
    tags.insert("ses:source-ip", [LOOPBACK]);
    tags.insert("ses:from-domain", [address::domain(address::bare(&mail.from))]);
    tags.insert("ses:caller-identity", ["local"]);
    if let Some(configuration_set) = &mail.configuration_set {
        tags.insert("ses:configuration-set", [configuration_set]);
    }
    tags
}

/// A time as SES writes it, with milliseconds.
pub(super) fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::fixture::mail;

    #[test]
    fn the_mail_object_has_the_documented_form() {
        let expected = json!({
            "timestamp": "2026-01-02T03:04:05.678Z",
            "source": "Org <noreply@example.com>",
            "sourceArn": "arn:aws:ses:us-east-1:000000000000:identity/noreply@example.com",
            "sendingAccountId": "000000000000",
            "messageId": "m-1",
            "destination": ["bob@example.org"],
            "headersTruncated": false,
            "headers": [
                { "name": "From", "value": "Org <noreply@example.com>" },
                { "name": "To", "value": "Bob <bob@example.org>" },
                { "name": "Subject", "value": "Hello" },
            ],
            "commonHeaders": {
                "from": ["Org <noreply@example.com>"],
                "to": ["Bob <bob@example.org>"],
                "replyTo": ["org@example.com"],
                "messageId": "m-1",
                "subject": "Hello",
            },
            "tags": {
                "delivery": ["dlv_1"],
                "ses:caller-identity": ["local"],
                "ses:configuration-set": ["proca"],
                "ses:from-domain": ["example.com"],
                "ses:operation": ["SendEmail"],
                "ses:source-ip": ["127.0.0.1"],
            },
        });
        assert_eq!(mail_object(&mail("m-1")), expected);
    }
}
