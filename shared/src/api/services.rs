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
    permission::Permission,
    service::{DomainName, Endpoint, Service, ServiceState, Setting},
    staff::Listed,
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
    verified_domains: Vec<DomainName>,
    /// How many secrets are kept for it: during a rotation, a webhook has two.
    secrets: usize,
    #[serde(flatten)]
    state: ServiceState,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
}

/// A service with a new signing secret, which is never shown again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceWithSecret {
    #[serde(flatten)]
    service: ServiceView,
    /// Verifies the signatures of a webhook's messages (Standard Webhooks). Keep it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

impl ServiceWithSecret {
    /// The service, and the text of its new secret if it got one.
    pub fn new(service: Service, signing_secret: Option<String>) -> Self {
        Self { service: service.into(), signing_secret }
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

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        let (kind, address, user, configuration_set, verified_domains, secrets) = match service.endpoint {
            Endpoint::Ses { configuration_set, verified_domains } => {
                (ServiceKind::Ses, None, None, configuration_set, verified_domains, 0)
            }
            Endpoint::Smtp { address, user, secret, verified_domains } => (
                ServiceKind::Smtp,
                Some(address),
                user,
                None,
                verified_domains,
                usize::from(secret.is_some()),
            ),
            Endpoint::Webhook { address, secrets } => {
                (ServiceKind::Webhook, Some(address), None, None, Vec::new(), secrets.len())
            }
            Endpoint::Sqs { address } => (ServiceKind::Sqs, Some(address), None, None, Vec::new(), 0),
        };
        Self {
            id: service.id,
            kind,
            address,
            user,
            configuration_set,
            verified_domains,
            secrets,
            state: service.state,
            created_at: service.created_at,
            updated_at: service.updated_at,
            version: service.version,
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
        .answers::<ServiceView>(200);
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
        "Gives a webhook a new secret beside the last one; it is shown once",
        manage,
    )
    .if_match()
    .answers::<ServiceWithSecret>(200);
    api.add(
        ("POST", "/v1/orgs/{org}/services/{service}/test"),
        "service test",
        "Sends a test event or a mail to you, also by SYSTEM; a webhook that takes it becomes active",
        manage,
    )
    .answers::<Trial>(200);
}
