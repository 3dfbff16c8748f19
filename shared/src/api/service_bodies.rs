//! Bodies of services: a new one by its kind, and changes of one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        body::{Edit, RequestBody, body, ranged, required, set, value},
        service_address::{QueueAddress, ServerAddress, WebhookAddress},
    },
    batching::{Batching, USUAL_SECONDS},
    json::Fields,
    message::PayloadVersion,
    service::{
        AccessKeyId, DomainName, Endpoint, QueueAccess, RoleArn, Setting, SignatureScheme, SigningKey,
    },
    text::personal_value,
    violation::{Rule, Violation},
};

/// What a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// Amazon SES in the instance's account.
    Ses,
    /// An SMTP server.
    Smtp,
    /// A webhook by the Standard Webhooks specification.
    Webhook,
    /// An Amazon SQS queue.
    Sqs,
}

/// A new service, with what its kind needs.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum NewService {
    /// Amazon SES in the instance's account: for the instance's own org.
    Ses {
        /// Configuration set that publishes the events; the instance's where absent.
        configuration_set: Option<Setting>,
        /// The tenant on whose reputation it sends, where the account has tenants.
        tenant_name: Option<Setting>,
        /// Domains that SES may send from.
        verified_domains: DomainNames,
    },
    /// An SMTP server of the org's own.
    Smtp {
        /// Host and port.
        address: ServerAddress,
        /// Who logs in.
        user: Setting,
        /// The password. It is sealed, and never shown.
        secret: Password,
        /// Domains that it may send from.
        verified_domains: Option<DomainNames>,
    },
    /// A webhook. Its signing secret is in the answer, once; what verifies `v1a` can be read at any time.
    Webhook {
        /// Where to post.
        address: WebhookAddress,
        /// How its messages are signed; `v1` where absent.
        signature: Option<SignatureScheme>,
        /// The form of its messages; the newest where absent.
        payload: Option<PayloadVersion>,
        /// Messages that it gets in one body, at most; each alone where absent, or 1.
        batch_size: Option<BatchSize>,
        /// Seconds that a message waits for others; 10 where absent.
        batch_seconds: Option<BatchSeconds>,
    },
    /// An Amazon SQS queue. Proca sends by its own right, or by a role's or access key's of the org.
    Sqs {
        /// The queue's URL.
        address: QueueAddress,
        /// A role to assume. It must ask for the external id that the answer shows.
        role: Option<RoleArn>,
        /// An access key to use, instead of a role.
        access_key_id: Option<AccessKeyId>,
        /// The access key's secret. It is sealed, and never shown.
        secret: Option<Password>,
        /// The form of its messages; the newest where absent.
        payload: Option<PayloadVersion>,
    },
}

const ONE_WAY: &str = "is one way, and an access key another";
const NO_SECRET: &str = "is required with another access key";
const NO_KEY: &str = "is required with a secret";

/// Every field that some kind of service has.
const FIELDS: [&str; 12] = [
    "address",
    "user",
    "secret",
    "configurationSet",
    "tenantName",
    "verifiedDomains",
    "signature",
    "payload",
    "batchSize",
    "batchSeconds",
    "role",
    "accessKeyId",
];

impl RequestBody for NewService {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        match required(fields, "kind") {
            Some(ServiceKind::Ses) => {
                let configuration_set = value(fields, "configurationSet");
                let tenant_name = value(fields, "tenantName");
                let verified_domains = required(fields, "verifiedDomains");
                Some(Self::Ses { configuration_set, tenant_name, verified_domains: verified_domains? })
            }
            Some(ServiceKind::Smtp) => {
                let (address, user) = (required(fields, "address"), required(fields, "user"));
                let (secret, verified_domains) =
                    (required(fields, "secret"), value(fields, "verifiedDomains"));
                Some(Self::Smtp { address: address?, user: user?, secret: secret?, verified_domains })
            }
            Some(ServiceKind::Webhook) => {
                let (signature, payload) = (value(fields, "signature"), value(fields, "payload"));
                let (batch_size, batch_seconds) = (value(fields, "batchSize"), value(fields, "batchSeconds"));
                let address = required(fields, "address")?;
                Some(Self::Webhook { address, signature, payload, batch_size, batch_seconds })
            }
            Some(ServiceKind::Sqs) => {
                let (address, payload) = (required(fields, "address"), value(fields, "payload"));
                let (role, secret) = (value(fields, "role"), value(fields, "secret"));
                let access_key_id = value(fields, "accessKeyId");
                if role.is_some() && access_key_id.is_some() {
                    return fields.wrong("role", ONE_WAY);
                }
                match (access_key_id.is_some(), secret.is_some()) {
                    (true, false) => return fields.wrong("secret", NO_SECRET),
                    (false, true) => return fields.wrong("accessKeyId", NO_KEY),
                    (true, true) | (false, false) => {}
                }
                Some(Self::Sqs { address: address?, role, access_key_id, secret, payload })
            }
            None => {
                // Which fields belong to it depends on the kind, so none is wrong for now.
                for name in FIELDS {
                    fields.get(name);
                }
                None
            }
        }
    }
}

