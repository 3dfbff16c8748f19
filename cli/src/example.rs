//! An example of each command, made from the document's example of its body.

use serde_json::Value;

use crate::document::{Member, Operation};

/// A command line that works, but for the names of things.
pub fn of(operation: &Operation) -> String {
    let mut words = vec!["proca".to_owned(), operation.noun.clone(), operation.verb.clone()];
    words.extend(operation.in_path.iter().filter(|m| m.name != "org").map(|m| m.flag().to_uppercase()));
    if let Some(body) = &operation.body {
        for member in &body.members {
            words.extend(body.example.get(&member.name).into_iter().flat_map(|value| given(member, value)));
        }
    }
    words.join(" ")
}

fn given(member: &Member, value: &Value) -> Vec<String> {
    let flag = member.flag();
    match value {
        Value::Null => member.emptied().map(|_| format!("--no-{flag}")).into_iter().collect(),
        Value::Array(values) => values.iter().flat_map(|value| [format!("--{flag}"), word(value)]).collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![format!("--{flag}"), word(value)]
        }
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            quoted(&value.to_string())
        }
    }
}

/// The text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@,+=".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn examples_are_written_for_a_shell() {
        let document = sample::document();
        let example = of(sample::operation(&document, "create"));
        assert_eq!(
            example,
            r"proca boat create --name 'Rosa'\''s' --crew Ann --crew Bo --url https://boat.example"
        );
    }
}
