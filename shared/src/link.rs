//! Links in mails: random single-purpose tokens, stored only as digests.

use std::{fmt, marker::PhantomData};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{delivery::Delivery, id::Id, org::Org, secret::sha256};

/// A row whose mails carry links. The text of a token tells which kind it belongs to.
pub trait Linked {
    /// What the text of its tokens begins with.
    const PREFIX: &'static str;

    /// What its links may be for.
    type Purpose: Copy;
}

impl Linked for Delivery {
    const PREFIX: &'static str = "";
    type Purpose = LinkPurpose;
}

/// What a supporter's link does when its page's button is pressed.
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

/// One link of a mail, as its row keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link<P = LinkPurpose> {
    /// What it does.
    pub purpose: P,
    /// SHA-256 of its token.
    pub digest: String,
    /// When it ends to work.
    pub expires_at: Timestamp,
}

/// The secret text in a link: where its mail's row is, and 128 random bits.
///
/// The prefix of the kind of row, and 64 characters of the URL-safe base64 alphabet. It stands in the
/// mail alone; the row keeps its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken<R = Delivery>([u8; 48], PhantomData<fn() -> R>);

/// How long a link works.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

impl<R: Linked> LinkToken<R> {
    /// A new token for a mail of this row, from 16 random bytes.
    pub fn new(org: Id<Org>, row: Id<R>, random: [u8; 16]) -> Self {
        let mut bytes = [0; 48];
        let parts = [*org.uuid().as_bytes(), *row.uuid().as_bytes(), random];
        for (target, part) in bytes.chunks_mut(16).zip(parts) {
            target.copy_from_slice(&part);
        }
        Self(bytes, PhantomData)
    }

    /// Reads a token from a link; `None` if it has another shape, as those of other kinds of rows have.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(R::PREFIX)?).ok()?;
        Some(Self(bytes.try_into().ok()?, PhantomData))
    }

    /// The text that stands in the link.
    pub fn expose(&self) -> String {
        format!("{}{}", R::PREFIX, URL_SAFE_NO_PAD.encode(self.0))
    }

    /// The link that stands in the mail, under the API's public address.
    pub fn url(&self, base_url: &str) -> String {
        format!("{base_url}/v1/links/{}", self.expose())
    }

    /// Where the mail's row is.
    pub fn row(&self) -> (Id<Org>, Id<R>) {
        let uuid = |from: usize| {
            self.0.get(from..from + 16).and_then(|b| Uuid::from_slice(b).ok()).unwrap_or_default()
        };
        (Id::new(uuid(0)), Id::new(uuid(16)))
    }

    /// What is stored of it.
    pub fn link(&self, purpose: R::Purpose, now: Timestamp) -> Link<R::Purpose> {
        Link { purpose, digest: sha256(&self.0), expires_at: now + LINK_LIFE }
    }

    /// What this token does, if it is one of `links` and has not ended.
    ///
    /// Digests of 128 random bits are compared, so their order in time tells nothing.
    pub fn purpose(&self, links: &[Link<R::Purpose>], now: Timestamp) -> Option<R::Purpose> {
        let digest = sha256(&self.0);
        links.iter().find(|link| link.digest == digest && now < link.expires_at).map(|link| link.purpose)
    }
}

impl<R> fmt::Debug for LinkToken<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Notice;

    #[test]
    fn a_token_finds_its_delivery_and_only_its_own_purpose() {
        let (org, delivery) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
        let now = Timestamp::UNIX_EPOCH;
        let [confirm, reject, stranger] = [1, 2, 3].map(|n| LinkToken::new(org, delivery, [n; 16]));
        let links = [confirm.link(LinkPurpose::Confirm, now), reject.link(LinkPurpose::Reject, now)];
        let read = LinkToken::<Delivery>::parse(&confirm.expose()).unwrap();
        assert_eq!(confirm.expose().len(), 64);
        assert_eq!(read.row(), (org, delivery));
        assert_eq!(read.purpose(&links, now), Some(LinkPurpose::Confirm));
        assert_eq!(read.purpose(&links, now + LINK_LIFE), None);
        assert_eq!(stranger.purpose(&links, now), None);
        assert_eq!(LinkToken::<Delivery>::parse("short"), None);
    }

    #[test]
    fn the_text_of_a_token_tells_which_kind_of_row_it_belongs_to() {
        let (org, row) = (Id::new(Uuid::from_u128(1)), Uuid::from_u128(2));
        for random in [[0; 16], [7; 16], [255; 16]] {
            let supporters = LinkToken::<Delivery>::new(org, Id::new(row), random).expose();
            let staffs = LinkToken::<Notice>::new(org, Id::new(row), random).expose();
            assert!(LinkToken::<Delivery>::parse(&supporters).is_some());
            assert_eq!(LinkToken::<Notice>::parse(&supporters), None);
            assert_eq!(
                LinkToken::<Notice>::parse(&staffs).map(|token| token.row()),
                Some((org, Id::new(row)))
            );
            assert_eq!(LinkToken::<Delivery>::parse(&staffs), None);
        }
    }
}