body! {
    /// Changes of a service; each kind has its own fields.
    #[derive(Default)]
    pub struct ServicePatch {
        /// Where it is. A webhook must answer a test event again; an SMTP server needs the secret again.
        optional address "address": Setting,
        /// Who logs in to the SMTP server.
        optional user "user": Setting,
        /// The password of the SMTP server, or the secret of the access key. It is sealed, and never shown.
        optional secret "secret": Password,
        /// Configuration set of SES; the instance's where empty.
        edit configuration_set "configurationSet": Setting,
        /// Tenant of SES; none where empty.
        edit tenant_name "tenantName": Setting,
        /// Domains that it may send from; those of SES are for the instance's own org to say.
        optional verified_domains "verifiedDomains": DomainNames,
        /// How a webhook's messages are signed. Another scheme gets a new key; the last one signs beside it.
        optional signature "signature": SignatureScheme,
        /// The form of a webhook's or queue's messages.
        optional payload "payload": PayloadVersion,
        /// Messages that a webhook gets in one body, at most; each alone where 1.
        optional batch_size "batchSize": BatchSize,
        /// Seconds that a message waits for others.
        optional batch_seconds "batchSeconds": BatchSeconds,
        /// The role to assume for a queue, or none: then Proca sends by its own right.
        edit role "role": RoleArn,
        /// The access key to use for a queue; its secret must come along.
        optional access_key_id "accessKeyId": AccessKeyId,
    }
}

/// What a changed service gets besides the patch: made elsewhere, and sealed.
#[derive(Debug, Default)]
pub struct Sealed {
    /// The password or secret of the patch.
    pub secret: Option<Setting>,
    /// A new signing key, of the scheme of the patch.
    pub key: Option<SigningKey>,
}

body! {
    /// Why a service is paused.
    pub struct PauseService {
        /// The reason, for the org's staff.
        optional reason "reason": Setting,
    }
}

impl ServicePatch {
    /// Where it says how SES is used, if it does.
    pub fn said_of_ses(&self) -> Option<&'static str> {
        let said = [
            ("/verifiedDomains", self.verified_domains.is_some()),
            ("/configurationSet", self.configuration_set != Edit::Keep),
            ("/tenantName", self.tenant_name != Edit::Keep),
        ];
        said.into_iter().find(|(_, is_said)| *is_said).map(|(pointer, _)| pointer)
    }

    /// Changes the endpoint, with secrets as they are to be kept; the names of the fields that changed.
    ///
    /// # Errors
    /// All fields that this kind of service has not, and a new address without the password: whoever
    /// may not read a password must not be able to have it sent elsewhere.
    pub fn apply(self, endpoint: &mut Endpoint, sealed: Sealed) -> Result<Vec<String>, Vec<Violation>> {
        let mut wrong = self.misplaced(endpoint);
        let changes = match endpoint {
            Endpoint::Webhook { address, keys, payload, batching } => vec![
                ("address", set(address, self.address)),
                ("signature", sealed.key.is_some_and(|key| add_key(keys, key))),
                ("payload", set(payload, self.payload)),
                ("batching", change_batching(batching, self.batch_size, self.batch_seconds)),
            ],
            Endpoint::Sqs { address, access, payload } => {
                wrong.extend(self.unclear_access());
                vec![
                    ("address", set(address, self.address)),
                    ("access", set(access, chosen(self.role, self.access_key_id, sealed.secret))),
                    ("payload", set(payload, self.payload)),
                ]
            }
            Endpoint::Smtp { address, user, secret, verified_domains } => {
                if sealed.secret.is_none() && self.address.as_ref().is_some_and(|new| new != address) {
                    wrong.push(Violation::new("/secret", "is required with another address"));
                }
                vec![
                    ("address", set(address, self.address)),
                    ("user", set(user, self.user.map(Some))),
                    ("secret", set(secret, sealed.secret.map(Some))),
                    ("verifiedDomains", set(verified_domains, self.verified_domains.map(Into::into))),
                ]
            }
            Endpoint::Ses { configuration_set, tenant_name, verified_domains } => vec![
                ("configurationSet", self.configuration_set.apply(configuration_set)),
                ("tenantName", self.tenant_name.apply(tenant_name)),
                ("verifiedDomains", set(verified_domains, self.verified_domains.map(Into::into))),
            ],
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(changes.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name.to_owned()).collect())
    }

    /// What does not say by whose right messages are put into a queue.
    fn unclear_access(&self) -> Option<Violation> {
        match (&self.role, self.access_key_id.is_some(), self.secret.is_some()) {
            (Edit::Set(_), true, _) => Some(Violation::new("/role", ONE_WAY)),
            (_, true, false) => Some(Violation::new("/secret", NO_SECRET)),
            (_, false, true) => Some(Violation::new("/accessKeyId", NO_KEY)),
            (_, true, true) | (_, false, false) => None,
        }
    }

    /// The given fields that this kind of service has not.
    fn misplaced(&self, endpoint: &Endpoint) -> Vec<Violation> {
        let known: &[&str] = match endpoint {
            Endpoint::Webhook { .. } => &["address", "signature", "payload", "batchSize", "batchSeconds"],
            Endpoint::Sqs { .. } => &["address", "payload", "role", "accessKeyId", "secret"],
            Endpoint::Smtp { .. } => &["address", "user", "secret", "verifiedDomains"],
            Endpoint::Ses { .. } => &["configurationSet", "tenantName", "verifiedDomains"],
        };
        let given = [
            self.address.is_some(),
            self.user.is_some(),
            self.secret.is_some(),
            self.configuration_set != Edit::Keep,
            self.tenant_name != Edit::Keep,
            self.verified_domains.is_some(),
            self.signature.is_some(),
            self.payload.is_some(),
            self.batch_size.is_some(),
            self.batch_seconds.is_some(),
            self.role != Edit::Keep,
            self.access_key_id.is_some(),
        ];
        let misplaced = FIELDS.into_iter().zip(given).filter(|(name, given)| *given && !known.contains(name));
        misplaced
            .map(|(name, _)| Violation::new(format!("/{name}"), "is not a field of this kind of service"))
            .collect()
    }
}

