//! A receiver of webhooks, as organisations would run one: checks the signature, keeps the body.
//!
//! Any org's webhook may be pointed at it; whose secret it does not know it believes, and says so. The keys
//! that verify `v1a` it asks the API for, as any receiver of the org's may.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use proca::clock::Clock;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{gateway::Call, system::System};

/// Where organisations' webhooks arrive. Cheap to clone.
#[derive(Clone)]
pub struct Receiver(Arc<Inner>);

struct Inner {
    clock: Clock,
    file: PathBuf,
    secrets: BTreeMap<String, String>,
    api: Api,
    received: Mutex<Vec<Received>>,
}

/// The API, for somebody who may read the orgs' services.
#[derive(Debug, Clone)]
pub struct Api {
    /// The system behind it.
    pub system: Arc<System>,
    /// Who asks.
    pub token: String,
}

/// One webhook that arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Received {
    /// When.
    pub at: Timestamp,
    /// For which org, by name.
    pub org: String,
    /// Its id, the same over retries.
    pub id: String,
    /// Whether its signature is good; `None` where no secret or key of the org is known here.
    pub verified: Option<bool>,
    /// Its body.
    pub body: Value,
}

impl Receiver {
    /// A receiver that knows these orgs' signing secrets; keeps what arrives in a file.
    pub fn new(clock: Clock, file: PathBuf, secrets: BTreeMap<String, String>, api: Api) -> io::Result<Self> {
        let received = match fs::read_to_string(&file) {
            Ok(text) => text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self(Arc::new(Inner { clock, file, secrets, api, received: Mutex::new(received) })))
    }

    /// `POST /received/{org}`.
    pub fn router(&self) -> Router {
        Router::new().route("/received/{org}", post(receive)).with_state(self.clone())
    }

    /// Everything that arrived, the newest last.
    pub fn received(&self) -> Vec<Received> {
        self.0.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether one of the signatures is good, as far as that can be known here.
    async fn verify(&self, org: &str, signed: (&str, &str), body: &str, signatures: &str) -> Option<bool> {
        let by_secret = self.0.secrets.get(org).map(|secret| is_signed(secret, signed, body, signatures));
        if by_secret == Some(true) || !signatures.split(' ').any(|one| one.starts_with("v1a,")) {
            return by_secret;
        }
        let keys = self.0.api.public_keys(org).await;
        let by_key = keys.iter().any(|key| is_signed_by(key, signed, body, signatures));
        if keys.is_empty() { by_secret } else { Some(by_key) }
    }

    /// Keeps what arrived before it is answered for.
    fn keep(&self, received: Received) -> io::Result<()> {
        let mut all = self.0.received.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&self.0.file)?;
        let mut line = serde_json::to_vec(&received)?;
        line.push(b'\n');
        file.write_all(&line)?;
        all.push(received);
        Ok(())
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    Path(org): Path<String>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let id = header("webhook-id").to_owned();
    let (at, signatures) = (header("webhook-timestamp"), header("webhook-signature"));
    let verified = receiver.verify(&org, (&id, at), &body, signatures).await;
    let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
    match receiver.keep(Received { at: receiver.0.clock.now(), org, id, verified, body }) {
        Ok(()) if verified == Some(false) => StatusCode::UNAUTHORIZED,
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) => {
            tracing::error!(error = %error, "a webhook cannot be kept");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

/// Whether one of the signatures is good, by the specification's own library.
///
/// How old the message is does not matter here: the clock of this machine may be a virtual one.
pub fn is_signed(secret: &str, (id, at): (&str, &str), body: &str, signatures: &str) -> bool {
    let webhook = standardwebhooks::Webhook::new(secret);
    let (Ok(webhook), Ok(at)) = (webhook, at.parse()) else { return false };
    webhook.sign(id, at, body.as_bytes()).is_ok_and(|good| signatures.split(' ').any(|s| s == good))
}

/// Whether one of the signatures is good by this public key, `whpk_…`.
pub fn is_signed_by(key: &str, (id, at): (&str, &str), body: &str, signatures: &str) -> bool {
    let Some(key) = key.strip_prefix("whpk_").and_then(|key| STANDARD.decode(key).ok()) else { return false };
    let (key, signed) = (UnparsedPublicKey::new(&ED25519, key), format!("{id}.{at}.{body}"));
    let ours = signatures.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1a,")?).ok());
    ours.into_iter().any(|signature| key.verify(signed.as_bytes(), &signature).is_ok())
}

impl Api {
    /// The public keys of an org's webhooks.
    async fn public_keys(&self, org: &str) -> Vec<String> {
        let (uri, bearer) =
            (format!("/v1/orgs/{org}/services").parse(), format!("Bearer {}", self.token).parse());
        let (Ok(uri), Ok(bearer)) = (uri, bearer) else { return Vec::new() };
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        let call = Call { uri, headers, ..Call::default() };
        let answer: Value = serde_json::from_slice(self.system.call(call).await.body()).unwrap_or_default();
        let services = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let keys = services.iter().filter_map(|service| service.get("publicKeys")?.as_array());
        keys.flatten().filter_map(|key| key.as_str().map(str::to_owned)).collect()
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receiver(..)")
    }
}
