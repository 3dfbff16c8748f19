//! Signatures by the Standard Webhooks specification, schemes `v1` and `v1a`.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::{secret::hmac, violation::Rule};

/// A secret that signs.
#[derive(Clone, PartialEq, Eq)]
pub enum SigningSecret {
    /// Of scheme `v1`: `whsec_` and the base64 of 24 to 64 bytes, which the receiver has as well.
    Shared(Vec<u8>),
    /// Of scheme `v1a`: `whsk_` and the base64 of an Ed25519 seed (RFC 8032) and its public key.
    Private {
        /// The seed.
        seed: [u8; 32],
        /// The public key.
        public: [u8; 32],
    },
}

impl SigningSecret {
    /// A new secret of scheme `v1` from 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self::Shared(random.to_vec())
    }

    /// A new key of scheme `v1a` from 32 random bytes.
    pub fn private(random: [u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&random)
            .unwrap_or_else(|_| unreachable!("any 32 bytes are a seed"));
        let public = pair.public_key().as_ref().try_into();
        Self::Private { seed: random, public: public.unwrap_or_else(|_| unreachable!("it has 32 bytes")) }
    }

    /// Its text, to be sealed; that of a shared secret the receiver is given as well, once.
    pub fn expose(&self) -> String {
        match self {
            Self::Shared(bytes) => format!("whsec_{}", STANDARD.encode(bytes)),
            Self::Private { seed, public } => {
                format!("whsk_{}", STANDARD.encode([*seed, *public].as_flattened()))
            }
        }
    }

    /// What everybody may know of it: what verifies its signatures.
    pub fn public_key(&self) -> Option<String> {
        match self {
            Self::Shared(_) => None,
            Self::Private { public, .. } => Some(format!("whpk_{}", STANDARD.encode(public))),
        }
    }

    fn sign(&self, parts: &[&[u8]; 5]) -> String {
        match self {
            Self::Shared(bytes) => format!("v1,{}", STANDARD.encode(hmac(bytes, parts))),
            Self::Private { seed, .. } => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed)
                    .unwrap_or_else(|_| unreachable!("any 32 bytes are a seed"));
                format!("v1a,{}", STANDARD.encode(pair.sign(&parts.concat())))
            }
        }
    }
}

impl std::str::FromStr for SigningSecret {
    type Err = Rule;

    fn from_str(text: &str) -> Result<Self, Rule> {
        if let Some(key) = text.strip_prefix("whsk_") {
            let bytes = STANDARD.decode(key).ok();
            let halves = bytes.as_deref().and_then(|bytes| bytes.split_first_chunk::<32>());
            let halves = halves.and_then(|(seed, public)| Some((*seed, <[u8; 32]>::try_from(public).ok()?)));
            return halves
                .filter(|(seed, public)| Ed25519KeyPair::from_seed_and_public_key(seed, public).is_ok())
                .map(|(seed, public)| Self::Private { seed, public })
                .ok_or(Rule("must be whsk_ and the base64 of an Ed25519 seed and its public key"));
        }
        let bytes = text.strip_prefix("whsec_").and_then(|base64| STANDARD.decode(base64).ok());
        bytes
            .filter(|bytes| (24..=64).contains(&bytes.len()))
            .map(Self::Shared)
            .ok_or(Rule("must be whsec_ and the base64 of 24 to 64 bytes"))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

/// The value of the header `webhook-signature`: one signature for each live secret.
pub fn signature(secrets: &[SigningSecret], id: &str, at: Timestamp, body: &str) -> String {
    let seconds = at.as_second().to_string();
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", seconds.as_bytes(), b".", body.as_bytes()];
    secrets.iter().map(|secret| secret.sign(&parts)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_specifications_own_library() {
        let secret = SigningSecret::new([7; 32]);
        let at = Timestamp::from_second(1_674_087_231).unwrap();
        let theirs = standardwebhooks::Webhook::new(&secret.expose()).unwrap();
        let expected = theirs.sign("msg_1", at.as_second(), b"{\"a\":1}").unwrap();
        assert_eq!(signature(&[secret], "msg_1", at, "{\"a\":1}"), expected);
    }

    /// RFC 8032, section 7.1, test 1.
    #[test]
    fn a_private_key_has_the_public_key_of_the_standard() {
        let seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
        let key = SigningSecret::private(STANDARD.decode(seed).unwrap().try_into().unwrap());
        let public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        assert_eq!(key.public_key().as_deref(), Some(public));
        assert!(public.parse::<crate::service::VerifyingKey>().is_ok());
    }

    #[test]
    fn each_live_key_signs_by_its_own_scheme() {
        let keys = [SigningSecret::private([7; 32]), SigningSecret::new([9; 32])];
        let both = signature(&keys, "msg_1", Timestamp::UNIX_EPOCH, "{}");
        let schemes: Vec<_> = both.split(' ').filter_map(|one| one.split_once(',')).map(|(v, _)| v).collect();
        assert_eq!(schemes, ["v1a", "v1"]);
    }

    #[test]
    fn a_secret_has_its_prefix_and_enough_bytes() {
        for secret in [SigningSecret::new([9; 32]), SigningSecret::private([9; 32])] {
            assert_eq!(secret.expose().parse(), Ok(secret));
        }
        assert!("whsec_c2hvcnQ=".parse::<SigningSecret>().is_err());
        assert!("whsk_c2hvcnQ=".parse::<SigningSecret>().is_err());
        assert!(STANDARD.encode([1; 32]).parse::<SigningSecret>().is_err());
        let of_two = format!("whsk_{}", STANDARD.encode([[9; 32], [8; 32]].as_flattened()));
        assert!(of_two.parse::<SigningSecret>().is_err(), "the public key is another's");
    }
}
