//! OIDC: who calls, by a token of an identity provider.
//!
//! A token shows an address that the provider has verified, and users are known by theirs. Its `sub` is
//! bound to the user on first use: somebody who gets the address later is not that user.

mod claims;
mod keys;
mod refusal;

use jiff::Timestamp;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};

use crate::{
    problem::Problem,
    staff::{Caller, Staff},
    user::{OidcSubject, User},
    webhook::{Reach, WebhookUrl},
};

use claims::{Claims, Person};
use keys::IssuerKeys;
use refusal::Refusal;

/// An identity provider, and how its tokens are to be read.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its name: the `iss` of its tokens.
    pub name: String,
    /// What it calls this instance: in the `aud` of tokens meant for it.
    pub audience: String,
    /// Where it publishes its keys.
    pub jwks: WebhookUrl,
    /// The claim that holds the address.
    pub email_claim: String,
    /// The claim that says that the address is verified; none for a provider that verifies all.
    pub verified_claim: Option<String>,
}

/// Reads tokens of one identity provider.
#[derive(Debug)]
pub struct Oidc {
    issuer: Issuer,
    keys: IssuerKeys,
}

impl Oidc {
    /// Tokens of this issuer. Nothing is fetched before the first one comes.
    pub fn new(issuer: Issuer, reach: Reach) -> Self {
        let keys = IssuerKeys::new(issuer.jwks.clone(), reach);
        Self { issuer, keys }
    }

    /// Whom a token shows, once all that can be wrong with it has been looked for.
    async fn person(&self, token: &str, now: Timestamp) -> Result<Person, Refusal> {
        let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
        if header.crit.is_some() {
            return Err(Refusal::Malformed); // An extension that must be understood, and none is.
        }
        let id = header.kid.as_deref().ok_or(Refusal::UnknownKey)?;
        let key = self.keys.find(id, header.alg, now).await?;
        Person::shown_by(&signed_claims(token, &key, header.alg)?, &self.issuer, now)
    }
}

/// The claims of a token with a good signature. What they say is not looked at here: the crate would
/// take the time from the system.
fn signed_claims(
    token: &str,
    key: &DecodingKey,
    algorithm: jsonwebtoken::Algorithm,
) -> Result<Claims, Refusal> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    decode(token, key, &validation).map(|token| token.claims).map_err(|_| Refusal::Forged)
}

impl Staff {
    /// Who shows this token of the identity provider.
    pub(super) async fn caller_by_oidc(&self, token: &str) -> Result<Caller<'_>, Problem> {
        let Some(oidc) = &self.oidc else { return Err(Problem::unauthorized()) };
        let Person { email, subject } = oidc.person(token, self.clock.now()).await?;
        let user = self.user_by(&email).await?.ok_or(Refusal::NoUser)?;
        let subject = OidcSubject { issuer: oidc.issuer.name.clone(), subject };
        Ok(Caller { staff: self, user: self.bound(user, &subject).await?, token: None })
    }

    /// The user, if the subject is theirs or becomes so now.
    async fn bound(&self, user: User, subject: &OidcSubject) -> Result<User, Problem> {
        if user.oidc_subject.as_ref() == Some(subject) {
            return Ok(user);
        }
        let bound = self.table.bind_subject(user.id, subject, self.clock.now()).await?;
        Ok(bound.ok_or(Refusal::OtherSubject)?)
    }
}

#[cfg(test)]
mod tests;
