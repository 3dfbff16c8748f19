//! Services that orgs own, and the purposes they use them for.

use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    batching::Batching,
    id::{Id, Kind},
    message::PayloadVersion,
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
        /// The tenant on whose reputation it sends, where the account has tenants.
        #[serde(default)]
        tenant_name: Option<Setting>,
        /// Domains that SES may send from.
        verified_domains: Vec<DomainName>,
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
        verified_domains: Vec<DomainName>,
    },
    /// A webhook by the Standard Webhooks specification.
    Webhook {
        /// Where to post.
        address: Setting,
        /// The signing keys; the newest first, at most two.
        keys: Vec<SigningKey>,
        /// The form of its messages.
        payload: PayloadVersion,
        /// How it gets several messages in one body; each alone where absent.
        #[serde(default)]
        batching: Option<Batching>,
    },
    /// An Amazon SQS queue.
    Sqs {
        /// The queue's URL.
        address: Setting,
        /// By whose right messages are put into it.
        access: QueueAccess,
        /// The form of its messages.
        payload: PayloadVersion,
    },
}

/// By whose right messages are put into a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum QueueAccess {
    /// Proca's own: the queue's policy lets it.
    #[default]
    Own,
    /// A role of the org's: its policy lets Proca assume it with the org's external id.
    Role {
        /// The role.
        role: RoleArn,
    },
    /// An access key of the org's.
    Key {
        /// Its id.
        id: AccessKeyId,
        /// Its secret, sealed.
        secret: Setting,
    },
}

/// A key that signs a webhook's messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The secret, sealed.
    pub secret: Setting,
    /// What verifies its signatures, where that is not the secret itself.
    pub public: Option<VerifyingKey>,
}

/// How a webhook's messages are signed, by the Standard Webhooks specification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureScheme {
    /// HMAC-SHA-256, under a secret that both sides know.
    #[default]
    V1,
    /// Ed25519, by a key that only Proca has. Everybody may know what verifies it.
    V1a,
}

/// Whether a service may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// The word for the instance org's service.
pub const SYSTEM: &str = "SYSTEM";

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
            SYSTEM => Ok(Self::System),
            id => Id::from_str(id).map(Self::Own).map_err(|_| Rule("must be SYSTEM or the id of a service")),
        }
    }
}

impl From<Backend> for String {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Own(id) => id.to_string(),
            Backend::System => SYSTEM.to_owned(),
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

text_value! {
    /// The name of an IAM role, such as `arn:aws:iam::123456789012:role/proca`.
    RoleArn, |text| {
        let parts: Vec<_> = text.splitn(6, ':').collect();
        let fits = match *parts.as_slice() {
            ["arn", partition, "iam", "", account, role] => {
                let word = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&b);
                matches!(partition, "aws" | "aws-cn" | "aws-us-gov")
                    && account.len() == 12
                    && account.bytes().all(|b| b.is_ascii_digit())
                    && role.strip_prefix("role/").is_some_and(|role| {
                        (1..=576).contains(&role.len()) && !role.ends_with('/') && role.bytes().all(word)
                    })
            }
            _ => false,
        };
        if fits { Ok(text) } else { Err(Rule("must be a role such as arn:aws:iam::123456789012:role/proca")) }
    }
}

text_value! {
    /// The id of an AWS access key.
    AccessKeyId, |text| {
        let word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let fits = (16..=128).contains(&text.len()) && text.bytes().all(word);
        if fits { Ok(text) } else { Err(Rule("must be the id of an AWS access key")) }
    }
}

text_value! {
    /// What verifies signatures by an Ed25519 key: `whpk_` and the base64 of its 32 bytes.
    VerifyingKey, |text| {
        let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
        let fits = text.strip_prefix("whpk_").is_some_and(|key| key.len() == 44 && key.bytes().all(base64));
        if fits { Ok(text) } else { Err(Rule("must be whpk_ and the base64 of 32 bytes")) }
    }
}

text_value! {
    /// A domain name in lower-case ASCII form with at least one dot, such as `mail.example.org`.
    DomainName, |text| if is_domain(&text) { Ok(text) } else { Err(Rule("must be a domain name such as example.org")) }
}

/// Whether `text` is a lower-case domain name (RFC 1123, section 2.1) that is no IP address.
pub fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = text.rsplit_once('.').map(|(_, top)| top);
    text.len() <= 253
        && text.split('.').all(label)
        && top.is_some_and(|top| top.starts_with(|c: char| c.is_ascii_lowercase()))
}

impl Service {
    /// Whether it may be used now.
    pub fn is_active(&self) -> bool {
        self.state == ServiceState::Active
    }

    /// What a role of the org's must ask of whoever assumes it: another org, which names the role as its own,
    /// comes with another.
    pub fn external_id(&self) -> String {
        self.org.to_string()
    }

    /// Whether it may be used only once it has answered a signed test event.
    pub const fn must_answer_a_test(&self) -> bool {
        matches!(self.endpoint, Endpoint::Webhook { .. })
    }
}

