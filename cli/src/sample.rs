//! A small API of boats, for tests.

use serde_json::{Value, json};

use crate::document::{Document, Operation};

/// What it can do.
pub(crate) fn document() -> Document {
    Document::read(&described())
}

/// The operation with this verb.
pub(crate) fn operation<'a>(document: &'a Document, verb: &str) -> &'a Operation {
    document.operations.iter().find(|operation| operation.verb == verb).unwrap()
}

fn described() -> Value {
    let (org, boat) = (in_path("org", "The org."), in_path("boat", "The boat, by its name."));
    let version =
        json!({ "name": "If-Match", "in": "header", "required": true, "schema": { "type": "string" } });
    let cursor = json!({ "name": "cursor", "in": "query", "schema": { "type": "string" } });
    let afloat = json!({ "name": "afloat", "in": "query", "schema": { "type": "boolean" } });
    let shown = json!({ "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Boat" } } } } });
    let security = json!([{ "token": [] }]);
    json!({
        "paths": {
            "/v1/orgs/{org}/boats": {
                "get": { "operationId": "boat-list", "tags": ["boat"], "summary": "Lists boats", "security": security,
                    "parameters": [org, cursor, afloat] },
                "post": { "operationId": "boat-create", "tags": ["boat"], "summary": "Builds a boat",
                    "description": "Needs the permission `build`.", "security": security, "parameters": [org],
                    "requestBody": { "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/NewBoat" },
                        "example": { "name": "Rosa's", "url": "https://boat.example", "crew": ["Ann", "Bo"] } } } } },
            },
            "/v1/orgs/{org}/boats/{boat}": {
                "get": { "operationId": "boat-get", "tags": ["boat"], "summary": "Shows a boat",
                    "parameters": [org, boat], "responses": shown },
                "patch": { "operationId": "boat-update", "tags": ["boat"], "summary": "Changes a boat",
                    "parameters": [org, boat, version],
                    "requestBody": { "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/BoatPatch" },
                        "example": { "seaWorthy": true, "oldName": null } } } } },
            },
            "/v1/orgs/{org}/boats/{boat}/sail": {
                "post": { "operationId": "boat-sail", "tags": ["boat"], "summary": "Sails",
                    "parameters": [org, boat, version] },
            },
            "/v1/orgs/{org}/boats/{boat}/crew/{sailor}": {
                "delete": { "operationId": "boat-dismiss", "tags": ["boat"], "summary": "Lets a sailor go",
                    "parameters": [org, boat, version] },
            },
            "/v1/orgs/{org}/boats/{boat}/paint": {
                "post": { "operationId": "boat-paint", "tags": ["boat"], "summary": "Paints",
                    "parameters": [org, boat], "requestBody": { "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Paint" },
                        "example": { "kind": "oil", "colour": "red" } } } } },
            },
        },
        "components": { "schemas": {
            "Boat": { "properties": { "name": { "type": "string" }, "version": { "type": "integer" } } },
            "NewBoat": { "required": ["name"], "properties": {
                "crew": { "type": "array", "items": { "type": "string" } },
                "name": { "type": "string", "description": "Its name." },
                "url": { "type": "string" },
            } },
            "Paint": { "oneOf": [
                { "required": ["kind", "colour"], "properties": {
                    "coats": { "type": "integer", "description": "How many." },
                    "colour": { "type": "string", "description": "Which one." },
                    "kind": { "const": "oil" },
                } },
                { "required": ["kind"], "properties": {
                    "colour": { "type": "string", "description": "How black." },
                    "kind": { "const": "tar" },
                } },
            ] },
            "BoatPatch": { "properties": {
                "crew": { "type": "array", "items": { "type": "string" } },
                "madeOf": { "type": "string", "enum": ["wood", "steel"] },
                "oldName": { "type": ["string", "null"], "x-clears": true },
                "seaWorthy": { "type": ["boolean", "null"] },
            } },
        } },
    })
}

fn in_path(name: &str, description: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" }, "description": description })
}
