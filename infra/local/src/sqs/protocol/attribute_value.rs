//! Message attributes as JSON.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::sqs::{
    error::MessageError,
    message::{Attribute, MessageAttributes, Value},
};

/// Message attributes as clients write and read them, by name.
pub(super) type AttributeValues = BTreeMap<String, AttributeValue>;

/// One attribute as clients write and read it.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct AttributeValue {
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<Base64>,
    #[serde(skip_serializing)]
    string_list_values: Vec<String>,
    #[serde(skip_serializing)]
    binary_list_values: Vec<String>,
}

/// Bytes that JSON holds as base64.
#[derive(Debug)]
struct Base64(Vec<u8>);

impl AttributeValue {
    /// The text, where it holds one.
    pub(super) fn into_text(self) -> Option<String> {
        self.string_value
    }

    /// Its size as SQS counts it, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let text = self.string_value.as_ref().map_or(0, String::len);
        let binary = self.binary_value.as_ref().map_or(0, |it| it.0.len());
        self.data_type.len() + text + binary
    }
}

/// Checks what a client wrote.
pub(super) fn checked(values: AttributeValues) -> Result<MessageAttributes, MessageError> {
    let mut attributes = BTreeMap::new();
    for (name, value) in values {
        attributes.insert(name.clone(), attribute(name, value)?);
    }
    MessageAttributes::new(attributes)
}

/// Writes attributes for a client.
pub(super) fn written(attributes: &MessageAttributes) -> AttributeValues {
    let value = |attribute: &Attribute| {
        let data_type = attribute.data_type.clone();
        let (string_value, binary_value) = match &attribute.value {
            Value::Text(text) => (Some(text.clone()), None),
            Value::Binary(bytes) => (None, Some(Base64(bytes.clone()))),
        };
        AttributeValue { data_type, string_value, binary_value, ..AttributeValue::default() }
    };
    let attributes = attributes.iter();
    attributes.map(|(name, it)| (name.clone(), value(it))).collect()
}

fn attribute(name: String, value: AttributeValue) -> Result<Attribute, MessageError> {
    if !(value.string_list_values.is_empty() && value.binary_list_values.is_empty()) {
        return Err(MessageError::ListValues);
    }
    let data_type = value.data_type;
    match (value.string_value, value.binary_value) {
        (Some(text), None) => Ok(Attribute { data_type, value: Value::Text(text) }),
        (None, Some(Base64(bytes))) => Ok(Attribute { data_type, value: Value::Binary(bytes) }),
        (None, None) | (Some(_), Some(_)) => {
            Err(MessageError::InvalidAttribute { name, reason: "must have exactly one value" })
        }
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}
