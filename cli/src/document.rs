//! The API's description, read for what commands are made of.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::shape::{Shape, resolved};

/// The description that this program was built with.
const BUILT_IN: &str = include_str!("../../openapi.json");

/// Everything the API can do.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its operations, in the order of their paths.
    pub operations: Vec<Operation>,
}

/// One operation, which is one command.
#[derive(Debug, Clone)]
pub struct Operation {
    /// What it is about, as in `campaign`.
    pub noun: String,
    /// What is done, as in `create`.
    pub verb: String,
    /// Method, upper case.
    pub method: String,
    /// Path, with parameters in braces.
    pub path: String,
    /// What it does, in a line.
    pub summary: String,
    /// Who may do it, in a sentence.
    pub who: String,
    /// Whether it needs a token.
    pub secured: bool,
    /// What stands in the path, in order.
    pub in_path: Vec<Member>,
    /// What may stand in the query.
    pub in_query: Vec<Member>,
    /// The JSON body, where it takes one.
    pub body: Option<Body>,
    /// Whether it must name the version it changes.
    pub if_match: bool,
    /// Where the version is found, where anywhere.
    pub versioned_at: Option<String>,
    /// Whether it answers with text, part by part.
    pub in_parts: bool,
}

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its members, those that must be given first.
    pub members: Vec<Member>,
    /// One that works.
    pub example: Map<String, Value>,
}

/// A parameter, or a member of a body.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name in the API.
    pub name: String,
    /// What it is.
    pub summary: String,
    /// What it may be.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// Whether `null` empties what is there.
    pub clears: bool,
}

impl Member {
    /// Its flag, without the dashes: `replyEnabled` is `reply-enabled`.
    pub fn flag(&self) -> String {
        let mut flag = String::new();
        for letter in self.name.chars() {
            if letter.is_uppercase() && !flag.is_empty() {
                flag.push('-');
            }
            flag.extend(if letter == '_' { '-' } else { letter }.to_lowercase());
        }
        flag
    }

    /// What is sent to empty it; `None` where it cannot be emptied.
    pub fn emptied(&self) -> Option<Value> {
        if self.required {
            None
        } else if self.clears {
            Some(Value::Null)
        } else {
            matches!(self.shape, Shape::List(_)).then(|| Value::Array(Vec::new()))
        }
    }
}

impl Member {
    /// Takes in what another form of the body says of the same member.
    fn join(&mut self, other: &Self) {
        if self.summary != other.summary {
            self.summary = format!("{} {}", self.summary, other.summary);
        }
        self.shape = self.shape.clone().or(other.shape.clone());
    }
}

impl Operation {
    /// Whether it answers page by page.
    pub fn paged(&self) -> bool {
        self.in_query.iter().any(|member| member.name == "cursor")
    }

    /// Whether its path names an org.
    pub fn of_org(&self) -> bool {
        self.in_path.iter().any(|member| member.name == "org")
    }
}

impl Document {
    /// The description that this program was built with.
    pub fn built_in() -> Result<Self, serde_json::Error> {
        Ok(Self::read(&serde_json::from_str(BUILT_IN)?))
    }

    /// Reads a description.
    pub fn read(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        let methods = |(path, methods): (_, &'_ Value)| {
            let methods = methods.as_object().cloned().unwrap_or_default().into_iter();
            methods.map(move |(method, described)| (path, method, described))
        };
        let described = paths.flat_map(methods);
        let operations = described
            .filter_map(|(path, method, described)| operation(document, path, &method, &described))
            .collect();
        Self { operations }
    }
}

fn operation(document: &Value, path: &str, method: &str, described: &Value) -> Option<Operation> {
    let text = |name| described.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let noun = described.pointer("/tags/0")?.as_str()?;
    let verb = described.get("operationId")?.as_str()?.strip_prefix(noun)?.strip_prefix('-')?;
    let parameters: Vec<_> =
        described.get("parameters").and_then(Value::as_array).into_iter().flatten().collect();
    let within = |place| {
        let there = parameters.iter().filter(move |p| p.get("in").and_then(Value::as_str) == Some(place));
        there.filter_map(|parameter| self::parameter(document, parameter)).collect::<Vec<_>>()
    };
    let if_match = within("header").iter().any(|header| header.name == "If-Match");
    Some(Operation {
        noun: noun.to_owned(),
        verb: verb.to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text("summary"),
        who: text("description"),
        secured: described.get("security").and_then(Value::as_array).is_some_and(|needed| !needed.is_empty()),
        in_path: within("path"),
        in_query: within("query"),
        body: body(document, described),
        in_parts: in_parts(described),
        if_match,
        versioned_at: if_match.then(|| versioned_at(document, path)).flatten(),
    })
}

/// Whether a success is answered with other text than JSON or a page to look at.
fn in_parts(described: &Value) -> bool {
    let content = described.pointer("/responses/200/content").and_then(Value::as_object);
    content.is_some_and(|types| {
        types.keys().all(|name| !["application/json", "text/html"].contains(&name.as_str()))
    })
}

fn parameter(document: &Value, parameter: &Value) -> Option<Member> {
    let schema = parameter.get("schema")?;
    Some(Member {
        name: parameter.get("name")?.as_str()?.to_owned(),
        summary: described(document, parameter),
        shape: Shape::of(document, schema),
        required: parameter.get("required") == Some(&Value::Bool(true)),
        clears: false,
    })
}

