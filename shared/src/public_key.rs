//! Public keys of orgs, to which their contacts are sealed.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

use crate::{
    id::{Id, Kind},
    org::Org,
    text::{Line, text_value},
    violation::Rule,
};

/// A public key of an org. Its private part is never kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Identity.
    pub id: Id<Self>,
    /// The org that can open what is sealed to it.
    pub org: Id<Org>,
    /// What its staff call it.
    pub name: Line,
    /// The key.
    pub public: X25519Key,
    /// When it was last made the active one, if ever.
    pub activated_at: Option<Timestamp>,
    /// When it was retired, if it was; that is for good.
    pub retired_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

/// The key that an org's contacts are sealed to. It stands in the org's row, so that two cannot be active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealingKey {
    /// Which of the org's keys it is.
    pub id: Id<PublicKey>,
    /// The key.
    pub public: X25519Key,
}

impl From<&PublicKey> for SealingKey {
    fn from(key: &PublicKey) -> Self {
        Self { id: key.id, public: key.public.clone() }
    }
}

text_value! {
    /// An X25519 public key (RFC 7748) as base64 of its 32 bytes; never a point of low order.
    X25519Key, |text| {
        let bytes: Option<[u8; 32]> = STANDARD.decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        match bytes {
            None => Err(Rule("must be the base64 of 32 bytes")),
            Some(point) if is_low_order(point) => Err(Rule("must not be a point of low order")),
            Some(_) => Ok(text),
        }
    }
}

impl X25519Key {
    /// The key itself.
    pub fn bytes(&self) -> [u8; 32] {
        let bytes = STANDARD.decode(&self.0).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.unwrap_or_else(|| unreachable!("the text was checked when it came in"))
    }
}

/// A private key. It is shown once, and opens what is sealed to its public part.
#[derive(Clone)]
pub struct PrivateKey([u8; 32]);

impl PrivateKey {
    /// The private key that these random bytes are.
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Its public part.
    pub fn public(&self) -> X25519Key {
        X25519Key(STANDARD.encode(x25519(self.0, X25519_BASEPOINT_BYTES)))
    }

    /// The key itself, as base64: for the one answer that shows it.
    pub fn expose(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// Whether what is sealed to this point could be opened by anyone.
///
/// Every private key is a multiple of the cofactor, so it takes any point of low order to zero, and
/// no other point: one try with any private key tells them apart.
fn is_low_order(point: [u8; 32]) -> bool {
    x25519([1; 32], point) == [0; 32]
}

impl Kind for PublicKey {
    const PREFIX: &'static str = "key";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_part_is_the_one_that_openssl_makes() {
        let key = PrivateKey::new([7; 32]);
        assert_eq!(key.public().as_str(), "E75P6uryBMf9M1j8nAByGIHRdCeBKCJ+xnTzf3/pe20=");
        assert_eq!(format!("{key:?}"), "PrivateKey(..)");
    }

    #[test]
    fn a_point_of_low_order_and_what_is_no_point_are_refused() {
        let key = PrivateKey::new([7; 32]).public();
        assert_eq!(key.to_string().parse(), Ok(key));
        let low = |first: u8| {
            let mut point = [0; 32];
            point[0] = first;
            STANDARD.encode(point)
        };
        let order_eight = "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA=";
        for bad in [&low(0), &low(1), order_eight, "", "AAAA", &STANDARD.encode([9; 33])] {
            assert!(bad.parse::<X25519Key>().is_err(), "{bad}");
        }
    }
}
