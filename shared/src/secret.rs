//! Secrets of the instance, and what is made with them: digests and sealed values.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};

/// A secret with a version, so that it can be replaced while the old one still works.
///
/// Written `version:text`; several in a row, separated by commas. The highest version is the present
/// one. The text is at least 32 characters of anything but a comma; a single `-` stands for a key that
/// is gone.
///
/// What is sealed is sealed under the present key. Digests are made under the oldest one that is live:
/// so whatever was kept under a digest is found as long as its key lives, and nothing is looked up twice.
#[derive(Clone)]
pub struct Keyring(Vec<(u8, [u8; 32])>);

impl Keyring {
    /// Reads a keyring from its text, for one purpose.
    ///
    /// Rings for different purposes share no key, even when their texts are the same.
    pub fn parse(text: &str, purpose: &str) -> Result<Self, KeyringError> {
        let live = text.split(',').map(str::trim).filter(|part| !part.ends_with(":-"));
        let mut keys = live.map(|part| parse_key(part, purpose)).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        if keys.is_empty() { Err(KeyringError::NoVersion) } else { Ok(Self(keys)) }
    }

    /// The keyed digest (HMAC-SHA-256, RFC 2104) of `text` under the oldest key, with the key's version.
    pub fn digest(&self, scope: &str, text: &str) -> Digest {
        digest(self.0.last().copied().unwrap_or_default(), scope, text)
    }

    /// The digest that the same text will have once the older keys are gone; `None` while there are none.
    pub fn next_digest(&self, scope: &str, text: &str) -> Option<Digest> {
        let present = self.0.first().copied().filter(|_| self.0.len() > 1)?;
        Some(digest(present, scope, text))
    }

    /// Encrypts and authenticates `plain` with what it belongs to (XChaCha20-Poly1305).
    ///
    /// The result is URL-safe text of version, nonce and ciphertext. `belongs_to` must be given
    /// again to open it.
    pub fn seal(&self, plain: &[u8], belongs_to: &str, nonce: [u8; 24]) -> String {
        let (version, key) = self.0.first().copied().unwrap_or_default();
        let payload = Payload { msg: plain, aad: belongs_to.as_bytes() };
        let sealed = XChaCha20Poly1305::new(&Key::from(key)).encrypt(&XNonce::from(nonce), payload);
        let mut bytes = vec![version];
        bytes.extend(nonce);
        bytes.extend(sealed.unwrap_or_default());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens what [`Keyring::seal`] made; `None` if it was made elsewhere, altered or belongs elsewhere.
    pub fn open(&self, sealed: &str, belongs_to: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (nonce, msg) = rest.split_first_chunk::<24>()?;
        let (_, key) = self.0.iter().find(|(v, _)| v == version)?;
        let payload = Payload { msg, aad: belongs_to.as_bytes() };
        XChaCha20Poly1305::new(&Key::from(*key)).decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

crate::text::text_value! {
    /// A keyed digest with the version of its key, such as `1-Zm9v…`. Says nothing without the key.
    Digest, |text| {
        let shape = text.split_once('-').is_some_and(|(v, d)| v.parse::<u8>().is_ok() && d.len() == 43);
        if shape { Ok(text) } else { Err(crate::violation::Rule("must be a version and a digest")) }
    }
}

/// The plain digest (SHA-256) of something that is itself unguessable, as URL-safe text.
pub fn sha256(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// HMAC-SHA-256 over the parts, one after another.
pub fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| parts.iter().fold(mac, Mac::chain_update).finalize().into_bytes().into());
    mac.unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"))
}

fn digest((version, key): (u8, [u8; 32]), scope: &str, text: &str) -> Digest {
    let mac = hmac(&key, &[scope.as_bytes(), &[0], text.as_bytes()]);
    Digest(format!("{version}-{}", URL_SAFE_NO_PAD.encode(mac)))
}

fn parse_key(part: &str, purpose: &str) -> Result<(u8, [u8; 32]), KeyringError> {
    let (version, text) = part.split_once(':').ok_or(KeyringError::NoVersion)?;
    let version = version.parse().map_err(|_| KeyringError::NoVersion)?;
    if text.chars().count() < 32 {
        return Err(KeyringError::TooShort);
    }
    Ok((version, hmac(text.as_bytes(), &[purpose.as_bytes()])))
}

/// Why a text is no keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringError {
    /// A key lacks its version, 0 to 255 and a colon.
    NoVersion,
    /// A key has less than 32 characters.
    TooShort,
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoVersion => "a secret must start with its version and a colon, as in 1:…",
            Self::TooShort => "a secret must have at least 32 characters",
        })
    }
}

impl std::error::Error for KeyringError {}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "1:0123456789abcdef0123456789abcdef";
    const BOTH: &str = "2:fedcba9876543210fedcba9876543210, 1:0123456789abcdef0123456789abcdef";

    #[test]
    fn a_sealed_value_opens_only_where_it_belongs() {
        let ring = Keyring::parse(OLD, "test").unwrap();
        let sealed = ring.seal(b"secret", "org_1", [7; 24]);
        assert_eq!(ring.open(&sealed, "org_1").as_deref(), Some(&b"secret"[..]));
        assert_eq!(ring.open(&sealed, "org_2"), None);
        assert_eq!(ring.open(&sealed.replace('A', "B"), "org_1"), None);
        assert_eq!(Keyring::parse(OLD, "other").unwrap().open(&sealed, "org_1"), None);
    }

    #[test]
    fn what_an_older_key_sealed_still_opens() {
        let sealed = Keyring::parse(OLD, "test").unwrap().seal(b"secret", "", [7; 24]);
        assert!(Keyring::parse(BOTH, "test").unwrap().open(&sealed, "").is_some());
    }

    #[test]
    fn scopes_give_different_digests_of_the_same_text() {
        let ring = Keyring::parse(BOTH, "test").unwrap();
        assert_ne!(ring.digest("a", "x"), ring.digest("b", "x"));
        assert!(ring.digest("a", "x").to_string().parse::<Digest>().is_ok());
    }

    #[test]
    fn a_digest_stays_the_same_until_its_key_is_gone() {
        let ring = |text| Keyring::parse(text, "test").unwrap();
        let (old, both) = (ring(OLD), ring(BOTH));
        let new = ring("1:-,2:fedcba9876543210fedcba9876543210");
        let turned = ring("1:0123456789abcdef0123456789abcdef,2:fedcba9876543210fedcba9876543210");
        let [before, during, after] = [&old, &both, &new].map(|ring| ring.digest("a", "x"));
        assert_eq!((&before, &during, during.as_str().starts_with("1-")), (&during, &before, true));
        assert_eq!(both.next_digest("a", "x").as_ref(), Some(&after));
        assert_eq!(turned.next_digest("a", "x"), Some(after), "the order of keys says nothing");
        assert_eq!((old.next_digest("a", "x"), new.next_digest("a", "x")), (None, None));
        assert_eq!(Keyring::parse("1:-", "test").unwrap_err(), KeyringError::NoVersion);
    }

    #[test]
    fn short_and_unversioned_secrets_are_refused() {
        assert_eq!(Keyring::parse("1:short", "t").unwrap_err(), KeyringError::TooShort);
        assert_eq!(
            Keyring::parse("0123456789abcdef0123456789abcdef", "t").unwrap_err(),
            KeyringError::NoVersion
        );
    }
}
