//! Bodies of requests: one declaration gives the fields, the reader and the schema.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{json::Fields, problem::Problem, violation::Rule, web};

/// A request's body, all of whose errors are found at once.
pub trait RequestBody: Sized + JsonSchema {
    /// Reads the fields; `None` if something was wrong, which is noted.
    fn read(fields: &mut Fields<'_>) -> Option<Self>;

    /// Reads the body of a request.
    ///
    /// # Errors
    /// 400, 413 or 415 where it cannot be read; 422 with every violation where it is wrong.
    fn parse(request: &lambda_http::Request) -> Result<Self, Problem> {
        let body = web::staff_body(request)?;
        let read = {
            let mut fields = body.fields();
            let read = Self::read(&mut fields);
            fields.finish();
            read
        };
        let violations = body.into_violations();
        match (read, violations.is_empty()) {
            (Some(read), true) => Ok(read),
            (Some(_) | None, _) => Err(Problem::invalid(violations)),
        }
    }
}

/// What a change does to a field that may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// Leaves it: the field was not given.
    #[default]
    Keep,
    /// Empties it: `null` was given.
    Clear,
    /// Sets it.
    Set(T),
}

impl<T> Edit<T> {
    /// The same edit of something made from the value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Edit<U> {
        match self {
            Self::Keep => Edit::Keep,
            Self::Clear => Edit::Clear,
            Self::Set(value) => Edit::Set(make(value)),
        }
    }

    /// Does it to the field; whether that changed it.
    pub fn apply(self, field: &mut Option<T>) -> bool
    where
        T: PartialEq,
    {
        let next = match self {
            Self::Keep => return false,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        };
        let changed = *field != next;
        *field = next;
        changed
    }
}

/// Says in a schema that `null` empties what is there; that of an optional field does nothing.
const CLEARS: &str = "x-clears";

impl<T: JsonSchema> JsonSchema for Edit<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Option::<T>::json_schema(generator);
        schema.insert(CLEARS.to_owned(), true.into());
        schema
    }
}

/// Says that edits need not be given, which only an `Option` says by itself.
pub(crate) fn leave_out_edits(schema: &mut Schema) {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let edits: Vec<_> = properties.filter(|(_, s)| s.get(CLEARS).is_some()).map(|(n, _)| n.clone()).collect();
    let Some(Value::Array(required)) = schema.get_mut("required") else { return };
    required.retain(|name| !edits.iter().any(|edit| name == edit));
    if required.is_empty() {
        schema.remove("required");
    }
}

/// Sets a field that is never empty, where a new value is given; whether that changed it.
pub fn set<T: PartialEq>(field: &mut T, given: Option<T>) -> bool {
    match given {
        Some(value) if value != *field => {
            *field = value;
            true
        }
        Some(_) | None => false,
    }
}

/// Reads a member by its type's own rule.
pub(crate) fn value<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> Option<T> {
    let value = whole_numbers(fields.get(name)?.clone());
    match serde_json::from_value(value) {
        Ok(value) => Some(value),
        Err(error) => fields.wrong(name, said(&error.to_string())),
    }
}

/// The value with numbers such as `5.0` written as what they are: whole (JSON Schema, section 6.1.1).
fn whole_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 => {
                format!("{float:.0}").parse().map_or(Value::Number(number), Value::Number)
            }
            Some(_) | None => Value::Number(number),
        },
        Value::Array(list) => list.into_iter().map(whole_numbers).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Object(_) => value,
    }
}

/// What a reader says of a value, without the value itself.
fn said(error: &str) -> String {
    match error.split_once(", expected ") {
        Some((_, "u32" | "u64" | "u16")) => "must be a whole number, not below 0".to_owned(),
        Some((_, expected)) => format!("must be {expected}"),
        None => error.to_owned(),
    }
}

/// A time in a request's body, as in `2026-07-01T10:00:00Z` (RFC 3339).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(pub Timestamp);

impl TryFrom<String> for Moment {
    type Error = Rule;

    fn try_from(text: String) -> Result<Self, Rule> {
        text.parse().map(Self).map_err(|_| Rule("must be a time such as 2026-07-01T10:00:00Z"))
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.0.to_string()
    }
}

