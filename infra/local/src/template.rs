//! The deployment template, read as CloudFormation would: the one list of routes, queues and rights.

use std::{collections::BTreeMap, fmt};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The template as it is in the repository.
pub const SOURCE: &str = include_str!("../../template.yaml");

/// A template, its intrinsic functions in their long form.
#[derive(Debug, Clone)]
pub struct Template(Value);

/// What intrinsic functions stand for on this machine.
pub trait Surroundings {
    /// The value of a parameter, where it is not its default.
    fn parameter(&self, _name: &str) -> Option<String> {
        None
    }

    /// What `Ref` of a resource gives.
    fn reference(&self, resource: &str, kind: &str) -> Option<String>;

    /// What `Fn::GetAtt` of a resource gives.
    fn attribute(&self, resource: &str, kind: &str, attribute: &str) -> Option<String>;

    /// A text with its dynamic references (`{{resolve:…}}`) replaced by what they stand for.
    fn dynamic(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// What is wrong with the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateError {
    /// It is no YAML.
    Yaml(String),
    /// It lacks something, or has it in a form that is not understood.
    Missing(String),
}

impl Template {
    /// Reads a template.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let documents = Yaml::load_from_str(source).map_err(|e| TemplateError::Yaml(e.to_string()))?;
        documents.first().map(|yaml| Self(to_json(yaml))).ok_or_else(|| missing("a document"))
    }

    /// The resources of one type, by logical id.
    pub fn resources(&self, kind: &str) -> BTreeMap<String, Value> {
        let all = self.0.get("Resources").and_then(Value::as_object);
        let of_kind = |(name, resource): (&String, &Value)| {
            let properties = resource.get("Properties").cloned().unwrap_or_else(|| json!({}));
            (resource.get("Type")?.as_str()? == kind).then(|| (name.clone(), properties))
        };
        all.into_iter().flatten().filter_map(of_kind).collect()
    }

    /// The text that a value of the template comes to.
    pub fn resolve(&self, value: &Value, around: &dyn Surroundings) -> Result<String, TemplateError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(yes) => Ok(yes.to_string()),
            Value::Object(call) if call.len() == 1 => {
                let (name, argument) = call.iter().next().ok_or_else(|| missing("an intrinsic function"))?;
                self.call(name, argument, around)
            }
            Value::Object(_) | Value::Array(_) | Value::Null => Err(missing(&format!("a text at {value}"))),
        }
    }

    fn call(&self, name: &str, argument: &Value, around: &dyn Surroundings) -> Result<String, TemplateError> {
        let unknown = || missing(&format!("a meaning of {name} {argument}"));
        match (name, argument) {
            ("Ref", Value::String(target)) => self.reference(target, around),
            ("Fn::GetAtt", Value::String(path)) => {
                let (resource, attribute) = path.split_once('.').ok_or_else(unknown)?;
                let kind = self.kind(resource).ok_or_else(unknown)?;
                around.attribute(resource, &kind, attribute).ok_or_else(unknown)
            }
            ("Fn::Sub", Value::String(text)) => self.substitute(text, around),
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), yes, no] => {
                    let condition =
                        self.0.pointer(&format!("/Conditions/{condition}")).ok_or_else(unknown)?;
                    self.resolve(if self.holds(condition, around)? { yes } else { no }, around)
                }
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }

    fn reference(&self, target: &str, around: &dyn Surroundings) -> Result<String, TemplateError> {
        if let Some(parameter) = self.0.pointer(&format!("/Parameters/{target}")) {
            if let Some(given) = around.parameter(target) {
                return Ok(given);
            }
            return self.resolve(parameter.get("Default").unwrap_or(&json!("")), around);
        }
        let kind = self.kind(target).unwrap_or_else(|| "pseudo parameter".to_owned());
        around.reference(target, &kind).ok_or_else(|| missing(&format!("a meaning of Ref {target}")))
    }

    fn substitute(&self, text: &str, around: &dyn Surroundings) -> Result<String, TemplateError> {
        let mut parts = text.split("${");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').ok_or_else(|| missing("a closing brace"))?;
            let call = if name.contains('.') { "Fn::GetAtt" } else { "Ref" };
            out.push_str(&self.call(call, &json!(name), around)?);
            out.push_str(rest);
        }
        Ok(out)
    }

    fn holds(&self, condition: &Value, around: &dyn Surroundings) -> Result<bool, TemplateError> {
        let call = condition.as_object().and_then(|c| c.iter().next());
        match call {
            Some((name, Value::Array(parts))) if name == "Fn::Not" => {
                let inner = parts.first().ok_or_else(|| missing("a condition"))?;
                self.holds(inner, around).map(|holds| !holds)
            }
            Some((name, Value::Array(parts))) if name == "Fn::Equals" => match parts.as_slice() {
                [a, b] => Ok(self.resolve(a, around)? == self.resolve(b, around)?),
                _ => Err(missing("two sides of Fn::Equals")),
            },
            Some(_) | None => Err(missing(&format!("a meaning of the condition {condition}"))),
        }
    }

    fn kind(&self, resource: &str) -> Option<String> {
        self.0.pointer(&format!("/Resources/{resource}/Type"))?.as_str().map(str::to_owned)
    }
}

