//! What the tests of this module start from.

use std::{collections::BTreeMap, error::Error, path::PathBuf};

use jiff::Timestamp;
use proca::random::Random;

use super::{CaughtMail, Mailbox, Via};
use proca::clock::Clock;

/// A test fails with the error it did not expect.
pub(super) type Outcome = Result<(), Box<dyn Error>>;

/// A clock that stands still.
pub(super) fn clock() -> Clock {
    Clock::standing_at(Timestamp::from_millisecond(1_767_323_045_678).unwrap_or_default())
}

/// An empty mailbox without a file, where `example.com` may send.
pub(super) fn mailbox() -> Result<Mailbox, Box<dyn Error>> {
    let mailbox = Mailbox::new(clock(), None)?;
    mailbox.verify_identity("example.com");
    Ok(mailbox)
}

/// A file nobody else has.
pub(super) fn temporary_path() -> PathBuf {
    std::env::temp_dir().join(format!("mailbox-{}.jsonl", Random::System.uuid()))
}

/// A caught mail.
pub(super) fn mail(id: &str) -> CaughtMail {
    CaughtMail {
        id: id.to_owned(),
        received_at: clock().now(),
        via: Via::Ses,
        from: "Org <noreply@example.com>".to_owned(),
        reply_to: vec!["org@example.com".to_owned()],
        to: vec!["bob@example.org".to_owned()],
        subject: "Hello".to_owned(),
        text: Some("Dear Bob".to_owned()),
        html: None,
        headers: [
            ("From", "Org <noreply@example.com>"),
            ("To", "Bob <bob@example.org>"),
            ("Subject", "Hello"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        tags: BTreeMap::from([("delivery".to_owned(), "dlv_1".to_owned())]),
        configuration_set: Some("proca".to_owned()),
        tenant: None,
    }
}
