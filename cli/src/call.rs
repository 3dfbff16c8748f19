//! A request, made from a command line.

use std::collections::BTreeMap;

use clap::ArgMatches;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::{
    command::{emptying, id, in_body, in_path, in_query},
    document::{Member, Operation},
    failure::Usage,
    shape::Shape,
};

/// What is written as it is in paths and queries (RFC 3986, unreserved).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Method.
    pub method: String,
    /// Path, with what stands in it.
    pub path: String,
    /// Query, by name.
    pub query: Vec<(String, String)>,
    /// JSON body.
    pub body: Option<String>,
    /// The version that is changed.
    pub version: Option<u64>,
}

impl Call {
    /// A request that reads this path.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET".to_owned(), path: path.into(), query: Vec::new(), body: None, version: None }
    }

    /// A request that posts this body to this path.
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self { method: "POST".to_owned(), body: Some(body.to_string()), ..Self::get(path) }
    }

    /// The request that a command line asks for, about this org where it names none itself.
    ///
    /// # Errors
    /// Where no org is known, or a change changes nothing.
    pub fn new(operation: &Operation, given: &ArgMatches, org: Option<&str>) -> Result<Self, Usage> {
        Ok(Self {
            method: operation.method.clone(),
            path: path(&operation.path, operation, given, org)?,
            query: query(operation, given),
            body: body(operation, given)?,
            version: one(given, id::IF_MATCH).copied(),
        })
    }

    /// The request that reads what has the version that is changed, where it must be read.
    ///
    /// # Errors
    /// Where the version cannot be read from anywhere.
    pub fn for_version(
        &self,
        operation: &Operation,
        given: &ArgMatches,
        org: Option<&str>,
    ) -> Result<Option<Self>, Usage> {
        if !operation.if_match || self.version.is_some() {
            return Ok(None);
        }
        let place = operation.versioned_at.as_deref().ok_or(Usage::NoVersion)?;
        Ok(Some(Self::get(path(place, operation, given, org)?)))
    }

    /// The same request, of the part that begins at this cursor.
    #[must_use]
    pub fn from_cursor(self, cursor: &str) -> Self {
        let members = self.body.as_deref().and_then(|body| serde_json::from_str::<Map<_, _>>(body).ok());
        let mut members = members.unwrap_or_default();
        members.insert("cursor".to_owned(), cursor.into());
        Self { body: Some(Value::Object(members).to_string()), ..self }
    }

    /// Path and query, encoded.
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (n, (name, value)) in self.query.iter().enumerate() {
            target.push(if n == 0 { '?' } else { '&' });
            target.extend(utf8_percent_encode(name, ESCAPED));
            target.push('=');
            target.extend(utf8_percent_encode(value, ESCAPED));
        }
        target
    }
}

/// What a flag was given, where the command has the flag.
pub fn one<'a, T: Clone + Send + Sync + 'static>(given: &'a ArgMatches, id: &str) -> Option<&'a T> {
    given.try_get_one::<T>(id).ok().flatten()
}

/// Whether a flag without a value was given, where the command has it.
pub fn flagged(given: &ArgMatches, id: &str) -> bool {
    one::<bool>(given, id).copied().unwrap_or_default()
}

fn many(given: &ArgMatches, id: &str) -> Option<Vec<Value>> {
    Some(given.try_get_many::<Value>(id).ok().flatten()?.cloned().collect())
}

fn path(
    pattern: &str,
    operation: &Operation,
    given: &ArgMatches,
    org: Option<&str>,
) -> Result<String, Usage> {
    let mut values = BTreeMap::new();
    for member in &operation.in_path {
        let value = one::<String>(given, &in_path(member)).map(String::as_str);
        let value =
            if member.name == "org" { value.or(org).ok_or(Usage::NoOrg)? } else { value.unwrap_or_default() };
        values.insert(member.name.as_str(), value);
    }
    let segments = pattern.split('/').map(|segment| {
        let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        match name.and_then(|name| values.get(name)) {
            // Nothing has slashes there but a page's name, in which the API takes `~` for them.
            Some(value) => utf8_percent_encode(&value.replace('/', "~"), ESCAPED).to_string(),
            None => segment.to_owned(),
        }
    });
    Ok(segments.collect::<Vec<_>>().join("/"))
}

fn query(operation: &Operation, given: &ArgMatches) -> Vec<(String, String)> {
    let of = |member: &Member| {
        let values = many(given, &in_query(member)).unwrap_or_default();
        let name = member.name.clone();
        values.into_iter().map(move |value| (name.clone(), bare(value)))
    };
    operation.in_query.iter().flat_map(of).collect()
}

fn bare(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn body(operation: &Operation, given: &ArgMatches) -> Result<Option<String>, Usage> {
    let Some(body) = &operation.body else { return Ok(None) };
    if let Some(whole) = one::<String>(given, id::BODY) {
        return Ok(Some(whole.clone()));
    }
    let members: Map<_, _> =
        body.members.iter().filter_map(|member| Some((member.name.clone(), sent(member, given)?))).collect();
    if members.is_empty() && operation.method == "PATCH" {
        return Err(Usage::NothingToChange);
    }
    Ok(Some(Value::Object(members).to_string()))
}

fn sent(member: &Member, given: &ArgMatches) -> Option<Value> {
    if flagged(given, &emptying(member)) {
        return member.emptied();
    }
    let values = many(given, &in_body(member))?;
    if matches!(member.shape, Shape::List(_)) {
        Some(Value::Array(values))
    } else {
        values.into_iter().next_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{command::build, document::Document, sample};

    fn called(document: &Document, line: &[&str]) -> Result<Call, Usage> {
        let matches = build(document).try_get_matches_from(line).unwrap();
        let (_, noun) = matches.subcommand().unwrap();
        let (verb, given) = noun.subcommand().unwrap();
        Call::new(sample::operation(document, verb), given, Some("fleet"))
    }

    #[test]
    fn flags_become_the_request() {
        let document = sample::document();
        let update =
            ["proca", "boat", "update", "a/b", "--sea-worthy", "false", "--no-old-name", "--crew", "Ann"];
        let call = called(&document, &[&update[..], &["--crew", "Bo", "--if-match", "7"]].concat()).unwrap();
        assert_eq!((call.method.as_str(), call.target().as_str()), ("PATCH", "/v1/orgs/fleet/boats/a~b"));
        assert_eq!(call.body.as_deref(), Some(r#"{"crew":["Ann","Bo"],"oldName":null,"seaWorthy":false}"#));
        assert_eq!(call.version, Some(7));
    }

    #[test]
    fn an_operations_own_flag_is_stronger_than_the_programs() {
        let line = [
            "proca",
            "--url",
            "https://api.example",
            "boat",
            "create",
            "--name",
            "x",
            "--url",
            "https://boat.example",
        ];
        let call = called(&sample::document(), &line).unwrap();
        assert_eq!(call.body.as_deref(), Some(r#"{"name":"x","url":"https://boat.example"}"#));
    }

    #[test]
    fn the_query_is_encoded_and_the_org_given_wins() {
        let line = ["proca", "boat", "list", "--afloat", "true", "--cursor", "a&b=", "--org", "other"];
        let call = called(&sample::document(), &line).unwrap();
        assert_eq!(call.target(), "/v1/orgs/other/boats?cursor=a%26b%3D&afloat=true");
    }

    #[test]
    fn a_change_of_nothing_is_refused() {
        let refused = called(&sample::document(), &["proca", "boat", "update", "x"]);
        assert!(matches!(refused, Err(Usage::NothingToChange)));
    }
}
