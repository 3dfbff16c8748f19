//! What an endpoint answered, as its org's log may keep it: the beginning, without what it repeats of a person.

use serde_json::Value;
use url::form_urlencoded;

/// Characters that are kept.
const MOST: usize = 1_000;

/// What stands for something personal.
const HIDDEN: &str = "[…]";

/// Parts of a message that tell of a person.
const PERSONAL: [&str; 7] =
    ["contact", "supporter", "personalInfo", "customFields", "location", "email", "contactRef"];

/// Shorter texts tell nobody apart, and would hide half of an answer.
const SHORTEST: usize = 3;

/// The beginning of an answer, on one line, in which everything that the message tells of a person is hidden,
/// and whatever else looks like an address or a number of one. `None` where it says nothing.
///
/// Receivers write errors as they like, and some repeat what they were sent.
pub fn excerpt(answer: &[u8], message: &Value) -> Option<String> {
    let mut personal = Vec::new();
    collect(message, false, &mut personal);
    // The longest first, so that none is hidden in part.
    personal.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    personal.dedup();
    let mut text = String::from_utf8_lossy(answer).into_owned();
    for known in personal {
        let escaped = Value::from(known.as_str()).to_string();
        let encoded = form_urlencoded::byte_serialize(known.as_bytes()).collect::<String>();
        let escaped = escaped.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        for form in [known.as_str(), escaped.unwrap_or(&known), encoded.as_str()] {
            text = hide(&text, form);
        }
    }
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line =
        words.map(|word| if looks_personal(word) { HIDDEN } else { word }).collect::<Vec<_>>().join(" ");
    let kept: String = line.chars().take(MOST).collect();
    (!kept.is_empty()).then_some(kept)
}

/// Every text that stands in, or under, a personal part.
fn collect(value: &Value, is_personal: bool, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if is_personal && text.chars().count() >= SHORTEST => texts.push(text.clone()),
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, is_personal || PERSONAL.contains(&name.as_str()), texts);
            }
        }
        Value::Array(list) => list.iter().for_each(|one| collect(one, is_personal, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The text with each occurrence hidden, whatever its case.
fn hide(text: &str, known: &str) -> String {
    let (lower, known) = (text.to_lowercase(), known.to_lowercase());
    // Where lower-casing moves places, they cannot be told: then nothing is kept of the text.
    if lower.len() != text.len() {
        return if lower.contains(&known) { HIDDEN.to_owned() } else { text.to_owned() };
    }
    let mut hidden = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, found) in lower.match_indices(&known) {
        let (Some(before), true) = (text.get(rest..at), text.is_char_boundary(at + found.len())) else {
            return HIDDEN.to_owned();
        };
        hidden.push_str(before);
        hidden.push_str(HIDDEN);
        rest = at + found.len();
    }
    hidden.push_str(text.get(rest..).unwrap_or_default());
    hidden
}

/// Whether a word may be an address, or has as many digits in a row as a telephone number.
fn looks_personal(word: &str) -> bool {
    let digits = word.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    word.contains('@') || digits.is_some_and(|digits| digits >= 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn message() -> Value {
        json!({
            "schema": "proca:action:2",
            "campaign": { "name": "petition_x" },
            "contact": { "firstName": "Jürgen", "lastName": "O'Neil \"J\"", "email": "b@example.org", "postcode": "10115", "area": "DE" },
            "action": { "actionType": "petition", "customFields": { "comment": "my cat" } },
        })
    }

    #[test]
    fn what_the_message_tells_of_a_person_is_hidden_and_the_rest_is_kept() {
        for (answer, kept) in [
            ("no such campaign: petition_x in DE", Some("no such campaign: petition_x in DE")),
            ("duplicate key B@Example.org\r\n\tfor jürgen", Some("duplicate key […] for […]")),
            (
                r#"{"lastName":"O'Neil \"J\"","comment":"my cat"}"#,
                Some(r#"{"lastName":"[…]","comment":"[…]"}"#),
            ),
            ("?email=b%40example.org&zip=10115", Some("?email=[…]&zip=[…]")),
            ("other@example.org called +491234567", Some("[…] called […]")),
            ("  \n ", None),
        ] {
            assert_eq!(excerpt(answer.as_bytes(), &message()).as_deref(), kept, "{answer}");
        }
        assert_eq!(excerpt("x ".repeat(5_000).as_bytes(), &message()).unwrap().chars().count(), MOST);
    }

    proptest! {
        #[test]
        fn no_answer_brings_an_address_back(before in ".{0,40}", after in ".{0,40}", upper: bool) {
            let address = if upper { "B@EXAMPLE.ORG" } else { "b@example.org" };
            let kept = excerpt(format!("{before}{address}{after}").as_bytes(), &message()).unwrap_or_default();
            prop_assert!(!kept.to_lowercase().contains("b@example.org"), "{kept}");
        }
    }
}
