//! Message tags, which come back in every event.

use std::{collections::BTreeMap, fmt};

use super::{invalid::ONLY, request::NameValue};

const MAX_LENGTH: usize = 256;

/// The tags of a request; of two with one name the later counts.
pub(super) fn checked(tags: Vec<NameValue>) -> Result<BTreeMap<String, String>, TagError> {
    tags.into_iter()
        .map(|NameValue { name, value }| {
            check("tag name", &name)?;
            check("tag value", &value)?;
            Ok((name, value))
        })
        .collect()
}

/// The tags in an `X-SES-MESSAGE-TAGS` header: `name=value, name=value`.
pub(super) fn in_header(header: &str) -> Vec<NameValue> {
    header
        .split([',', ';'])
        .filter_map(|tag| tag.split_once('='))
        .map(|(name, value)| NameValue { name: name.trim().into(), value: value.trim().into() })
        .collect()
}

fn check(part: &'static str, text: &str) -> Result<(), TagError> {
    if text.is_empty() {
        return Err(TagError::Empty(part));
    }
    if text.chars().count() > MAX_LENGTH {
        return Err(TagError::Long(part));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return Err(TagError::Characters(part, text.to_owned()));
    }
    Ok(())
}

/// What is wrong with a tag; the first member says whether with its name or its value.
#[derive(Debug)]
pub(super) enum TagError {
    /// It is empty.
    Empty(&'static str),
    /// It is over 256 characters.
    Long(&'static str),
    /// It has a character it must not have.
    Characters(&'static str, String),
}

impl fmt::Display for TagError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(part) => write!(out, "The {part} must be specified."),
            Self::Long(part) => write!(out, "The {part} cannot exceed {MAX_LENGTH} characters."),
            Self::Characters(part, text) => write!(out, "Invalid {part} <{text}>: {ONLY}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_short_and_plain() {
        let long = "x".repeat(257);
        for (name, value, refusal) in [
            ("delivery", "dlv_01-9", None),
            ("", "v", Some("The tag name must be specified.")),
            ("n", "", Some("The tag value must be specified.")),
            ("n", long.as_str(), Some("The tag value cannot exceed 256 characters.")),
            (
                "n",
                "a@b",
                Some(
                    "Invalid tag value <a@b>: only alphanumeric ASCII characters, '_', and '-' \
                     are allowed.",
                ),
            ),
        ] {
            let tag = NameValue { name: name.to_owned(), value: value.to_owned() };
            let found = checked(vec![tag]).err().map(|error| error.to_string());
            assert_eq!(found.as_deref(), refusal, "{name}={value}");
        }
    }
}
