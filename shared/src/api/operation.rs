//! Operations: what the API can do, each described once.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

use crate::{
    api::body::RequestBody,
    permission::{InstancePermission, Permission},
};

/// One operation of the API.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Method, upper case.
    pub method: &'static str,
    /// Path, with parameters in braces.
    pub path: &'static str,
    /// Resource and verb, as in `campaign create`: the command of the command line.
    pub command: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Who may do it.
    pub needs: Needs,
    /// Query parameters.
    pub query: Vec<Parameter>,
    /// Headers that it takes beside those that all do.
    pub headers: Vec<Parameter>,
    /// Whether it must name the version it changes (`If-Match`).
    pub if_match: bool,
    /// The body's schema and an example that works.
    pub body: Option<(Value, Value)>,
    /// Whether the body has rules that a schema cannot say, as that something it names must be there.
    pub beyond_schema: bool,
    /// Status and schema of the answer to success.
    pub answer: (u16, Option<Value>),
    /// Media types that answer may have.
    pub media_types: &'static [&'static str],
}

/// Who may do an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anyone, without a credential.
    Nothing,
    /// Anyone whose credential holds.
    User,
    /// Any staffer of the org in the path.
    Member,
    /// A staffer of the org in the path with this permission.
    Permission(Permission),
    /// A user with this permission in the instance.
    Instance(InstancePermission),
}

/// Media type of what people look at.
pub const HTML: &str = "text/html";

/// A query parameter or a header.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Its schema.
    pub schema: Value,
}

/// Operations as they are collected, with the schemas they share.
#[derive(Debug)]
pub struct Operations {
    pub(super) all: Vec<Operation>,
    pub(super) generator: SchemaGenerator,
}

impl Operations {
    /// None yet.
    pub(super) fn new() -> Self {
        let settings =
            SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
        Self { all: Vec::new(), generator: settings.into_generator() }
    }

    /// Adds one.
    pub(super) fn add(
        &mut self,
        route: (&'static str, &'static str),
        command: &'static str,
        summary: &'static str,
        needs: Needs,
    ) -> Added<'_> {
        let (method, path) = route;
        let operation = Operation {
            method,
            path,
            command,
            summary,
            needs,
            query: Vec::new(),
            headers: Vec::new(),
            if_match: false,
            body: None,
            beyond_schema: false,
            answer: (204, None),
            media_types: &["application/json"],
        };
        self.all.push(operation);
        Added(self)
    }

    /// The schema of a type, for use in one written by hand.
    pub(super) fn schema_of<T: JsonSchema>(&mut self) -> Value {
        self.generator.subschema_for::<T>().to_value()
    }

    /// The schemas that others refer to, by name.
    pub(super) fn schemas(&mut self) -> Map<String, Value> {
        let mut schemas = self.generator.take_definitions(true);
        schemas.values_mut().for_each(bound);
        schemas
    }
}

/// Says the upper bound that a format of numbers stands for, which validators do not know.
fn bound(schema: &mut Value) {
    if let Value::Object(members) = schema {
        let most = match members.get("format").and_then(Value::as_str) {
            Some("uint16") => Some(u64::from(u16::MAX)),
            Some("uint32") => Some(u64::from(u32::MAX)),
            _ => None,
        };
        if let Some(most) = most {
            members.entry("maximum").or_insert(most.into());
        }
        members.values_mut().for_each(bound);
    } else if let Value::Array(list) = schema {
        list.iter_mut().for_each(bound);
    }
}

/// The operation added last, for saying more of it.
#[derive(Debug)]
pub struct Added<'a>(&'a mut Operations);

impl Added<'_> {
    /// It takes this body, such as the example.
    pub(super) fn body<B: RequestBody>(self, example: Value) -> Self {
        let schema = self.0.schema_of::<B>();
        self.body_of(schema, example)
    }

    /// It takes a body of this schema, such as the example.
    pub(super) fn body_of(self, mut schema: Value, example: Value) -> Self {
        bound(&mut schema);
        self.with(|operation| operation.body = Some((schema, example)))
    }

    /// It answers with this.
    pub(super) fn answers<A: JsonSchema>(self, status: u16) -> Self {
        let schema = self.0.schema_of::<A>();
        self.with(|operation| operation.answer = (status, Some(schema)))
    }

    /// It answers with a page to look at, also where there is nothing at the address.
    pub(super) fn answers_html(self) -> Self {
        let answer = (200, Some(serde_json::json!({ "type": "string" })));
        self.with(|operation| (operation.answer, operation.media_types) = (answer, &[HTML]))
    }

    /// It answers with text of one of these types, in parts.
    pub(super) fn answers_text(self, media_types: &'static [&'static str]) -> Self {
        let answer = (200, Some(serde_json::json!({ "type": "string" })));
        self.with(|operation| (operation.answer, operation.media_types) = (answer, media_types))
    }

    /// It must name the version it changes.
    pub(super) fn if_match(self) -> Self {
        self.with(|operation| operation.if_match = true)
    }

    /// Its body has rules that a schema cannot say.
    pub(super) fn beyond_schema(self) -> Self {
        self.with(|operation| operation.beyond_schema = true)
    }

    /// It answers page by page.
    pub(super) fn paged(self) -> Self {
        let limit = serde_json::json!({ "type": "integer", "minimum": 1, "maximum": crate::staff::MOST });
        self.query("limit", "Items on a page; 50 where not given.", limit).query(
            "cursor",
            "The `next` of the page before.",
            serde_json::json!({ "type": "string" }),
        )
    }

    /// It takes this query parameter.
    pub(super) fn query(self, name: &'static str, summary: &'static str, schema: Value) -> Self {
        self.with(|operation| operation.query.push(Parameter { name, summary, schema }))
    }

    /// It takes this header.
    pub(super) fn header(self, name: &'static str, summary: &'static str, schema: Value) -> Self {
        self.with(|operation| operation.headers.push(Parameter { name, summary, schema }))
    }

    fn with(self, change: impl FnOnce(&mut Operation)) -> Self {
        if let Some(operation) = self.0.all.last_mut() {
            change(operation);
        }
        self
    }
}
