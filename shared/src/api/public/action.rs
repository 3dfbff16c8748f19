//! The body of an action, described by hand: the function reads it by rules of its own, and lean.
//!
//! What may be absent may also be `null`. Patterns are exact for ASCII; of other scripts they only
//! say that there may be some.

use serde_json::{Value, json};

use crate::{api::operation::Operations, email::Email, name::ActionType, person::Country};

/// Letters, spaces and `' . , -`, at least one letter, and nothing like a web address.
const PERSON_NAME: &str = concat!(
    r"^(?=.*[A-Za-z])(?!.*[Ww]{3}\.)(?!.*[A-Za-z'-]{2}\.[A-Za-z'-]{2})[A-Za-z '.,-]{1,64}$",
    r"|[^\x00-\x7f]"
);

/// One visible line.
const LINE: &str = r"^ *[!-~][ -~]*$|[^\x00-\x7f]";

/// One line, or nothing.
const TAG: &str = r"^[ -~]*$|[^\x00-\x7f]";

/// The schema of the whole body.
pub(super) fn schema(api: &mut Operations) -> Value {
    let tag = optional(TAG, 250);
    let yes_or_no = json!({ "type": ["boolean", "null"] });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["actionType"],
        "anyOf": [
            { "required": ["contact"], "properties": { "contact": { "type": "object" } } },
            { "required": ["contactRef"], "properties": { "contactRef": { "type": "string" } } },
        ],
        "properties": {
            "actionType": api.schema_of::<ActionType>(),
            "customFields": custom_fields(),
            "tracking": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "source": tag, "medium": tag, "campaign": tag, "content": tag, "location": tag,
                },
            },
            "donation": donation(),
            "testing": yes_or_no,
            "contactRef": optional("^[A-Za-z0-9_-]{16,128}$", 128),
            "contact": contact(api),
            "privacy": {
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "optIn": yes_or_no,
                    "leadOptIn": yes_or_no,
                    "receivers": {
                        "type": ["object", "null"],
                        "description": "The answers to the campaign's further receivers, by their names.",
                        "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,64}$" },
                        "additionalProperties": yes_or_no,
                    },
                },
            },
        },
    })
}

fn contact(api: &mut Operations) -> Value {
    let (name, line) = (optional(PERSON_NAME, 64), optional(LINE, 100));
    let absent = json!({ "type": "null" });
    let given = json!({ "type": "string" });
    json!({
        "type": ["object", "null"],
        "description": "Either `firstName` and perhaps `lastName`, or `name`, split on its first space.",
        "additionalProperties": false,
        "required": ["email"],
        "anyOf": [
            { "required": ["firstName"], "properties": { "firstName": given, "name": absent } },
            {
                "required": ["name"],
                "properties": { "name": given, "firstName": absent, "lastName": absent },
            },
        ],
        "properties": {
            "firstName": name, "lastName": name, "name": name,
            "email": api.schema_of::<Email>(),
            "phone": optional("^[+0-9 ()-]*[+0-9()-][+0-9 ()-]*$", 20),
            "country": optional(&country(), 2),
            "postcode": optional("^[A-Za-z0-9 -]*[A-Za-z0-9-][A-Za-z0-9 -]*$", 10),
            "region": line, "locality": line, "street": line, "streetNumber": line,
        },
    })
}

fn custom_fields() -> Value {
    let number = json!({ "type": "number", "exclusiveMinimum": -1e125, "exclusiveMaximum": 1e125 });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let (text, yes_or_no) = (json!({ "type": "string" }), json!({ "type": "boolean" }));
    json!({
        "type": ["object", "null"],
        "description": "At most 5 kB of JSON in all.",
        "maxProperties": 30,
        "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,64}$" },
        "additionalProperties": {
            "anyOf": [
                text, number, yes_or_no,
                list(text.clone()), list(number.clone()), list(yes_or_no.clone()),
            ],
        },
    })
}

fn donation() -> Value {
    json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "required": ["amountMinor", "currency"],
        "properties": {
            "amountMinor": { "type": "integer", "minimum": 0, "maximum": u64::MAX },
            "currency": { "type": "string", "pattern": "^[A-Za-z]{3}$" },
            "frequency": { "enum": ["one_off", "weekly", "monthly", "yearly", null] },
        },
    })
}

/// A text of this form, or none.
fn optional(pattern: &str, max: u32) -> Value {
    json!({ "type": ["string", "null"], "pattern": pattern, "maxLength": max })
}

/// The known codes, in any case of their letters.
fn country() -> String {
    let in_any_case = |code: &str| -> String {
        code.chars().flat_map(|letter| ['[', letter, letter.to_ascii_lowercase(), ']']).collect()
    };
    format!("^({})$", Country::codes().map(in_any_case).collect::<Vec<_>>().join("|"))
}