fn body(document: &Value, described: &Value) -> Option<Body> {
    let content = described.pointer("/requestBody/content/application~1json")?;
    let schema = resolved(document, content.get("schema")?);
    let mut members = of_object(document, schema);
    let further = of_forms(document, schema).into_iter();
    let further: Vec<_> =
        further.filter(|member| !members.iter().any(|there| there.name == member.name)).collect();
    members.extend(further);
    members.sort_by_key(|member| !member.required);
    let example = content.get("example").and_then(Value::as_object).cloned().unwrap_or_default();
    Some(Body { members, example })
}

fn of_object(document: &Value, schema: &Value) -> Vec<Member> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let required: Vec<_> = required.filter_map(Value::as_str).collect();
    properties.map(|(name, schema)| member(document, name, schema, &required)).collect()
}

/// The members of a body that has one of several forms; required are those that all forms require.
fn of_forms(document: &Value, schema: &Value) -> Vec<Member> {
    let forms = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    let forms: Vec<_> =
        forms.into_iter().flatten().map(|form| of_form(document, resolved(document, form))).collect();
    let mut joined = BTreeMap::<&str, Member>::new();
    for member in forms.iter().flatten() {
        match joined.get_mut(member.name.as_str()) {
            Some(there) => there.join(member),
            None => drop(joined.insert(&member.name, member.clone())),
        }
    }
    let asks_for = |form: &Vec<Member>, name: &str| form.iter().any(|m| m.name == name && m.required);
    let all = |member: Member| {
        let required = forms.iter().all(|form| asks_for(form, &member.name));
        Member { required, ..member }
    };
    joined.into_values().map(all).collect()
}

/// The members of one form. What is said of them begins with the word that tells the form.
fn of_form(document: &Value, form: &Value) -> Vec<Member> {
    let mut members = of_object(document, form);
    let word = members.iter().find_map(|member| match member.shape.words() {
        [word] => Some(word.clone()),
        _ => None,
    });
    let Some(word) = word else { return members };
    for member in members.iter_mut().filter(|member| member.shape.words().is_empty()) {
        member.summary = format!("{word}: {}", member.summary);
    }
    members
}

fn member(document: &Value, name: &str, schema: &Value, required: &[&str]) -> Member {
    Member {
        name: name.to_owned(),
        summary: described(document, schema),
        shape: Shape::of(document, schema),
        required: required.contains(&name),
        clears: schema.get("x-clears") == Some(&Value::Bool(true)),
    }
}

/// What is said of a thing, or of the schema it refers to.
fn described(document: &Value, thing: &Value) -> String {
    let said = thing.get("description").or_else(|| resolved(document, thing).get("description"));
    said.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The path of what has the version: the path itself, or the one above what is done with the thing.
fn versioned_at(document: &Value, path: &str) -> Option<String> {
    let mut path = path;
    loop {
        let responses = document.get("paths")?.get(path).and_then(|there| there.pointer("/get/responses"));
        let schema = responses.and_then(|all| all.pointer("/200/content/application~1json/schema"));
        let shown = schema.and_then(|schema| resolved(document, schema).pointer("/properties/version"));
        if shown.is_some() {
            return Some(path.to_owned());
        }
        let (above, done) = path.rsplit_once('/')?;
        // Above the thing's own path is another thing, with a version of its own.
        path = Some(above).filter(|_| !done.starts_with('{'))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_built_in_description_is_read_whole() {
        let described: Value = serde_json::from_str(BUILT_IN).unwrap();
        let all =
            described["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len());
        assert_eq!(Document::built_in().unwrap().operations.len(), all.sum::<usize>());
    }

    #[test]
    fn the_version_is_that_of_the_thing_itself() {
        let document = sample::document();
        let at = |verb| sample::operation(&document, verb).versioned_at.as_deref();
        assert_eq!(at("update"), Some("/v1/orgs/{org}/boats/{boat}"));
        assert_eq!(at("sail"), Some("/v1/orgs/{org}/boats/{boat}"));
        assert_eq!(at("list"), None);
        assert_eq!(at("dismiss"), None, "a sailor's version is not the boat's");
    }

    #[test]
    fn the_forms_of_a_body_are_one_set_of_members() {
        let document = sample::document();
        let body = sample::operation(&document, "paint").body.as_ref().unwrap();
        let told = body.members.iter().map(|m| (m.name.as_str(), m.required, m.summary.as_str()));
        let told: Vec<_> = told.collect();
        assert_eq!(
            told,
            [
                ("kind", true, ""),
                ("coats", false, "oil: How many."),
                ("colour", false, "oil: Which one. tar: How black."),
            ]
        );
        assert_eq!(body.members.first().unwrap().shape, Shape::Word(vec!["oil".into(), "tar".into()]));
    }

    #[test]
    fn flags_are_in_kebab_case() {
        let document = sample::document();
        let body = sample::operation(&document, "update").body.as_ref().unwrap();
        let flags: Vec<_> = body.members.iter().map(Member::flag).collect();
        assert_eq!(flags, ["crew", "made-of", "old-name", "sea-worthy"]);
    }
}
