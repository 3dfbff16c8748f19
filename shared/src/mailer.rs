//! Sends a mail through an org's mail service: SES or SMTP.

mod identity;
mod pace;
mod ses;
mod smtp;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use self::identity::IdentityError;
use self::pace::Paces;
use crate::{
    attempt::{Failure, Retry},
    mail::Mail,
    mail_fault::MailFault,
    secret::Keyring,
    sending_domain::SendingDomain,
    service::{DomainName, Endpoint, Service, Setting},
    webhook::Reach,
};

/// Sends mails. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailer {
    ses: aws_sdk_sesv2::Client,
    configuration_set: String,
    keys: Keyring,
    reach: Reach,
    paces: Arc<Paces>,
}

/// How an attempt to send a mail ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sending {
    /// The service took it.
    Sent,
    /// It certainly did not leave.
    Failed(Failure),
    /// It certainly did not leave, and nor will another one like it.
    Stopped(MailFault),
    /// It may or may not have left.
    Unknown,
}

impl Mailer {
    /// A mailer with the instance's configuration set, that opens services' secrets with `keys`.
    pub fn new(ses: aws_sdk_sesv2::Client, configuration_set: String, keys: Keyring, reach: Reach) -> Self {
        Self { ses, configuration_set, keys, reach, paces: Arc::default() }
    }

    /// Sends one mail, if it is its turn.
    pub async fn send(&self, service: &Service, mail: &Mail, now: Timestamp) -> Sending {
        if let Err(wait) = self.paces.turn(service.id, now) {
            return Sending::Failed(too_fast("waits for its turn, since the mail service is too busy", wait));
        }
        let sending = self.ask(service, mail).await;
        match sending {
            Sending::Failed(failure) if matches!(failure.retry, Retry::Uncounted(_)) => {
                let retry = Retry::Uncounted(self.paces.too_fast(service.id, now));
                Sending::Failed(Failure { retry, ..failure })
            }
            Sending::Sent => {
                self.paces.taken(service.id, now);
                Sending::Sent
            }
            Sending::Failed(_) | Sending::Stopped(_) | Sending::Unknown => sending,
        }
    }

    /// Whether SES sends from a domain, and which DNS records it misses where not.
    pub async fn sending_domain(&self, domain: DomainName) -> Result<SendingDomain, IdentityError> {
        let identity = identity::ask(&self.ses, &domain).await?;
        let region = self.ses.config().region().map_or("", |region| region.as_ref());
        Ok(SendingDomain::judge(domain, identity.as_ref(), region))
    }

    async fn ask(&self, service: &Service, mail: &Mail) -> Sending {
        match &service.endpoint {
            Endpoint::Ses { configuration_set, tenant_name, .. } => {
                let set = configuration_set.as_ref().map_or(self.configuration_set.as_str(), |s| s.as_str());
                let route =
                    ses::Route { installation: &self.configuration_set, set, tenant: tenant_name.as_ref() };
                ses::send(&self.ses, route, mail).await
            }
            Endpoint::Smtp { address, user, secret, .. } => {
                let login = match (user, secret) {
                    (Some(user), Some(secret)) => match self.open(service, secret) {
                        Some(password) => Some((user.to_string(), password)),
                        None => return unusable("the mail server's password cannot be opened"),
                    },
                    (Some(_), None) | (None, _) => None,
                };
                smtp::send(address.as_str(), login, mail, self.reach).await
            }
            Endpoint::Webhook { .. } | Endpoint::Sqs { .. } => {
                unusable("the e-mail backend is no mail service")
            }
        }
    }

    fn open(&self, service: &Service, secret: &Setting) -> Option<String> {
        let bytes = self.keys.open(secret.as_str(), &format!("secret {}", service.id))?;
        String::from_utf8(bytes).ok()
    }
}

/// Nothing left, since the service is asked too fast.
fn too_fast(error: &str, wait: SignedDuration) -> Failure {
    Failure { status: None, error: error.to_owned(), retry: Retry::Uncounted(wait), answer: None }
}

/// Nothing left, and staff can mend it.
fn unusable(error: &str) -> Sending {
    Sending::Failed(Failure { status: None, error: error.to_owned(), retry: Retry::Scheduled, answer: None })
}
