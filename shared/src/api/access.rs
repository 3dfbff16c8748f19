//! Everything an org holds on a person, as the API shows and erases it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    action::Action,
    api::{
        deliveries::DeliveryView,
        operation::{Needs, Operations},
        supporters::{ActionView, SupporterView},
    },
    contact::Contact,
    delivery::Delivery,
    permission::Permission,
    secret::Digest,
    supporter::Supporter,
};

/// Everything that the org holds on a person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessView {
    /// What the org calls the person.
    pub contact_ref: Digest,
    /// When the person last proved to the org to read their address, within the last 12 months.
    pub confirmed_at: Option<Timestamp>,
    /// Each time the person signed, the latest first.
    pub signatures: Vec<SignatureView>,
}

/// One time that a person signed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignatureView {
    #[serde(flatten)]
    supporter: SupporterView,
    /// What the person did.
    actions: Vec<ActionView>,
    /// What the org sent, and was sent, because of it.
    messages: Vec<DeliveryView>,
}

impl SignatureView {
    /// One time that a person signed, as the org of the contact sees it.
    pub fn new(
        supporter: Supporter,
        contact: Contact,
        actions: Vec<Action>,
        messages: Vec<Delivery>,
    ) -> Self {
        Self {
            supporter: SupporterView::new(supporter, contact),
            actions: actions.into_iter().map(ActionView::from).collect(),
            messages: messages.into_iter().map(DeliveryView::from).collect(),
        }
    }
}

pub(super) fn describe(api: &mut Operations) {
    api.add(
        ("GET", "/v1/orgs/{org}/supporters/{contactRef}/access"),
        "supporter access",
        "Shows everything the org holds on a person, for the person to have",
        Needs::Permission(Permission::ExportContacts),
    )
    .answers::<AccessView>(200);
    api.add(
        ("DELETE", "/v1/orgs/{org}/supporters/{contactRef}"),
        "supporter erase",
        "Erases what the org holds on a person for good; the anonymous actions stay, and other orgs' copies",
        Needs::Permission(Permission::EraseContacts),
    );
}
