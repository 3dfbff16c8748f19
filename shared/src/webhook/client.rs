//! The client that posts webhooks: own name look-up, no redirects, no proxy, little patience.

use std::{error::Error, fmt, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes, header};
use hyper_rustls::HttpsConnector;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::webhook::{
    Authorities, SigningSecret, WebhookUrl,
    guard::{Guard, Names, Reach, connector},
    signature,
};

const WHOLE: Duration = Duration::from_secs(15);
const ANSWER_BYTES: usize = 16 * 1024;
const HEAD_BYTES: usize = 16 * 1024;

/// Posts webhooks.
#[derive(Debug, Clone)]
pub struct WebhookClient {
    client: Client<HttpsConnector<Guard>, Full<Bytes>>,
}

/// What an endpoint answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Seconds it asks to be left alone, from `Retry-After`.
    pub retry_after_secs: Option<i64>,
    /// What it says; absent where that was cut off, took too long or is longer than 16 kB.
    pub body: Option<Bytes>,
}

/// Without what it says, which may be personal.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl WebhookClient {
    /// A client that goes as far as `reach`, to endpoints that one of the authorities vouches for.
    pub fn new(reach: Reach, authorities: &Authorities) -> Self {
        Self::with_names(reach, authorities, Names::System)
    }

    /// The same, by another knowledge of names.
    pub fn with_names(reach: Reach, authorities: &Authorities, names: Names) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder.http1_max_buf_size(HEAD_BYTES);
        Self { client: builder.build(connector(reach, authorities, names)) }
    }

    /// Posts a signed body; any answer at all is an `Ok`.
    ///
    /// Over in 15 seconds, 3 of them for the connection; at most 16 kB of the answer are read, and as much
    /// of its headers. Nothing is decompressed, and no redirect followed.
    pub async fn post(
        &self,
        url: &WebhookUrl,
        secrets: &[SigningSecret],
        id: &str,
        at: Timestamp,
        body: String,
    ) -> Result<Answer, WebhookError> {
        let signature = signature(secrets, id, at, &body);
        let request = Request::post(url.as_url().as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "Proca-Webhooks/1")
            .header("webhook-id", id)
            .header("webhook-timestamp", at.as_second())
            .header("webhook-signature", signature)
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| WebhookError::Unsendable)?;
        self.exchange(request, Instant::now() + WHOLE).await
    }

    /// The status counts as soon as it is there; what follows it may come until the deadline, or not.
    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Result<Answer, WebhookError> {
        let response = timeout_at(deadline, self.client.request(request)).await;
        let response = response.map_err(|_| WebhookError::TimedOut)?.map_err(|error| {
            if error.is_connect() {
                WebhookError::NotConnected(error.into())
            } else {
                WebhookError::Broken(error.into())
            }
        })?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
        let body = timeout_at(deadline, Limited::new(response.into_body(), ANSWER_BYTES).collect()).await;
        let body = body.ok().and_then(|read| read.map(http_body_util::Collected::to_bytes).ok());
        if body.is_none() {
            tracing::debug!("an answer was cut off, too slow or too long; its status counts");
        }
        Ok(Answer { status, retry_after_secs: retry_after.filter(|secs| *secs >= 0), body })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum WebhookError {
    /// The request cannot be written.
    Unsendable,
    /// No connection: the name is unknown or not public, nobody listens, or TLS failed.
    NotConnected(Box<dyn Error + Send + Sync>),
    /// The connection broke before the answer.
    Broken(Box<dyn Error + Send + Sync>),
    /// No answer within 15 seconds.
    TimedOut,
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsendable => "the request cannot be written",
            Self::NotConnected(_) => "no connection to the endpoint",
            Self::Broken(_) => "the connection broke before the answer",
            Self::TimedOut => "no answer within 15 seconds",
        })
    }
}

impl Error for WebhookError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotConnected(source) | Self::Broken(source) => Some(source.as_ref()),
            Self::Unsendable | Self::TimedOut => None,
        }
    }
}
