//! Strict JSON: no duplicate names, little depth, and readers that find everything wrong at once.

use std::{cell::RefCell, fmt, sync::LazyLock};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::violation::{Rule, Violation};

/// Levels that a supporter's body may be nested.
pub const DEPTH: usize = 6;

/// A body that could be read, and what was wrong with its form.
#[derive(Debug)]
pub struct Body {
    value: Value,
    violations: RefCell<Vec<Violation>>,
}

impl Body {
    /// Reads a body. Duplicate names are violations, not syntax errors.
    ///
    /// # Errors
    /// If it is no JSON, or nested deeper than 6 levels.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        Self::parse_within(text, DEPTH)
    }

    /// Reads a body that is nested at most so deep.
    pub fn parse_within(text: &str, depth: usize) -> Result<Self, serde_json::Error> {
        let violations = RefCell::new(Vec::new());
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = Strict { pointer: String::new(), left: depth, violations: &violations }
            .deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(Self { value, violations })
    }

    /// The members of the body, which must be an object.
    pub fn fields(&self) -> Fields<'_> {
        let none = || {
            self.violations.borrow_mut().push(Violation::new("", "must be an object"));
            &*EMPTY
        };
        let map = self.value.as_object().unwrap_or_else(none);
        Fields { map, pointer: String::new(), known: Vec::new(), violations: &self.violations }
    }

    /// Everything that was found wrong, by place.
    pub fn into_violations(self) -> Vec<Violation> {
        let mut violations = self.violations.into_inner();
        violations.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        violations
    }
}

static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// Reads an object's members one by one; what is wrong is noted, not returned.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    pointer: String,
    known: Vec<&'static str>,
    violations: &'a RefCell<Vec<Violation>>,
}

impl<'a> Fields<'a> {
    /// A member that may be absent or null.
    pub fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Whether a member is not there, or `null`.
    pub fn is_absent(&mut self, name: &'static str) -> bool {
        self.get(name).is_none()
    }

    /// Whether a member is there, and `null`.
    pub fn is_null(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(Value::is_null)
    }

    /// A text with a rule, that may be absent.
    pub fn text<T: TryFrom<String, Error = Rule>>(&mut self, name: &'static str) -> Option<T> {
        match self.get(name)?.as_str() {
            Some(text) => self.noted(name, T::try_from(text.to_owned())),
            None => self.wrong(name, "must be a text"),
        }
    }

    /// A text with a rule, that must be there.
    pub fn required<T: TryFrom<String, Error = Rule>>(&mut self, name: &'static str) -> Option<T> {
        if self.map.get(name).is_none_or(Value::is_null) {
            self.known.push(name);
            return self.wrong(name, "is required");
        }
        self.text(name)
    }

    /// A yes or no, that may be absent.
    pub fn bool(&mut self, name: &'static str) -> Option<bool> {
        match self.get(name)?.as_bool() {
            Some(yes) => Some(yes),
            None => self.wrong(name, "must be true or false"),
        }
    }

    /// A whole number from 0, that may be absent.
    pub fn count(&mut self, name: &'static str) -> Option<u64> {
        match self.get(name)?.as_u64() {
            Some(number) => Some(number),
            None => self.wrong(name, "must be a whole number, not below 0"),
        }
    }

    /// Any value with a rule, that may be absent.
    pub fn value<T: serde::de::DeserializeOwned>(
        &mut self,
        name: &'static str,
        rule: &'static str,
    ) -> Option<T> {
        let value = self.get(name)?.clone();
        match serde_json::from_value(value) {
            Ok(value) => Some(value),
            Err(_) => self.wrong(name, rule),
        }
    }

    /// An object, that may be absent.
    pub fn object(&mut self, name: &'static str) -> Option<Fields<'a>> {
        let Some(map) = self.get(name)?.as_object() else { return self.wrong(name, "must be an object") };
        let pointer = format!("{}/{name}", self.pointer);
        Some(Fields { map, pointer, known: Vec::new(), violations: self.violations })
    }

    /// Notes that a member is wrong.
    pub fn wrong<T>(&self, name: &str, detail: impl fmt::Display) -> Option<T> {
        let pointer = if name.is_empty() {
            self.pointer.clone()
        } else {
            format!("{}/{}", self.pointer, escaped(name))
        };
        self.violations.borrow_mut().push(Violation::new(pointer, detail));
        None
    }

    /// The value, or a note of what is wrong with it.
    pub fn noted<T>(&self, name: &str, result: Result<T, Rule>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(rule) => self.wrong(name, rule),
        }
    }

    /// Notes every member that nobody asked for.
    pub fn finish(self) {
        for name in self.map.keys().filter(|name| !self.known.contains(&name.as_str())) {
            let none: Option<()> = self.wrong(name, "is not a field of this request");
            debug_assert!(none.is_none());
        }
    }
}

/// A reference token of a JSON pointer (RFC 6901, section 3), of no more than 64 characters.
fn escaped(name: &str) -> String {
    name.chars().take(64).collect::<String>().replace('~', "~0").replace('/', "~1")
}

struct Strict<'a> {
    pointer: String,
    /// Levels that may still come.
    left: usize,
    violations: &'a RefCell<Vec<Violation>>,
}

impl<'a> Strict<'a> {
    fn below<E: serde::de::Error>(&self, name: &str) -> Result<Strict<'a>, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))?;
        let pointer = format!("{}/{}", self.pointer, escaped(name));
        Ok(Strict { pointer, left, violations: self.violations })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(self.below(&list.len().to_string())?)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let below = self.below::<A::Error>(&name)?;
            let pointer = below.pointer.clone();
            if map.insert(name, access.next_value_seed(below)?).is_some() {
                self.violations.borrow_mut().push(Violation::new(pointer, "must be given once"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;

    #[test]
    fn everything_wrong_is_found_at_once() {
        let body = Body::parse(r#"{"a": "x y", "b": 3, "c": {"d": 1, "d": 2}, "z/~": 0}"#).unwrap();
        let mut fields = body.fields();
        assert_eq!(fields.text::<Name>("a"), None);
        assert_eq!(fields.bool("b"), None);
        assert_eq!(fields.required::<Name>("missing"), None);
        if let Some(mut inner) = fields.object("c") {
            assert_eq!(inner.count("d"), Some(2));
            inner.finish();
        }
        fields.finish();
        let pointers: Vec<_> = body.into_violations().into_iter().map(|v| v.pointer).collect();
        assert_eq!(pointers, ["/a", "/b", "/c/d", "/missing", "/z~1~0"]);
    }

    #[test]
    fn deep_and_broken_bodies_are_unreadable() {
        assert!(Body::parse("[[[[[[1]]]]]]").is_ok());
        assert!(Body::parse("[[[[[[[1]]]]]]]").is_err());
        assert!(Body::parse("{} x").is_err());
        assert!(Body::parse("{").is_err());
    }
}
