//! Invites: how somebody becomes staff of an org, by a secret mailed to their address.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    email::Email,
    id::{Id, Kind},
    notice::Notice,
    org::Org,
    permission::{Permissions, Role},
    secret::sha256,
    text::{is_invisible, personal_value},
    user::User,
    violation::Rule,
};

/// An offer to become staff of an org. It goes when it is used up or revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Identity.
    pub id: Id<Self>,
    /// The org.
    pub org: Id<Org>,
    /// Who is invited; nobody else gets the secret.
    pub email: Email,
    /// The role offered, if the permissions are those of one.
    pub role: Option<Role>,
    /// What they may do.
    pub permissions: Permissions,
    /// What the inviter says to them.
    pub message: Option<InviteMessage>,
    /// Who invites: they must still have what they offer when it is accepted.
    pub invited_by: Id<User>,
    /// The notice that mails it, and knows the digests of its secrets.
    pub notice: Id<Notice>,
    /// How often it may still be accepted; each time gives a token.
    pub uses_left: u32,
    /// From when on it is worth nothing.
    pub valid_until: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

personal_value! {
    /// What an inviter says to whom they invite: plain text of 1 to 1,000 characters.
    InviteMessage, |text| {
        let fits = (1..=1000).contains(&text.chars().count());
        let readable = !text.chars().any(|c| is_invisible(c) && c != '\n');
        if fits && readable { Ok(text) } else { Err(Rule("must be plain text of 1 to 1000 characters")) }
    }
}

personal_value! {
    /// What somebody sends as the token of an invite; no text is refused for its form.
    GivenToken, |text| Ok(text)
}

/// The secret of an invite: `invite_` and the ids of org and invite, and 256 random bits, as base64url.
///
/// It stands in the mail alone; the notice keeps its digest.
#[derive(Clone)]
pub struct InviteToken {
    org: Uuid,
    invite: Uuid,
    secret: [u8; 32],
}

const PREFIX: &str = "invite_";

impl InviteToken {
    /// The token of an invite with this secret.
    pub const fn new(org: Id<Org>, invite: Id<Invite>, secret: [u8; 32]) -> Self {
        Self { org: org.uuid(), invite: invite.uuid(), secret }
    }

    /// Reads a token; `None` if it has not the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
        let (org, rest) = bytes.split_first_chunk::<16>()?;
        let (invite, secret) = rest.split_first_chunk::<16>()?;
        let (org, invite) = (Uuid::from_bytes(*org), Uuid::from_bytes(*invite));
        Some(Self { org, invite, secret: secret.try_into().ok()? })
    }

    /// Where the invite is kept: with its org, by its id.
    pub const fn ids(&self) -> (Id<Org>, Id<Invite>) {
        (Id::new(self.org), Id::new(self.invite))
    }

    /// What is kept of the secret.
    pub fn digest(&self) -> String {
        sha256(&self.secret)
    }

    /// The text itself: for the mail.
    pub fn expose(&self) -> String {
        let parts = [self.org.as_bytes().as_slice(), self.invite.as_bytes(), &self.secret].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(parts))
    }

    /// Whether it is the token of one of the mails that this notice sent.
    ///
    /// Digests of 256 random bits are compared, so their order in time tells nothing.
    pub fn came_with(&self, notice: &Notice) -> bool {
        notice.digests.contains(&self.digest())
    }
}

impl Invite {
    /// Whether it can be accepted at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.uses_left > 0 && now < self.valid_until
    }

    /// The same with one use less; `None` where it was the last.
    pub fn used(&self) -> Option<Self> {
        let uses_left = self.uses_left.saturating_sub(1);
        (uses_left > 0).then(|| Self { uses_left, version: self.version + 1, ..self.clone() })
    }
}

impl fmt::Debug for InviteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteToken(..)")
    }
}

impl Kind for Invite {
    const PREFIX: &'static str = "inv";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Occasion;

    #[test]
    fn a_token_names_its_invite_and_came_with_its_own_mails_alone() {
        let (org, invite) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
        let [first, second, stranger] = [1, 2, 3].map(|n| InviteToken::new(org, invite, [n; 32]));
        let occasion = Occasion::Invite { invite };
        let mut notice = Notice::new(Id::new(Uuid::from_u128(3)), org, occasion, Timestamp::UNIX_EPOCH);
        notice.digests = vec![first.digest(), second.digest()];
        let read = InviteToken::parse(&first.expose()).unwrap();
        assert_eq!(read.ids(), (org, invite));
        assert!(read.came_with(&notice) && second.came_with(&notice));
        assert!(!stranger.came_with(&notice));
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        for text in ["", "invite_", "invite_abc", "proca_AAAA", &format!("invite_{}", "A".repeat(87))] {
            assert!(InviteToken::parse(text).is_none(), "{text}");
        }
    }
}
