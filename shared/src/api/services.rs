//! Services, as the API takes and shows them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    api::{
        operation::{Needs, Operations},
        service_bodies::{NewService, PauseService, ServiceKind, ServicePatch},
    },
    id::Id,
    message::PayloadVersion,
    permission::Permission,
    sending_domain::SendingDomain,
    service::{
        AccessKeyId, DomainName, Endpoint, QueueAccess, RoleArn, Service, ServiceState, Setting,
        SignatureScheme, SigningKey, VerifyingKey,
    },
    staff::Listed,
    webhook::SigningSecret,
};

/// A service, for the staff of its org. Secrets are not in it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    id: Id<Service>,
    kind: ServiceKind,
    address: Option<Setting>,
    user: Option<Setting>,
    configuration_set: Option<Setting>,
    tenant_name: Option<Setting>,
    verified_domains: Vec<DomainName>,
    /// How many secrets are kept for it: during a rotation, a webhook has two.
    secrets: usize,
    /// How the newest of a webhook's keys signs.
    signature: Option<SignatureScheme>,
    /// What verifies a webhook's `v1a` signatures, the newest first.
    public_keys: Vec<VerifyingKey>,
    /// The form of the messages that a webhook or queue gets.
    payload: Option<PayloadVersion>,
    /// Messages that a webhook gets in one body, at most; each alone where absent.
    batch_size: Option<u8>,
    /// Seconds that a message waits for others.
    batch_seconds: Option<u8>,
    /// The role that is assumed to send to a queue.
    role: Option<RoleArn>,
    /// What the role must ask of whoever assumes it: no other org comes with this.
    external_id: Option<String>,
    /// The access key that is used to send to a queue.
    access_key_id: Option<AccessKeyId>,
    #[serde(flatten)]
    state: ServiceState,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
}

/// A service, with the new signing secret if it got one that is shared. That is never shown again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceWithSecret {
    #[serde(flatten)]
    service: ServiceView,
    /// Verifies the `v1` signatures of a webhook's messages (Standard Webhooks). Keep it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

impl ServiceWithSecret {
    /// The service, and the text of its new secret where the receiver must have it too.
    pub fn new(service: Service, secret: Option<&SigningSecret>) -> Self {
        let shared = secret.filter(|secret| secret.public_key().is_none());
        Self { service: service.into(), signing_secret: shared.map(SigningSecret::expose) }
    }
}

/// How the trial of a service ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// Whether the service took it.
    pub delivered: bool,
    /// The HTTP status that a webhook answered.
    pub status: Option<u16>,
    /// What happened, in a line.
    pub detail: String,
}

/// How it stands with the domains that an org's mails come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendingDomains {
    /// Each domain, and the DNS records that SES misses; none for services of other kinds.
    pub domains: Vec<SendingDomain>,
}

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        let (payload, external_id) = (service.endpoint.payload(), service.external_id());
        let mut view = Self {
            id: service.id,
            kind: ServiceKind::Ses,
            address: None,
            user: None,
            configuration_set: None,
            tenant_name: None,
            verified_domains: Vec::new(),
            secrets: 0,
            signature: None,
            public_keys: Vec::new(),
            payload,
            batch_size: None,
            batch_seconds: None,
            role: None,
            external_id: matches!(service.endpoint, Endpoint::Sqs { .. }).then_some(external_id),
            access_key_id: None,
            state: service.state,
            created_at: service.created_at,
            updated_at: service.updated_at,
            version: service.version,
        };
        view.fill(service.endpoint);
        view
    }
}

impl ServiceView {
    fn fill(&mut self, endpoint: Endpoint) {
        match endpoint {
            Endpoint::Ses { configuration_set, tenant_name, verified_domains } => {
                (self.configuration_set, self.tenant_name) = (configuration_set, tenant_name);
                self.verified_domains = verified_domains;
            }
            Endpoint::Smtp { address, user, secret, verified_domains } => {
                (self.kind, self.address, self.user) = (ServiceKind::Smtp, Some(address), user);
                (self.secrets, self.verified_domains) = (usize::from(secret.is_some()), verified_domains);
            }
            Endpoint::Webhook { address, keys, batching, .. } => {
                self.batch_size = batching.map(|batching| batching.most);
                self.batch_seconds = batching.map(|batching| batching.seconds);
                (self.kind, self.address) = (ServiceKind::Webhook, Some(address));
                (self.secrets, self.signature) = (keys.len(), keys.first().map(SigningKey::scheme));
                self.public_keys = keys.into_iter().filter_map(|key| key.public).collect();
            }
            Endpoint::Sqs { address, access, .. } => {
                (self.kind, self.address) = (ServiceKind::Sqs, Some(address));
                match access {
                    QueueAccess::Own => {}
                    QueueAccess::Role { role } => self.role = Some(role),
                    QueueAccess::Key { id, .. } => (self.access_key_id, self.secrets) = (Some(id), 1),
                }
            }
        }
    }
}

pub(super) fn describe(api: &mut Operations) {
    let (all, one) = ("/v1/orgs/{org}/services", "/v1/orgs/{org}/services/{service}");
    let manage = Needs::Permission(Permission::ManageServices);
    api.add(("GET", all), "service list", "Lists the org's services, without their secrets", Needs::Member)
        .paged()
        .answers::<Listed<ServiceView>>(200);
    api.add(("POST", all), "service create", "Makes a service; a webhook's secret is shown once", manage)
        .body::<NewService>(json!({ "kind": "webhook", "address": "https://crm.example.org/proca" }))
        .beyond_schema()
        .answers::<ServiceWithSecret>(201);
    api.add(("GET", one), "service get", "Shows a service, without its secrets", Needs::Member)
        .answers::<ServiceView>(200);
    api.add(("PATCH", one), "service update", "Changes a service; a moved webhook must be tested", manage)
        .if_match()
        .body::<ServicePatch>(json!({ "address": "https://crm.example.org/proca/v2" }))
        .beyond_schema()
        .answers::<ServiceWithSecret>(200);
    api.add(("DELETE", one), "service delete", "Removes a service that is used as no backend", manage)
        .if_match();
    api.add(("POST", "/v1/orgs/{org}/services/{service}/pause"), "service pause", "Pauses a service", manage)
        .if_match()
        .body::<PauseService>(json!({ "reason": "the CRM is being moved" }))
        .answers::<ServiceView>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/services/{service}/resume"),
        "service resume",
        "Lets a service be used again; a webhook is tested instead",
        manage,
    )
    .if_match()
    .answers::<ServiceView>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/services/{service}/rotate-secret"),
        "service rotate-secret",
        "Gives a webhook a new key beside the last one; a secret is shown once",
        manage,
    )
    .if_match()
    .answers::<ServiceWithSecret>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/services/{service}/test"),
        "service test",
        "Sends a test event or a mail to you, also by SYSTEM; a paused service of the org that takes it becomes active",
        manage,
    )
    .answers::<Trial>(200);
    api.add(
        ("GET", "/v1/orgs/{org}/services/{service}/identity"),
        "service identity",
        "Shows whether SES sends from the org's domains, also by SYSTEM, and the DNS records it misses",
        manage,
    )
    .answers::<SendingDomains>(200);
}
