//! Sealed boxes: what only the owner of a private key can read.

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_box::aead::rand_core::{CryptoRng, Error, RngCore};

use crate::{public_key::X25519Key, random::Random, text::text_value, violation::Rule};

/// What messages call the form of a sealed payload.
pub const FORMAT: &str = "crypto_box_seal";

/// The byte before a sealed box of libsodium (`crypto_box_seal`), so that other forms can follow.
const FORMAT_BYTE: u8 = 1;

/// What a box is longer than what is in it: the sender's public key and the authentication tag.
const OVERHEAD: usize = 32 + 16;

text_value! {
    /// Base64 of a format byte and a sealed box.
    SealedBox, |text| {
        let bytes = STANDARD.decode(&text).unwrap_or_default();
        let is_box = bytes.first() == Some(&FORMAT_BYTE) && bytes.len() > OVERHEAD;
        if is_box { Ok(text) } else { Err(Rule("must be the base64 of a format byte and a sealed box")) }
    }
}

impl SealedBox {
    /// Seals `plain`, under a key pair that is made for it and forgotten: not even we can open it again.
    pub fn new(plain: &[u8], to: &X25519Key, random: &Random) -> Self {
        let to = crypto_box::PublicKey::from_bytes(to.bytes());
        let sealed = to.seal(&mut Draw(random), plain);
        let sealed = sealed.unwrap_or_else(|_| unreachable!("a box takes any text that fits in memory"));
        Self(STANDARD.encode([&[FORMAT_BYTE], sealed.as_slice()].concat()))
    }
}

/// Our source of randomness in the form that the box asks for.
struct Draw<'a>(&'a Random);

impl RngCore for Draw<'_> {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.0.bytes())
    }

    fn fill_bytes(&mut self, into: &mut [u8]) {
        for chunk in into.chunks_mut(32) {
            let bytes: [u8; 32] = self.0.bytes();
            chunk.copy_from_slice(bytes.get(..chunk.len()).unwrap_or_default());
        }
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(into);
        Ok(())
    }
}

impl CryptoRng for Draw<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public_key::PrivateKey;

    #[test]
    fn a_box_opens_by_its_private_key_alone_and_never_looks_the_same() {
        let random = Random::seeded(1);
        let to = PrivateKey::new([7; 32]).public();
        let (one, two) = (SealedBox::new(b"hi", &to, &random), SealedBox::new(b"hi", &to, &random));
        assert_ne!(one, two);
        let bytes = STANDARD.decode(one.as_str()).unwrap();
        let open = |key: u8| crypto_box::SecretKey::from([key; 32]).unseal(&bytes[1..]);
        assert_eq!((bytes[0], bytes.len()), (1, 1 + 48 + 2));
        assert_eq!(open(7).unwrap(), b"hi");
        assert!(open(8).is_err());
        assert_eq!(one.to_string().parse(), Ok(one));
    }

    #[test]
    fn what_is_no_box_is_refused() {
        for bad in ["", "AQ==", &STANDARD.encode([2; 60]), &STANDARD.encode([1; 48])] {
            assert!(bad.parse::<SealedBox>().is_err(), "{bad}");
        }
    }
}
