//! API tokens: how machines and the command line show who they are.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    id::{Id, Kind},
    org::Org,
    permission::Permissions,
    secret::sha256,
    text::Line,
    user::User,
};

/// A credential of a user. Its secret is shown once and kept only as a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Identity.
    pub id: Id<Self>,
    /// Whose it is.
    pub user: Id<User>,
    /// What its user calls it.
    pub label: Line,
    /// The only org it works in, if it is bound to one.
    pub org: Option<Id<Org>>,
    /// What it may do at most; all that its user may, where absent.
    pub scopes: Option<Permissions>,
    /// SHA-256 of the secret part.
    pub hash: String,
    /// From when on it is worth nothing.
    pub valid_until: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiToken {
    /// Whether all that the other may do, this one may too.
    pub fn covers(&self, other: &Self) -> bool {
        let org = self.org.is_none() || self.org == other.org;
        let scopes = match (&self.scopes, &other.scopes) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => own.covers(others),
        };
        org && scopes
    }
}

/// The text of a token: `proca_` and the ids of user and token, and 256 random bits, as base64url.
pub struct TokenText {
    user: Uuid,
    token: Uuid,
    secret: [u8; 32],
}

const PREFIX: &str = "proca_";

impl TokenText {
    /// The text of a token with this secret.
    pub const fn new(user: Id<User>, token: Id<ApiToken>, secret: [u8; 32]) -> Self {
        Self { user: user.uuid(), token: token.uuid(), secret }
    }

    /// Reads a token; `None` if it has not the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?.try_into().ok()?;
        let (user, rest) = bytes.split_first_chunk::<16>()?;
        let (token, secret) = rest.split_first_chunk::<16>()?;
        Some(Self {
            user: Uuid::from_bytes(*user),
            token: Uuid::from_bytes(*token),
            secret: secret.try_into().ok()?,
        })
    }

    /// Where the token is kept: with its user, by its id.
    pub const fn ids(&self) -> (Id<User>, Id<ApiToken>) {
        (Id::new(self.user), Id::new(self.token))
    }

    /// What is kept of the secret.
    pub fn hash(&self) -> String {
        sha256(&self.secret)
    }

    /// The text itself: for the one answer that shows it.
    pub fn expose(&self) -> String {
        let parts = [self.user.as_bytes().as_slice(), self.token.as_bytes(), &self.secret].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(parts))
    }

    /// Whether it is the one that is kept, and is worth something at `now`. Takes the same time wherever they differ.
    pub fn opens(&self, kept: &ApiToken, now: Timestamp) -> bool {
        let (given, kept_hash) = (self.hash(), kept.hash.as_bytes());
        let differ = given.bytes().zip(kept_hash).fold(0, |differ, (a, b)| differ | (a ^ b));
        let same = given.len() == kept_hash.len() && differ == 0;
        same && kept.valid_until.is_none_or(|at| now < at)
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(..)")
    }
}

impl Kind for ApiToken {
    const PREFIX: &'static str = "tok";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &TokenText, valid_until: Option<Timestamp>) -> ApiToken {
        let (user, id) = text.ids();
        let created_at = Timestamp::UNIX_EPOCH;
        let label = "laptop".parse().unwrap();
        ApiToken {
            id,
            user,
            label,
            org: None,
            scopes: None,
            hash: text.hash(),
            valid_until,
            last_used_at: None,
            created_at,
        }
    }

    #[test]
    fn a_token_opens_with_its_own_secret_until_it_expires() {
        let text = TokenText::new(Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)), [7; 32]);
        let read = TokenText::parse(&text.expose()).unwrap();
        assert_eq!(read.ids(), text.ids());
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(read.opens(&kept(&text, None), at(5)));
        assert!(read.opens(&kept(&text, Some(at(6))), at(5)));
        assert!(!read.opens(&kept(&text, Some(at(5))), at(5)));
        let other = TokenText::new(Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)), [8; 32]);
        assert!(!other.opens(&kept(&text, None), at(5)));
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        for text in ["", "proca_", "proca_abc", "token_AAAA", &format!("proca_{}", "A".repeat(87))] {
            assert!(TokenText::parse(text).is_none(), "{text}");
        }
    }
}
