//! What the API says when it refuses (RFC 9457), in the words of the command line.

use std::fmt;

use serde::Deserialize;

use crate::{document::Operation, show::harmless};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Status.
    pub status: u16,
    title: String,
    detail: Option<String>,
    errors: Vec<Violation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    place: String,
    detail: String,
}

#[derive(Deserialize)]
struct Problem {
    title: String,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<ProblemError>,
}

#[derive(Deserialize)]
struct ProblemError {
    pointer: String,
    detail: String,
}

impl Refusal {
    /// Reads the API's answer to an operation; `None` where it is not the API's.
    pub fn read(status: u16, text: &str, operation: Option<&Operation>) -> Option<Self> {
        let problem: Problem = serde_json::from_str(text).ok()?;
        let errors = problem.errors.into_iter();
        let violation =
            |error: ProblemError| Violation { place: place(&error.pointer, operation), detail: error.detail };
        Some(Self {
            status,
            title: problem.title,
            detail: problem.detail,
            errors: errors.map(violation).collect(),
        })
    }
}

/// The flag behind a JSON pointer, and what is within its value.
fn place(pointer: &str, operation: Option<&Operation>) -> String {
    let path = pointer.strip_prefix('/').unwrap_or(pointer);
    let (name, within) = path.split_once('/').map_or((path, None), |(name, within)| (name, Some(within)));
    let members = operation.and_then(|operation| operation.body.as_ref()).map(|body| body.members.as_slice());
    let Some(member) = members.unwrap_or_default().iter().find(|member| member.name == name) else {
        return if pointer.is_empty() { "body".to_owned() } else { pointer.to_owned() };
    };
    match within {
        None => format!("--{}", member.flag()),
        Some(within) => format!("--{} ({within})", member.flag()),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", harmless(&self.title), self.status)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {}", harmless(detail))?;
        }
        for error in &self.errors {
            write!(f, "\n  {}: {}", harmless(&error.place), harmless(&error.detail))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn violations_are_told_by_flag() {
        let document = sample::document();
        let text = r#"{"status": 422, "title": "the request breaks rules", "errors": [
            {"pointer": "/oldName", "detail": "is too long"},
            {"pointer": "/crew/1", "detail": "must be a name"},
            {"pointer": "/other", "detail": "is unknown"}]}"#;
        let refusal = Refusal::read(422, text, Some(sample::operation(&document, "update"))).unwrap();
        let said = "the request breaks rules (422)\n  --old-name: is too long\n  --crew (1): must be a name\n  /other: is unknown";
        assert_eq!(refusal.to_string(), said);
        assert_eq!(Refusal::read(502, "<html>Bad Gateway</html>", None), None);
    }
}
