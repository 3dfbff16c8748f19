//! The keys of an issuer, fetched seldom and kept a while.

use std::{error::Error, fmt};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;

use crate::{
    problem::Chain,
    staff::oidc::Refusal,
    webhook::{FetchError, Reach, WebhookUrl, fetch},
};

mod jwk;

use jwk::IssuerKey;

/// How long keys serve before they are fetched again.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// How long keys serve while the issuer does not answer.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The least time between two fetches, whatever tokens come and however fetches end.
const BETWEEN: SignedDuration = SignedDuration::from_mins(1);

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct IssuerKeys {
    url: WebhookUrl,
    reach: Reach,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    keys: Vec<IssuerKey>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

impl IssuerKeys {
    /// Keys that are published there; none is known yet.
    pub(super) fn new(url: WebhookUrl, reach: Reach) -> Self {
        Self { url, reach, known: Mutex::default() }
    }

    /// A key by its id, that signs by this algorithm. Who comes while keys are fetched waits for them.
    pub(super) async fn find(
        &self,
        id: &str,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<DecodingKey, Refusal> {
        let mut known = self.known.lock().await;
        if known.must_be_fetched_for(id, now) {
            known.tried_at = Some(now); // Before the fetch, so that one that is given up counts too.
            match self.fetch().await {
                Ok(keys) => (known.keys, known.fetched_at) = (keys, Some(now)),
                Err(error) => tracing::warn!(error = %Chain(&error), "the keys of the issuer were not had"),
            }
        }
        known.key(id, algorithm, now)
    }

    async fn fetch(&self) -> Result<Vec<IssuerKey>, KeysError> {
        let document = fetch(&self.url, self.reach).await.map_err(KeysError::Fetch)?;
        jwk::read(&document).map_err(KeysError::Document)
    }
}

impl Known {
    fn must_be_fetched_for(&self, id: &str, now: Timestamp) -> bool {
        let within = |at: Option<Timestamp>, time| at.is_some_and(|at| now.duration_since(at) < time);
        let serves = within(self.fetched_at, FRESH) && self.keys.iter().any(|key| key.id == id);
        !serves && !within(self.tried_at, BETWEEN)
    }

    fn key(&self, id: &str, algorithm: Algorithm, now: Timestamp) -> Result<DecodingKey, Refusal> {
        if self.fetched_at.is_none_or(|at| now.duration_since(at) >= KEPT) {
            return Err(Refusal::NoKeys);
        }
        let fits = |key: &&IssuerKey| key.id == id && key.algorithms.contains(&algorithm);
        self.keys.iter().find(fits).map(|key| key.key.clone()).ok_or(Refusal::UnknownKey)
    }
}

/// Why there are no newer keys.
#[derive(Debug)]
enum KeysError {
    Fetch(FetchError),
    Document(serde_json::Error),
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fetch(_) => "the key set was not fetched",
            Self::Document(_) => "the document is no key set",
        })
    }
}

impl Error for KeysError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fetch(source) => Some(source),
            Self::Document(source) => Some(source),
        }
    }
}
