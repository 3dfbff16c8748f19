//! Signatures by the Standard Webhooks specification, scheme `v1`.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use crate::{secret::hmac, violation::Rule};

/// A symmetric signing secret: `whsec_` and the base64 of 24 to 64 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// A new secret from 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random.to_vec())
    }

    /// The text that the receiver is given, once.
    pub fn expose(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }
}

impl std::str::FromStr for SigningSecret {
    type Err = Rule;

    fn from_str(text: &str) -> Result<Self, Rule> {
        let bytes = text.strip_prefix("whsec_").and_then(|base64| STANDARD.decode(base64).ok());
        bytes
            .filter(|bytes| (24..=64).contains(&bytes.len()))
            .map(Self)
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
    let sign = |secret: &SigningSecret| {
        let parts: [&[u8]; 5] = [id.as_bytes(), b".", seconds.as_bytes(), b".", body.as_bytes()];
        format!("v1,{}", STANDARD.encode(hmac(&secret.0, &parts)))
    };
    secrets.iter().map(sign).collect::<Vec<_>>().join(" ")
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

    #[test]
    fn a_secret_has_its_prefix_and_enough_bytes() {
        let secret = SigningSecret::new([9; 32]);
        assert_eq!(secret.expose().parse(), Ok(secret));
        assert!("whsec_c2hvcnQ=".parse::<SigningSecret>().is_err());
        assert!(STANDARD.encode([1; 32]).parse::<SigningSecret>().is_err());
    }
}