/// Declares a body. A field is `required`, `optional` (absent and `null` are the same), or an `edit`
/// (absent leaves what is there, `null` empties it); an `edit_body` is an edit by a body of its own.
macro_rules! body {
    ($(#[$doc:meta])* $vis:vis struct $name:ident {
        $($(#[$field_doc:meta])* $kind:ident $field:ident $json:literal: $ty:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields, transform = $crate::api::body::leave_out_edits)]
        $vis struct $name {
            $($(#[$field_doc])*
            #[schemars(rename = $json)]
            pub $field: $crate::api::body::body!(@type $kind $ty),)*
        }

        impl $crate::api::body::RequestBody for $name {
            fn read(fields: &mut $crate::json::Fields<'_>) -> Option<Self> {
                $(let $field = $crate::api::body::body!(@read $kind fields $json $ty);)*
                Some(Self { $($field: $crate::api::body::body!(@take $kind $field),)* })
            }
        }
    };
    (@type required $ty:ty) => { $ty };
    (@type optional $ty:ty) => { Option<$ty> };
    (@type edit $ty:ty) => { $crate::api::body::Edit<$ty> };
    (@type edit_body $ty:ty) => { $crate::api::body::Edit<$ty> };
    (@read required $fields:ident $json:literal $ty:ty) => {
        $crate::api::body::required::<$ty>($fields, $json)
    };
    (@read optional $fields:ident $json:literal $ty:ty) => {
        $crate::api::body::value::<$ty>($fields, $json)
    };
    (@read edit $fields:ident $json:literal $ty:ty) => {
        $crate::api::body::edit::<$ty>($fields, $json)
    };
    (@read edit_body $fields:ident $json:literal $ty:ty) => {
        $crate::api::body::edit_body::<$ty>($fields, $json)
    };
    (@take required $field:ident) => { $field? };
    (@take optional $field:ident) => { $field };
    (@take edit $field:ident) => { $field };
    (@take edit_body $field:ident) => { $field };
}

pub(crate) use body;

/// Declares a whole number with bounds: the type, its rule and its schema.
macro_rules! ranged {
    ($(#[$doc:meta])* pub struct $name:ident($ty:ident) from $least:literal to $most:literal;) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
        #[serde(try_from = "u64")]
        pub struct $name(pub $ty);

        impl TryFrom<u64> for $name {
            type Error = $crate::violation::Rule;

            fn try_from(number: u64) -> Result<Self, Self::Error> {
                let number = $ty::try_from(number).ok().filter(|number| ($least..=$most).contains(number));
                let rule = concat!("must be from ", $least, " to ", $most);
                number.map(Self).ok_or($crate::violation::Rule(rule))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "integer", "minimum": $least, "maximum": $most })
            }
        }
    };
}

pub(crate) use ranged;

/// Reads a member that must be there.
pub(crate) fn required<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> Option<T> {
    if fields.is_absent(name) {
        return fields.wrong(name, "is required");
    }
    value(fields, name)
}

/// Reads a member that leaves, empties or sets a field.
pub(crate) fn edit<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> Edit<T> {
    if fields.is_absent(name) && fields.is_null(name) {
        return Edit::Clear;
    }
    value(fields, name).map_or(Edit::Keep, Edit::Set)
}

/// Reads an object that leaves, empties or sets a field; what is wrong inside has its own place.
pub(crate) fn edit_body<B: RequestBody>(fields: &mut Fields<'_>, name: &'static str) -> Edit<B> {
    if fields.is_absent(name) && fields.is_null(name) {
        return Edit::Clear;
    }
    let Some(mut inside) = fields.object(name) else { return Edit::Keep };
    let read = B::read(&mut inside);
    inside.finish();
    read.map_or(Edit::Keep, Edit::Set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json::Body, name::Name, text::Line};

    body! {
        /// A body.
        struct Sample {
            /// Required.
            required name "name": Name,
            /// Optional.
            optional count "countOf": u32,
            /// An edit.
            edit title "title": Line,
        }
    }

    fn read(text: &str) -> (Option<Sample>, Vec<(String, String)>) {
        let body = Body::parse(text).unwrap();
        let read = {
            let mut fields = body.fields();
            let read = Sample::read(&mut fields);
            fields.finish();
            read
        };
        (read, body.into_violations().into_iter().map(|v| (v.pointer, v.detail)).collect())
    }

    #[test]
    fn absent_null_and_given_are_three_things() {
        let title = |text: &str| read(text).0.unwrap().title;
        assert_eq!(title(r#"{"name": "a"}"#), Edit::Keep);
        assert_eq!(title(r#"{"name": "a", "title": null}"#), Edit::Clear);
        assert_eq!(title(r#"{"name": "a", "title": "T"}"#), Edit::Set("T".parse().unwrap()));
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
        assert_eq!(read(r#"{"name": "a", "countOf": 5.0}"#).0.unwrap().count, Some(5));
        assert_eq!(read(r#"{"name": "a", "countOf": 5.5}"#).1[0].0, "/countOf");
        assert_eq!(read(r#"{"name": "a", "countOf": 5e300}"#).1[0].0, "/countOf");
    }

    #[test]
    fn only_what_is_required_must_be_given() {
        let schema = schemars::schema_for!(Sample).to_value();
        assert_eq!(schema["required"], serde_json::json!(["name"]));
        assert_eq!(schema["properties"]["title"]["x-clears"], true);
    }

    #[test]
    fn everything_wrong_is_said_at_once_without_the_value() {
        let (_, violations) = read(r#"{"name": "canary x", "countOf": "canary", "title": 3, "other": 1}"#);
        let pointers: Vec<_> = violations.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/countOf", "/name", "/other", "/title"]);
        assert!(violations.iter().all(|(_, detail)| !detail.contains("canary")), "{violations:?}");
        assert_eq!(read("{}").1, [("/name".to_owned(), "is required".to_owned())]);
    }
}
