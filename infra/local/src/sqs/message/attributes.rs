//! The named, typed values a client may send beside a body.

use std::collections::BTreeMap;

use crate::sqs::error::MessageError;

/// How many attributes one message may have.
const MOST: usize = 10;

/// How long a name or a data type may be, in bytes.
const LONGEST_NAME: usize = 256;

/// The attributes of one message, each checked.
#[derive(Clone, Debug, Default)]
pub(in crate::sqs) struct MessageAttributes(BTreeMap<String, Attribute>);

/// One attribute: a data type such as `String` or `Number.int`, and a value.
#[derive(Clone, Debug)]
pub(in crate::sqs) struct Attribute {
    /// The type as the client wrote it, with its custom label.
    pub(in crate::sqs) data_type: String,
    /// What it holds.
    pub(in crate::sqs) value: Value,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub(in crate::sqs) enum Value {
    /// Of the types `String` and `Number`.
    Text(String),
    /// Of the type `Binary`.
    Binary(Vec<u8>),
}

impl MessageAttributes {
    /// Accepts what SQS accepts: at most ten, well named, typed and not empty.
    pub(in crate::sqs) fn new(attributes: BTreeMap<String, Attribute>) -> Result<Self, MessageError> {
        if attributes.len() > MOST {
            return Err(MessageError::TooManyAttributes { sent: attributes.len() });
        }
        for (name, attribute) in &attributes {
            if let Some(reason) = fault_in_name(name).or_else(|| attribute.fault()) {
                let name = name.clone();
                return Err(MessageError::InvalidAttribute { name, reason });
            }
        }
        Ok(Self(attributes))
    }

    /// The one system attribute a sender can set, in the shape its checksum needs.
    pub(in crate::sqs) fn trace_header(header: &str) -> Self {
        let attribute = Attribute { data_type: "String".to_owned(), value: Value::Text(header.to_owned()) };
        Self(BTreeMap::from([("AWSTraceHeader".to_owned(), attribute)]))
    }

    /// Keeps those asked for: by name, by `prefix.*`, or `All`.
    pub(in crate::sqs) fn selected(&self, patterns: &[String]) -> Self {
        let wanted = |name: &str| {
            patterns.iter().any(|pattern| {
                let prefix = pattern.strip_suffix(".*");
                pattern == "All" || prefix.map_or(pattern == name, |start| name.starts_with(start))
            })
        };
        let kept = self.0.iter().filter(|(name, _)| wanted(name));
        Self(kept.map(|(name, it)| (name.clone(), it.clone())).collect())
    }

    /// Their share of the message's size, in bytes.
    pub(in crate::sqs) fn bytes(&self) -> usize {
        let of = |(name, it): (&String, &Attribute)| name.len() + it.bytes();
        self.0.iter().map(of).sum()
    }

    /// Whether there is none.
    pub(in crate::sqs) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, by name.
    pub(in crate::sqs) fn iter(&self) -> impl Iterator<Item = (&String, &Attribute)> {
        self.0.iter()
    }
}

impl Attribute {
    /// The value as text, so that a search finds what bytes hide.
    pub(in crate::sqs) fn as_text(&self) -> String {
        match &self.value {
            Value::Text(text) => text.clone(),
            Value::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    fn bytes(&self) -> usize {
        let value = match &self.value {
            Value::Text(text) => text.len(),
            Value::Binary(bytes) => bytes.len(),
        };
        self.data_type.len() + value
    }

    fn fault(&self) -> Option<&'static str> {
        let kind = self.data_type.split('.').next().unwrap_or_default();
        if self.data_type.len() > LONGEST_NAME {
            return Some("has a type longer than 256 bytes");
        }
        match (kind, &self.value) {
            ("String", Value::Text(text)) if text.is_empty() => Some("must not be empty"),
            ("Binary", Value::Binary(bytes)) if bytes.is_empty() => Some("must not be empty"),
            ("String", Value::Text(text)) if !text.chars().all(is_allowed) => {
                Some("has characters that are not allowed")
            }
            ("Number", Value::Text(text)) if !is_number(text) => Some("is not a number"),
            ("String" | "Number", Value::Text(_)) | ("Binary", Value::Binary(_)) => None,
            ("String" | "Number" | "Binary", _) => Some("has a value of another type"),
            _ => Some("has a type other than String, Number or Binary"),
        }
    }
}

/// Says whether SQS lets a character into a body or a text attribute.
pub(super) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{1_0000}'..)
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn fault_in_name(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        Some("has a name that is not 1 to 256 letters, digits, '_', '-' and '.'")
    } else if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        Some("has a name that is kept for AWS")
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        Some("has a name with a misplaced '.'")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqs::message::checksum;

    fn text(data_type: &str, value: &str) -> Attribute {
        let (data_type, value) = (data_type.to_owned(), Value::Text(value.to_owned()));
        Attribute { data_type, value }
    }

    fn one(name: &str, attribute: Attribute) -> Result<MessageAttributes, MessageError> {
        MessageAttributes::new(BTreeMap::from([(name.to_owned(), attribute)]))
    }

    #[test]
    fn an_attribute_is_refused_for_its_name_type_or_value() {
        assert!(one("org", text("String.slug", "greens")).is_ok());
        assert!(one("count", text("Number", "-1.5e3")).is_ok());
        assert!(one("count", text("Number", "many")).is_err());
        assert!(one("org", text("Text", "greens")).is_err());
        assert!(one("org", text("Binary", "greens")).is_err());
        assert!(one("org", text("String", "")).is_err());
        assert!(one("aws.org", text("String", "greens")).is_err());
        assert!(one("the org", text("String", "greens")).is_err());
    }

    #[test]
    fn the_checksum_is_the_one_clients_compute() -> Result<(), MessageError> {
        let binary = Attribute { data_type: "Binary".to_owned(), value: Value::Binary(vec![0, 1, 255]) };
        let attributes = MessageAttributes::new(BTreeMap::from([
            ("n".to_owned(), text("Number", "3")),
            ("k".to_owned(), text("String", "v")),
            ("b".to_owned(), binary),
        ]))?;
        let sum = checksum::of_attributes(&attributes);
        assert_eq!(sum.as_deref(), Some("5221787c277d205280c7784da8f6b706"));
        assert_eq!(checksum::of_attributes(&MessageAttributes::default()), None);
        Ok(())
    }
}
