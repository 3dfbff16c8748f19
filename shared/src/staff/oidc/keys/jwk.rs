//! JSON Web Keys (RFC 7517): which of a set may check signatures, and of which algorithms.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

/// A key of the issuer that signatures may be checked with.
#[derive(Debug)]
pub(super) struct IssuerKey {
    /// Its `kid`.
    pub(super) id: String,
    /// By which algorithms it may have signed.
    pub(super) algorithms: Vec<Algorithm>,
    /// The key itself.
    pub(super) key: DecodingKey,
}

/// What an RSA key may sign by, if it has 2048 bits at least (RFC 7518, section 3.3).
const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
const RSA_BYTES: usize = 256;

/// Looked at here, because the crate takes the first 32 bytes and panics where there are fewer.
const ED25519_BYTES: usize = 32;

/// The usable keys of a key set; others, as for encryption, are passed over.
pub(super) fn read(document: &[u8]) -> Result<Vec<IssuerKey>, serde_json::Error> {
    #[derive(Deserialize)]
    struct KeySet {
        keys: Vec<Value>,
    }
    let set: KeySet = serde_json::from_slice(document)?;
    Ok(set.keys.into_iter().filter_map(|key| IssuerKey::of(&serde_json::from_value(key).ok()?)).collect())
}

impl IssuerKey {
    fn of(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let signs = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        let own = |algorithm: &Algorithm| {
            common.key_algorithm.is_none_or(|own| own == KeyAlgorithm::from(*algorithm))
        };
        let algorithms: Vec<_> = algorithms_of(&jwk.algorithm)
            .iter()
            .copied()
            .filter(|algorithm| signs && own(algorithm))
            .collect();
        if algorithms.is_empty() {
            return None;
        }
        Some(Self { id: common.key_id.clone()?, algorithms, key: DecodingKey::from_jwk(jwk).ok()? })
    }
}

/// By what a key of this kind may sign. Nothing symmetric: a public key would be the secret.
fn algorithms_of(parameters: &AlgorithmParameters) -> &'static [Algorithm] {
    if let AlgorithmParameters::RSA(key) = parameters
        && bytes(&key.n) >= RSA_BYTES
    {
        RSA
    } else if let AlgorithmParameters::EllipticCurve(key) = parameters
        && key.curve == EllipticCurve::P256
    {
        &[Algorithm::ES256]
    } else if let AlgorithmParameters::EllipticCurve(key) = parameters
        && key.curve == EllipticCurve::P384
    {
        &[Algorithm::ES384]
    } else if let AlgorithmParameters::OctetKeyPair(key) = parameters
        && key.curve == EllipticCurve::Ed25519
        && bytes(&key.x) == ED25519_BYTES
    {
        &[Algorithm::EdDSA]
    } else {
        &[]
    }
}

fn bytes(base64: &str) -> usize {
    URL_SAFE_NO_PAD.decode(base64).map_or(0, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn algorithms(key: &Value) -> Vec<Algorithm> {
        let set = json!({ "keys": [{ "kty": "strange" }, 7, key] }).to_string();
        read(set.as_bytes()).unwrap().into_iter().flat_map(|key| key.algorithms).collect()
    }

    fn key(more: &Value) -> Value {
        let mut key =
            json!({ "kid": "1", "kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([200; 256]) });
        key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        key
    }

    #[test]
    fn a_key_is_for_the_algorithms_of_its_kind_that_it_allows() {
        assert_eq!(algorithms(&key(&json!({}))), RSA);
        assert_eq!(algorithms(&key(&json!({ "alg": "PS256", "use": "sig" }))), [Algorithm::PS256]);
        let x = URL_SAFE_NO_PAD.encode([1; 32]);
        let ec = json!({ "kid": "1", "kty": "EC", "crv": "P-256", "x": x, "y": x });
        assert_eq!(algorithms(&ec), [Algorithm::ES256]);
        let ed = json!({ "kid": "1", "kty": "OKP", "crv": "Ed25519", "x": x, "key_ops": ["verify"] });
        assert_eq!(algorithms(&ed), [Algorithm::EdDSA]);
    }

    #[test]
    fn a_key_for_something_else_is_passed_over() {
        let short = URL_SAFE_NO_PAD.encode([200; 128]);
        for unusable in [
            key(&json!({ "use": "enc" })),
            key(&json!({ "key_ops": ["encrypt"] })),
            key(&json!({ "alg": "ES256" })),
            key(&json!({ "alg": "HS256" })),
            key(&json!({ "alg": "unheard of" })),
            key(&json!({ "kid": null })),
            key(&json!({ "n": short })),
            json!({ "kid": "1", "kty": "oct", "k": short }),
            json!({ "kid": "1", "kty": "oct", "k": short, "alg": "HS256" }),
            json!({ "kid": "1", "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }),
            json!({ "kid": "1", "kty": "EC", "crv": "P-521", "x": short, "y": short }),
        ] {
            assert_eq!(algorithms(&unusable), [], "{unusable}");
        }
    }

    #[test]
    fn what_is_no_key_set_is_an_error() {
        for document in ["", "[]", "{}", "<html>", r#"{"keys": 1}"#] {
            assert!(read(document.as_bytes()).is_err(), "{document}");
        }
    }
}
