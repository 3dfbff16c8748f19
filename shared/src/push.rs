//! Pushes messages to an org's backend: a webhook or a queue.

mod access;
mod queue;

use aws_sdk_sqs::Client;
use futures_util::future::join_all;
use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::access::Access;
use crate::{
    attempt::{Failure, Retry},
    batching::{batch_id, batch_message},
    excerpt::excerpt,
    secret::Keyring,
    service::{Endpoint, Service, Setting, SigningKey},
    webhook::{Answer, Authorities, Reach, SigningSecret, WebhookClient, WebhookError, WebhookUrl},
};

/// Pushes messages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pusher {
    sqs: Client,
    access: Access,
    webhooks: WebhookClient,
    keys: Keyring,
    reach: Reach,
}

/// A message to be pushed.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its id, which stays the same over retries.
    pub id: &'a str,
    /// What it says.
    pub body: &'a Value,
}

/// That an endpoint took a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// Its HTTP status, if it is a webhook.
    pub status: Option<u16>,
}

impl Pusher {
    /// A pusher that opens services' secrets with `keys`, asks `sts` for the roles of orgs, and posts to endpoints
    /// that one of the authorities vouches for.
    pub fn new(
        sqs: Client,
        sts: aws_sdk_sts::Client,
        keys: Keyring,
        reach: Reach,
        authorities: &Authorities,
    ) -> Self {
        let access = Access::new(sts, keys.clone());
        Self { sqs, access, webhooks: WebhookClient::new(reach, authorities), keys, reach }
    }

    /// Pushes messages to one service: into a queue by as few calls as there can be, in one body to an endpoint that
    /// gets several; an outcome for each.
    pub async fn push_many(
        &self,
        service: &Service,
        messages: &[Message<'_>],
        at: Timestamp,
    ) -> Vec<Result<Pushed, Failure>> {
        if let Endpoint::Sqs { address, access, .. } = &service.endpoint {
            return match self.access.to(service, access, at).await {
                Ok(credentials) => queue::send(&self.sqs, address.as_str(), credentials, messages).await,
                Err(failure) => messages.iter().map(|_| Err(failure.clone())).collect(),
            };
        }
        if service.endpoint.batching().is_some() {
            let each = || messages.iter().map(|message| (message.id, message.body));
            let (id, body) = (batch_id(each().map(|(id, _)| id)), batch_message(each()));
            let outcome = self.post_one(service, &id, &body, at).await;
            return messages.iter().map(|_| outcome.clone()).collect();
        }
        join_all(messages.iter().map(|message| self.post_one(service, message.id, message.body, at))).await
    }

    /// Pushes one message; `id` stays the same over retries.
    pub async fn push(
        &self,
        service: &Service,
        id: &str,
        message: &Value,
        at: Timestamp,
    ) -> Result<Pushed, Failure> {
        let mut outcomes = self.push_many(service, &[Message { id, body: message }], at).await;
        outcomes.pop().unwrap_or_else(|| Err(failure("nothing was sent", Retry::Scheduled)))
    }

    async fn post_one(
        &self,
        service: &Service,
        id: &str,
        body: &Value,
        at: Timestamp,
    ) -> Result<Pushed, Failure> {
        let Endpoint::Webhook { address, keys, .. } = &service.endpoint else {
            return Err(failure("the push backend is a mail service", Retry::Scheduled));
        };
        let answer = self.post(service, (address, keys), id, body, at).await?;
        match answer.status {
            status @ 200..=299 => Ok(Pushed { status: Some(status) }),
            _ => Err(refused(&answer, body)),
        }
    }

    async fn post(
        &self,
        service: &Service,
        (address, keys): (&Setting, &[SigningKey]),
        id: &str,
        message: &Value,
        at: Timestamp,
    ) -> Result<Answer, Failure> {
        let url = WebhookUrl::parse(address.as_str(), self.reach)
            .map_err(|e| failure(&e.to_string(), Retry::Scheduled))?;
        let secrets: Option<Vec<_>> = keys.iter().map(|key| open_secret(&self.keys, service, key)).collect();
        let secrets = secrets
            .filter(|s| !s.is_empty())
            .ok_or_else(|| failure("the signing secret cannot be opened", Retry::Scheduled))?;
        let answer = self.webhooks.post(&url, &secrets, id, at, message.to_string()).await;
        answer.map_err(|error| failure(&explain(&error), Retry::Scheduled))
    }

    /// Asks a webhook; what it says, or nothing where it answers that it does not know.
    ///
    /// # Errors
    /// If it fails, or what it says is cut off or too long.
    pub async fn look_up(
        &self,
        service: &Service,
        id: &str,
        question: &Value,
        at: Timestamp,
    ) -> Result<Option<Bytes>, Failure> {
        let Endpoint::Webhook { address, keys, .. } = &service.endpoint else {
            return Err(failure("the detail backend is no webhook", Retry::Never));
        };
        let answer = self.post(service, (address, keys), id, question, at).await?;
        match (answer.status, answer.body) {
            (404, _) => Ok(None),
            (200..=299, Some(body)) => Ok(Some(body)),
            (status @ 200..=299, None) => {
                let unread = failure("the answer was cut off or is longer than 16 kB", Retry::Scheduled);
                Err(Failure { status: Some(status), ..unread })
            }
            (status, body) => {
                let retry_after_secs = answer.retry_after_secs;
                Err(refused(&Answer { status, retry_after_secs, body }, question))
            }
        }
    }
}

/// A service's secret as it is kept: sealed, and good for this service alone.
pub fn seal_secret(keys: &Keyring, service: crate::id::Id<Service>, secret: &str, nonce: [u8; 24]) -> String {
    keys.seal(secret.as_bytes(), &format!("secret {service}"), nonce)
}

fn open_secret(keys: &Keyring, service: &Service, key: &SigningKey) -> Option<SigningSecret> {
    open_text(keys, service, &key.secret)?.parse().ok()
}

fn open_text(keys: &Keyring, service: &Service, sealed: &Setting) -> Option<String> {
    let bytes = keys.open(sealed.as_str(), &format!("secret {}", service.id))?;
    String::from_utf8(bytes).ok()
}

/// The endpoint took nothing of what it was sent.
fn refused(answer: &Answer, sent: &Value) -> Failure {
    let retry = match answer.retry_after_secs {
        Some(secs) if matches!(answer.status, 429 | 503) => Retry::After(SignedDuration::from_secs(secs)),
        Some(_) | None => Retry::Scheduled,
    };
    let error = format!("the endpoint answered {}", answer.status);
    let said = answer.body.as_ref().and_then(|body| excerpt(body, sent));
    Failure { status: Some(answer.status), error, answer: said, retry }
}

/// The error with its causes, for the org's log.
fn explain(error: &WebhookError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn failure(error: &str, retry: Retry) -> Failure {
    Failure { status: None, error: error.to_owned(), retry, answer: None }
}
