//! Exports: what an org was given, as text that other programs read.

use csv::WriterBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One action message on each line (<https://jsonlines.org>).
    #[default]
    JsonLines,
    /// A table with a header (RFC 4180), safe to open in a spreadsheet.
    Csv,
}

/// The columns of a table, and where in an action message each is found (RFC 6901).
const COLUMNS: [(&str, &str); 35] = [
    ("actionId", "/actionId"),
    ("createdAt", "/action/createdAt"),
    ("actionType", "/action/actionType"),
    ("status", "/action/status"),
    ("testing", "/action/testing"),
    ("campaign", "/campaign/name"),
    ("externalId", "/campaign/externalId"),
    ("page", "/actionPage/name"),
    ("locale", "/actionPage/locale"),
    ("org", "/org/name"),
    ("contactRef", "/contact/contactRef"),
    ("dupeRank", "/contact/dupeRank"),
    ("firstName", "/contact/firstName"),
    ("lastName", "/contact/lastName"),
    ("email", "/contact/email"),
    ("phone", "/contact/phone"),
    ("country", "/contact/country"),
    ("postcode", "/contact/postcode"),
    ("region", "/contact/address/region"),
    ("locality", "/contact/address/locality"),
    ("street", "/contact/address/street"),
    ("streetNumber", "/contact/address/streetNumber"),
    ("area", "/contact/area"),
    ("sealed", "/personalInfo/payload"),
    ("optIn", "/privacy/communication"),
    ("givenAt", "/privacy/givenAt"),
    ("withConsent", "/privacy/withConsent"),
    ("emailStatus", "/privacy/emailStatus"),
    ("emailStatusChanged", "/privacy/emailStatusChanged"),
    ("utmSource", "/tracking/source"),
    ("utmMedium", "/tracking/medium"),
    ("utmCampaign", "/tracking/campaign"),
    ("utmContent", "/tracking/content"),
    ("location", "/tracking/location"),
    ("customFields", "/action/customFields"),
];

impl Format {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => JSON_LINES,
            Self::Csv => CSV,
        }
    }

    /// What stands before the first line.
    pub fn head(self) -> String {
        match self {
            Self::JsonLines => String::new(),
            Self::Csv => row(COLUMNS.iter().map(|(name, _)| (*name).to_owned())),
        }
    }

    /// The line of one action message.
    pub fn line(self, message: &Value) -> String {
        match self {
            Self::JsonLines => format!("{message}\n"),
            Self::Csv => row(COLUMNS.iter().map(|(_, place)| cell(message.pointer(place)))),
        }
    }
}

/// Media type of JSON lines.
pub const JSON_LINES: &str = "application/jsonl";

/// Media type of a table.
pub const CSV: &str = "text/csv";

fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => {
            other.to_string()
        }
    };
    harmless(text)
}

/// The text with an apostrophe before it, where a spreadsheet would run it as a formula (OWASP, CSV injection).
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
}

fn row(cells: impl Iterator<Item = String>) -> String {
    let mut writer = WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    let written = writer.write_record(cells).ok().and_then(|()| writer.into_inner().ok());
    written.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_table_has_a_column_for_each_name_and_no_formula() {
        let message = json!({
            "contact": { "firstName": "=1+1", "phone": "+49 30", "lastName": "O'Neil, \"Jim\"" },
            "action": { "customFields": { "comment": "-2\n=3" }, "testing": false },
        });
        let text = format!("{}{}", Format::Csv.head(), Format::Csv.line(&message));
        let rows = read(&text);
        let value = |name: &str| {
            let column = rows[0].iter().position(|column| column == name).unwrap();
            rows[1][column].as_str()
        };
        assert_eq!((rows.len(), rows[1].len()), (2, COLUMNS.len()));
        assert_eq!((value("firstName"), value("phone")), ("'=1+1", "'+49 30"));
        assert_eq!((value("lastName"), value("testing")), ("O'Neil, \"Jim\"", "false"));
        assert_eq!(value("customFields"), r#"{"comment":"-2\n=3"}"#);
        assert_eq!(value("email"), "");
    }

    #[test]
    fn a_line_of_json_is_one_line() {
        let message = json!({ "action": { "customFields": { "comment": "a\nb\u{2028}c" } } });
        let line = Format::JsonLines.line(&message);
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), message);
    }

    proptest! {
        #[test]
        fn no_cell_begins_as_a_formula_does_and_each_is_read_as_it_was_written(text: String) {
            let message = json!({ "contact": { "firstName": text } });
            let rows = read(&Format::Csv.line(&message));
            let cell = &rows[0][12];
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), text.strip_prefix('\'').unwrap_or(&text));
        }
    }
}