impl SigningKey {
    /// How it signs.
    pub const fn scheme(&self) -> SignatureScheme {
        if self.public.is_some() { SignatureScheme::V1a } else { SignatureScheme::V1 }
    }
}

impl ServiceState {
    /// Not for now, for this reason or the usual one.
    pub fn paused(reason: Option<Setting>) -> Self {
        Self::Paused { reason: reason.unwrap_or_else(|| Setting("paused by the org's staff".to_owned())) }
    }

    /// The endpoint said that it is there no more.
    pub fn gone() -> Self {
        Self::Paused { reason: Setting("the endpoint answered 410 Gone".to_owned()) }
    }

    /// The endpoint took nothing for so long that messages were given up.
    pub fn failed() -> Self {
        Self::Disabled { reason: Setting("the endpoint took no message for three days".to_owned()) }
    }

    /// Not before the service has answered a signed test event.
    pub fn untested() -> Self {
        Self::Paused { reason: Setting("send a test event first".to_owned()) }
    }
}

impl Backends {
    /// The purposes that an own service is used for, by their names.
    pub fn purposes_of(&self, id: Id<Service>) -> Vec<&'static str> {
        let Self { email, push, event, detail, storage } = self;
        [("email", email), ("push", push), ("event", event), ("detail", detail), ("storage", storage)]
            .into_iter()
            .filter_map(|(purpose, backend)| (*backend == Some(Backend::Own(id))).then_some(purpose))
            .collect()
    }

    /// What is used for a purpose, by its name; `None` if there is no such purpose.
    pub fn of_mut(&mut self, purpose: &str) -> Option<&mut Option<Backend>> {
        match purpose {
            "email" => Some(&mut self.email),
            "push" => Some(&mut self.push),
            "event" => Some(&mut self.event),
            "detail" => Some(&mut self.detail),
            "storage" => Some(&mut self.storage),
            _ => None,
        }
    }
}

impl Endpoint {
    /// Whether a service of this kind can be used for a purpose, by its name.
    pub fn serves(&self, purpose: &str) -> bool {
        match self {
            Self::Ses { .. } | Self::Smtp { .. } => purpose == "email",
            Self::Webhook { .. } => matches!(purpose, "push" | "event" | "detail"),
            Self::Sqs { .. } => matches!(purpose, "push" | "event"),
        }
    }

    /// The form of the messages that it gets, if it gets any.
    pub const fn payload(&self) -> Option<PayloadVersion> {
        match self {
            Self::Webhook { payload, .. } | Self::Sqs { payload, .. } => Some(*payload),
            Self::Ses { .. } | Self::Smtp { .. } => None,
        }
    }

    /// How it gets several messages in one body, if it does.
    pub const fn batching(&self) -> Option<Batching> {
        match self {
            Self::Webhook { batching, .. } => *batching,
            Self::Ses { .. } | Self::Smtp { .. } | Self::Sqs { .. } => None,
        }
    }

    /// How many messages one request brings, at most.
    pub fn most_at_once(&self) -> usize {
        match self {
            Self::Webhook { batching: Some(batching), .. } => usize::from(batching.most),
            // As many as Amazon SQS takes in a request.
            Self::Sqs { .. } => 10,
            Self::Webhook { .. } | Self::Ses { .. } | Self::Smtp { .. } => 1,
        }
    }

    /// What it speaks, in a word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ses { .. } => "ses",
            Self::Smtp { .. } => "smtp",
            Self::Webhook { .. } => "webhook",
            Self::Sqs { .. } => "sqs",
        }
    }

    /// The host of its address, without what may be secret in that; empty where it has none.
    pub fn host(&self) -> String {
        match self {
            Self::Ses { .. } => String::new(),
            Self::Smtp { address, .. } => address.to_string(),
            Self::Webhook { address, .. } | Self::Sqs { address, .. } => {
                let url = url::Url::parse(address.as_str()).ok();
                url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
            }
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_by_its_account() {
        for good in
            ["arn:aws:iam::123456789012:role/proca", "arn:aws-cn:iam::123456789012:role/path/to/proca-1"]
        {
            assert!(good.parse::<RoleArn>().is_ok(), "{good}");
        }
        for bad in [
            "proca",
            "arn:aws:iam::123456789012:user/proca",
            "arn:aws:iam::12345678901:role/proca",
            "arn:aws:iam:eu:123456789012:role/proca",
            "arn:aws:sts::123456789012:role/proca",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:iam::123456789012:role/a:b",
        ] {
            assert!(bad.parse::<RoleArn>().is_err(), "{bad}");
        }
        assert!("AKIAIOSFODNN7EXAMPLE".parse::<AccessKeyId>().is_ok());
        assert!("akiaiosfodnn7example".parse::<AccessKeyId>().is_err());
    }

    #[test]
    fn a_domain_has_a_dot_and_is_no_address() {
        for good in ["example.org", "a.b-c.xn--p1ai", "1.example.org"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in
            ["", "localhost", "Example.org", "127.0.0.1", "a..org", "-a.org", "a.org.", "a b.org", "a.0x7f"]
        {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
