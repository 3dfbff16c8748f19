//! Rights that the template gives a function by its role.

use serde_json::Value;

use crate::template::{Template, TemplateError, missing};

/// That a function may do something with something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// What, as in `dynamodb:GetItem`.
    pub action: String,
    /// With what: a part of the template, or a pattern of names.
    pub resource: String,
    /// Whether a condition bounds it further.
    pub is_bounded: bool,
}

/// What the role of a function allows; what it denies is left out.
pub fn of_function(template: &Template, function: &Value) -> Result<Vec<Right>, TemplateError> {
    let role = function.pointer("/Role/Fn::GetAtt").and_then(Value::as_str);
    let role = role.and_then(|arn| arn.strip_suffix(".Arn")).ok_or_else(|| missing("a function's role"))?;
    let roles = template.resources("AWS::IAM::Role");
    let role = roles.get(role).ok_or_else(|| missing(role))?;
    let policies = role.get("Policies").and_then(Value::as_array).into_iter().flatten();
    let statements = policies.filter_map(|policy| policy.pointer("/PolicyDocument/Statement")?.as_array());
    let allowed = statements.flatten().filter(|statement| statement["Effect"] == "Allow");
    let mut rights: Vec<_> = allowed.flat_map(rights_of).collect();
    rights.sort();
    Ok(rights)
}

fn rights_of(statement: &Value) -> Vec<Right> {
    let is_bounded = statement.get("Condition").is_some();
    let actions = all(statement.get("Action"));
    let resources: Vec<_> = all(statement.get("Resource")).into_iter().map(name).collect();
    let right = |action: &Value, resource: &String| Right {
        action: action.as_str().unwrap_or_default().to_owned(),
        resource: resource.clone(),
        is_bounded,
    };
    actions.into_iter().flat_map(|action| resources.iter().map(move |r| right(action, r))).collect()
}

fn all(one_or_many: Option<&Value>) -> Vec<&Value> {
    match one_or_many {
        Some(Value::Array(many)) => many.iter().collect(),
        one => one.into_iter().collect(),
    }
}

/// What a resource is called: where a restored table may stand instead, the table.
fn name(resource: &Value) -> String {
    match resource.as_object().and_then(|call| call.iter().next()) {
        Some((call, Value::String(text))) if call == "Fn::GetAtt" => text.trim_end_matches(".Arn").to_owned(),
        Some((call, Value::String(text))) if call == "Fn::Sub" => {
            text.replace("${RestoredTableArn}", "Table").replace("${Table.Arn}", "Table")
        }
        Some((_, Value::String(text))) => text.clone(),
        Some((call, Value::Array(parts))) if call == "Fn::If" => parts.last().map(name).unwrap_or_default(),
        Some(_) | None => resource.as_str().unwrap_or_default().to_owned(),
    }
}