/// Says that something is not there.
pub(crate) fn missing(what: &str) -> TemplateError {
    TemplateError::Missing(what.to_owned())
}

/// YAML as JSON; `!Ref` and the like become their long forms.
fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) | Yaml::BadValue | Yaml::Alias(_) => Value::Null,
        Yaml::Value(Scalar::Boolean(yes)) => json!(yes),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) | Yaml::Representation(text, _, _) => json!(text),
        Yaml::Sequence(list) => list.iter().map(to_json).collect(),
        Yaml::Mapping(map) => {
            let member = |(key, value): (&Yaml<'_>, &Yaml<'_>)| {
                let key = to_json(key);
                (key.as_str().map_or_else(|| key.to_string(), str::to_owned), to_json(value))
            };
            Value::Object(map.iter().map(member).collect::<Map<_, _>>())
        }
        Yaml::Tagged(tag, inner) => {
            let name = match tag.suffix.as_str() {
                "Ref" => "Ref".to_owned(),
                other => format!("Fn::{other}"),
            };
            json!({ name: to_json(inner) })
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yaml(what) => write!(f, "the template is no YAML: {what}"),
            Self::Missing(what) => write!(f, "the template lacks {what}"),
        }
    }
}

impl std::error::Error for TemplateError {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Here;
    impl Surroundings for Here {
        fn reference(&self, resource: &str, kind: &str) -> Option<String> {
            Some(format!("<{kind} {resource}>"))
        }
        fn attribute(&self, resource: &str, _: &str, attribute: &str) -> Option<String> {
            Some(format!("<{attribute} of {resource}>"))
        }
    }

    #[test]
    fn short_and_long_intrinsics_mean_the_same() {
        let template = Template::parse(
            "Parameters: {P: {Type: String, Default: ''}}\nConditions: {HasP: !Not [!Equals [!Ref P, '']]}\nResources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {A: !Ref Q, B: {'Fn::GetAtt': Q.Arn}, C: !Sub '1:${Q}/${Q.Arn}', D: !If [HasP, !Ref P, !GetAtt Q.Arn]}}\n",
        )
        .unwrap();
        let queue = template.resources("AWS::SQS::Queue").remove("Q").unwrap();
        let resolved: Vec<_> =
            ["A", "B", "C", "D"].map(|k| template.resolve(&queue[k], &Here).unwrap()).into();
        assert_eq!(
            resolved,
            ["<AWS::SQS::Queue Q>", "<Arn of Q>", "1:<AWS::SQS::Queue Q>/<Arn of Q>", "<Arn of Q>"]
        );
    }
}
