//! Sends a mail through an org's mail service: SES or SMTP.

mod ses;
mod smtp;

use crate::{
    attempt::Failure,
    mail::Mail,
    secret::Keyring,
    service::{Endpoint, Service},
    webhook::Reach,
};

/// Sends mails. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailer {
    ses: aws_sdk_sesv2::Client,
    configuration_set: String,
    keys: Keyring,
    reach: Reach,
}

/// How an attempt to send a mail ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sending {
    /// The service took it.
    Sent,
    /// It certainly did not leave.
    Failed(Failure),
    /// It may or may not have left.
    Unknown,
}

impl Mailer {
    /// A mailer with the instance's configuration set, that opens services' secrets with `keys`.
    pub const fn new(
        ses: aws_sdk_sesv2::Client,
        configuration_set: String,
        keys: Keyring,
        reach: Reach,
    ) -> Self {
        Self { ses, configuration_set, keys, reach }
    }

    /// Sends one mail.
    pub async fn send(&self, service: &Service, mail: &Mail) -> Sending {
        match &service.endpoint {
            Endpoint::Ses { configuration_set, .. } => {
                let set = configuration_set.as_ref().map_or(self.configuration_set.as_str(), |s| s.as_str());
                ses::send(&self.ses, set, mail).await
            }
            Endpoint::Smtp { address, user, secret, .. } => {
                let password = secret
                    .as_ref()
                    .and_then(|s| self.keys.open(s.as_str(), &format!("secret {}", service.id)));
                let login = user
                    .as_ref()
                    .map(|u| u.as_str().to_owned())
                    .zip(password.and_then(|p| String::from_utf8(p).ok()));
                smtp::send(address.as_str(), login, mail, self.reach).await
            }
            Endpoint::Webhook { .. } | Endpoint::Sqs { .. } => Sending::Failed(Failure {
                status: None,
                error: "the e-mail backend is no mail service".to_owned(),
                retry: crate::attempt::Retry::Scheduled,
            }),
        }
    }
}
