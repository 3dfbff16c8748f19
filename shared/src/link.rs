//! Links in mails: random single-purpose tokens, stored only as digests.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{delivery::Delivery, id::Id, org::Org, secret::sha256};

/// What a link does when its page's button is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// The address is the supporter's, and they meant it.
    Confirm,
    /// It was not the owner of the address.
    Reject,
    /// The org may write.
    OptIn,
    /// The org may no longer write.
    Unsubscribe,
}

/// One link of a mail, as its delivery keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it does.
    pub purpose: LinkPurpose,
    /// SHA-256 of its token.
    pub digest: String,
    /// When it ends to work.
    pub expires_at: Timestamp,
}

/// The secret text in a link: where its mail's delivery is, and 128 random bits.
///
/// 64 characters of the URL-safe base64 alphabet. It stands in the mail alone; the delivery keeps
/// its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken([u8; 48]);

/// How long a link works.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

impl LinkToken {
    /// A new token for a mail of this delivery, from 16 random bytes.
    pub fn new(org: Id<Org>, delivery: Id<Delivery>, random: [u8; 16]) -> Self {
        let mut bytes = [0; 48];
        let parts = [*org.uuid().as_bytes(), *delivery.uuid().as_bytes(), random];
        for (target, part) in bytes.chunks_mut(16).zip(parts) {
            target.copy_from_slice(&part);
        }
        Self(bytes)
    }

    /// Reads a token from a link; `None` if it has another shape.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The text that stands in the link.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Where the mail's delivery is.
    pub fn delivery(&self) -> (Id<Org>, Id<Delivery>) {
        let uuid = |from: usize| {
            self.0.get(from..from + 16).and_then(|b| Uuid::from_slice(b).ok()).unwrap_or_default()
        };
        (Id::new(uuid(0)), Id::new(uuid(16)))
    }

    /// What is stored of it.
    pub fn link(&self, purpose: LinkPurpose, now: Timestamp) -> Link {
        Link { purpose, digest: sha256(&self.0), expires_at: now + LINK_LIFE }
    }

    /// What this token does, if it is one of `links` and has not ended.
    ///
    /// Digests of 128 random bits are compared, so their order in time tells nothing.
    pub fn purpose(&self, links: &[Link], now: Timestamp) -> Option<LinkPurpose> {
        let digest = sha256(&self.0);
        links.iter().find(|link| link.digest == digest && now < link.expires_at).map(|link| link.purpose)
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_finds_its_delivery_and_only_its_own_purpose() {
        let (org, delivery) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
        let now = Timestamp::UNIX_EPOCH;
        let [confirm, reject, stranger] = [1, 2, 3].map(|n| LinkToken::new(org, delivery, [n; 16]));
        let links = [confirm.link(LinkPurpose::Confirm, now), reject.link(LinkPurpose::Reject, now)];
        let read = LinkToken::parse(&confirm.expose()).unwrap();
        assert_eq!(confirm.expose().len(), 64);
        assert_eq!(read.delivery(), (org, delivery));
        assert_eq!(read.purpose(&links, now), Some(LinkPurpose::Confirm));
        assert_eq!(read.purpose(&links, now + LINK_LIFE), None);
        assert_eq!(stranger.purpose(&links, now), None);
        assert_eq!(LinkToken::parse("short"), None);
    }
}
