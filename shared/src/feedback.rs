//! What the mail service reports of a mail, stripped of everything personal.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{delivery::Delivery, id::Id, notice::Notice, org::Org};

/// One event of the mail service, as the template's rule passes it on: no address, no header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Feedback {
    /// What happened.
    pub event_type: FeedbackKind,
    /// The row that the mail was sent for, as its mail was tagged.
    pub delivery: MailTag,
    /// For a bounce: `Permanent`, `Transient` or `Undetermined`; else empty.
    pub bounce_type: String,
}

/// What happened to a mail, in the mail service's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeedbackKind {
    /// The service took it.
    Send,
    /// The recipient's server took it.
    Delivery,
    /// The recipient's server refused it.
    Bounce,
    /// The recipient called it spam.
    Complaint,
    /// The service would not send it: its content was infected.
    Reject,
    /// The recipient's server has not taken it yet.
    DeliveryDelay,
}

/// What a piece of feedback means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The mail went out.
    Sent,
    /// The address takes no mail.
    Undeliverable,
    /// The address takes no mail for now: counted, and nothing follows from it.
    Deferred,
    /// The address' owner wants no mail.
    Complained,
    /// The mail will never go out.
    Refused,
    /// Nothing that changes anything.
    Nothing,
}

/// Names the row that a mail was sent for: its org and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailTag {
    /// The org whose backend sent it.
    pub org: Id<Org>,
    /// The row.
    pub row: Tagged,
}

/// What a mail was sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// A delivery: a mail to a supporter.
    Delivery(Id<Delivery>),
    /// A notice: a mail to staff.
    Notice(Id<Notice>),
}

impl Feedback {
    /// What it means.
    pub fn meaning(&self) -> Meaning {
        match self.event_type {
            FeedbackKind::Send | FeedbackKind::Delivery => Meaning::Sent,
            FeedbackKind::Bounce if self.bounce_type == "Permanent" => Meaning::Undeliverable,
            FeedbackKind::Complaint => Meaning::Complained,
            FeedbackKind::Reject => Meaning::Refused,
            FeedbackKind::Bounce => Meaning::Deferred,
            FeedbackKind::DeliveryDelay => Meaning::Nothing,
        }
    }
}

impl TryFrom<String> for MailTag {
    type Error = crate::violation::Rule;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let rule =
            crate::violation::Rule("must be the id of an org, a dash and the id of a delivery or notice");
        let (org, row) = text.split_once('-').ok_or(rule)?;
        let org = Id::from_str(org).map_err(|_| rule)?;
        let delivery = Id::from_str(row).map(Tagged::Delivery);
        let row = delivery.or_else(|_| Id::from_str(row).map(Tagged::Notice)).map_err(|_| rule)?;
        Ok(Self { org, row })
    }
}

impl From<MailTag> for String {
    fn from(tag: MailTag) -> Self {
        match tag.row {
            Tagged::Delivery(id) => format!("{}-{id}", tag.org),
            Tagged::Notice(id) => format!("{}-{id}", tag.org),
        }
    }
}
