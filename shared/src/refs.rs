//! Refs: keyed digests that are the same for the same person, each in its own scope.

use crate::{
    campaign::Campaign,
    email::Email,
    id::Id,
    org::Org,
    random::Random,
    secret::{Digest, Keyring},
    supporter::{NextRefs, Supporter},
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

    /// What is the same for one mailbox over the whole instance, however its address is spelled: for the
    /// budget of the mails that ask to confirm.
    pub fn mailbox(&self, email: &Email) -> Digest {
        self.0.digest("mailbox", &email.mailbox())
    }

    /// What a person will be known by once the older peppers are gone; `None` while there are none.
    pub fn next(&self, campaign: Id<Campaign>, email: &Email) -> Option<NextRefs> {
        let dedupe = self.0.next_digest(&format!("dedupe {campaign}"), &email.canonical())?;
        let suppress = self.0.next_digest("suppress", email.expose())?;
        Some(NextRefs { dedupe, suppress })
    }

    /// Where a widget's own random ref is kept, for one org's pages of one campaign.
    pub fn pending(&self, (campaign, org): Scope, widget_ref: &str) -> Digest {
        self.0.digest(&format!("pending {campaign} {org}"), widget_ref)
    }

    /// What is the same for one user of the staff, by their verified address: now, and once the older
    /// peppers are gone.
    pub fn user(&self, email: &Email) -> (Digest, Option<Digest>) {
        (self.0.digest("user", email.expose()), self.0.next_digest("user", email.expose()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_means_nothing_in_another_org_or_campaign() {
        let refs = Refs::new(Keyring::parse("1:0123456789abcdef0123456789abcdef", "t").unwrap());
        let id = |n| Uuid::from_u128(n);
        let here = (Id::new(id(1)), Id::new(id(2)));
        let token = refs.token(here, Id::new(id(3)), &Random::seeded(1));
        assert_eq!(refs.supporter(here, &token), Some(Id::new(id(3))));
        assert_eq!(refs.supporter((Id::new(id(1)), Id::new(id(9))), &token), None);
        assert_eq!(refs.supporter((Id::new(id(9)), Id::new(id(2))), &token), None);
    }

    #[test]
    fn each_scope_has_another_ref_of_the_same_person() {
        let refs = Refs::new(Keyring::parse("1:0123456789abcdef0123456789abcdef", "t").unwrap());
        let (email, n) = ("b@example.org".parse().unwrap(), Uuid::from_u128(1));
        let all = [
            refs.dedupe(Id::new(n), &email),
            refs.contact(Id::new(n), &email),
            refs.suppress(&email),
            refs.mailbox(&email),
        ];
        assert_eq!(all.iter().map(Digest::as_str).collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_ne!(refs.contact(Id::new(n), &email), refs.contact(Id::new(Uuid::from_u128(2)), &email));
    }
}