/// By whose right a queue is used from now on; `None` where nothing is said of it.
fn chosen(role: Edit<RoleArn>, id: Option<AccessKeyId>, secret: Option<Setting>) -> Option<QueueAccess> {
    match (id.zip(secret), role) {
        (Some((id, secret)), _) => Some(QueueAccess::Key { id, secret }),
        (None, Edit::Set(role)) => Some(QueueAccess::Role { role }),
        (None, Edit::Clear) => Some(QueueAccess::Own),
        (None, Edit::Keep) => None,
    }
}

ranged! {
    /// Messages in one body.
    pub struct BatchSize(u8) from 1 to 100;
}

ranged! {
    /// Seconds that a message waits for others.
    pub struct BatchSeconds(u8) from 1 to 60;
}

/// Changes how several messages come in one body; whether that is another way now.
fn change_batching(
    batching: &mut Option<Batching>,
    size: Option<BatchSize>,
    seconds: Option<BatchSeconds>,
) -> bool {
    let (most, until) = batching.map_or((1, USUAL_SECONDS), |now| (now.most, now.seconds));
    let most = size.map_or(most, |BatchSize(most)| most);
    let seconds = seconds.map_or(until, |BatchSeconds(seconds)| seconds);
    let next = (most > 1).then_some(Batching { most, seconds });
    std::mem::replace(batching, next) != next
}

/// How a new webhook gets several messages in one body, if it does.
pub(crate) fn new_batching(size: Option<BatchSize>, seconds: Option<BatchSeconds>) -> Option<Batching> {
    let mut batching = None;
    change_batching(&mut batching, size, seconds);
    batching
}

/// Adds a signing key before the last one; those before that go.
pub(crate) fn add_key(keys: &mut Vec<SigningKey>, key: SigningKey) -> bool {
    keys.insert(0, key);
    keys.truncate(2);
    true
}

/// Up to 50 domain names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<DomainName>")]
pub struct DomainNames(#[schemars(length(max = 50))] Vec<DomainName>);

impl TryFrom<Vec<DomainName>> for DomainNames {
    type Error = Rule;

    fn try_from(domains: Vec<DomainName>) -> Result<Self, Rule> {
        if domains.len() <= 50 { Ok(Self(domains)) } else { Err(Rule("must be at most 50 domain names")) }
    }
}

impl From<DomainNames> for Vec<DomainName> {
    fn from(domains: DomainNames) -> Self {
        domains.0
    }
}

personal_value! {
    /// A password: 1 to 256 printable ASCII characters. Never printed.
    Password, |text| {
        let fits = (1..=256).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'));
        if fits { Ok(text) } else { Err(Rule("must be 1 to 256 printable ASCII characters")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_the_fields_of_each_kind_and_no_others() {
        let schema = schemars::schema_for!(NewService).to_value();
        let kinds: Vec<_> = schema["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|of| {
                assert_eq!(of["additionalProperties"], false, "{of}");
                let kind = of["properties"]["kind"]["const"].as_str().unwrap();
                let fields: Vec<_> =
                    of["properties"].as_object().unwrap().keys().map(String::as_str).collect();
                let required = of["required"].as_array().unwrap().len();
                (kind, fields.join(" "), required)
            })
            .collect();
        let expected = [
            ("ses", "configurationSet kind tenantName verifiedDomains", 2),
            ("smtp", "address kind secret user verifiedDomains", 4),
            ("webhook", "address batchSeconds batchSize kind payload signature", 2),
            ("sqs", "accessKeyId address kind payload role secret", 2),
        ];
        assert_eq!(kinds, expected.map(|(kind, fields, required)| (kind, fields.to_owned(), required)));
    }
}
