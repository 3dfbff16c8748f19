//! The client that posts webhooks: own name look-up, no redirects, no proxy, little patience.

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use jiff::Timestamp;

use crate::webhook::{Reach, SigningSecret, WebhookUrl, is_public, signature};

const CONNECT: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(15);
const ANSWER_BYTES: usize = 16 * 1024;

/// Posts webhooks.
#[derive(Debug, Clone)]
pub struct WebhookClient {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
}

/// What an endpoint answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Seconds it asks to be left alone, from `Retry-After`.
    pub retry_after_secs: Option<i64>,
    /// What it says; absent where that was cut off or is longer than 16 kB.
    pub body: Option<Bytes>,
}

/// Without what it says, which may be personal.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl WebhookClient {
    /// A client that goes as far as `reach`.
    pub fn new(reach: Reach) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build(connector(reach)) }
    }

    /// Posts a signed body; any answer at all is an `Ok`.
    ///
    /// Over in 15 seconds, 3 of them for the connection; at most 16 kB of the answer are read.
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
        tokio::time::timeout(WHOLE, self.exchange(request)).await.map_err(|_| WebhookError::TimedOut)?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, WebhookError> {
        let response = self.client.request(request).await.map_err(|error| {
            if error.is_connect() {
                WebhookError::NotConnected(error.into())
            } else {
                WebhookError::Broken(error.into())
            }
        })?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).ok();
        if body.is_none() {
            tracing::debug!("an answer was cut off or too long; its status counts");
        }
        Ok(Answer { status, retry_after_secs: retry_after.filter(|secs| *secs >= 0), body })
    }
}

/// Connects as far as `reach`, in 3 seconds, over TLS unless it stays on this machine.
pub(super) fn connector(reach: Reach) -> HttpsConnector<HttpConnector<Resolver>> {
    let mut http = HttpConnector::new_with_resolver(Resolver(reach));
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT));
    let https = HttpsConnectorBuilder::new().with_webpki_roots();
    let https = match reach {
        Reach::Public => https.https_only(),
        Reach::Loopback => https.https_or_http(),
    };
    https.enable_http1().wrap_connector(http)
}

/// Looks names up and gives only addresses that may be connected to: the check and the connection
/// use the same answer, so that a name cannot change in between.
#[derive(Debug, Clone)]
pub(super) struct Resolver(Reach);

impl tower_service::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, io::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed =
                |a: &SocketAddr| is_public(a.ip()) || (reach == Reach::Loopback && a.ip().is_loopback());
            if found.iter().all(allowed) {
                Ok(found.into_iter())
            } else {
                Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the name stands for an address that is not public",
                ))
            }
        })
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
