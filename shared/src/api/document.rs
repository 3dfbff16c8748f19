//! The OpenAPI 3.1 document, made from the operations.

use serde_json::{Map, Value, json};

use crate::api::{
    access, actions, audit, campaigns, deliveries, exports, feed, keys, moderation, offers,
    operation::{HTML, Needs, Operation, Operations},
    orgs, pages, people, public, services, supporters, switches, tally, templates, tokens,
};

/// Every operation, and the schemas they share.
pub fn operations() -> (Vec<Operation>, Map<String, Value>) {
    let mut operations = Operations::new();
    for describe in [
        public::describe,
        orgs::describe,
        people::describe,
        tokens::describe,
        campaigns::describe,
        offers::describe,
        pages::describe,
        services::describe,
        templates::describe,
        keys::describe,
        supporters::describe,
        access::describe,
        actions::describe,
        exports::describe,
        feed::describe,
        moderation::describe,
        deliveries::describe,
        tally::describe,
        switches::describe,
        audit::describe,
    ] {
        describe(&mut operations);
    }
    let schemas = operations.schemas();
    (operations.all, schemas)
}

/// The document.
pub fn document() -> Value {
    let (operations, mut schemas) = operations();
    let mut paths = Map::new();
    for operation in &operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.to_lowercase(), described(operation));
        }
    }
    schemas.insert("Problem".to_owned(), problem_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Proca",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Campaigns that organisations run together: who may do what, and everything they can do.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let (tag, _) = operation.command.split_once(' ').unwrap_or((operation.command, ""));
    let mut described = json!({
        "operationId": operation.command.replace(' ', "-"),
        "tags": [tag],
        "summary": operation.summary,
        "description": who_may(operation.needs),
        "parameters": parameters(operation),
        "responses": responses(operation),
        "security": if operation.needs == Needs::Nothing { json!([]) } else { json!([{ "token": [] }]) },
        "x-needs": needs(operation.needs),
    });
    if let (Some(members), Some((schema, example))) = (described.as_object_mut(), &operation.body) {
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        members.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        members.insert("x-beyond-schema".to_owned(), json!(operation.beyond_schema));
    }
    described
}

fn who_may(needs: Needs) -> String {
    match needs {
        Needs::Nothing => "Anyone may do this.".to_owned(),
        Needs::User => "Anyone with a valid token may do this.".to_owned(),
        Needs::Member => "Any staffer of the org may do this.".to_owned(),
        Needs::Permission(permission) => format!("Needs the permission `{}` in the org.", permission.word()),
        Needs::Instance(permission) => {
            format!("Needs the permission `{}` in the instance.", permission.word())
        }
    }
}

/// For machines: `nothing`, `user`, `member`, or the permission, in the instance with a prefix.
fn needs(needs: Needs) -> String {
    match needs {
        Needs::Nothing => "nothing".to_owned(),
        Needs::User => "user".to_owned(),
        Needs::Member => "member".to_owned(),
        Needs::Permission(permission) => permission.word().to_owned(),
        Needs::Instance(permission) => format!("instance:{}", permission.word()),
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = in_path
        .map(|name| {
            let schema = json!({ "type": "string", "minLength": 1 });
            let description = addressed(operation.path, name);
            json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": description })
        })
        .collect();
    for (place, given) in [("query", &operation.query), ("header", &operation.headers)] {
        parameters.extend(given.iter().map(|parameter| {
            json!({ "name": parameter.name, "in": place, "required": false, "schema": parameter.schema,
                "description": parameter.summary })
        }));
    }
    if operation.if_match {
        let schema = json!({ "type": "string", "pattern": "^\"[0-9]+\"$" });
        parameters.push(json!({ "name": "If-Match", "in": "header", "required": true, "schema": schema,
            "description": "The version that is changed, in quotes." }));
    }
    parameters
}

fn addressed(path: &str, name: &str) -> String {
    match name {
        _ if path.starts_with("/v1/links/") => "The link's token, as it stands in the mail.".to_owned(),
        "service" if path.ends_with("/test") => {
            "The service, by its id; `SYSTEM` for the instance's, where the org sends its mail by that."
                .to_owned()
        }
        "page" => "The page, by its name, with `~` for each slash, its number or id.".to_owned(),
        "org" | "campaign" => format!("The {name}, by its name, number or id."),
        "template" => "The template, by its name.".to_owned(),
        "locale" => "The template's locale, such as `de` or `de_AT`.".to_owned(),
        _ => format!("The {name}, by its id."),
    }
}

fn responses(operation: &Operation) -> Value {
    let (status, schema) = &operation.answer;
    let success = match schema {
        Some(schema) => {
            let types = operation.media_types.iter();
            let content: Map<_, _> =
                types.map(|media_type| ((*media_type).to_owned(), json!({ "schema": schema }))).collect();
            json!({ "description": "Done.", "content": content })
        }
        None => json!({ "description": "Done." }),
    };
    let mut responses = Map::new();
    responses.insert(status.to_string(), success);
    for (status, description) in problems(operation) {
        let content = if operation.media_types == [HTML] && status == "404" {
            json!({ HTML: { "schema": { "type": "string" } } })
        } else {
            json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
        };
        responses.insert(status.to_owned(), json!({ "description": description, "content": content }));
    }
    Value::Object(responses)
}

/// What may go wrong, by status.
fn problems(operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let secured = operation.needs != Needs::Nothing;
    let restricted = !matches!(operation.needs, Needs::Nothing | Needs::User | Needs::Member);
    let body = operation.body.is_some();
    let changes = operation.method != "GET";
    [
        (true, "400", "The request cannot be read."),
        (secured, "401", "The token is missing or worth nothing."),
        (restricted || secured, "403", "You lack the permission."),
        (true, "404", "There is nothing here that you may see."),
        (changes, "409", "The state of things does not allow it."),
        (body, "413", "The body is too long."),
        (body, "415", "The body is not JSON."),
        (body, "422", "The body breaks rules; all of them are named."),
        (operation.if_match, "428", "If-Match is missing."),
        (true, "500", "This failed on our side."),
        (true, "503", "Please try again in a moment."),
    ]
    .into_iter()
    .filter_map(|(applies, status, description)| applies.then_some((status, description)))
    .collect()
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["status", "title"],
        "properties": {
            "status": { "type": "integer" },
            "title": { "type": "string" },
            "detail": { "type": "string" },
            "errors": { "type": "array", "items": {
                "type": "object", "required": ["pointer", "detail"],
                "properties": { "pointer": { "type": "string" }, "detail": { "type": "string" } },
            } },
        },
    })
}
