//! Services that orgs own, and the purposes they use them for.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{Id, Kind},
    org::Org,
    text::{is_invisible, text_value},
    violation::Rule,
};

/// An API that an org can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Identity.
    pub id: Id<Self>,
    /// The org that owns it.
    pub org: Id<Org>,
    /// What it speaks, and where.
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// Whether it may be used.
    #[serde(flatten)]
    pub state: ServiceState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

/// What a service speaks, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "service", rename_all = "snake_case")]
pub enum Endpoint {
    /// Amazon SES in the instance's account.
    Ses {
        /// Configuration set that publishes the events; the instance's where absent.
        configuration_set: Option<Setting>,
        /// Domains that SES may send from.
        verified_domains: Vec<Setting>,
    },
    /// An SMTP server.
    Smtp {
        /// Host and port, as in `mail.example.org:587`.
        address: Setting,
        /// Who logs in.
        user: Option<Setting>,
        /// The password, sealed.
        secret: Option<Setting>,
        /// Domains that it may send from.
        verified_domains: Vec<Setting>,
    },
    /// A webhook by the Standard Webhooks specification.
    Webhook {
        /// Where to post.
        address: Setting,
        /// The signing secrets, sealed; the newest first, at most two.
        secrets: Vec<Setting>,
    },
    /// An Amazon SQS queue.
    Sqs {
        /// The queue's URL.
        address: Setting,
    },
}

/// Whether a service may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ServiceState {
    /// It may.
    Active,
    /// Not for now.
    Paused {
        /// Why, for the org's staff.
        reason: Setting,
    },
    /// Not until staff say so.
    Disabled {
        /// Why, for the org's staff.
        reason: Setting,
    },
}

/// What an org uses a service for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backends {
    /// Sends mail to supporters.
    pub email: Option<Backend>,
    /// Receives actions.
    pub push: Option<Backend>,
    /// Receives status events.
    pub event: Option<Backend>,
    /// Knows members.
    pub detail: Option<Backend>,
    /// Keeps files.
    pub storage: Option<Backend>,
}

/// Whose service is used for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Backend {
    /// The org's own.
    Own(Id<Service>),
    /// The instance org's service for the same purpose, whatever it is at the time of use.
    System,
}

impl TryFrom<String> for Backend {
    type Error = Rule;

    fn try_from(text: String) -> Result<Self, Rule> {
        match text.as_str() {
            "SYSTEM" => Ok(Self::System),
            id => Id::from_str(id).map(Self::Own).map_err(|_| Rule("must be SYSTEM or the id of a service")),
        }
    }
}

impl From<Backend> for String {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Own(id) => id.to_string(),
            Backend::System => "SYSTEM".to_owned(),
        }
    }
}

text_value! {
    /// One line of a service's settings: 1 to 1,000 visible characters.
    Setting, |text| {
        let fits = (1..=1000).contains(&text.chars().count()) && !text.chars().any(is_invisible);
        if fits { Ok(text) } else { Err(Rule("must be one line of 1 to 1,000 characters")) }
    }
}

impl Service {
    /// Whether it may be used now.
    pub fn is_active(&self) -> bool {
        self.state == ServiceState::Active
    }
}

impl Endpoint {
    /// Whether mail from `domain` may go through this service.
    pub fn sends_from(&self, domain: &str) -> bool {
        match self {
            Self::Ses { verified_domains, .. } | Self::Smtp { verified_domains, .. } => {
                verified_domains.iter().any(|d| d.as_str().eq_ignore_ascii_case(domain))
            }
            Self::Webhook { .. } | Self::Sqs { .. } => false,
        }
    }
}

impl Kind for Service {
    const PREFIX: &'static str = "svc";
}
