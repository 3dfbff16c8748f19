//! The look-up of members: what an org knows of a person already, asked before the first step.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    action::{Action, ActionStatus, CustomFields, FieldValue},
    consent::OptIn,
    contact::{ConsentRecord, Contact},
    delivery::ActionAt,
    id::Id,
    org::Org,
    supporter::{EmailStatus, Supporter},
    transition::Transition,
};

/// How far the look-up of a supporter has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookUp {
    /// Nobody has asked.
    #[default]
    NotAsked,
    /// The org's backend is being asked.
    Asked,
    /// It has answered, or will not.
    Over,
}

/// What an org knows of a person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Whether the org may write to them.
    pub opt_in: Option<bool>,
    /// When that was given.
    pub given_at: Option<Timestamp>,
    /// They have proven their address to the org.
    pub double_opt_in: bool,
    /// What the org adds to the action.
    pub custom_fields: CustomFields,
}

/// Most actions that wait for an answer and are made due by it; processing takes any others with them.
const PART: usize = 60;

/// The question: the address, where the org may have it clear, and the org's own ref of the person.
pub fn question(contact: &Contact) -> Value {
    let email = contact.payload.readable().map(|details| &details.email);
    json!({ "email": email, "contactRef": contact.contact_ref })
}

impl Known {
    /// Reads an answer, and says which parts of it are not what they must be: those count as absent.
    ///
    /// Of the states of an address only `double_opt_in` means something here. `None` if the answer is no
    /// JSON object.
    pub fn read(answer: &[u8]) -> Option<(Self, Vec<&'static str>)> {
        let answer: Value = serde_json::from_slice(answer).ok().filter(Value::is_object)?;
        let mut wrong = Vec::new();
        let opt_in = part(&answer, "/privacy/optIn", &mut wrong, Value::as_bool);
        let given_at = part(&answer, "/privacy/givenAt", &mut wrong, |at| at.as_str()?.parse().ok());
        let status =
            part(&answer, "/privacy/emailStatus", &mut wrong, |status| EmailStatus::deserialize(status).ok());
        let fields = part(&answer, "/action/customFields", &mut wrong, |fields| {
            CustomFields::deserialize(fields).ok()
        });
        let double_opt_in = status == Some(EmailStatus::DoubleOptIn);
        Some((Self { opt_in, given_at, double_opt_in, custom_fields: fields.unwrap_or_default() }, wrong))
    }

    /// The org's contact with the consent that the org knows of; `None` where the supporter has answered
    /// the question, which stands above it, or nothing is known.
    pub fn of_contact(&self, contact: Contact) -> Option<Contact> {
        let communication = OptIn::from(self.opt_in);
        if contact.communication != OptIn::NotAsked || communication == OptIn::NotAsked {
            return None;
        }
        let given_at = self.given_at.unwrap_or(contact.consent.given_at);
        // It was given before, so to another text.
        let consent = ConsentRecord { text: None, given_at, ..contact.consent };
        Some(Contact { communication, consent, ..contact })
    }

    /// The supporter with what is known of them.
    fn of_supporter(&self, mut supporter: Supporter, org: Id<Org>, now: Timestamp) -> Supporter {
        if self.double_opt_in {
            supporter.email_status = EmailStatus::DoubleOptIn;
            supporter.email_status_at = Some(self.given_at.map_or(now, |at| at.min(now)));
        }
        for at in supporter.contacts.iter_mut().filter(|at| at.org == org) {
            if at.communication == OptIn::NotAsked {
                at.communication = self.opt_in.into();
            }
        }
        supporter
    }

    /// An action's fields with those that are known: what the supporter said stands, and what does not fit
    /// beside it is left out as a whole.
    fn of_fields(&self, own: &CustomFields) -> CustomFields {
        let mut fields: BTreeMap<String, FieldValue> = self.custom_fields.clone().into();
        fields.extend(own.as_map().clone());
        CustomFields::try_from(fields).unwrap_or_else(|_| own.clone())
    }
}

impl Transition {
    /// What becomes of a supporter whose org has answered, or will not: what waited for it is due.
    pub fn after_look_up(
        (supporter, actions): (Supporter, Vec<Action>),
        (at, org): (ActionAt, Id<Org>),
        known: &Known,
        now: Timestamp,
    ) -> Self {
        let mut supporter = known.of_supporter(supporter, org, now);
        supporter.look_up = LookUp::Over;
        let waits = |action: &Action| action.status == ActionStatus::New && action.due_at.is_none();
        let mut waiting: Vec<_> = actions.into_iter().filter(waits).collect();
        waiting.sort_by_key(|action| (action.id != at.action, action.id));
        waiting.truncate(PART);
        for action in &mut waiting {
            action.due_at = Some(now);
            if action.id == at.action {
                action.custom_fields = known.of_fields(&action.custom_fields);
            }
        }
        Self::new(supporter, waiting).versioned()
    }
}

/// A part of an answer; noted where it is there and wrong.
fn part<T>(
    answer: &Value,
    pointer: &'static str,
    wrong: &mut Vec<&'static str>,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Option<T> {
    let value = answer.pointer(pointer).filter(|value| !value.is_null())?;
    let read = read(value);
    if read.is_none() {
        wrong.push(pointer);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_counts_as_absent_and_is_named() {
        let all = ["/privacy/optIn", "/privacy/givenAt", "/privacy/emailStatus", "/action/customFields"];
        for (answer, wrong) in [
            (json!({}), &[][..]),
            (json!({ "privacy": null, "action": { "other": 1 } }), &[]),
            (
                json!({ "privacy": { "optIn": "yes", "givenAt": 5, "emailStatus": "great" }, "action": { "customFields": [] } }),
                &all[..],
            ),
            (json!({ "action": { "customFields": { "a": { "b": 1 } } } }), &all[3..]),
        ] {
            let read = Known::read(answer.to_string().as_bytes());
            assert_eq!(read, Some((Known::default(), wrong.to_vec())), "{answer}");
        }
        for answer in ["", "no", "[]", "7", "{"] {
            assert_eq!(Known::read(answer.as_bytes()), None, "{answer}");
        }
    }

    #[test]
    fn what_the_supporter_said_stands() {
        let fields = |value: Value| CustomFields::deserialize(value).unwrap();
        let known = Known { custom_fields: fields(json!({ "a": 1, "b": 2 })), ..Known::default() };
        assert_eq!(known.of_fields(&fields(json!({ "b": 3 }))), fields(json!({ "a": 1, "b": 3 })));
        let full: serde_json::Map<_, _> = (0..30).map(|n| (format!("f{n}"), json!(n))).collect();
        let full = fields(Value::Object(full));
        assert_eq!(known.of_fields(&full), full, "more than fit");
    }
}
