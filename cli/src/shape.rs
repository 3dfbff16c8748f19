//! What a value may be, as far as a command line must know it.

use serde_json::Value;

use crate::input;

/// References that are followed before a schema is taken for one that refers to itself.
const DEPTH: u8 = 16;

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// One of these words.
    Word(Vec<String>),
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Several of a kind.
    List(Box<Shape>),
    /// Anything else, given as JSON.
    Json,
}

impl Shape {
    /// What a schema of the document allows.
    pub fn of(document: &Value, schema: &Value) -> Self {
        Self::within(document, schema, DEPTH)
    }

    fn within(document: &Value, schema: &Value, depth: u8) -> Self {
        let schema = resolved(document, schema);
        let Some(deeper) = depth.checked_sub(1) else { return Self::Json };
        if let Some(words) = words(document, schema) {
            return Self::Word(words);
        }
        if let [only] = choices(schema).as_slice() {
            return Self::within(document, only, deeper);
        }
        match kind(schema) {
            Some("string") => Self::Text,
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("array") => match schema.get("items") {
                Some(items) => Self::List(Box::new(Self::within(document, items, deeper))),
                None => Self::Json,
            },
            Some(_) | None => Self::Json,
        }
    }

    /// The words that are allowed, where only words are.
    pub fn words(&self) -> &[String] {
        if let Self::Word(words) = self { words } else { &[] }
    }

    /// What takes everything that one of two takes.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Word(words), Self::Word(others)) => {
                let new = others.into_iter().filter(|word| !words.contains(word)).collect();
                Self::Word([words.clone(), new].concat())
            }
            (one, other) if one == other => one,
            (..) => Self::Json,
        }
    }

    /// Reads a value from the command line.
    ///
    /// Text and JSON may come from a file (`@file`, `@-` for what is piped in); text that begins with
    /// an `@` of its own doubles it.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(&self, given: &str) -> Result<Value, String> {
        match self {
            Self::Text => text(given).map(Value::String),
            Self::Word(words) if words.iter().any(|word| word == given) => Ok(given.into()),
            Self::Word(words) => Err(format!("must be one of {}", words.join(", "))),
            Self::Integer => {
                let number = given.parse::<i64>().map(Value::from);
                number.or_else(|_| given.parse::<u64>().map(Value::from)).map_err(|_| whole())
            }
            Self::Number => given.parse::<serde_json::Number>().map(Value::Number).map_err(|e| e.to_string()),
            Self::Boolean => given.parse::<bool>().map(Value::Bool).map_err(|e| e.to_string()),
            Self::List(inner) => inner.read(given),
            Self::Json => serde_json::from_str(&text(given)?).map_err(|e| format!("no JSON: {e}")),
        }
    }

    /// What stands for the value in the help.
    pub fn placeholder(&self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Word(_) => "WORD",
            Self::Integer | Self::Number => "NUMBER",
            Self::Boolean => "true|false",
            Self::List(inner) => inner.placeholder(),
            Self::Json => "JSON",
        }
    }
}

fn whole() -> String {
    "must be a whole number".to_owned()
}

fn text(given: &str) -> Result<String, String> {
    match given.strip_prefix('@') {
        Some(literal) if literal.starts_with('@') => Ok(literal.to_owned()),
        Some(file) => input::read(file),
        None => Ok(given.to_owned()),
    }
}

/// The schema that this one refers to in the end, or itself.
pub fn resolved<'a>(document: &'a Value, mut schema: &'a Value) -> &'a Value {
    for _ in 0..DEPTH {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
        match reference.and_then(|path| document.pointer(path)) {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

/// The words that are allowed, where only words are.
fn words(document: &Value, schema: &Value) -> Option<Vec<String>> {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word.to_owned()]);
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
        let allowed = allowed.iter().filter(|value| !value.is_null());
        return allowed.map(|value| value.as_str().map(str::to_owned)).collect();
    }
    let choices = choices(schema);
    if choices.len() < 2 {
        return None;
    }
    let words: Option<Vec<_>> =
        choices.into_iter().map(|choice| words(document, resolved(document, choice))).collect();
    words.map(|words| words.concat())
}

/// What may be chosen from, besides `null`.
fn choices(schema: &Value) -> Vec<&Value> {
    let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    choices.into_iter().flatten().filter(|choice| kind(choice) != Some("null")).collect()
}

/// The type, besides `null` where it may be that too.
fn kind(schema: &Value) -> Option<&str> {
    let kind = schema.get("type")?;
    match kind.as_array() {
        Some(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        None => kind.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_become_shapes() {
        let document = json!({ "components": { "schemas": {
            "Name": { "type": "string" },
            "Mode": { "oneOf": [{ "const": "on" }, { "enum": ["off"] }] },
            "Loop": { "$ref": "#/components/schemas/Loop" },
        } } });
        let name = json!({ "$ref": "#/components/schemas/Name", "description": "Its name." });
        let cases = [
            (name.clone(), Shape::Text),
            (json!({ "anyOf": [name, { "type": "null" }] }), Shape::Text),
            (json!({ "type": ["integer", "null"] }), Shape::Integer),
            (json!({ "$ref": "#/components/schemas/Mode" }), Shape::Word(vec!["on".into(), "off".into()])),
            (json!({ "enum": ["a", null] }), Shape::Word(vec!["a".into()])),
            (json!({ "type": "array", "items": { "type": "number" } }), Shape::List(Box::new(Shape::Number))),
            (json!({ "type": "object" }), Shape::Json),
            (json!({ "anyOf": [{ "type": "string" }, { "type": "number" }] }), Shape::Json),
            (json!({ "$ref": "#/components/schemas/Loop" }), Shape::Json),
        ];
        for (schema, shape) in cases {
            assert_eq!(Shape::of(&document, &schema), shape, "{schema}");
        }
    }

    #[test]
    fn values_are_read_by_their_shape() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "Dear all,\n\nbye\n").unwrap();
        let at = format!("@{}", file.path().display());
        let cases = [
            (Shape::Text, "null", Ok(json!("null"))),
            (Shape::Text, "@@home", Ok(json!("@home"))),
            (Shape::Text, at.as_str(), Ok(json!("Dear all,\n\nbye"))),
            (Shape::Integer, "-7", Ok(json!(-7))),
            (Shape::Integer, "18446744073709551615", Ok(json!(u64::MAX))),
            (Shape::Integer, "7.5", Err("must be a whole number".to_owned())),
            (Shape::Boolean, "true", Ok(json!(true))),
            (Shape::Json, "{\"a\": [1]}", Ok(json!({ "a": [1] }))),
            (Shape::Word(vec!["on".into(), "off".into()]), "up", Err("must be one of on, off".to_owned())),
        ];
        for (shape, given, read) in cases {
            assert_eq!(shape.read(given), read, "{given}");
        }
    }
}
