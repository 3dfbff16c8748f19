//! Refs: keyed digests that are the same for the same person, each in its own scope.

use crate::{
    campaign::Campaign,
    email::Email,
    id::Id,
    org::Org,
    random::Random,
    secret::{Digest, Keyring},
    supporter::Supporter,
};
use uuid::Uuid;

/// Where a token or a widget's ref means something: in one org's pages of one campaign, since other
/// pages may have other receivers.
pub type Scope = (Id<Campaign>, Id<Org>);

/// Makes refs of people, and tokens that stand for a supporter.
#[derive(Debug, Clone)]
pub struct Refs(Keyring);

impl Refs {
    /// Refs under the instance's pepper.
    pub const fn new(pepper: Keyring) -> Self {
        Self(pepper)
    }

    /// What is the same for one person in one campaign.
    pub fn dedupe(&self, campaign: Id<Campaign>, email: &Email) -> Digest {
        self.0.digest(&format!("dedupe {campaign}"), &email.canonical())
    }

    /// What one org sees of a person, in messages and exports; another org sees another.
    pub fn contact(&self, org: Id<Org>, email: &Email) -> Digest {
        self.0.digest(&format!("contact {org}"), &email.canonical())
    }

    /// What is the same for one address over the whole instance, for suppression.
    pub fn suppress(&self, email: &Email) -> Digest {
        self.0.digest("suppress", email.expose())
    }

    /// Where a widget's own random ref is kept, for one org's pages of one campaign.
    pub fn pending(&self, (campaign, org): Scope, widget_ref: &str) -> Digest {
        self.0.digest(&format!("pending {campaign} {org}"), widget_ref)
    }

    /// A keyed digest of any text, where a bare one could be guessed back.
    pub fn fingerprint(&self, scope: &str, text: &str) -> Digest {
        self.0.digest(&format!("fingerprint {scope}"), text)
    }

    /// The opaque token that a widget may use to add further actions of a supporter.
    pub fn token(&self, (campaign, org): Scope, supporter: Id<Supporter>, random: &Random) -> String {
        self.0.seal(supporter.uuid().as_bytes(), &format!("supporter {campaign} {org}"), random.bytes())
    }

    /// The supporter that a token stands for here; `None` for a widget's own ref, or another campaign's.
    pub fn supporter(&self, (campaign, org): Scope, token: &str) -> Option<Id<Supporter>> {
        let bytes = self.0.open(token, &format!("supporter {campaign} {org}"))?;
        Uuid::from_slice(&bytes).ok().map(Id::new)
    }
}

crate::text::text_value! {
    /// A ref that a widget sends: one of our tokens, or random text of its own, 16 to 128 of `[A-Za-z0-9_-]`.
    ContactRef, |text| {
        if text.len() >= 16 && crate::text::is_word(&text, 128) {
            Ok(text)
        } else {
            Err(crate::violation::Rule("must be 16 to 128 of A-Z a-z 0-9 _ -"))
        }
    }
}
