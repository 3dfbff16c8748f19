//! The messages of events: self-contained, so that a receiver needs no look-up.

use serde_json::{Map, Value, json};

use crate::{
    action::Action,
    bundle::Bundle,
    campaign::Campaign,
    contact::Contact,
    delivery::ActionAt,
    event::{Event, EventKind, Happened},
    message::{EVENT_SCHEMA, action_message, to_the_second},
    org::Org,
    page::ActionPage,
    supporter::Supporter,
};

/// An event of a supporter, with the whole action once more as the receiving org may see it.
///
/// What the event says of the address and of the receiver's consent stands above what is known by now.
pub fn supporter_event(
    event: &Event,
    bundle: &Bundle,
    action: &Action,
    (supporter, contact): (Supporter, Contact),
    receiver: &Org,
) -> Value {
    let (supporter, contact) = match event.what {
        Happened::EmailStatus { status, communication } => (
            Supporter { email_status: status, email_status_at: Some(event.at), ..supporter },
            Contact { communication, ..contact },
        ),
        Happened::SupporterRejected
        | Happened::SupporterErased { .. }
        | Happened::CampaignUpdated { .. }
        | Happened::PageLaunchRequested => (supporter, contact),
    };
    let mut message = match action_message(bundle, action, &supporter, &contact, receiver) {
        Value::Object(message) => message,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    message.remove("stage");
    let mut person = Map::new();
    for part in ["contact", "privacy", "personalInfo"] {
        person.insert(part.to_owned(), message.remove(part).unwrap_or_default());
    }
    message.insert("supporter".to_owned(), Value::Object(person));
    message.extend(head(event));
    Value::Object(message)
}

/// That an org's data of a person are gone: the org's own ref of the person, and ids.
///
/// Nothing of it is read: whoever erases makes this event's delivery, and all it tells is in it.
pub fn erased_event(event: &Event, bundle: &Bundle, at: ActionAt, receiver: &Org) -> Option<Value> {
    let Happened::SupporterErased { contact_ref } = &event.what else { return None };
    let mut message = place(&bundle.campaign, Some(&bundle.page), &bundle.org, receiver);
    message.insert("actionId".to_owned(), json!(at.action.uuid()));
    message.insert("supporter".to_owned(), json!({ "contact": { "contactRef": contact_ref } }));
    message.extend(head(event));
    Some(Value::Object(message))
}

/// An event of a campaign, with the campaign as it is by now: an older event undoes no newer one.
pub fn campaign_event(event: &Event, campaign: &Campaign, lead: &Org, receiver: &Org) -> Value {
    let mut message = place(campaign, None, lead, receiver);
    if let Some(Value::Object(part)) = message.get_mut("campaign") {
        part.insert("status".to_owned(), json!(campaign.status));
        part.insert("start".to_owned(), json!(campaign.start));
        part.insert("end".to_owned(), json!(campaign.end));
        part.insert("version".to_owned(), json!(campaign.version));
    }
    message.extend(head(event));
    Value::Object(message)
}

/// An event of a page.
pub fn page_event(
    event: &Event,
    (campaign, page, org): (&Campaign, &ActionPage, &Org),
    receiver: &Org,
) -> Value {
    let mut message = place(campaign, Some(page), org, receiver);
    message.extend(head(event));
    Value::Object(message)
}

fn head(event: &Event) -> [(String, Value); 3] {
    let kind: EventKind = event.what.kind();
    [
        ("schema".to_owned(), json!(EVENT_SCHEMA)),
        ("eventType".to_owned(), json!(kind)),
        ("timestamp".to_owned(), json!(to_the_second(event.at))),
    ]
}

/// Where it happened, in the words of the action message.
fn place(campaign: &Campaign, page: Option<&ActionPage>, org: &Org, receiver: &Org) -> Map<String, Value> {
    let mut parts = Map::from_iter([
        ("campaignId".to_owned(), json!(campaign.number)),
        ("orgId".to_owned(), json!(org.number)),
        ("org".to_owned(), json!({ "name": org.name, "title": org.title })),
        ("receiver".to_owned(), json!({ "number": receiver.number, "name": receiver.name })),
        (
            "campaign".to_owned(),
            json!({
                "name": campaign.name,
                "title": campaign.title,
                "externalId": campaign.external_id,
                "contactSchema": campaign.contact_schema,
            }),
        ),
    ]);
    if let Some(page) = page {
        parts.insert("actionPageId".to_owned(), json!(page.number));
        parts.insert("actionPage".to_owned(), json!({ "locale": page.locale, "name": page.name }));
    }
    parts
}
