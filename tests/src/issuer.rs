//! An identity provider on loopback: publishes keys, signs tokens, counts who asks.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::{Router, extract::State, http::StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What its tokens have in `iss`.
pub const ISSUER: &str = "https://login.example.org";

/// What they have in `aud`.
pub const AUDIENCE: &str = "proca";

/// The provider.
#[derive(Debug)]
pub struct Issuer {
    /// Where its keys are.
    pub jwks_url: String,
    state: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    keys: Mutex<Vec<Value>>,
    down: AtomicBool,
    asked: AtomicUsize,
}

/// A key pair, made from a number.
#[derive(Clone)]
pub struct KeyPair {
    /// Its `kid`.
    pub id: String,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Issuer {
    /// Starts a provider that publishes these keys.
    pub async fn start(keys: &[&KeyPair]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let jwks_url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let state = Arc::new(Shared::default());
        let app = Router::new().fallback(key_set).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let issuer = Self { jwks_url, state, server };
        issuer.publish(keys);
        issuer
    }

    /// From now on it publishes these.
    pub fn publish(&self, keys: &[&KeyPair]) {
        *self.state.keys.lock().unwrap() = keys.iter().map(|key| key.public()).collect();
    }

    /// From now on it fails, or works again.
    pub fn set_down(&self, down: bool) {
        self.state.down.store(down, Ordering::SeqCst);
    }

    /// How often it was asked for its keys.
    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn key_set(State(state): State<Arc<Shared>>) -> Result<String, StatusCode> {
    state.asked.fetch_add(1, Ordering::SeqCst);
    if state.down.load(Ordering::SeqCst) {
        return Err(StatusCode::BAD_GATEWAY);
    }
    Ok(json!({ "keys": *state.keys.lock().unwrap() }).to_string())
}

impl KeyPair {
    /// An Ed25519 pair. Any 32 bytes are a private key (RFC 8410, section 7, spells what goes before them).
    pub fn eddsa(seed: u8) -> Self {
        let private = EncodingKey::from_ed_der(&der("302e020100300506032b657004220420", seed));
        Self { id: format!("ed-{seed}"), algorithm: Algorithm::EdDSA, private }
    }

    /// A P-256 pair. Nearly any 32 bytes are a private key (RFC 5915 and RFC 5958 spell what goes before them).
    pub fn es256(seed: u8) -> Self {
        let head = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";
        let private = EncodingKey::from_ec_der(&der(head, seed));
        Self { id: format!("ec-{seed}"), algorithm: Algorithm::ES256, private }
    }

    /// What the provider publishes of it.
    pub fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        serde_json::to_value(jwk).unwrap()
    }

    /// A token that says this.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.id, claims)
    }

    /// The same, that names another key.
    pub fn sign_as(&self, id: &str, claims: &Value) -> String {
        let header = Header { kid: Some(id.to_owned()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.private).unwrap()
    }
}

fn der(head: &str, seed: u8) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&head[at..at + 2], 16).unwrap();
    let mut der: Vec<u8> = (0..head.len()).step_by(2).map(byte).collect();
    der.extend([seed; 32]);
    der
}
