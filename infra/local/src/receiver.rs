//! A receiver of webhooks, as organisations would run one: checks the signature, keeps the body.
//!
//! Any org's webhook may be pointed at it; whose secret it does not know it believes, and says so.

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
    http::{HeaderMap, StatusCode},
    routing::post,
};
use jiff::Timestamp;
use proca::clock::Clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where organisations' webhooks arrive. Cheap to clone.
#[derive(Clone)]
pub struct Receiver(Arc<Inner>);

struct Inner {
    clock: Clock,
    file: PathBuf,
    secrets: BTreeMap<String, String>,
    received: Mutex<Vec<Received>>,
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
    /// Whether its signature is good; `None` where the org's secret is not known here.
    pub verified: Option<bool>,
    /// Its body.
    pub body: Value,
}

impl Receiver {
    /// A receiver that knows these orgs' signing secrets; keeps what arrives in a file.
    pub fn new(clock: Clock, file: PathBuf, secrets: BTreeMap<String, String>) -> io::Result<Self> {
        let received = match fs::read_to_string(&file) {
            Ok(text) => text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self(Arc::new(Inner { clock, file, secrets, received: Mutex::new(received) })))
    }

    /// `POST /received/{org}`.
    pub fn router(&self) -> Router {
        Router::new().route("/received/{org}", post(receive)).with_state(self.clone())
    }

    /// Everything that arrived, the newest last.
    pub fn received(&self) -> Vec<Received> {
        self.0.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    let secret = receiver.0.secrets.get(&org);
    let verified = secret.map(|secret| is_signed(secret, (&id, at), &body, signatures));
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

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receiver(..)")
    }
}
