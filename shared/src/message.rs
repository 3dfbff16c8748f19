//! The action message that orgs' backends receive, in the form existing connectors read.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    action::{Action, Tracking},
    bundle::Bundle,
    contact::{ConsentRecord, Contact, Payload},
    id::Id,
    org::Org,
    person::Details,
    sealed::FORMAT,
    service::Service,
    supporter::Supporter,
};

/// Name and version of the action message's form.
pub const ACTION_SCHEMA: &str = "proca:action:2";

/// Name and version of the event message's form.
pub const EVENT_SCHEMA: &str = "proca:event:2";

/// The form of messages that a service was made for, and gets until its staff choose another.
///
/// A new form is a further variant: what composes messages then has a case for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PayloadVersion {
    /// [`ACTION_SCHEMA`] and [`EVENT_SCHEMA`], which existing connectors read.
    #[default]
    #[serde(rename = "proca:action:2")]
    V2,
}

/// The event by which an org's staff try a service: about nobody.
pub fn service_test(org: &Org, service: Id<Service>, at: Timestamp) -> Value {
    json!({
        "schema": EVENT_SCHEMA,
        "eventType": "service_test",
        "timestamp": at,
        "orgId": org.number,
        "org": { "name": org.name, "title": org.title },
        "service": { "id": service },
    })
}

/// One action as one org may see it, in that org's copy of the personal data.
///
/// `orgId` and `org` are the page's org also in the lead's copy; `receiver` says whose copy it is.
pub fn action_message(
    bundle: &Bundle,
    action: &Action,
    supporter: &Supporter,
    contact: &Contact,
    receiver: &Org,
) -> Value {
    let (page, campaign, org) = (&bundle.page, &bundle.campaign, &bundle.org);
    json!({
        "schema": ACTION_SCHEMA,
        "stage": "deliver",
        "actionId": action.id.uuid(),
        "actionPageId": page.number,
        "campaignId": campaign.number,
        "orgId": org.number,
        "org": { "name": org.name, "title": org.title },
        "receiver": { "number": receiver.number, "name": receiver.name },
        "actionPage": {
            "locale": page.locale,
            "name": page.name,
            "thankYouTemplate": page.thank_you_template,
            "supporterConfirmTemplate": page.supporter_confirm_template,
        },
        "campaign": {
            "name": campaign.name,
            "title": campaign.title,
            "externalId": campaign.external_id,
            "contactSchema": campaign.contact_schema,
        },
        "action": {
            "actionType": action.action_type,
            "customFields": action.custom_fields,
            "createdAt": to_the_second(action.created_at),
            "testing": action.testing,
        },
        "contact": contact_part(supporter, contact),
        "personalInfo": personal_info(contact),
        "privacy": {
            "optIn": contact.communication.as_bool(),
            "givenAt": to_the_second(contact.consent.given_at),
            "emailStatus": supporter.email_status.as_word(),
            "emailStatusChanged": supporter.email_status_at.map(to_the_second),
            "withConsent": action.with_consent,
            "consent": consent_part(&contact.consent),
        },
        "tracking": tracking_part(&action.tracking),
    })
}

/// The same as it stands in an export: with how the action stands now, and the consent as a word.
pub fn exported_message(
    bundle: &Bundle,
    action: &Action,
    supporter: &Supporter,
    contact: &Contact,
    receiver: &Org,
) -> Value {
    let mut message = action_message(bundle, action, supporter, contact, receiver);
    for (part, name, value) in [
        ("action", "status", json!(action.status)),
        ("privacy", "communication", contact.communication.as_word().into()),
    ] {
        if let Some(Value::Object(part)) = message.get_mut(part) {
            part.insert(name.to_owned(), value);
        }
    }
    message
}

fn contact_part(supporter: &Supporter, contact: &Contact) -> Value {
    let mut part = json!({
        "contactRef": contact.contact_ref,
        "dupeRank": supporter.rank(),
        "area": supporter.area,
    });
    if let (Some(details), Some(part)) = (contact.payload.readable(), part.as_object_mut()) {
        part.extend(personal_part(details).as_object().cloned().unwrap_or_default());
    }
    part
}

/// Personal data as orgs get them, clear in a message or in the box that is sealed to their key.
pub(crate) fn personal_part(details: &Details) -> Value {
    json!({
        "firstName": details.first_name,
        "lastName": details.last_name,
        "email": details.email,
        "phone": details.phone,
        "country": details.country,
        "postcode": details.postcode,
        "address": {
            "region": details.region,
            "locality": details.locality,
            "street": details.street,
            "streetNumber": details.street_number,
        },
    })
}

fn personal_info(contact: &Contact) -> Value {
    match &contact.payload {
        Payload::Clear(_) => Value::Null,
        Payload::Sealed { key, sealed } => json!({
            "payload": sealed,
            "encryptKey": { "id": key.id, "public": key.public },
            "format": FORMAT,
        }),
    }
}

/// To what the person was asked to agree, and where; the times stand beside it.
fn consent_part(consent: &ConsentRecord) -> Value {
    let text = consent.text.as_ref().map(|text| {
        json!({ "id": text.id, "version": text.version, "locale": text.locale, "sha256": text.sha256 })
    });
    json!({ "page": consent.page, "text": text })
}

fn tracking_part(tracking: &Tracking) -> Value {
    json!({
        "source": tracking.source,
        "medium": tracking.medium,
        "campaign": tracking.campaign,
        "content": tracking.content,
        "location": tracking.location,
    })
}

/// Times in messages have no fraction of a second, as connectors expect.
pub(crate) fn to_the_second(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_goes_by_the_word_that_its_messages_carry() {
        assert_eq!(json!(PayloadVersion::V2), json!(ACTION_SCHEMA));
    }
}
