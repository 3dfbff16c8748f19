//! A caught mail, in memory and in the store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One mail the mailbox took in, as its recipients would have seen it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaughtMail {
    /// What SES answers as `MessageId` and repeats in its events.
    pub id: String,
    /// When it was accepted, by the mailbox's clock.
    pub received_at: Timestamp,
    /// The door it came in by.
    pub via: Via,
    /// The sender as written, display name included.
    pub from: String,
    /// Where answers should go, as written.
    pub reply_to: Vec<String>,
    /// Every recipient, copies and blind copies included, as bare addresses.
    pub to: Vec<String>,
    /// The decoded subject; empty when there was none.
    pub subject: String,
    /// The plain text part.
    pub text: Option<String>,
    /// The HTML part.
    pub html: Option<String>,
    /// The decoded headers in their order, including those SES itself writes.
    pub headers: Vec<(String, String)>,
    /// SES message tags; always empty for SMTP.
    pub tags: BTreeMap<String, String>,
    /// The configuration set the sender named.
    pub configuration_set: Option<String>,
    /// The tenant the sender named.
    #[serde(default)]
    pub tenant: Option<String>,
}

impl CaughtMail {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The protocol a mail came by.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The SES HTTP API.
    Ses,
    /// The SMTP receiver.
    Smtp,
}

/// A mail that passed every check and has not been taken in yet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Draft {
    pub(super) from: String,
    pub(super) reply_to: Vec<String>,
    pub(super) to: Vec<String>,
    pub(super) subject: String,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) configuration_set: Option<String>,
    pub(super) tenant: Option<String>,
}

impl Draft {
    /// Turns the draft into a caught mail.
    pub(super) fn caught(self, id: String, received_at: Timestamp, via: Via) -> CaughtMail {
        CaughtMail {
            id,
            received_at,
            via,
            from: self.from,
            reply_to: self.reply_to,
            to: self.to,
            subject: self.subject,
            text: self.text,
            html: self.html,
            headers: self.headers,
            tags: self.tags,
            configuration_set: self.configuration_set,
            tenant: self.tenant,
        }
    }
}
