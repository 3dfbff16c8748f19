//! What SES asks of headers.

use std::fmt;

use super::request::NameValue;

const MAX_HEADERS: usize = 15;
const MAX_NAME: usize = 126;
const MAX_VALUE: usize = 995;

/// The fields that cannot appear more than once, from SES's "Header fields".
const ONCE: [&str; 59] = [
    "Accept-Language",
    "acceptLanguage",
    "Archived-At",
    "Auto-Submitted",
    "Bounces-to",
    "Comments",
    "Content-Alternative",
    "Content-Base",
    "Content-Class",
    "Content-Description",
    "Content-Disposition",
    "Content-Duration",
    "Content-ID",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-MD5",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "Delivered-To",
    "Disposition-Notification-Options",
    "Disposition-Notification-To",
    "DKIM-Signature",
    "DomainKey-Signature",
    "Errors-To",
    "From",
    "Importance",
    "In-Reply-To",
    "Keywords",
    "List-Archive",
    "List-Help",
    "List-Id",
    "List-Owner",
    "List-Post",
    "List-Subscribe",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Message-Context",
    "Message-ID",
    "MIME-Version",
    "Organization",
    "Original-From",
    "Original-Message-ID",
    "Original-Recipient",
    "Original-Subject",
    "Precedence",
    "Priority",
    "References",
    "Reply-To",
    "Return-Path",
    "Return-Receipt-To",
    "Sender",
    "Solicitation",
    "Sensitivity",
    "Subject",
    "Thread-Index",
    "Thread-Topic",
    "User-Agent",
];

/// The headers a caller adds to simple content, if there are few enough and each may be sent.
pub(super) fn custom(headers: Vec<NameValue>) -> Result<Vec<(String, String)>, HeaderError> {
    if headers.len() > MAX_HEADERS {
        return Err(HeaderError::TooMany);
    }
    headers
        .into_iter()
        .map(|NameValue { name, value }| {
            if !is_name(&name) {
                return Err(HeaderError::Name(name));
            }
            if !is_value(&value) {
                return Err(HeaderError::Value(name));
            }
            Ok((name, value))
        })
        .collect()
}

/// Fails on a field that is there twice and must not be.
pub(super) fn refuse_duplicates(headers: &[(String, String)]) -> Result<(), HeaderError> {
    let is_twice =
        |field: &&&str| headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(field)).nth(1).is_some();
    ONCE.iter().find(is_twice).map_or(Ok(()), |field| Err(HeaderError::Duplicate((*field).to_owned())))
}

/// Why a header may not be sent.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum HeaderError {
    /// More than 15 headers.
    TooMany,
    /// The name has a character it must not have, or is too long.
    Name(String),
    /// The value under this name is empty, too long or not printable ASCII.
    Value(String),
    /// A field that must be alone is there twice.
    Duplicate(String),
}

impl fmt::Display for HeaderError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(out, "Header count exceeds {MAX_HEADERS}."),
            Self::Name(name) => write!(out, "Invalid header name <{name}>."),
            Self::Value(name) => write!(out, "Invalid value of header <{name}>."),
            Self::Duplicate(name) => write!(out, "Duplicate header '{name}'."),
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_field_character = |c: char| c.is_ascii_graphic() && c != ':';
    !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(is_field_character)
}

fn is_value(value: &str) -> bool {
    let is_printable = |c: char| c.is_ascii_graphic() || c == ' ';
    !value.is_empty() && value.len() <= MAX_VALUE && value.chars().all(is_printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, value: &str) -> Option<String> {
        let header = NameValue { name: name.to_owned(), value: value.to_owned() };
        custom(vec![header]).err().map(|error| error.to_string())
    }

    #[test]
    fn names_are_printable_ascii_without_a_colon_and_values_printable_ascii() {
        for (name, value) in [("X-Foo", "bar baz"), ("List-Unsubscribe", "<https://x.example/u>")] {
            assert_eq!(refusal(name, value), None, "{name}");
        }
        for (name, value) in [("", "x"), ("X:Y", "x"), ("X Y", "x"), ("X-é", "x")] {
            assert_eq!(refusal(name, value), Some(format!("Invalid header name <{name}>.")));
        }
        for value in ["", "é", "a\r\nBcc: b@x.org", &"x".repeat(996)] {
            assert_eq!(refusal("X", value).as_deref(), Some("Invalid value of header <X>."));
        }
    }

    #[test]
    fn a_sixteenth_header_is_one_too_many() {
        let header = NameValue { name: "X".to_owned(), value: "x".to_owned() };
        assert!(custom(vec![header.clone(); 15]).is_ok());
        assert_eq!(custom(vec![header; 16]), Err(HeaderError::TooMany));
    }

    #[test]
    fn a_field_that_must_be_alone_is_refused_twice_whatever_its_case() {
        let twice = |a: &str, b: &str| {
            refuse_duplicates(&[(a.to_owned(), String::new()), (b.to_owned(), String::new())])
        };
        assert_eq!(twice("Received", "Received"), Ok(()));
        let refusal = HeaderError::Duplicate("Subject".to_owned());
        assert_eq!(twice("subject", "SUBJECT"), Err(refusal));
    }
}
